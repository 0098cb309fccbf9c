"""How large the objects and collections of a .blend file are, from the points of their meshes.

Blender keeps no bounding box in a file. Points lie as ``MVert`` until 3.4, as
the layer ``position`` of the mesh until 4.5, then as an attribute of this
name; those of curves in their splines. Modifiers and constraints are not
worked out: that takes a Blender.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterator

from attrs import define, field

from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.blend_fields import Fields
from audobon.formats.blend_parts import ROOM
from audobon.formats.blend_places import (
    Matrix,
    Point,
    basis,
    bounds,
    corners,
    moved,
    parent_inverse,
    times,
)
from audobon.formats.blend_sections import Blocks, read_blocks
from audobon.formats.source import Source
from audobon.model.scenecheck import SceneBox

__all__ = ["blend_boxes"]

_MAX_POINTS = 30_000_000
"""Of a whole file: some ten seconds and, one mesh at a time, 16 bytes each."""
_DEPTH = 200  # parents of parents
_POSITION = b"position"
_FLOAT3 = 48  # CD_PROP_FLOAT3
_ONE = 12  # bytes of a point

Box = tuple[Point, Point]


def blend_boxes(source: Source) -> dict[tuple[str, str], SceneBox]:
    """By kind (object, collection) and name. BadFile, LimitExceeded; Unsupported for 32 bits.

    Meshes beyond 30 million points in all have no box.
    """
    blocks = read_blocks(source)
    look = _Look(blocks)
    stream = BlendStream(source)
    for number, block in enumerate(stream.blocks()):
        if number >= len(blocks.address):
            raise source.bad("it changes while it is read")
        look.take(stream, number, block)
    return look.boxes()


@define
class _Object:
    """Of the numbers of sections -1 means none."""

    own: Matrix
    inverse: Matrix
    parent: int
    data: int
    group: int


@define
class _Mesh:
    """One mesh while its blocks pass by; addresses of what has not come yet."""

    points: int
    plain: int = 0
    layers: int = 0
    attributes: int = 0
    names: dict[int, int] = field(factory=dict)  # of a name, to that of the array it belongs to
    wanted: int = 0
    seen: dict[int, Box | None] = field(factory=dict)


class _Look:
    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._fields = Fields(blocks.dna, "<")
        self._objects: dict[int, _Object] = {}
        self._mesh: _Mesh | None = None
        self._boxes: dict[int, Box] = {}  # of sections with points
        self._members: dict[int, list[int]] = {}
        self._children: dict[int, list[int]] = {}
        self._room = _MAX_POINTS
        self._worlds: dict[int, Matrix] = {}
        self._placed: dict[int, Box | None] = {}  # boxes of objects in the world
        self._groups: dict[int, Box | None] = {}

    def take(self, stream: BlendStream, number: int, block: Block) -> None:
        owner = self._blocks.owner[number]
        section = self._blocks.sections[owner]
        first = number == section.first
        if section.code == b"OB" and first:
            self._object(owner, stream.read(ROOM))
        elif section.code == b"ME":
            if first:
                self._begin_mesh(stream.read(ROOM))
            elif self._mesh is not None:
                self._mesh_block(self._mesh, stream, number, block, owner)
        elif section.code == b"CU" and not first:
            self._curve_block(stream, number, block, owner)
        elif section.code in (b"GR", b"SC") and not first:
            self._member(stream, number, owner)

    def _lead(self, name: bytes, path: bytes, data: bytes) -> int:
        return int.from_bytes(self._fields.raw(name, path, data), "little")

    def _section(self, address: int, owner: int) -> int:
        found = self._blocks.find(address, owner) if address else -1
        return -1 if found < 0 else self._blocks.owner[found]

    def _name(self, number: int) -> bytes:
        layout = self._blocks.layout(number)
        return b"" if layout is None else layout.name

    def _object(self, owner: int, head: bytes) -> None:
        def section(path: bytes) -> int:
            return self._section(self._lead(b"Object", path, head), owner)

        own, inverse = basis(self._fields, head), parent_inverse(self._fields, head)
        group = section(b"*dup_group")
        self._objects[owner] = _Object(own, inverse, section(b"*parent"), section(b"*data"), group)

    def _begin_mesh(self, head: bytes) -> None:
        def lead(path: bytes) -> int:
            return self._lead(b"Mesh", path, head)

        self._mesh = _Mesh(
            self._fields.number(b"Mesh", b"totvert", head),
            lead(b"*mvert"),
            lead(b"vdata.*layers"),
            lead(b"attribute_storage.*dna_attributes"),
        )

    def _mesh_block(
        self, mesh: _Mesh, stream: BlendStream, number: int, block: Block, owner: int
    ) -> None:
        name, address = self._name(number), block.address
        if name == b"MVert" and address == mesh.plain and owner not in self._boxes:
            self._keep(owner, self._points(stream, block, block.length // max(1, block.count)))
        elif name == b"CustomDataLayer" and address == mesh.layers:
            for one in self._each(stream, block):
                kind = self._fields.number(b"CustomDataLayer", b"type", one)
                if kind == _FLOAT3 and self._text(one) == _POSITION:
                    mesh.plain, mesh.wanted = 0, self._lead(b"CustomDataLayer", b"*data", one)
        elif name == b"Attribute" and address == mesh.attributes:
            for one in self._each(stream, block):
                leads = self._lead(b"Attribute", b"*name", one)
                mesh.names[leads] = self._lead(b"Attribute", b"*data", one)
        elif address in mesh.names and stream.read(len(_POSITION) + 1) == _POSITION + b"\0":
            mesh.wanted = mesh.names[address]
        elif name == b"AttributeArray" and address == mesh.wanted:
            # The points lie before the array that names them, and behind the attribute's name.
            leads = self._lead(b"AttributeArray", b"*data", stream.read(ROOM))
            self._keep(owner, mesh.seen.get(leads))
            mesh.wanted = 0
        elif mesh.wanted and name != b"AttributeArray" and block.length == mesh.points * _ONE:
            found = self._points(stream, block, _ONE)
            mesh.seen[address] = found
            if address == mesh.wanted:
                self._keep(owner, found)
                mesh.wanted = 0

    def _text(self, layer: bytes) -> bytes:
        return self._fields.text(b"CustomDataLayer", b"name", layer)

    def _each(self, stream: BlendStream, block: Block) -> Iterator[bytes]:
        size = self._blocks.layouts.of(block.struct).size
        while size and len(one := stream.read(size)) == size:
            yield one

    def _points(self, stream: BlendStream, block: Block, size: int) -> Box | None:
        count = block.length // size if size >= _ONE else 0
        if size % 4 or not 0 < count <= self._room:
            return None
        self._room -= count
        values = array("f")
        values.frombytes(stream.read(count * size))
        step = size // 4
        return _box(values[0::step], values[1::step], values[2::step])

    def _curve_block(self, stream: BlendStream, number: int, block: Block, owner: int) -> None:
        name = self._name(number)
        if name not in (b"BezTriple", b"BPoint"):
            return
        size = self._blocks.layouts.of(block.struct).size
        if name == b"BPoint":
            self._keep(owner, self._points(stream, block, size))
            return
        found = []
        for one in self._each(stream, block):
            # The handles too: a curve stays within them.
            nine = struct.unpack_from("<9f", one) if len(one) >= 36 else ()
            found += list(zip(nine[0::3], nine[1::3], nine[2::3], strict=True))
        self._keep(owner, bounds(found))

    def _keep(self, owner: int, box: Box | None) -> None:
        before = self._boxes.get(owner)
        if box is not None:
            joined = box if before is None else bounds((*before, *box))
            assert joined is not None
            self._boxes[owner] = joined

    def _member(self, stream: BlendStream, number: int, owner: int) -> None:
        name = self._name(number)
        if name == b"CollectionObject":
            leads = self._lead(name, b"*ob", stream.read(ROOM))
            self._members.setdefault(owner, []).append(self._section(leads, owner))
        elif name == b"CollectionChild":
            leads = self._lead(name, b"*collection", stream.read(ROOM))
            self._children.setdefault(owner, []).append(self._section(leads, owner))

    def boxes(self) -> dict[tuple[str, str], SceneBox]:
        found = {}
        for number, section in enumerate(self._blocks.sections):
            if number in self._objects:
                found["object", section.name] = self._of_object(number)
            elif section.code == b"GR":
                found["collection", section.name] = self._of_group(number)
        return found

    def _of_object(self, number: int) -> SceneBox:
        box = self._world_box(number)
        parent = self._objects[number].parent
        name = self._blocks.sections[parent].name if parent in self._objects else ""
        origin = moved(self._world(number, 0), (0.0, 0.0, 0.0))
        low, high = box or (None, None)
        return SceneBox(_finite(origin), low, high, name)

    def _of_group(self, number: int) -> SceneBox:
        inside = self._all_members(number)
        box = self._group_box(number)
        roots = [one for one in inside if self._objects[one].parent not in inside]
        origins = [moved(self._world(one, 0), (0.0, 0.0, 0.0)) for one in roots]
        middle = [sum(column) / len(roots) for column in zip(*origins, strict=True)] or [0.0] * 3
        low, high = box or (None, None)
        return SceneBox(_finite((middle[0], middle[1], middle[2])), low, high)

    def _all_members(self, group: int) -> dict[int, None]:
        """Objects of a collection and of those in it, each once, in order."""
        found: dict[int, None] = {}
        seen, waiting = {group}, [group]
        while waiting:
            one = waiting.pop()
            found |= dict.fromkeys(n for n in self._members.get(one, ()) if n in self._objects)
            inner = [n for n in self._children.get(one, ()) if n not in seen]
            seen.update(inner)
            waiting += reversed(inner)
        return found

    def _world(self, number: int, depth: int) -> Matrix:
        if number not in self._worlds:
            one = self._objects[number]
            world = one.own
            if one.parent in self._objects and depth < _DEPTH:
                world = times(self._world(one.parent, depth + 1), times(one.inverse, one.own))
            self._worlds[number] = world
        return self._worlds[number]

    def _world_box(self, number: int) -> Box | None:
        if number not in self._placed:
            self._placed[number] = None  # what holds itself ends here
            one, world = self._objects[number], self._world(number, 0)
            box = self._boxes.get(one.data)
            if box is None and one.group >= 0:
                box = self._group_box(one.group)
            if box is not None:
                self._placed[number] = bounds(moved(world, corner) for corner in corners(*box))
        return self._placed[number]

    def _group_box(self, group: int) -> Box | None:
        if group not in self._groups:
            self._groups[group] = None
            boxes = map(self._world_box, self._all_members(group))
            self._groups[group] = bounds(p for box in boxes if box is not None for p in box)
        return self._groups[group]


def _box(x: array[float], y: array[float], z: array[float]) -> Box | None:
    return bounds(((min(x), min(y), min(z)), (max(x), max(y), max(z))))


def _finite(point: Point) -> Point:
    return point if all(map(math.isfinite, point)) else (0.0, 0.0, 0.0)
