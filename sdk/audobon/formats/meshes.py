"""OBJ, STL, PLY and Alembic meshes."""

from __future__ import annotations

import re
import struct

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "REFERENCES"]

_MAX_TEXT = 64 << 20
"""Bytes of a text mesh that are counted: 0.1 s. Above it the facts stay partial."""

_MAX_FACES_READ = 8 << 20
"""Bytes of an OBJ in which corners of faces are counted one by one (0.3 s)."""

_OBJ_LINE = re.compile(
    rb"^[ \t]*(?:#|$|(?:v|vt|vn|vp|f|o|g|s|l|p|mtllib|usemtl|cstype|deg|curv2?|surf|parm|end|maplib"
    rb"|usemap|bevel|lod|trim|hole|scrv|sp|con|mg|call|csh|bmat|step|d_interp|c_interp|shadow_obj"
    rb"|trace_obj|ctech|stech)(?:[ \t]|$))"
)
_NAMED = re.compile(rb"^(o|g|usemtl|mtllib)[ \t]+([^\r\n]{1,512})", re.MULTILINE)


def _looks_like_obj(head: bytes) -> bool:
    lines = head.replace(b"\r", b"\n").split(b"\n")
    if len(head) == 4096:
        lines.pop()  # cut in the middle
    return b"\0" not in head and all(_OBJ_LINE.match(line) for line in _joined(lines))


def _joined(lines: list[bytes]) -> list[bytes]:
    """Lines without those that continue one before after a backslash."""
    before = [b"", *lines[:-1]]
    return [line for last, line in zip(before, lines, strict=True) if not last.endswith(b"\\")]


class _Obj:
    def __init__(self, source: Source) -> None:
        if not _looks_like_obj(source.head) or not source.head.strip():
            raise source.bad("it has lines that no OBJ has")
        self.vertices = self.faces = self.triangles = 0
        self.named: dict[bytes, dict[bytes, None]] = {}
        self.partial = source.size > _MAX_TEXT
        self.exact = source.size <= _MAX_FACES_READ
        last = b""
        for piece in source.chunks(limit=_MAX_TEXT):
            data = last + piece
            cut = data.rfind(b"\n") + 1
            last = data[cut:][-(1 << 16) :]
            self._count(b"\n" + data[:cut])
        self._count(b"\n" + last)

    def _count(self, data: bytes) -> None:
        self.vertices += data.count(b"\nv ") + data.count(b"\nv\t")
        self.faces += data.count(b"\nf ") + data.count(b"\nf\t")
        if self.exact:
            corners = (len(line.split()) for line in data.split(b"\n") if line[:2] == b"f ")
            self.triangles += sum(count - 3 for count in corners if count > 3)
        for found in _NAMED.finditer(data):
            known = self.named.setdefault(found[1], {})
            if len(known) < 10_000:
                known[found[2].strip()] = None


def obj(source: Source) -> Facts:
    """Facts of a Wavefront OBJ."""
    read = source.once(_Obj)
    if not read.vertices and not read.partial and not read.named:
        raise source.bad("it has no vertices")
    materials = read.named.get(b"usemtl", {})
    objects = read.named.get(b"o", {}) or read.named.get(b"g", {})
    object_names, material_names = facts.names(objects), facts.names(materials)
    found: dict[str, AttributeValue | None] = {
        "vertices": read.vertices,
        "faces": read.faces,
        "triangles": read.triangles if read.exact else None,
        "objects": len(objects),
        "object_names": object_names,
        "materials": len(materials),
        "material_names": material_names,
        "encoding": "text",
        "partial": True if read.partial else None,
    }
    return facts.make("model", "obj", attributes=found, text=(*object_names, *material_names))


def obj_references(source: Source) -> tuple[str, ...]:
    """The material libraries."""
    libraries = source.once(_Obj).named.get(b"mtllib", {})
    return tuple(name.decode("utf-8", "replace") for name in libraries)


def stl(source: Source) -> Facts:
    """Facts of an STL, binary or text. A binary one may start with ``solid`` too."""
    if source.size >= 84:
        (count,) = struct.unpack("<I", source.at(80, 4))
        exact = 84 + 50 * count == source.size
        text = source.head[:5] == b"solid" and b"\0" not in source.head
        if exact or not text:
            if 84 + 50 * count > source.size:
                raise source.bad("it ends too early")
            if not exact and source.size - 84 - 50 * count > 4096 + source.size // 2:
                raise source.bad("its number of triangles does not fit its size")
            return _stl_facts("binary", count, facts.clean(source.head[:80].split(b"\0")[0]))
    if source.head.lstrip()[:5].lower() != b"solid":
        raise source.bad("it is neither a text nor a binary STL")
    count, last = 0, b""
    for piece in source.chunks(limit=_MAX_TEXT):
        data = last + piece
        count += data.count(b"endfacet")
        last = data[-7:]
    partial = source.size > _MAX_TEXT
    if not partial and b"endsolid" not in source.upto(source.size - 1024, 1024) + source.head:
        raise source.bad("it ends too early")
    title = facts.clean(source.head.lstrip().split(b"\n", 1)[0][5:])
    return _stl_facts("text", count, title, partial=partial)


def _stl_facts(encoding: str, count: int, title: str, *, partial: bool = False) -> Facts:
    found: dict[str, AttributeValue | None] = {
        "triangles": count,
        "faces": count,
        "encoding": encoding,
        "title": title,
        "partial": True if partial else None,
    }
    return facts.make("model", "stl", attributes=found, text=(title,))


_PLY_TYPES = {b"char": 1, b"uchar": 1, b"int8": 1, b"uint8": 1, b"short": 2, b"ushort": 2}
_PLY_TYPES |= {b"int16": 2, b"uint16": 2, b"int": 4, b"uint": 4, b"int32": 4, b"uint32": 4}
_PLY_TYPES |= {b"float": 4, b"float32": 4, b"double": 8, b"float64": 8}


def ply(source: Source) -> Facts:
    """Facts of a PLY mesh or point cloud from its header."""
    head = source.upto(0, 1 << 16)
    end = head.find(b"end_header")
    if end < 0:
        raise source.bad("its header is cut short")
    encoding = ""
    elements: dict[str, int] = {}
    least = 0  # bytes that the elements take at least
    count = 0
    for line in head[:end].replace(b"\r", b"\n").split(b"\n"):
        words = line.split()
        if words[:1] == [b"format"]:
            encoding = {b"ascii": "text"}.get(words[1], "binary")
        elif words[:1] == [b"element"]:
            count = int(words[2])
            if not 0 <= count < 1 << 40:
                raise source.bad("its header has impossible values")
            elements[words[1].decode("ascii", "replace")] = count
        elif words[:1] == [b"property"]:
            kind = words[2] if words[1] == b"list" else words[1]
            least += count * (_PLY_TYPES[kind] if encoding == "binary" else 2)
    if not encoding or "vertex" not in elements or end + least > source.size:
        raise source.bad("it ends too early")
    found: dict[str, AttributeValue | None] = {
        "vertices": elements["vertex"],
        "faces": elements.get("face", 0),
        "encoding": encoding,
    }
    return facts.make("model", "ply", attributes=found)


def abc(source: Source) -> Facts:
    """Facts of an Alembic file in the Ogawa form: only that it is whole."""
    frozen, _version, root = struct.unpack("<BHQ", source.at(5, 11))
    if frozen != 0xFF or not 16 <= root < source.size:
        raise source.bad("it was not written to its end")
    return facts.make("model", "abc", attributes={"encoding": "binary"})


PROBES = {"obj": obj, "stl": stl, "ply": ply, "abc": abc}
REFERENCES = {"obj": obj_references}
