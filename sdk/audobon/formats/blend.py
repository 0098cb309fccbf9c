"""Facts of .blend files: what is in them, by name, without Blender."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from attrs import field, mutable

from audobon.formats import facts
from audobon.formats.blend_blocks import BlendStream
from audobon.formats.blend_dna import Dna, parse_dna
from audobon.formats.blend_fields import FILE_STRUCTS, Fields
from audobon.formats.blend_linked import names_in_data, wanted
from audobon.formats.embedded import Embedded
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PREVIEWS", "PROBES", "REFERENCES"]

_COUNTED = (
    (b"OB", "objects", "object_names"),
    (b"GR", "collections", "collection_names"),
    (b"ME", "meshes", "mesh_names"),
    (b"MA", "materials", "material_names"),
    (b"NT", "node_groups", "node_group_names"),
    (b"AC", "actions", "action_names"),
    (b"IM", "images", "image_names"),
    (b"SC", "scenes", "scene_names"),
    (b"CA", "cameras", ""),
    (b"LA", "lights", ""),
)
"""ID codes (DNA_ID_enums.h) and the attributes for them."""

_BUILT_IN = frozenset(("Render Result", "Viewer Node"))
"""Images that Blender makes in every file that was rendered."""

_HEAD = 512
_FILE_HEAD = 3072
_SCENE_HEAD = 8192
"""Bytes kept of a block: an ID has up to 408, a path of 1024 follows, RenderData
lies below 4 KB."""

_MAX_HEADS = 20_000
_MAX_FILE_HEADS = 6_000
_MAX_SCENES = 32
"""Blocks kept until the DNA is known, at most 30 MB in all; further ones are only counted."""

_MAX_DNA = 1 << 20  # 132 KB in Blender 5.0
_MAX_THUMB = 1024  # Blender writes 128 and 256

Heads = dict[bytes, list[bytes]]


@mutable(slots=True)
class _Scan:
    """One pass over a file: counts and kept beginnings by ID code, and the DNA."""

    version: str
    order: str
    compression: str
    counts: dict[bytes, int] = field(factory=dict)
    heads: Heads = field(factory=dict)
    kept: int = 0
    partial: bool = False
    dna: Dna | None = None
    kinds: set[int] = field(factory=set)


def _scan(source: Source) -> _Scan:
    stream = BlendStream(source)
    header = stream.header
    scan = _Scan(header.version_text, header.order, stream.compression)
    raw_dna = b""
    for block in stream.main_blocks():
        code = block.code
        if code == b"DNA1":
            if block.length > _MAX_DNA:
                raise source.bad("its description of structs is too large")
            raw_dna = stream.read(block.length)
        elif code[2:] == b"\0\0":
            _keep(scan, stream, code[:2])
    scan.kinds = stream.kinds
    if not raw_dna:
        raise source.bad("it has no description of its structs")
    scan.dna = parse_dna(raw_dna, order=header.order, pointer=header.pointer)
    return scan


def _keep(scan: _Scan, stream: BlendStream, code: bytes) -> None:
    scan.counts[code] = scan.counts.get(code, 0) + 1
    heads = scan.heads.setdefault(code, [])
    if code == b"SC":
        size, room = _SCENE_HEAD, _MAX_SCENES
    elif code in FILE_STRUCTS:
        size, room = _FILE_HEAD, _MAX_FILE_HEADS // len(FILE_STRUCTS)
    else:
        size, room = _HEAD, _MAX_HEADS - scan.kept
        scan.kept += room > 0
    if (room > 0) if size == _HEAD else (len(heads) < room):
        heads.append(stream.read(size))
    else:
        scan.partial = True


def _fields(scan: _Scan) -> Fields:
    assert scan.dna is not None
    return Fields(scan.dna, scan.order)


def probe_blend(source: Source) -> Facts:
    """Facts of a .blend file from one pass over its blocks."""
    scan = source.once(_scan)
    fields = _fields(scan)
    found: dict[str, AttributeValue | None] = {
        "blender_version": scan.version,
        "compressed": scan.compression != "none",
        "compression": scan.compression,
        "partial": True if scan.partial else None,
        "links": scan.counts.get(b"ID", 0) or None,
    }
    text: list[str] = []
    marked = [
        fields.name(head)
        for code, heads in scan.heads.items()
        if code != b"ID"  # placeholders of linked data keep the mark of their source
        for head in heads
        if fields.marked(head)
    ]
    found["assets"] = len(marked)
    found["asset_names"] = facts.names(marked)
    text += facts.names(marked)
    for code, count, listed in _COUNTED:
        all_names = [fields.name(head) for head in scan.heads.get(code, ())]
        built_in = sum(name in _BUILT_IN for name in all_names) if code == b"IM" else 0
        found[count] = scan.counts.get(code, 0) - built_in
        if listed:
            shown = facts.names(name for name in all_names if name not in _BUILT_IN)
            found[listed] = shown
            text += shown
    libraries = [fields.file(b"LI", head) for head in scan.heads.get(b"LI", ())]
    found["libraries"] = scan.counts.get(b"LI", 0)
    found["library_names"] = facts.names(libraries)
    text += map(fields.name, scan.heads.get(b"ID", ()))
    for head in scan.heads.get(b"SC", ())[:1]:
        found |= _scene(fields, head)
    return facts.make("blend", "blend", attributes=found, text=text)


def _scene(fields: Fields, head: bytes) -> dict[str, AttributeValue | None]:
    def number(name: bytes) -> int | None:
        return fields.number(b"Scene", b"r." + name, head) or None

    base = fields.decimal(b"Scene", b"r.frs_sec_base", head) or 1.0
    return {
        "render_width": number(b"xsch"),
        "render_height": number(b"ysch"),
        "frame_start": fields.number(b"Scene", b"r.sfra", head),
        "frame_end": fields.number(b"Scene", b"r.efra", head),
        "frame_rate": round((number(b"frs_sec") or 0) / base, 3) or None,
    }


def blend_preview(source: Source) -> Embedded | None:
    """The thumbnail that Blender stores near the beginning (the TEST block)."""
    stream = BlendStream(source)
    for block in stream.blocks():
        if block.code == b"TEST":
            width, height = struct.unpack(stream.header.order + "ii", stream.read(8))
            sane = 0 < width <= _MAX_THUMB and 0 < height <= _MAX_THUMB
            if not sane or block.length < 8 + 4 * width * height:
                raise source.bad("its thumbnail has an impossible size")
            pixels = stream.read(4 * width * height)
            row = 4 * width
            rows = (pixels[at : at + row] for at in range(len(pixels) - row, -1, -row))
            return Embedded(b"".join(rows), "raw/rgba8", width, height)
        if block.code not in (b"REND", b"INFO"):
            return None
    return None


def blend_references(source: Source) -> tuple[str, ...]:
    """Paths of libraries, images, sounds, fonts, clips, caches and volumes that are not packed.

    And of strips of the sequencer, mesh caches and nodes with a file of their own.

    As stored: ``//`` at the start means the folder of the .blend file.
    """
    scan = source.once(_scan)
    fields = _fields(scan)

    def paths() -> Iterator[str]:
        for code in (b"LI", *(code for code in FILE_STRUCTS if code != b"LI")):
            for head in scan.heads.get(code, ()):
                path = fields.file(code, head)
                if path:
                    yield path
        structs = wanted(scan.dna, scan.kinds) if scan.dna else {}
        if structs and scan.dna:
            yield from names_in_data(source, scan.dna, scan.order, structs)

    return tuple(paths())


PROBES = {"blend": probe_blend}
PREVIEWS = {"blend": blend_preview}
REFERENCES = {"blend": blend_references}
