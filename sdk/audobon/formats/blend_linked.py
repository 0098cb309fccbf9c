"""Files that are named below the data blocks of a .blend file: strips, caches of meshes, nodes.

Data blocks that name a file of their own are in ``blend_fields``. These lie in
blocks of which a scene has many, so they are looked for only where the first
pass has met such a struct.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, mutable

from audobon.formats.blend_blocks import BlendStream
from audobon.formats.blend_dna import Dna
from audobon.formats.blend_fields import Fields
from audobon.formats.source import Source

__all__ = ["names_in_data", "wanted"]

_FILES = (b"MeshCacheModifierData", b"NodeShaderTexIES", b"NodeShaderScript")
_WITH_MODE = (b"NodeShaderTexIES", b"NodeShaderScript")
_EXTERNAL = 1  # NODE_IES_EXTERNAL, NODE_SCRIPT_EXTERNAL; a text block otherwise
_STRIPS = (b"Strip", b"StripData")
_FRAMES = b"StripElem"
# Of the sequencer: a strip has a folder, and its frames lie in a block that it points to. DNA keeps
# the old names of both for files of every version.

_MAX_BODY = 1 << 20  # frames of an image strip take some 270 bytes each
_MAX_NAMES = 10_000


def wanted(dna: Dna, kinds: Iterable[int]) -> dict[int, bytes]:
    """Those of the structs with these numbers that name files."""
    names = list(dna.structs)
    known = {*_FILES, *_STRIPS, _FRAMES}
    return {kind: names[kind] for kind in kinds if kind < len(names) and names[kind] in known}


@mutable(slots=True)
class _Found:
    files: list[str] = field(factory=list)
    strips: list[tuple[bytes, int]] = field(factory=list)
    frames: dict[int, list[bytes]] = field(factory=dict)
    count: int = 0


def names_in_data(source: Source, dna: Dna, order: str, structs: dict[int, bytes]) -> list[str]:
    """The files that blocks of these structs name, as they stand there."""
    fields, found = Fields(dna, order), _Found()
    stream = BlendStream(source)
    for block in stream.blocks():
        kind = structs.get(block.struct)
        if block.code == b"DATA" and kind is not None and found.count < _MAX_NAMES:
            found.count += 1
            _take(found, fields, kind, block.address, stream.read(_MAX_BODY), dna)
    names = list(found.files)
    for folder, address in found.strips:
        names += [
            _text(folder.rstrip(b"/\\") + b"/" + name if folder else name)
            for name in found.frames.get(address, ())
        ]
    return names[:_MAX_NAMES]


def _take(found: _Found, fields: Fields, kind: bytes, address: int, body: bytes, dna: Dna) -> None:
    if kind == _FRAMES:
        size = dna.sizes.get(kind, 0)
        each = [body[at : at + size] for at in range(0, len(body), size)] if size else []
        names = [
            fields.text(kind, b"name", one) or fields.text(kind, b"filename", one) for one in each
        ]
        found.frames[address] = [name for name in names if name]
        found.count += len(names)
    elif kind in _STRIPS:
        folder = fields.text(kind, b"dir", body) or fields.text(kind, b"dirpath", body)
        pointer = fields.raw(kind, b"*stripdata", body)
        found.strips.append((folder, fields.whole(pointer)))
    elif kind not in _WITH_MODE or fields.number(kind, b"mode", body) == _EXTERNAL:
        path = fields.text(kind, b"filepath", body)
        if path:
            found.files.append(_text(path))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
