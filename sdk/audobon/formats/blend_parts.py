"""What is in a .blend file as parts that can be compared: objects, meshes, materials, ...

A part is one data block with everything that belongs to it. Its digest is made
from content alone: an address counts as what it leads to, which inside the
part is that block's own content and outside is the kind and name of another
part. So two sessions that save the same scene give the same digests, and a
part's digest changes when it was edited, not when something near it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from attrs import frozen

from audobon.formats.blend_bodies import Bodies, read_bodies
from audobon.formats.blend_fields import Fields
from audobon.formats.blend_graph import Graph
from audobon.formats.blend_members import members
from audobon.formats.blend_partfacts import Found, facts_of
from audobon.formats.blend_sections import Blocks, Section, read_blocks
from audobon.formats.source import Source
from audobon.model.parts import Part

__all__ = [
    "KINDS",
    "ROOM",
    "Key",
    "Scene",
    "blend_parts",
    "is_part",
    "is_read",
    "key_of",
    "read_scene",
]

Key = tuple[str, str]
"""The kind and the name of a part."""

KINDS = {
    b"SC": "scene",
    b"GR": "collection",
    b"OB": "object",
    b"ME": "mesh",
    b"CU": "curve",
    b"CV": "hair curves",
    b"MB": "metaball",
    b"LT": "lattice",
    b"AR": "armature",
    b"PT": "point cloud",
    b"VO": "volume",
    b"GD": "grease pencil",
    b"GP": "grease pencil v3",
    b"CA": "camera",
    b"LA": "light",
    b"LP": "light probe",
    b"SK": "speaker",
    b"MA": "material",
    b"NT": "node group",
    b"TE": "texture",
    b"IM": "image",
    b"WO": "world",
    b"AC": "action",
    b"PA": "particles",
    b"LS": "line style",
    b"MC": "movie clip",
    b"MS": "mask",
    b"SO": "sound",
    b"VF": "font",
    b"TX": "text",
    b"CF": "cache file",
    b"LI": "library",
}
"""Blender's codes (DNA_ID_enums.h). One that is not known here is a kind by itself."""

_LINKED = b"ID"
_NO_PARTS = frozenset((b"WM", b"WS", b"SR", b"SN", b"BR", b"PL", b"PC", b"KE"))
"""Windows, workspaces, screens, brushes and palettes are the tools of a session, not what is
in the scene; shape keys are part of their mesh."""

_BUILT_IN = frozenset((("image", "Render Result"), ("image", "Viewer Node")))
ROOM = 16 << 10
"""Bytes of a data block's first struct: a Scene has 7 KB, anything else less than 4."""


@frozen(slots=True)
class Scene:
    """All parts of one file, in its order.

    ``layout`` is a digest of the DNA: digests of parts are only comparable
    between files with the same. ``uses`` gives the parts that a part names,
    ``within`` the collections that it lies in; a scene stands for its own
    collection.
    """

    parts: tuple[Part, ...]
    version: str
    layout: str
    compression: str
    uses: Mapping[Key, tuple[Key, ...]]
    within: Mapping[Key, tuple[Key, ...]]


def blend_parts(source: Source) -> tuple[Part, ...]:
    """The parts of an open .blend file of Blender 2.8 or newer."""
    return read_scene(source).parts


def read_scene(source: Source, renamed: Mapping[Key, str] | None = None) -> Scene:
    """All that can be told of an open .blend file, in two passes over it.

    ``renamed`` gives parts another name, also where others point to them: for
    what the file would be if they were called so.
    """
    blocks = read_blocks(source)
    bodies = read_bodies(source, blocks, is_read, ROOM)
    return _Reader(blocks, bodies, renamed or {}).scene()


class _Reader:
    def __init__(self, blocks: Blocks, bodies: Bodies, renamed: Mapping[Key, str]) -> None:
        self._blocks, self._bodies = blocks, bodies
        self._keys = [key_of(section, renamed) for section in blocks.sections]
        self._graph = Graph(blocks, bodies, self._keys)
        self._within: dict[int, set[int]] = {}
        for one in members(blocks, bodies):
            self._within.setdefault(one.member, set()).add(one.holder)
        self._fields = Fields(blocks.dna, "<")

    def scene(self) -> Scene:
        parts: list[Part] = []
        uses: dict[Key, tuple[Key, ...]] = {}
        within: dict[Key, tuple[Key, ...]] = {}
        for number, section in enumerate(self._blocks.sections):
            key = self._keys[number]
            if not is_part(section) or key in _BUILT_IN:
                continue
            inner, used = self._graph.content(number)
            uses[key] = tuple(sorted(self._keys[other] for other in used))
            within[key] = tuple(sorted({self._keys[n] for n in self._within.get(number, ())}))
            whole = hashlib.blake2b(inner, digest_size=16)
            whole.update(repr(within[key]).encode())
            parts.append(Part(key[0], key[1], whole.hexdigest(), self._facts(number, within[key])))
        blocks = self._blocks
        layout = hashlib.blake2b(blocks.dna_bytes, digest_size=16).hexdigest()
        return Scene(tuple(parts), blocks.version, layout, blocks.compression, uses, within)

    def _facts(self, number: int, within: tuple[Key, ...]) -> Found:
        section = self._blocks.sections[number]
        named = self._graph.named(number)
        found = facts_of(
            section.code,
            self._fields,
            self._bodies.heads.get(section.first, b""),
            self._bodies.tally.get(number, {}),
            self._bodies.beside.get(number, {}),
            named,
        )
        if section.code == _LINKED:
            found["library"] = section.library
        if within:
            found["collections"] = tuple(
                name if kind == "collection" else f"{name} (scene)" for kind, name in within
            )
        return found


def is_part(section: Section) -> bool:
    """Whether a section is a part of the scene."""
    return len(section.code) == 2 and section.code not in _NO_PARTS


def is_read(section: Section) -> bool:
    """Whether the content of a section is looked at."""
    return is_part(section) or section.code == b"KE"


def key_of(section: Section, renamed: Mapping[Key, str]) -> Key:
    """What a section is called: the kind and name of its part, or of what is none.

    A linked data block has the kind ``linked object`` or the like, and its
    library's path behind its name.
    """
    if section.code == _LINKED:
        kind = _kind(section.name[:2].encode("utf-8", "replace"))
        return f"linked {kind}", f"{section.name[2:]} ({section.library})"
    kind = _kind(section.code)
    return kind, renamed.get((kind, section.name), section.name)


def _kind(code: bytes) -> str:
    return KINDS.get(code) or code.decode("latin-1").lower()
