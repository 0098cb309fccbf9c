"""Autodesk FBX, binary and text.

A binary file is a tree of records: end offset, number and bytes of its
properties, name, properties, then records inside (layout as worked out by the
Blender developers). 32 bit offsets until version 7.4, 64 bit from 7.5.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from attrs import field, frozen, mutable

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "REFERENCES"]

_MAX_RECORDS = 500_000
"""Records visited; big scenes have about 50,000 objects. Above it the facts stay partial."""

_MAX_TEXT = 64 << 20
"""Bytes of a text file read; above it the facts stay partial."""

_COUNTS = {
    "Geometry": "meshes",
    "Model": "objects",
    "Material": "materials",
    "Texture": "textures",
    "Video": "images",
    "AnimationStack": "animations",
}
_NAMES = {"Model": "object_names", "Geometry": "mesh_names", "Material": "material_names"}
_NAMES["AnimationStack"] = "action_names"


@frozen(slots=True)
class _Record:
    name: str
    end: int
    properties: int
    properties_at: int
    count: int

    @property
    def inside(self) -> int:
        return self.properties_at + self.properties


@mutable(slots=True)
class _Tally:
    version: int = 0
    creator: str = ""
    counts: dict[str, int] = field(factory=dict)
    names: dict[str, list[str]] = field(factory=dict)
    files: list[str] = field(factory=list)
    vertices: int = 0
    bones: int = 0
    visited: int = 0
    partial: bool = False

    def add(self, kind: str, name: str, subtype: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.bones += kind == "Model" and subtype in ("LimbNode", "Limb")
        known = self.names.setdefault(kind, [])
        if len(known) < facts.MAX_NAMES:
            known.append(name)


class _Binary:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.tally = _Tally()
        (self.tally.version,) = struct.unpack("<I", source.at(23, 4))
        if not 2000 <= self.tally.version < 20_000:
            raise source.bad("its version is unknown")
        self._head = struct.Struct("<QQQB" if self.tally.version >= 7500 else "<IIIB")

    def records(self, start: int, end: int) -> Iterator[_Record]:
        """The records side by side from ``start``; the empty one closes the list."""
        at = start
        while at + self._head.size <= end:
            self.tally.visited += 1
            if self.tally.visited > _MAX_RECORDS:
                self.tally.partial = True
                return
            following, count, size, name_size = self._head.unpack(
                self.source.at(at, self._head.size)
            )
            if not following:
                return
            properties_at = at + self._head.size + name_size
            if following <= at or following > end or properties_at + size > following:
                raise self.source.bad("a record runs over its end")
            raw = self.source.at(at + self._head.size, name_size)
            yield _Record(raw.decode("ascii", "replace"), following, size, properties_at, count)
            at = following

    def strings(self, record: _Record) -> list[str]:
        """The text properties among the first few, in order."""
        data = self.source.upto(record.properties_at, min(record.properties, 4096))
        found: list[str] = []
        at = 0
        for _ in range(min(record.count, 8)):
            kind = data[at : at + 1]
            if kind in (b"S", b"R"):
                (size,) = struct.unpack_from("<I", data, at + 1)
                if kind == b"S":
                    found.append(_plain(data[at + 5 : at + 5 + size]))
                at += 5 + size
            elif kind in _SCALARS:
                at += 1 + _SCALARS[kind]
            else:
                break
        return found

    def walk(self) -> _Tally:
        objects = False
        for record in self.records(27, self.source.size):
            if record.name == "Objects":
                objects = True
                self._objects(record)
            elif record.name == "Creator":
                self.tally.creator = next(iter(self.strings(record)), "")
        if not objects:
            raise self.source.bad("it has no objects")
        return self.tally

    def _objects(self, parent: _Record) -> None:
        for record in self.records(parent.inside, parent.end):
            words = self.strings(record)
            self.tally.add(record.name, words[0] if words else "", words[1] if words[1:] else "")
            if record.name == "Geometry":
                self._vertices(record)
            elif record.name in ("Video", "Texture"):
                self._files(record)

    def _vertices(self, parent: _Record) -> None:
        for record in self.records(parent.inside, parent.end):
            if record.name == "Vertices" and record.properties >= 13:
                kind, numbers = struct.unpack("<sI", self.source.at(record.properties_at, 5))
                if kind in (b"d", b"f"):
                    self.tally.vertices += numbers // 3
                return

    def _files(self, parent: _Record) -> None:
        found = {"RelativeFilename": "", "FileName": "", "Filename": ""}
        for record in self.records(parent.inside, parent.end):
            if record.name in found:
                found[record.name] = next(iter(self.strings(record)), "")
            elif record.name == "Content" and record.properties > 5:
                return  # the picture is inside this file
        path = found["RelativeFilename"] or found["FileName"] or found["Filename"]
        if path and len(self.tally.files) < 10_000:
            self.tally.files.append(path)


_SCALARS = {b"C": 1, b"B": 1, b"Y": 2, b"I": 4, b"F": 4, b"D": 8, b"L": 8}


def _plain(raw: bytes) -> str:
    """A name without its class: ``Cube\\0\\1Model`` in binary, ``Model::Cube`` in text."""
    name = raw.split(b"\0\x01", 1)[0].decode("utf-8", "replace")
    return name.rpartition("::")[2] if name.startswith(_CLASSES) else name


_CLASSES = tuple(f"{name}::" for name in ("Model", "Geometry", "Material", "Texture", "Video"))
_CLASSES += ("AnimStack::",)

_OBJECT_LINE = re.compile(
    rb"^[ \t]*(Model|Geometry|Material|Texture|Video|AnimationStack):[ \t]*"
    rb'(?:(-?\d+)[ \t]*,[ \t]*)?"([^"\r\n]{0,512})"(?:[ \t]*,[ \t]*"([^"\r\n]{0,64})")?[ \t]*\{?',
    re.MULTILINE,
)
_VERTICES_LINE = re.compile(rb"^[ \t]*Vertices:[ \t]*\*(\d{1,12})", re.MULTILINE)
_FILE_LINE = re.compile(
    rb'^[ \t]*Relative(?:Filename|FileName):[ \t]*"([^"\r\n]{1,1024})"', re.MULTILINE
)
_VERSION_LINE = re.compile(rb"FBXVersion:[ \t]*(\d{4,5})")
_CREATOR_LINE = re.compile(rb'^[ \t]*Creator:[ \t]*"([^"\r\n]{0,256})"', re.MULTILINE)
_OVERLAP = 4096  # longer than any line that is looked for


def _walk_text(source: Source) -> _Tally:
    tally = _Tally(partial=source.size > _MAX_TEXT)
    braces = 0
    last = b""
    for piece in source.chunks(limit=_MAX_TEXT):
        braces += piece.count(b"{") - piece.count(b"}")
        # Whole lines only: the unfinished one waits for the next piece.
        data = last + piece
        cut = data.rfind(b"\n") + 1
        last = data[cut:][-_OVERLAP:]
        _text_lines(tally, data[:cut])
    _text_lines(tally, last)
    if not tally.version or (braces and not tally.partial):
        raise source.bad("it ends too early")
    return tally


def _text_lines(tally: _Tally, data: bytes) -> None:
    for found in _OBJECT_LINE.finditer(data):
        tally.add(found[1].decode(), _plain(found[3]), (found[4] or b"").decode("latin-1"))
    tally.vertices += sum(int(found[1]) // 3 for found in _VERTICES_LINE.finditer(data))
    for found in _FILE_LINE.finditer(data):
        if len(tally.files) < 10_000:
            tally.files.append(found[1].decode("utf-8", "replace"))
    version = _VERSION_LINE.search(data)
    if version and not tally.version:
        tally.version = int(version[1])
    creator = _CREATOR_LINE.search(data)
    if creator and not tally.creator:
        tally.creator = creator[1].decode("utf-8", "replace")


def _walk(source: Source) -> _Tally:
    if source.head.startswith(b"Kaydara FBX Binary  \0"):
        return _Binary(source).walk()
    return _walk_text(source)


def fbx(source: Source) -> Facts:
    """Facts of an FBX scene."""
    tally = source.once(_walk)
    major, minor = divmod(tally.version, 1000)
    found: dict[str, AttributeValue | None] = {
        "file_version": f"{major}.{minor // 100}",
        "encoding": "binary" if source.head.startswith(b"Kaydara") else "text",
        "creator": tally.creator,
        "vertices": tally.vertices or None,
        "bones": tally.bones or None,
        "partial": True if tally.partial else None,
    }
    text: list[str] = []
    for kind, name in _COUNTS.items():
        found[name] = tally.counts.get(kind, 0)
    for kind, name in _NAMES.items():
        shown = facts.names(tally.names.get(kind, ()))
        found[name] = shown
        text += shown
    return facts.make("model", "fbx", attributes=found, text=text)


def fbx_references(source: Source) -> tuple[str, ...]:
    """The files of textures and videos that are not stored inside."""
    return tuple(source.once(_walk).files)


PROBES = {"fbx": fbx}
REFERENCES = {"fbx": fbx_references}
