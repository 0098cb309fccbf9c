"""PLY: vertices with colours, and polygons, as text or binary; also clouds of points."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from attrs import field, frozen

from audobon.formats.render.rendered import bad, too_large
from audobon.formats.render.triangles import MAX_TRIANGLES, Soup, every, fan, indexed

__all__ = ["read"]

_TYPES = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"}
_TYPES |= {"float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2"}
_TYPES |= {"uint16": "u2", "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8"}

_MAX_BODY = 640 << 20
"""Bytes that are read; scans of ten million vertices have about 300 MB."""

_MAX_HEADER = 64 << 10
_MAX_MIXED = 2_000_000
"""Polygons of mixed sizes that are read one by one (1 s)."""


@frozen(slots=True)
class _Element:
    name: str
    count: int
    properties: list[tuple[str, str, str]] = field(factory=list)  # name, type, type of a length

    def dtype(self, order: str) -> np.dtype[Any]:
        return np.dtype([(name, order + kind) for name, kind, _length in self.properties])

    @property
    def lists(self) -> bool:
        return any(length for _name, _kind, length in self.properties)


def read(path: str) -> Soup:
    """The surface, or the points where there is none; z is up, as scanners have it."""
    if os.path.getsize(path) > _MAX_BODY:
        raise too_large(path, "too many bytes", f"{_MAX_BODY >> 20} MiB")
    with open(path, "rb") as stream:
        form, elements, start = _header(path, stream.read(_MAX_HEADER))
        stream.seek(start)
        body = stream.read()
    if form == "ascii":
        return _soup(path, *_from_text(path, elements, body))
    order = ">" if "big" in form else "<"
    return _soup(path, *_from_bytes(path, elements, body, order))


def _header(path: str, head: bytes) -> tuple[str, list[_Element], int]:
    end = head.find(b"end_header")
    newline = head.find(b"\n", end)
    if end < 0 or newline < 0:
        raise bad(path, "its header does not end")
    form, elements = "", []
    for line in head[:end].decode("latin-1").splitlines():
        words = line.split()
        if words[:1] == ["format"]:
            form = words[1]
        elif words[:1] == ["element"]:
            elements.append(_Element(words[1], int(words[2])))
        elif words[:2] == ["property", "list"]:
            elements[-1].properties.append((words[4], _TYPES[words[3]], _TYPES[words[2]]))
        elif words[:1] == ["property"]:
            elements[-1].properties.append((words[2], _TYPES[words[1]], ""))
    if any(element.count < 0 or not element.properties for element in elements):
        raise bad(path, "its header has impossible counts")
    return form, elements, newline + 1


def _from_bytes(path: str, elements: list[_Element], body: bytes, order: str) -> tuple[Any, Any]:
    """Vertices (structured) and triangles."""
    vertices: Any = None
    faces: Any = np.zeros((0, 3), np.int64)
    at = 0
    for element in elements:
        if element.lists:
            if element.name == "face":
                faces = _polygons(path, element, body, at, order)
            break  # what follows lists is not needed
        kind = element.dtype(order)
        if at + element.count * kind.itemsize > len(body):
            raise bad(path, "it ends too early")
        if element.name == "vertex":
            vertices = np.frombuffer(body, kind, element.count, at)
        at += element.count * kind.itemsize
    return vertices, faces


def _polygons(path: str, element: _Element, body: bytes, at: int, order: str) -> Any:
    """Triangles of the face element that starts at ``at``; the first list is the polygon."""
    length = element.properties[0][2]
    if not length or element.count == 0:
        return np.zeros((0, 3), np.int64)
    _name, kind, _length = element.properties[0]
    size = int(np.frombuffer(body, order + length, 1, at)[0])
    rest = [(name, order + each) for name, each, more in element.properties[1:] if not more]
    if 3 <= size <= 64 and len(rest) == len(element.properties) - 1:
        record = np.dtype([("n", order + length), ("v", order + kind, (size,)), *rest])
        if at + element.count * record.itemsize <= len(body):
            table = np.frombuffer(body, record, element.count, at)
            if (table["n"] == size).all():
                flat = table["v"].astype(np.int64).ravel()
                return fan(np.full(element.count, size), flat)
    return _mixed(path, element, body, at, order)


def _mixed(path: str, element: _Element, body: bytes, at: int, order: str) -> Any:
    if element.count > _MAX_MIXED:
        raise too_large(path, f"{element.count} mixed polygons", f"{_MAX_MIXED:,}")
    tables = [
        (np.dtype(order + kind), np.dtype(order + length) if length else None)
        for _name, kind, length in element.properties
    ]
    sizes, flats = [], []
    for _ in range(element.count):
        for number, (kind, length) in enumerate(tables):
            count = 1
            if length is not None:
                count = int(np.frombuffer(body, length, 1, at)[0])
                at += length.itemsize
            if number == 0:
                flats.append(np.frombuffer(body, kind, count, at))
                sizes.append(count)
            at += max(count, 0) * kind.itemsize
    return fan(np.array(sizes), np.concatenate(flats).astype(np.int64))


def _from_text(path: str, elements: list[_Element], body: bytes) -> tuple[Any, Any]:
    lines = body.split(b"\n")
    vertices: Any = None
    faces: Any = np.zeros((0, 3), np.int64)
    at = 0
    for element in elements:
        rows = lines[at : at + element.count]
        if len(rows) < element.count:
            raise bad(path, "it ends too early")
        at += element.count
        if element.name == "vertex" and not element.lists:
            table = np.array(b" ".join(rows).split(), dtype="S32").astype(np.float64)
            columns = table.reshape(element.count, -1)
            vertices = np.empty(element.count, element.dtype("<"))
            for index, name in enumerate(vertices.dtype.names or ()):
                vertices[name] = columns[:, index]
        elif element.name == "face" and element.lists:
            words = [row.split() for row in rows]
            sizes = np.array([int(each[0]) for each in words])
            flat = [word for each in words for word in each[1 : int(each[0]) + 1]]
            faces = fan(sizes, np.array(flat, dtype="S12").astype(np.int64))
    return vertices, faces


def _soup(path: str, vertices: Any, faces: Any) -> Soup:
    if vertices is None or not {"x", "y", "z"} <= set(vertices.dtype.names or ()):
        raise bad(path, "it has no vertices")
    if not len(faces):
        vertices = vertices[:: every(len(vertices))][:MAX_TRIANGLES]
    places = np.stack([vertices[axis].astype(np.float32) for axis in "xyz"], axis=1)
    colors = _colors(vertices)
    if len(faces):
        return indexed(places, faces, up="z", colors=colors)
    corners = np.repeat(places[:, None], 3, axis=1)
    return Soup(corners, colors=colors, up="z", points=True)


def _colors(vertices: Any) -> Any:
    """Vertex colours as linear light; integers are sRGB of 8 bits."""
    names = ("red", "green", "blue")
    if not set(names) <= set(vertices.dtype.names or ()):
        return None
    values = np.stack([vertices[name].astype(np.float32) for name in names], axis=1)
    if vertices.dtype["red"].kind in "iu":
        values = values / 255
    return values.clip(0, 1) ** np.float32(2.2)
