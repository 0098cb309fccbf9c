"""Takes the pieces of one file apart: deflated streams, PNGs, the tiles of Krita's layers.

Each piece is made again and compared before it is kept; one that comes out
differently is left as it is, alone.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import zstandard

from audobon.storage.chunks.transforms.emit import (
    BLOCKS,
    COPY,
    DEFLATE,
    IDAT,
    LITERAL,
    TILES,
    Lengths,
    tile_head,
)
from audobon.storage.chunks.transforms.encoders import ZLIB, deflate_settings, zstd_encoders
from audobon.storage.chunks.transforms.numbers import put_number
from audobon.storage.chunks.transforms.spools import spool

__all__ = ["BROKEN", "MAX_LITERALS", "PNG", "SMALL", "Parts", "Span", "Taker", "read_spans"]

BROKEN = (
    ValueError,
    LookupError,
    struct.error,
    zlib.error,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    NotImplementedError,
    OverflowError,
    EOFError,
    RuntimeError,
)
"""What a file that is not as it should be can raise in here, and nothing else may."""

_STEP = 1 << 18
# Smaller pieces gain nothing: a chunk has 16 KiB at least. They go together
# with the headers, away from what chunks are made of.
SMALL = 4096
# A literal that is longer lies better among the payload.
_MAX_LITERAL = 1 << 16
MAX_LITERALS = 32 << 20
# Streams whose compressor is not found cost up to 40 tries each; a file whose
# first ones are of an unknown compressor has no others.
_MAX_MISSES = 6
# Bombs: real files grow by 3 to 60; what grows more is left as it is.
_MAX_GROWTH = 200
_FREE_GROWTH = 1 << 28
_MAX_TILES = 1 << 20
_MAX_PARTS = 1 << 20  # IDAT chunks or stored blocks: 8 GB of the smallest in use
PNG = b"\x89PNG\r\n\x1a\n"
_TILED = b"VERSION 2\nTILEWIDTH "

Span = tuple[int, int]
"""(start, length) in a file."""


def read_spans(file: IO[bytes], spans: Sequence[Span]) -> Iterator[bytes]:
    """The bytes of ``spans``, some at a time. ValueError where the file ends before."""
    for start, length in spans:
        while length:
            file.seek(start)
            data = file.read(min(length, _STEP))
            if not data:
                raise ValueError("the file ends too early")
            start += len(data)
            length -= len(data)
            yield data


class _Compare:
    """A sink that is content only with the bytes of ``spans``; ValueError at the first other."""

    def __init__(self, file: IO[bytes], spans: Sequence[Span]) -> None:
        self._source = read_spans(file, spans)
        self._have = b""

    def write(self, data: bytes) -> None:
        while data:
            if not self._have:
                self._have = next(self._source, b"")
            count = min(len(data), len(self._have))
            if not count or data[:count] != self._have[:count]:
                raise ValueError("it comes out differently")
            data, self._have = data[count:], self._have[count:]

    def close(self) -> None:
        if self._have or next(self._source, b""):
            raise ValueError("it comes out shorter")


class Parts:
    """A table that grows: pieces, each with its bytes; nested ones are closed into one."""

    def __init__(self) -> None:
        self.count = 0
        self.data = bytearray()

    def add(self, *values: int, extra: bytes = b"") -> None:
        self.count += 1
        for value in values:
            put_number(self.data, value)
        self.data += extra

    def close(self) -> bytes:
        out = bytearray()
        put_number(out, self.count)
        return bytes(out + self.data)


class Taker:
    """Takes one file apart. ``out`` gets the payload."""

    def __init__(self, source_size: int, out: IO[bytes], folder: Path | None) -> None:
        self.out = out
        self.payload = 0
        self.literals = bytearray()
        self.encoders = zstd_encoders()
        self.used: list[str] = []
        self.found = False  # anything that is not as it was
        self._folder = folder
        self._limit = max(_FREE_GROWTH, source_size * _MAX_GROWTH)
        self._grown = 0
        self._misses = 0
        self._settings: dict[int, tuple[int, int, int, int]] = {}
        self.portable = False

    def grow(self, count: int) -> None:
        self._grown += count
        if self._grown > self._limit:
            raise ValueError("it grows without bounds")

    def use(self, encoder: str) -> int:
        if encoder not in self.used:
            self.used.append(encoder)
        return self.used.index(encoder)

    # Pieces that stay as they are

    def literal(self, parts: Parts, file: IO[bytes], start: int, length: int) -> None:
        if length > _MAX_LITERAL:
            self.copy(parts, file, start, length)
        elif length:
            for data in read_spans(file, [(start, length)]):
                self.literals += data
            if len(self.literals) > MAX_LITERALS:
                raise ValueError("more headers than are worth the memory")
            parts.add(LITERAL, length)

    def copy(self, parts: Parts, file: IO[bytes], start: int, length: int) -> None:
        for data in read_spans(file, [(start, length)]):
            self.out.write(data)
        self.payload += length
        parts.add(COPY, length)

    # Pieces that are tried

    def attempt(self, parts: Parts, step: Callable[[Parts], None]) -> bool:
        """Whether ``step`` worked; if not, nothing of it is left."""
        mine = Parts()
        payload, literals = self.payload, len(self.literals)
        try:
            step(mine)
        except BROKEN:
            self.payload = payload
            self.out.seek(payload)
            self.out.truncate()
            del self.literals[literals:]
            return False
        parts.count += mine.count
        parts.data += mine.data
        self.found = True
        return True

    def content(self, parts: Parts, file: IO[bytes], start: int, length: int) -> None:
        """Bytes that are no longer compressed: a PNG, a layer of Krita, or anything."""
        if length < SMALL:
            return self.literal(parts, file, start, length)
        file.seek(start)
        head = file.read(len(_TILED))
        if head[:8] == PNG and self.attempt(
            parts, lambda mine: self.png(mine, file, start, length)
        ):
            return None
        if head == _TILED and self.attempt(
            parts, lambda mine: self.tiles(mine, file, start, length)
        ):
            return None
        return self.copy(parts, file, start, length)

    def png(self, parts: Parts, file: IO[bytes], start: int, length: int) -> None:
        first, spans, end = _idat(file, start, length)
        self.literal(parts, file, start, first - start)
        inner = Parts()
        self.deflated(inner, file, spans)
        lengths = bytearray()
        Lengths.put(lengths, [size for _, size in spans])
        parts.add(IDAT, extra=bytes(lengths) + inner.close())
        self.literal(parts, file, end, start + length - end)

    def deflated(
        self, parts: Parts, file: IO[bytes], spans: Sequence[Span], *, raw: bool = False
    ) -> None:
        """A deflate stream over ``spans``: inflated, its compressor found, its content told."""
        if self._misses > _MAX_MISSES:
            raise ValueError("the compressors of this file are not known")
        file.seek(spans[0][0])
        head = file.read(2)
        window = -15 if raw else (head[0] >> 4) + 8
        if raw and (stored := _stored_blocks(file, spans)):
            with spool(self._folder) as inside:
                for data in read_spans(file, stored):
                    inside.write(data)
                size = inside.tell()
                inner = Parts()
                self.content(inner, inside, 0, size)
            lengths = bytearray()
            Lengths.put(lengths, [length for _, length in stored])
            parts.add(BLOCKS, extra=bytes(lengths) + inner.close())
            return
        if self.portable:
            raise ValueError("only the zlib that made this stream could make it again")
        with spool(self._folder) as inside:
            size = self._inflate(file, spans, window, inside)
            found = self._find(file, spans, window, None if raw else head[1] >> 6, inside, size)
            self.use(ZLIB)
            inner = Parts()
            self.content(inner, inside, 0, size)
        self.found = True
        level, window, memory, strategy = found
        parts.add(DEFLATE, level, window + 15, memory, strategy, extra=inner.close())

    def _inflate(
        self, file: IO[bytes], spans: Sequence[Span], window: int, inside: IO[bytes]
    ) -> int:
        decoder = zlib.decompressobj(window)
        for data in read_spans(file, spans):
            while data:
                out = decoder.decompress(data, _STEP)
                self.grow(len(out))
                inside.write(out)
                data = decoder.unconsumed_tail
                if not out and decoder.eof:
                    break
        while out := decoder.flush(_STEP):
            self.grow(len(out))
            inside.write(out)
        if not decoder.eof or decoder.unused_data:
            raise ValueError("the stream does not end where it should")
        return inside.tell()

    def _find(
        self,
        file: IO[bytes],
        spans: Sequence[Span],
        window: int,
        hint: int | None,
        inside: IO[bytes],
        size: int,
    ) -> tuple[int, int, int, int]:
        known = self._settings.get(window)
        tries = [known] if known else []
        tries += [setting for setting in deflate_settings(window, hint) if setting != known]
        for setting in tries:
            encoder = zlib.compressobj(setting[0], zlib.DEFLATED, *setting[1:])
            same = _Compare(file, spans)
            try:
                for data in read_spans(inside, [(0, size)]):
                    same.write(encoder.compress(data))
                same.write(encoder.flush())
                same.close()
            except ValueError:
                continue
            self._settings[window] = setting
            return setting
        self._misses += 1
        raise ValueError("no setting of zlib gives this stream")

    def tiles(self, parts: Parts, file: IO[bytes], start: int, length: int) -> None:
        """A layer of Krita: some lines, then tiles in the order of a hash table."""
        end = start + length
        file.seek(start)
        lines = [file.readline(64) for _ in range(5)]
        if not lines[4].startswith(b"DATA "):
            raise ValueError("a layer of an unknown layout")
        count = int(lines[4][5:])
        at = start + sum(map(len, lines))
        if not 2 <= count <= _MAX_TILES:
            raise ValueError("nothing to sort")
        found = []
        for number in range(count):
            file.seek(at)
            line = file.readline(64)
            x, y, size = tile_head(line)
            size += len(line)
            if not line.endswith(b"\n") or at + size > end:
                raise ValueError("a tile is cut short")
            found.append((y, x, number, at, size))
            at += size
        self.literal(parts, file, start, found[0][3] - start)
        found.sort()
        order = [0] * count
        for place, (_, _, number, begin, size) in enumerate(found):
            order[number] = place
            for data in read_spans(file, [(begin, size)]):
                self.out.write(data)
            self.payload += size
        parts.add(TILES, count, extra=struct.pack(f"<{count}I", *order))
        self.literal(parts, file, at, end - at)


def _idat(file: IO[bytes], start: int, length: int) -> tuple[int, list[Span], int]:
    """(start of the first IDAT, what the IDATs hold, end of the last one) of a PNG."""
    at, end = start + len(PNG), start + length
    spans: list[Span] = []
    first = after = 0
    while at < end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if at + 12 + size > end:
            raise ValueError("a chunk of the PNG is longer than the file")
        if kind == b"IDAT":
            if spans and at != after:
                raise ValueError("the PNG's pixels are scattered")
            check = zlib.crc32(kind)
            for data in read_spans(file, [(at + 8, size)]):
                check = zlib.crc32(data, check)
            file.seek(at + 8 + size)
            if struct.unpack(">I", file.read(4))[0] != check:
                raise ValueError("a checksum of the PNG is wrong")
            first = first or at
            spans.append((at + 8, size))
            if len(spans) > _MAX_PARTS:
                raise ValueError("more chunks than a PNG has")
            after = at + 12 + size
        at += 12 + size
        if kind == b"IEND":
            break
    if sum(size for _, size in spans) < SMALL:
        raise ValueError("too small to gain anything")
    return first, spans, after


def _stored_blocks(file: IO[bytes], spans: Sequence[Span]) -> list[Span] | None:
    """What the blocks of a deflate stream hold when all are stored; None otherwise."""
    if len(spans) != 1:
        return None
    at, left = spans[0]
    found: list[Span] = []
    while left >= 5 and len(found) < _MAX_PARTS:
        file.seek(at)
        flag, size, complement = struct.unpack("<BHH", file.read(5))
        if flag > 1 or size ^ complement != 0xFFFF or size > left - 5:
            return None
        found.append((at + 5, size))
        at, left = at + 5 + size, left - 5 - size
        if flag:
            return found if not left else None
    return None
