"""Corrects the headers of a zip whose members have other lengths than they had.

Everything keeps its place in the order of the file and its form; only sizes,
checksums and offsets change. Layout: APPNOTE.TXT of PKWARE, 4.3 and 4.5.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import IO

from attrs import define

from audobon.storage.chunks.transforms.moved import Moved, Piece, moved

__all__ = ["repair"]

_STEP = 1 << 18
_FULL = 0xFFFFFFFF  # a field whose value is in the zip64 extra field
_ZIP64 = 1
_TAIL = 22 + 0xFFFF  # the last record, with the longest comment
_MAX_DIRECTORY = 64 << 20


@define
class _Member:
    at: int
    """Where its entry in the directory was."""
    flags: int
    method: int
    check: int
    packed: int
    size: int
    start: int
    wide: dict[str, int]
    """Where in the file the fields are that have 8 bytes."""

    @property
    def described(self) -> bool:
        return bool(self.flags & 8)


def repair(file: IO[bytes], pieces: Sequence[Piece]) -> None:
    """Make ``file``, put together from ``pieces``, a sound zip again.

    What BROKEN lists when the old headers are not those of a zip as it should be.
    """
    size = sum(piece.now for piece in pieces)
    # From the last piece on all is as it was, so the end can be found first.
    tail = _Tail(file, size)
    members = list(_members(tail))
    members.sort(key=lambda member: member.start)
    starts = [member.start for member in members]

    def length_at(found: Moved, at: int) -> int:
        member = members[bisect_left(starts, at) - 1]
        if _data_at(found, member) != at:
            raise ValueError("compressed data begins where no member does")
        return member.packed

    found = moved(file, pieces, length_at)
    if found.place(tail.directory) != tail.begin:
        raise ValueError("something is before the zip or within its end")
    for member in members:
        _correct(found, member)
    tail.correct(found)


class _Tail:
    """The directory and the records after it: at ``begin`` now, at ``directory`` before."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        file.seek(max(size - _TAIL, 0))
        data = file.read(_TAIL)
        at = data.rfind(b"PK\x05\x06")
        if at < 0:
            raise ValueError("the zip has no end")
        count, length, start = struct.unpack_from("<HII", data, at + 10)
        self.end = size - len(data) + at
        self.begin = self.end - length
        self.wide = False
        if at >= 20 and data[at - 20 : at - 16] == b"PK\x06\x07":
            self.wide = True
            file.seek(self.end - 76)
            record = file.read(56)
            if record[:4] != b"PK\x06\x06" or struct.unpack_from("<Q", record, 4) != (44,):
                raise ValueError("the zip has an end of an unknown layout")
            count, length, start = struct.unpack_from("<QQQ", record, 32)
            self.begin = self.end - 76 - length
        if self.begin < 0 or length > _MAX_DIRECTORY:
            raise ValueError("the directory is longer than it can be")
        file.seek(self.begin)
        self.data = file.read(length)
        self.count, self.directory = count, start

    def correct(self, found: Moved) -> None:
        shift = self.end - self.begin
        old_end = self.directory + shift
        start = found.place(self.directory)
        if found.numbers("I", old_end + 16) != (_FULL,):
            found.put("I", old_end + 16, start)
        if self.wide:
            found.put("Q", old_end - 76 + 48, start)
            found.put("Q", old_end - 20 + 8, found.place(old_end - 76))


def _members(tail: _Tail) -> Iterator[_Member]:
    data, at = tail.data, 0
    for _ in range(tail.count):
        if data[at : at + 4] != b"PK\x01\x02":
            raise ValueError("an entry of the directory does not begin as one does")
        flags, method, check, packed, size, name, extra, note = struct.unpack_from(
            "<HH4xIIIHHH", data, at + 8
        )
        (start,) = struct.unpack_from("<I", data, at + 42)
        values = {"size": size, "packed": packed, "start": start}
        lacking = [key for key, value in values.items() if value == _FULL]
        wide = {}
        for key, where in zip(lacking, _wide_fields(data, at + 46 + name, extra), strict=False):
            (values[key],) = struct.unpack_from("<Q", data, where)
            wide[key] = tail.directory + where
        yield _Member(tail.directory + at, flags, method, check, wide=wide, **values)
        at += 46 + name + extra + note


def _wide_fields(data: bytes, at: int, length: int) -> list[int]:
    """Where the 8-byte fields of the zip64 extra field are, if there is one."""
    end = at + length
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _ZIP64:
            return list(range(at + 4, at + 4 + size // 8 * 8, 8))
        at += 4 + size
    return []


def _data_at(found: Moved, member: _Member) -> int:
    name, extra = found.numbers("HH", member.start + 26)
    return member.start + 30 + name + extra


def _correct(found: Moved, member: _Member) -> None:
    start = _data_at(found, member)
    now = _Member(
        member.at, member.flags, member.method, member.check, member.packed, member.size,
        found.place(member.start), {},
    )  # fmt: skip
    if found.touches(start, member.packed):
        now.packed = found.length(start, member.packed)
        now.check, now.size = _content(found, member, start, now.packed)
        _correct_local(found, member, now)
        if member.described:
            _correct_descriptor(found, member, now, start + member.packed)
    found.put("I", member.at + 16, now.check)
    for key, offset in (("packed", 20), ("size", 24), ("start", 42)):
        value = getattr(now, key)
        if key in member.wide:
            found.put("Q", member.wide[key], value)
        elif value < _FULL:
            found.put("I", member.at + offset, value)
        else:
            raise ValueError("a member gets too large for its header")


def _content(found: Moved, member: _Member, start: int, packed: int) -> tuple[int, int]:
    """(CRC-32, size) of what the member holds now."""
    found.file.seek(found.place(start))
    decoder = zlib.decompressobj(-15) if member.method else None
    check = size = 0
    while packed:
        data = found.file.read(min(_STEP, packed))
        packed -= len(data)
        if not data:
            raise ValueError("the file ends too early")
        while data:
            part = decoder.decompress(data, _STEP) if decoder else data
            check, size = zlib.crc32(part, check), size + len(part)
            data = decoder.unconsumed_tail if decoder else b""
    return check, size


def _correct_local(found: Moved, member: _Member, now: _Member) -> None:
    at = member.start
    name, extra = found.numbers("HH", at + 26)
    _renumber(found, "I", at + 14, member.check, now.check, member)
    fields = found.numbers("II", at + 18)
    where = [at + 18, at + 22]
    if _FULL in fields:
        data = found.read(at + 30 + name, extra)
        inside = [at + 30 + name + place for place in _wide_fields(data, 0, extra)]
        if len(inside) < 2:
            raise ValueError("a member has sizes of 8 bytes and no place for them")
        _renumber(found, "Q", inside[1], member.packed, now.packed, member)
        _renumber(found, "Q", inside[0], member.size, now.size, member)
        return
    _renumber(found, "I", where[0], member.packed, now.packed, member)
    _renumber(found, "I", where[1], member.size, now.size, member)


def _renumber(found: Moved, form: str, at: int, was: int, now: int, member: _Member) -> None:
    (there,) = found.numbers(form, at)
    if there == was:
        found.put(form, at, now)
    elif there or not member.described:  # a descriptor says it after the data
        raise ValueError("a member has another size than the directory says")


def _correct_descriptor(found: Moved, member: _Member, now: _Member, at: int) -> None:
    """Sizes after the data: with or without a mark before them, of 4 or of 8 bytes."""
    for mark in (4, 0):
        if mark and found.read(at, 4) != b"PK\x07\x08":
            continue
        for form in ("III", "IQQ"):
            if found.numbers(form, at + mark) == (member.check, member.packed, member.size):
                found.put(form, at + mark, now.check, now.packed, now.size)
                return
    raise ValueError("a member has a descriptor of an unknown layout")
