"""Binary FBX: its records, its compressed arrays, and its offsets when arrays changed their length.

A record is its end, the number and bytes of its properties (32 bits each, 64
from version 7.5 on), its name, its properties, and the records inside it. Ends
count from the front of the file. Layout as the Blender developers found it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import IO

from attrs import frozen

from audobon.storage.chunks.transforms.moved import Moved, Piece, moved

__all__ = ["MAGIC", "Array", "Plain", "Read", "Record", "repair", "walk"]

MAGIC = b"Kaydara FBX Binary  \0\x1a\0"
_FIRST = 27
_MAX_RECORDS = 2_000_000  # a scene of 50,000 objects has about as many
_MAX_DEPTH = 32  # real files: 6
_SIZES = {b"C": 1, b"B": 1, b"Y": 2, b"I": 4, b"F": 4, b"D": 8, b"L": 8}
_DEFLATED = 1
_FOOTER = 16 + 4  # an id and a zero; then zeros up to a multiple of 16, at least one
_FOOTER_END = 4 + 120 + 16  # the version, zeros, a mark

Read = Callable[[int, int], bytes]
"""(at, length) to bytes; ValueError where there are fewer."""


@frozen(slots=True)
class Record:
    """A record from ``at`` to ``end``; ``form`` is the struct of its head.

    It has ``count`` properties, which begin at ``properties`` and have ``length`` bytes.
    """

    at: int
    end: int
    form: str
    name: bytes
    properties: int
    length: int
    count: int


@frozen(slots=True)
class Array:
    """A property that is compressed. ``kind`` is its type and how many numbers it has."""

    at: int
    length: int
    kind: bytes


@frozen(slots=True)
class Plain:
    """A property that is not compressed, with its type."""

    at: int
    length: int


def walk(read: Read, size: int) -> Iterator[Record | Array | Plain]:
    """Every record and property in the order of the file. ValueError for what is no such file."""
    if read(0, len(MAGIC)) != MAGIC:
        raise ValueError("not a binary FBX file")
    (version,) = struct.unpack("<I", read(23, 4))
    form = "<QQQB" if version >= 7500 else "<IIIB"
    width = struct.calcsize(form)
    open_ends: list[int] = []
    at = _FIRST
    for _ in range(_MAX_RECORDS):
        end, count, length, name_size = struct.unpack(form, read(at, width))
        if not end:  # no more records at this level
            at += width
            if not open_ends:
                return
            if open_ends.pop() != at:
                raise ValueError("a record does not end where it says")
        else:
            inside = at + width + name_size
            if not inside + length <= end <= (open_ends[-1] if open_ends else size):
                raise ValueError("a record is longer than what holds it")
            name = read(at + width, name_size)
            yield Record(at, end, form, name, inside, length, count)
            at = yield from _properties(read, inside, count)
            if at != inside + length:
                raise ValueError("properties do not end where they should")
            if at < end:
                open_ends.append(end)
        if len(open_ends) > _MAX_DEPTH:
            raise ValueError("records hold each other too deeply")
        while open_ends and open_ends[-1] == at:  # without a record that says so
            open_ends.pop()
    raise ValueError("more records than are worth the time")


def _properties(read: Read, at: int, count: int) -> Generator[Array | Plain, None, int]:
    for _ in range(count):
        kind = read(at, 1)
        if kind in _SIZES:
            length = 1 + _SIZES[kind]
        elif kind in (b"S", b"R"):
            length = 5 + struct.unpack("<I", read(at + 1, 4))[0]
        elif kind in (b"f", b"d", b"l", b"i", b"b", b"c"):
            _, encoding, packed = struct.unpack("<III", read(at + 1, 12))
            if encoding == _DEFLATED:
                yield Array(at + 13, packed, kind + read(at + 1, 4))
                at += 13 + packed
                continue
            length = 13 + packed
        else:
            raise ValueError("a property of an unknown type")
        yield Plain(at, length)
        at += length
    return at


def repair(file: IO[bytes], pieces: Sequence[Piece]) -> None:
    """Make ``file``, put together from ``pieces``, a sound FBX file again.

    What BROKEN lists when it was not one.
    """
    found = moved(file, pieces, lambda so_far, at: so_far.numbers("I", at - 4)[0])
    size = sum(piece.now for piece in pieces)
    was = size - (found.shifts[-1] if found.shifts else 0)
    last = _FIRST
    for part in walk(found.read, was):
        if isinstance(part, Record):
            width = part.form[1]
            found.put(width, part.at, found.place(part.end))
            grown = found.length(part.properties, part.length)
            found.put(width, part.at + 2 * struct.calcsize(part.form[:2]), grown)
            last = part.end + struct.calcsize(part.form) if part.end > last else last
        elif isinstance(part, Array):
            found.put("I", part.at - 4, found.length(part.at, part.length))
    _align(found, last, was)


def _align(found: Moved, at: int, was: int) -> None:
    """Give the footer, which begins ``at``, the zeros that it needs at its new place."""
    begin, end = at + _FOOTER, was - _FOOTER_END
    if end - begin != 16 - begin % 16 or any(found.read(begin, end - begin)):
        return  # another program's footer, or none: nobody reads it
    rest = found.read(end, _FOOTER_END)
    place = found.place(begin)
    found.file.seek(place)
    found.file.write(bytes(16 - place % 16) + rest)
    found.file.truncate()
