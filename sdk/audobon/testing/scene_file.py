"""Writes small scenes as .blend files whose structs are those of Blender, by name and meaning.

For tests of what reads, compares and merges scenes without a Blender. The
bytes have all that changes between sessions of the real program: addresses,
counters, flags of the moment, neighbours in lists. Blender itself would find
most of its fields missing and is not meant to open them.
"""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from audobon.testing.scene_structs import Dna

__all__ = ["SceneObject", "SceneSpec", "scene_bytes"]

Vector = tuple[float, float, float]


@frozen(slots=True)
class SceneObject:
    """An object by its name in a scene; ``mesh`` names its data."""

    mesh: str
    location: Vector = (0.0, 0.0, 0.0)
    parent: str = ""
    collections: tuple[str, ...] = ("Collection",)
    modifiers: int = 0


@frozen(slots=True)
class SceneSpec:
    """What is in a scene, by name.

    ``meshes`` have a number of vertices and the names of their materials,
    ``shaped`` are those with a shape key; ``materials`` have a colour.
    ``collections`` name their parent, empty for the scene itself. ``linked``
    objects have the path of their library and their collections. ``texts``
    have their flags and lines, ``drivers`` are expressions with the object
    that has them, ``freestyle`` the texts that are run at rendering.
    """

    objects: Mapping[str, SceneObject] = field(factory=dict)
    meshes: Mapping[str, tuple[int, tuple[str, ...]]] = field(factory=dict)
    materials: Mapping[str, Vector] = field(factory=dict)
    collections: Mapping[str, str] = field(factory=lambda: {"Collection": ""})
    shaped: tuple[str, ...] = ()
    linked: Mapping[str, tuple[str, tuple[str, ...]]] = field(factory=dict)
    width: int = 1920
    texts: Mapping[str, tuple[int, tuple[str, ...]]] = field(factory=dict)
    drivers: Mapping[str, str] = field(factory=dict)
    freestyle: tuple[str, ...] = ()


def scene_bytes(
    spec: SceneSpec, *, session: int = 1, version: int = 304, compression: str = "none"
) -> bytes:
    """The bytes of ``spec`` as a session would save it; two sessions share no address."""
    writer = _Writer(session, version)
    writer.scene(spec)
    data = writer.finish()
    if compression == "gzip":
        return gzip.compress(data, mtime=0)
    if compression == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(level=3).compress(data)
    return data


class _Writer:
    def __init__(self, session: int, version: int) -> None:
        self._new = version >= 500
        self._dna = Dna(258 if self._new else 66)
        self._chance = random.Random(session)
        self._base = self._chance.randrange(1 << 20, 1 << 42) * 16
        self._addresses: dict[object, int] = {}
        start = f"BLENDER17-01v{version:04d}" if self._new else f"BLENDER-v{version:03d}"
        self._data = bytearray(start.encode())

    def _at(self, label: object) -> int:
        """The address of whatever has this label; 0 for None."""
        if label is None:
            return 0
        if label not in self._addresses:
            self._base += 16 * self._chance.randrange(4, 400)
            self._addresses[label] = self._base
        return self._addresses[label]

    def _block(self, code: str, label: object, kind: int, body: bytes, count: int = 1) -> None:
        raw, address = code.encode().ljust(4, b"\0"), self._at(label)
        if self._new:
            self._data += struct.pack("<4sIQqq", raw, kind, address, len(body), count)
        else:
            self._data += struct.pack("<4siQii", raw, len(body), address, kind, count)
        self._data += body

    def _struct(self, code: str, label: object, name: str, values: Mapping[str, object]) -> None:
        body = self._dna.pack(name, values, self._at)
        self._block(code, label, self._dna.number(name), body)

    def _id(self, code: str, kind: str, name: str, values: Mapping[str, object]) -> None:
        moment = {
            "id.name": code + name,
            "id.tag": self._chance.randrange(1 << 30),
            "id.us": self._chance.randrange(1, 9),
            "id.session_uuid": self._chance.randrange(1 << 30),
            "id.next": ("neighbour", self._chance.random()),
            "id.prev": ("neighbour", self._chance.random()),
        }
        self._struct(code, (code, name), kind, {**moment, **values})

    def _array(self, label: object, targets: Sequence[object]) -> None:
        words = [self._at(target) for target in targets]
        self._block("DATA", label, 0, struct.pack(f"<{len(words)}Q", *words))

    def _list(
        self, owner: object, kind: str, leads: str, targets: Sequence[object]
    ) -> list[object]:
        """The links of a list; their labels."""
        labels: list[object | None] = [(owner, kind, target) for target in targets]
        around = [None, *labels, None]
        for at, target in enumerate(targets):
            links = {"next": around[at + 2], "prev": around[at], leads: target}
            self._struct("DATA", labels[at], kind, links)
        return [label for label in labels if label is not None]

    def scene(self, spec: SceneSpec) -> None:
        self._block("REND", None, 0, b"\0" * 72)
        self._block("GLOB", None, 0, b"\0" * 64)
        root = ("root", "Scene")
        frame = self._chance.randrange(1, 250)
        self._id(
            *("SC", "Scene", "Scene"),
            {"master_collection": root, "r.xsch": spec.width, "r.cfra": frame},
        )
        for name in spec.freestyle:
            label = ("freestyle", name)
            self._struct("DATA", label, "FreestyleModuleConfig", {"script": ("TX", name)})
        self._collection_body(spec, "", root)
        for name in spec.collections:
            self._collection_body(spec, name, ("GR", name))
        for name, thing in spec.objects.items():
            self._object(name, thing)
            for expression in (text for text, of in spec.drivers.items() if of == name):
                values = {"expression": expression, "type": 1}
                self._struct("DATA", ("driver", expression), "ChannelDriver", values)
        for name, (flags, lines) in spec.texts.items():
            self._text(name, flags, lines)
        for name, (vertices, materials) in spec.meshes.items():
            self._mesh(name, vertices, materials, shaped=name in spec.shaped)
        for name, color in spec.materials.items():
            r, g, b = color
            self._id("MA", "Material", name, {"r": r, "g": g, "b": b})
        for path in sorted({path for path, _ in spec.linked.values()}):
            self._library(path, [name for name, (of, _) in spec.linked.items() if of == path])

    def _text(self, name: str, flags: int, lines: Sequence[str]) -> None:
        labels = [(name, "line", number) for number in range(len(lines))]
        path = (name, "path")
        self._id("TX", "Text", name, {"flags": flags, "nlines": len(lines), "filepath": path})
        self._block("DATA", path, 0, f"//{name}\0".encode())
        for label, line in zip(labels, lines, strict=True):
            self._struct("DATA", label, "TextLine", {"line": ("raw", label), "len": len(line)})
        for label, line in zip(labels, lines, strict=True):
            self._block("DATA", ("raw", label), 0, f"{line}\0".encode())

    def _library(self, path: str, names: Sequence[str]) -> None:
        self._id("LI", "Library", path.rpartition("/")[2], {"name": path})
        for name in names:
            values = {"name": f"OB{name}", "tag": 1, "lib": ("LI", path.rpartition("/")[2])}
            self._struct("ID", ("ID", name), "ID", values)

    def _collection_body(self, spec: SceneSpec, name: str, label: object) -> None:
        objects = [("OB", n) for n, thing in spec.objects.items() if name in thing.collections]
        objects += [("ID", n) for n, (_, inside) in spec.linked.items() if name in inside]
        below = [("GR", n) for n, parent in spec.collections.items() if parent == name]
        lists: dict[str, object] = {}
        for member, kind, targets in (
            ("gobject", "CollectionObject", objects),
            ("children", "CollectionChild", below),
        ):
            if targets:
                labels = [(label, kind, target) for target in targets]
                lists |= {f"{member}.first": labels[0], f"{member}.last": labels[-1]}
        if name:
            self._id("GR", "Collection", name, lists)
        else:
            self._struct("DATA", label, "Collection", {"id.name": "GRScene Collection", **lists})
        self._list(label, "CollectionObject", "ob", objects)
        self._list(label, "CollectionChild", "collection", below)

    def _object(self, name: str, thing: SceneObject) -> None:
        modifiers = [(name, "modifier", number) for number in range(thing.modifiers)]
        x, y, z = thing.location
        values: dict[str, object] = {
            "type": 1,
            "data": ("ME", thing.mesh),
            "parent": ("OB", thing.parent) if thing.parent else None,
            "loc": (x, y, z),
            "size": (1.0, 1.0, 1.0),
            "rotmode": 1,
            "flag": self._chance.randrange(2),  # selected
            "obmat": tuple(self._chance.random() for _ in range(16)),
        }
        if modifiers:
            values |= {"modifiers.first": modifiers[0], "modifiers.last": modifiers[-1]}
        self._id("OB", "Object", name, values)
        around = [None, *modifiers, None]
        for at, label in enumerate(modifiers):
            self._struct(
                *("DATA", label, "SubsurfModifierData"),
                {"modifier.next": around[at + 2], "modifier.prev": around[at], "levels": at},
            )

    def _mesh(self, name: str, count: int, materials: Sequence[str], *, shaped: bool) -> None:
        slots = (name, "slots") if materials else None
        key = ("KE", name) if shaped else None
        self._id(
            *("ME", "Mesh", name),
            {"totvert": count, "mat": slots, "mvert": (name, "vertices"), "key": key},
        )
        if materials:
            self._array(slots, [("MA", material) for material in materials])
        vertices = struct.pack(f"<{3 * count}f", *(float(n) for n in range(3 * count)))
        self._block("DATA", (name, "vertices"), self._dna.number("MVert"), vertices, count)
        if shaped:
            self._id("KE", "Key", name, {"from": ("ME", name)})

    def finish(self) -> bytes:
        self._block("DNA1", ("dna",), 0, self._dna.data())
        self._block("ENDB", None, 0, b"", 0)
        return bytes(self._data)
