"""The transform ``unpack``: containers without their compression.

What is inside compressed data does not look the same after a small change,
so nothing of it can be shared between versions. Here zstd and gzip .blend
files, zip members and the pixels of PNGs are decompressed, and the tiles of
Krita's layers put in the order of their places; a table says how to put it
all together again. Each piece is made again and compared before it is
kept; one that comes out differently is left as it is, alone.
"""

from __future__ import annotations

import functools
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
    MAX_FRAME,
    TILES,
    ZSTD,
    Emitter,
    Lengths,
    tile_head,
)
from audobon.storage.chunks.transforms.encoders import ZLIB, deflate_settings, zstd_encoders
from audobon.storage.chunks.transforms.numbers import Numbers, put_number
from audobon.storage.chunks.transforms.spools import spool

__all__ = ["BROKEN", "NAME", "missing", "put_together", "substitute", "take_apart"]

NAME = "unpack"

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
_SMALL = 4096
# A literal that is longer lies better among the payload.
_MAX_LITERAL = 1 << 16
_MAX_LITERALS = 32 << 20
# Streams whose compressor is not found cost up to 40 tries each; a file whose
# first ones are of an unknown compressor has no others.
_MAX_MISSES = 6
# Bombs: real files grow by 3 to 60; what grows more is left as it is.
_MAX_GROWTH = 200
_FREE_GROWTH = 1 << 28
_MAX_MEMBERS = 65_535
_MAX_TILES = 1 << 20
_MAX_PARTS = 1 << 20  # IDAT chunks or stored blocks: 8 GB of the smallest in use
_PNG = b"\x89PNG\r\n\x1a\n"
_TILED = b"VERSION 2\nTILEWIDTH "

Span = tuple[int, int]
"""(start, length) in a file."""


def _blocks(file: IO[bytes], spans: Sequence[Span]) -> Iterator[bytes]:
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
        self._source = _blocks(file, spans)
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


class _Parts:
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


class _Taker:
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

    def grow(self, count: int) -> None:
        self._grown += count
        if self._grown > self._limit:
            raise ValueError("it grows without bounds")

    def use(self, encoder: str) -> int:
        if encoder not in self.used:
            self.used.append(encoder)
        return self.used.index(encoder)

    # Pieces that stay as they are

    def literal(self, parts: _Parts, file: IO[bytes], start: int, length: int) -> None:
        if length > _MAX_LITERAL:
            self.copy(parts, file, start, length)
        elif length:
            for data in _blocks(file, [(start, length)]):
                self.literals += data
            if len(self.literals) > _MAX_LITERALS:
                raise ValueError("more headers than are worth the memory")
            parts.add(LITERAL, length)

    def copy(self, parts: _Parts, file: IO[bytes], start: int, length: int) -> None:
        for data in _blocks(file, [(start, length)]):
            self.out.write(data)
        self.payload += length
        parts.add(COPY, length)

    # Pieces that are tried

    def attempt(self, parts: _Parts, step: Callable[[_Parts], None]) -> bool:
        """Whether ``step`` worked; if not, nothing of it is left."""
        mine = _Parts()
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

    def content(self, parts: _Parts, file: IO[bytes], start: int, length: int) -> None:
        """Bytes that are no longer compressed: a PNG, a layer of Krita, or anything."""
        if length < _SMALL:
            return self.literal(parts, file, start, length)
        file.seek(start)
        head = file.read(len(_TILED))
        if head[:8] == _PNG and self.attempt(
            parts, lambda mine: self.png(mine, file, start, length)
        ):
            return None
        if head == _TILED and self.attempt(
            parts, lambda mine: self.tiles(mine, file, start, length)
        ):
            return None
        return self.copy(parts, file, start, length)

    def png(self, parts: _Parts, file: IO[bytes], start: int, length: int) -> None:
        first, spans, end = _idat(file, start, length)
        self.literal(parts, file, start, first - start)
        inner = _Parts()
        self.deflated(inner, file, spans)
        lengths = bytearray()
        Lengths.put(lengths, [size for _, size in spans])
        parts.add(IDAT, extra=bytes(lengths) + inner.close())
        self.literal(parts, file, end, start + length - end)

    def deflated(
        self, parts: _Parts, file: IO[bytes], spans: Sequence[Span], *, raw: bool = False
    ) -> None:
        """A deflate stream over ``spans``: inflated, its compressor found, its content told."""
        if self._misses > _MAX_MISSES:
            raise ValueError("the compressors of this file are not known")
        file.seek(spans[0][0])
        head = file.read(2)
        window = -15 if raw else (head[0] >> 4) + 8
        if raw and (stored := _stored_blocks(file, spans)):
            with spool(self._folder) as inside:
                for data in _blocks(file, stored):
                    inside.write(data)
                size = inside.tell()
                inner = _Parts()
                self.content(inner, inside, 0, size)
            lengths = bytearray()
            Lengths.put(lengths, [length for _, length in stored])
            parts.add(BLOCKS, extra=bytes(lengths) + inner.close())
            return
        with spool(self._folder) as inside:
            size = self._inflate(file, spans, window, inside)
            found = self._find(file, spans, window, None if raw else head[1] >> 6, inside, size)
            self.use(ZLIB)
            inner = _Parts()
            self.content(inner, inside, 0, size)
        self.found = True
        level, window, memory, strategy = found
        parts.add(DEFLATE, level, window + 15, memory, strategy, extra=inner.close())

    def _inflate(
        self, file: IO[bytes], spans: Sequence[Span], window: int, inside: IO[bytes]
    ) -> int:
        decoder = zlib.decompressobj(window)
        for data in _blocks(file, spans):
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
                for data in _blocks(inside, [(0, size)]):
                    same.write(encoder.compress(data))
                same.write(encoder.flush())
                same.close()
            except ValueError:
                continue
            self._settings[window] = setting
            return setting
        self._misses += 1
        raise ValueError("no setting of zlib gives this stream")

    def tiles(self, parts: _Parts, file: IO[bytes], start: int, length: int) -> None:
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
            for data in _blocks(file, [(begin, size)]):
                self.out.write(data)
            self.payload += size
        parts.add(TILES, count, extra=struct.pack(f"<{count}I", *order))
        self.literal(parts, file, at, end - at)


def _idat(file: IO[bytes], start: int, length: int) -> tuple[int, list[Span], int]:
    """(start of the first IDAT, what the IDATs hold, end of the last one) of a PNG."""
    at, end = start + len(_PNG), start + length
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
            for data in _blocks(file, [(at + 8, size)]):
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
    if sum(size for _, size in spans) < _SMALL:
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


# The containers


def _frames(taker: _Taker, parts: _Parts, file: IO[bytes], size: int) -> None:
    """zstd frames, as Blender writes them since 3.0; a seek table may follow."""
    at = 0
    choice: tuple[str, int] | None = None
    while at < size:
        file.seek(at)
        head = file.read(32)
        if head[:4] != b"\x28\xb5\x2f\xfd":
            break
        end = _frame_end(file, at, head)
        if end - at > MAX_FRAME:
            raise ValueError("a frame is too large")
        file.seek(at)
        frame = file.read(end - at)
        raw_size = zstandard.get_frame_parameters(frame).content_size
        if raw_size > MAX_FRAME or end > size:
            raise ValueError("a frame is too large")
        taker.grow(raw_size)
        raw = zstandard.ZstdDecompressor().decompress(frame, max_output_size=raw_size)
        if at == 0 and raw[:7] != b"BLENDER":
            raise ValueError("not a .blend file")
        choice = _find_zstd(taker, raw, frame, choice)
        taker.found = True
        taker.out.write(raw)
        taker.payload += len(raw)
        inner = _Parts()
        inner.add(COPY, len(raw))
        parts.add(ZSTD, taker.use(choice[0]), choice[1], extra=inner.close())
        at = end
    taker.literal(parts, file, at, size - at)


def _find_zstd(
    taker: _Taker, raw: bytes, frame: bytes, known: tuple[str, int] | None
) -> tuple[str, int]:
    # Level 3 is Blender's; a file of another level is not worth the search.
    tries = [known] if known else []
    tries += [(name, 3) for name in taker.encoders if (name, 3) != known]
    for name, level in tries:
        if taker.encoders[name](raw, level) == frame:
            return name, level
    raise ValueError("no encoder that is here gives this frame")


def _frame_end(file: IO[bytes], at: int, head: bytes) -> int:
    has_checksum = zstandard.get_frame_parameters(head).has_checksum
    at += zstandard.frame_header_size(head)
    while True:
        file.seek(at)
        block = int.from_bytes(file.read(3), "little")
        kind, length = block >> 1 & 3, block >> 3
        if kind == 3:
            raise ValueError("a block of an unknown kind")
        at += 3 + (1 if kind == 1 else length)
        if block & 1:
            return at + (4 if has_checksum else 0)
        if length == 0 and kind != 0:
            raise ValueError("the file ends too early")


def _gzip(taker: _Taker, parts: _Parts, file: IO[bytes], size: int) -> None:
    """One gzip member, as Blender wrote them until 2.93."""
    file.seek(0)
    head = file.read(10)
    if head[3] or size < 18:  # a name or a comment: nothing that Blender writes
        raise ValueError("a gzip file of an unknown layout")
    taker.literal(parts, file, 0, 10)
    taker.deflated(parts, file, [(10, size - 18)], raw=True)
    taker.literal(parts, file, size - 8, 8)


def _zip(taker: _Taker, parts: _Parts, file: IO[bytes], size: int) -> None:
    """The members of a zip where they lie; whatever is between them stays as it is."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    if len(members) > _MAX_MEMBERS:
        raise ValueError("more members than a zip of that kind has")
    done = 0
    for member in members:
        file.seek(member.header_offset)
        head = file.read(30)
        if head[:4] != b"PK\x03\x04":
            raise ValueError("a member does not begin as a member does")
        start = member.header_offset + 30 + sum(struct.unpack_from("<HH", head, 26))
        length = member.compress_size
        if start < done or start + length > size:
            raise ValueError("two members share their bytes")
        if length < _SMALL or member.flag_bits & 1:  # small, or encrypted
            continue
        taker.literal(parts, file, done, start - done)
        done = start + length
        deflated = member.compress_type == zipfile.ZIP_DEFLATED
        if member.compress_type == zipfile.ZIP_STORED:
            taker.content(parts, file, start, length)
        elif not deflated or not taker.attempt(
            parts,
            functools.partial(taker.deflated, file=file, spans=[(start, length)], raw=True),
        ):
            taker.copy(parts, file, start, length)
    taker.literal(parts, file, done, size - done)


def _png(taker: _Taker, parts: _Parts, file: IO[bytes], size: int) -> None:
    taker.png(parts, file, 0, size)


_CONTAINERS: tuple[tuple[bytes, Callable[[_Taker, _Parts, IO[bytes], int], None]], ...] = (
    (b"\x28\xb5\x2f\xfd", _frames),
    (b"\x1f\x8b\x08", _gzip),
    (b"PK\x03\x04", _zip),
    (_PNG, _png),
)


def take_apart(file: IO[bytes], size: int, out: IO[bytes], *, folder: Path | None) -> bytes | None:
    """Write payload, literals and table to ``out``; the parameters, None when nothing was found.

    ``out`` is empty. ``folder`` is where temporary files may lie. May raise
    what BROKEN lists, for a file that is damaged or unknown.
    """
    file.seek(0)
    magic = file.read(8)
    take = next((step for start, step in _CONTAINERS if magic.startswith(start)), None)
    if take is None:
        return None
    taker, parts = _Taker(size, out, folder), _Parts()
    take(taker, parts, file, size)
    if not taker.found:
        return None
    table = parts.close()
    out.write(taker.literals)
    out.write(table)
    params = bytearray()
    for value in (taker.payload, len(taker.literals), len(table), len(taker.used)):
        put_number(params, value)
    for name in taker.used:
        put_number(params, len(name))
        params += name.encode()
    return bytes(params)


def _read_params(params: bytes) -> tuple[int, int, int, list[str]]:
    numbers = Numbers(params)
    payload, literals, table, count = (numbers.take() for _ in range(4))
    if literals > _MAX_LITERALS or table > _MAX_LITERALS:
        raise ValueError("the table is too long")
    return payload, literals, table, [numbers.bytes(numbers.take()).decode() for _ in range(count)]


def missing(params: bytes) -> tuple[str, ...]:
    """The compressors that made these bytes and are not here, as ``zstd 1.5.6``."""
    here = {ZLIB, *zstd_encoders()}
    return tuple(name for name in _read_params(params)[3] if name not in here)


def substitute(file: IO[bytes], params: bytes, out: IO[bytes]) -> None:
    """Write the payload as a file that opens the same: a .blend without its compression.

    ValueError for what is not a .blend: other containers need their headers.
    """
    payload = _read_params(params)[0]
    file.seek(0)
    if file.read(7) != b"BLENDER":
        raise ValueError("only a .blend file is itself without its compression")
    out.seek(0)
    out.truncate()
    for data in _blocks(file, [(0, payload)]):
        out.write(data)


def put_together(file: IO[bytes], params: bytes, out: IO[bytes]) -> None:
    """Inverse of :func:`take_apart`.

    Where a compressor of another version is all there is, it is used in its
    place: the bytes are then others, which the caller sees by their digest.
    """
    payload, literal_size, table_size, names = _read_params(params)
    file.seek(payload)
    literals, table = file.read(literal_size), file.read(table_size)
    here = zstd_encoders()
    substitute = next(iter(here.values()))
    encoders = [here.get(name, substitute) for name in names]
    Emitter(file, literals, encoders).run(Numbers(table), out.write)
