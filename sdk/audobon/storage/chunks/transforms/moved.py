"""Where the parts of a file are after some of them got other lengths; numbers put right."""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import IO

from attrs import define, frozen

__all__ = ["Moved", "Piece", "moved"]


@frozen(slots=True)
class Piece:
    """A piece as it was put together: its length in the file, or None, and its length now."""

    was: int | None
    now: int


@define
class Moved:
    """A file in which some stretches have other lengths than they had; all else is as it was.

    Places are those of the file as it was. ``starts``, ``ends`` are of the
    stretches, in order, ``shifts`` how much further on lies what follows each.
    """

    file: IO[bytes]
    starts: list[int]
    ends: list[int]
    shifts: list[int]

    def place(self, at: int) -> int:
        """Where the byte that was at ``at`` is now. ValueError inside of a changed stretch."""
        number = bisect_right(self.ends, at)
        if number < len(self.starts) and self.starts[number] < at:
            raise ValueError("a number of the file leads into compressed data")
        return at + (self.shifts[number - 1] if number else 0)

    def length(self, at: int, length: int) -> int:
        """What the ``length`` bytes from ``at`` on have grown or shrunk to."""
        return self.place(at + length) - self.place(at)

    def touches(self, at: int, length: int) -> bool:
        """Whether a changed stretch lies in these bytes."""
        number = bisect_left(self.starts, at)
        return number < len(self.starts) and self.starts[number] < at + length

    def read(self, at: int, length: int) -> bytes:
        """``length`` bytes that were at ``at`` and are as they were. ValueError past the end."""
        self.file.seek(self.place(at))
        data = self.file.read(length)
        if len(data) != length:
            raise ValueError("the file ends too early")
        return data

    def numbers(self, form: str, at: int) -> tuple[int, ...]:
        """Little-endian numbers of the struct ``form``."""
        return struct.unpack("<" + form, self.read(at, struct.calcsize("<" + form)))

    def put(self, form: str, at: int, *values: int) -> None:
        """Replace numbers. struct.error when one does not fit its field."""
        data = struct.pack("<" + form, *values)
        self.file.seek(self.place(at))
        self.file.write(data)


def moved(
    file: IO[bytes], pieces: Iterable[Piece], length_at: Callable[[Moved, int], int]
) -> Moved:
    """Find the places of ``pieces``, which are all of ``file``.

    ``length_at`` finds out what a piece of unknown length, which began at a
    place, had there; all that was before it can be read.
    """
    found = Moved(file, [], [], [])
    was = now = 0
    for piece in pieces:
        length = length_at(found, was) if piece.was is None else piece.was
        if piece.was is None or length != piece.now:
            found.starts.append(was)
            found.ends.append(was + length)
            found.shifts.append(now + piece.now - was - length)
        was, now = was + length, now + piece.now
    return found
