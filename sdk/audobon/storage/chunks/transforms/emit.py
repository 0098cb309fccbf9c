"""Puts a file together again from its pieces: the inverse of the transform ``unpack``.

A table says, in the order of the file, where the next bytes come from. A
piece may hold pieces: a deflated member holds a PNG, which holds a deflated
stream. Bytes run through from the innermost piece to the file; nothing is
held but what a compressor holds.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from typing import IO

from audobon.storage.chunks.transforms.encoders import Zstd
from audobon.storage.chunks.transforms.numbers import Numbers, put_number

__all__ = [
    "ALIGN",
    "BLOCKS",
    "COPY",
    "DEFLATE",
    "IDAT",
    "LITERAL",
    "TILES",
    "ZSTD",
    "Deflate",
    "Emitter",
    "Lengths",
    "Sink",
    "exact_deflate",
    "tile_head",
]

Sink = Callable[[bytes], object]

Deflate = Callable[[int, int, int, int], "zlib._Compress"]
"""Makes a compressor for (level, window, memory level, strategy), as zlib counts them."""

ALIGN = 64
"""What is cut anew keeps its length modulo this: members of .usdz files begin at multiples."""

LITERAL, COPY, DEFLATE, BLOCKS, ZSTD, IDAT, TILES = range(7)

_STEP = 1 << 18
# A zip holds a PNG holds a stream: three. More is no file that we made.
_MAX_DEPTH = 6
# Blender's frames have 1 to 2 MB, and a whole one is in memory.
MAX_FRAME = 32 << 20
_MAX_PARTS = 1 << 21  # what is taken apart has at most half of it
_MOST_ANEW = 1 << 16
_MAX_TILE_LINE = 64
_MAX_TILE = 1 << 20  # 64 x 64 pixels of four channels in 32 bits, not compressed, have 64 KiB


class Lengths:
    """A list of lengths as runs: most are the same."""

    @staticmethod
    def put(out: bytearray, lengths: Sequence[int]) -> None:
        runs: list[list[int]] = []
        for length in lengths:
            if runs and runs[-1][0] == length:
                runs[-1][1] += 1
            else:
                runs.append([length, 1])
        put_number(out, len(runs))
        for length, count in runs:
            put_number(out, length)
            put_number(out, count)

    @staticmethod
    def take(table: Numbers) -> list[int]:
        out: list[int] = []
        for _ in range(table.take()):
            length, count = table.take(), table.take()
            if len(out) + count > _MAX_PARTS:
                raise ValueError("more parts than a file can have")
            out += [length] * count
        return out


def tile_head(line: bytes) -> tuple[int, int, int]:
    """(x, y, bytes that follow) of a tile, from its line in a layer of Krita."""
    x, y, kind, size = line.removesuffix(b"\n").split(b",")
    if kind != b"LZF" or not 0 <= int(size) <= _MAX_TILE:
        raise ValueError("a tile of an unknown kind")
    return int(x), int(y), int(size)


def exact_deflate(level: int, window: int, memory: int, strategy: int) -> zlib._Compress:
    """A compressor of the zlib at hand with these settings."""
    return zlib.compressobj(level, zlib.DEFLATED, window, memory, strategy)


class _Frames:
    """Cuts what is written into parts of given lengths, each with a head and perhaps a tail."""

    def __init__(self, lengths: Sequence[int], sink: Sink) -> None:
        self._lengths = lengths
        self._number = 0
        self._left = 0
        self._sink = sink

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while len(rest):
            if not self._left:
                self._begin()
                continue
            part = bytes(rest[: self._left])
            rest = rest[len(part) :]
            self._left -= len(part)
            self.part(part)
            if not self._left:
                self.end()

    def close(self) -> None:
        while self._number < len(self._lengths):
            self._begin()
        if self._left:
            raise ValueError("a piece is shorter than its parts")

    def _begin(self) -> None:
        if self._number >= len(self._lengths):
            raise ValueError("a piece is longer than its parts")
        self._left = self._lengths[self._number]
        self._number += 1
        self.begin(self._left, last=self._number == len(self._lengths))
        if not self._left:
            self.end()

    def begin(self, length: int, *, last: bool) -> None:
        raise NotImplementedError

    def part(self, data: bytes) -> None:
        self._sink(data)

    def end(self) -> None:
        pass


class _Blocks(_Frames):
    """Deflate's stored blocks: a flag, the length and its complement, the bytes."""

    def begin(self, length: int, *, last: bool) -> None:
        self._sink(struct.pack("<BHH", last, length, length ^ 0xFFFF))


class _Idat(_Frames):
    """The IDAT chunks of a PNG: length, name, bytes, CRC-32."""

    _check = 0

    def begin(self, length: int, *, last: bool) -> None:
        del last  # a PNG's last IDAT looks like the others
        self._check = zlib.crc32(b"IDAT")
        self._sink(struct.pack(">I4s", length, b"IDAT"))

    def part(self, data: bytes) -> None:
        self._check = zlib.crc32(data, self._check)
        self._sink(data)

    def end(self) -> None:
        self._sink(struct.pack(">I", self._check))


class _Anew:
    """Cuts what is written, whatever its length, into parts like those that were there."""

    def __init__(self, lengths: Sequence[int], sink: Sink) -> None:
        # Held until it is known whether it is the last: one IDAT may be the whole picture.
        self._most = min(max(lengths, default=0), _MOST_ANEW) or _MOST_ANEW
        self._held = bytearray()
        self._sink = sink

    def write(self, data: bytes) -> None:
        self._held += data
        at = 0
        while len(self._held) - at > self._most:
            self.part(bytes(self._held[at : at + self._most]), last=False)
            at += self._most
        del self._held[:at]

    def close(self) -> None:
        self.part(bytes(self._held), last=True)

    def part(self, data: bytes, *, last: bool) -> None:
        raise NotImplementedError


class _BlocksAnew(_Anew):
    def part(self, data: bytes, *, last: bool) -> None:
        self._sink(struct.pack("<BHH", last, len(data), len(data) ^ 0xFFFF) + data)


class _IdatAnew(_Anew):
    """IDAT chunks, and one of zeros after them so that all together grow by multiples of ALIGN."""

    def __init__(self, lengths: Sequence[int], sink: Sink) -> None:
        super().__init__(lengths, sink)
        self._over = -sum(lengths) - 12 * len(lengths)

    def part(self, data: bytes, *, last: bool) -> None:
        self._chunk(b"IDAT", data)
        if last and (room := -self._over % ALIGN):
            # Ancillary, private, safe to copy: no program minds it.
            self._chunk(b"auPd", bytes(room - 12 if room >= 12 else room - 12 + ALIGN))

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._over += 12 + len(data)
        body = kind + data
        self._sink(struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body)))


class Emitter:
    """Reads ``payload`` and ``literals`` as the table says. Errors: ValueError, LookupError.

    ``payload`` is read from its beginning and may be sought in. ``encoders``
    are the zstd compressors by the number that the table uses. ``deflate``
    replaces zlib as the table wants it: what is compressed may then have other
    lengths, and IDAT chunks and stored blocks are cut anew.
    """

    def __init__(
        self,
        payload: IO[bytes],
        literals: bytes,
        encoders: Sequence[Zstd],
        *,
        deflate: Deflate | None = None,
    ) -> None:
        self._payload = payload
        self._position = 0
        self._literals = Numbers(literals)
        self._encoders = encoders
        self._compressor = deflate or exact_deflate
        self._blocks: type[_Blocks | _BlocksAnew] = _BlocksAnew if deflate else _Blocks
        self._idat: type[_Idat | _IdatAnew] = _IdatAnew if deflate else _Idat

    def run(self, table: Numbers, sink: Sink, *, depth: int = 0) -> None:
        """Emit as many pieces as ``table`` says next."""
        if depth > _MAX_DEPTH:
            raise ValueError("pieces hold each other too deeply")
        for _ in range(table.take()):
            self.piece(table, sink, depth=depth)

    def piece(self, table: Numbers, sink: Sink, *, depth: int = 0) -> int | None:
        """Emit one piece. The length that it had in the file; None when the table does not say."""
        kind = table.take()
        if kind == LITERAL:
            count = table.take()
            sink(self._literals.bytes(count))
            return count
        if kind == COPY:
            count = table.take()
            self._copy(count, sink)
            return count
        if kind == DEFLATE:
            self._deflate(table, sink, depth)
            return None
        if kind == ZSTD:
            self._zstd(table, sink, depth)
            return None
        if kind in (BLOCKS, IDAT):
            lengths = Lengths.take(table)
            framer = (self._blocks if kind == BLOCKS else self._idat)(lengths, sink)
            self.run(table, framer.write, depth=depth + 1)
            framer.close()
            return sum(lengths) + (5 if kind == BLOCKS else 12) * len(lengths)
        if kind == TILES:
            before = self._position
            self._tiles(table, sink)
            return self._position - before
        raise ValueError("a piece of an unknown kind")

    def _copy(self, count: int, sink: Sink) -> None:
        while count:
            self._payload.seek(self._position)
            data = self._payload.read(min(count, _STEP))
            if not data:
                raise ValueError("the payload ends too early")
            self._position += len(data)
            count -= len(data)
            sink(data)

    def _deflate(self, table: Numbers, sink: Sink, depth: int) -> None:
        level, window, memory, strategy = (table.take() for _ in range(4))
        encoder = self._compressor(level, window - 15, memory, strategy)
        self.run(table, lambda data: sink(encoder.compress(data)), depth=depth + 1)
        sink(encoder.flush())

    def _zstd(self, table: Numbers, sink: Sink, depth: int) -> None:
        encoder, level = self._encoders[table.take()], table.take()
        whole = bytearray()

        def gather(data: bytes) -> None:
            if len(whole) + len(data) > MAX_FRAME:
                raise ValueError("a frame is too large")
            whole.extend(data)

        self.run(table, gather, depth=depth + 1)
        sink(encoder(bytes(whole), level))

    def _tiles(self, table: Numbers, sink: Sink) -> None:
        """The tiles in the order in which the layer had them; the payload has them sorted."""
        count = table.take()
        order = table.bytes(4 * count)
        places = []
        at = self._position
        for _ in range(count):
            self._payload.seek(at)
            line = self._payload.readline(_MAX_TILE_LINE)
            length = len(line) + tile_head(line)[2]
            places.append((at, length))
            at += length
        for (number,) in struct.iter_unpack("<I", order):
            start, length = places[number]
            self._payload.seek(start)
            data = self._payload.read(length)
            if len(data) != length:
                raise ValueError("a tile is cut short")
            sink(data)
        self._position = at
