"""The blocks of a .blend file as a stream, of every generation and compression.

A file is a header and blocks. Until 4.x the header has 12 bytes
(``BLENDER-v405``: pointer size, byte order, version) and a block head has 20
or 24; from 5.0 the header has 17 (``BLENDER17-01v0500``: its own length,
pointer size, file format version, byte order, version) and a block head 32.
From 2.8 to 2.93 the whole may be gzip, from 3.0 zstd. Nothing here holds more
than one block's asked-for beginning.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
from collections.abc import Iterator
from typing import IO

from attrs import frozen

from audobon.errors import LimitExceeded, MissingExtra
from audobon.formats.source import Source

__all__ = ["BlendStream", "Block", "Header"]

_OLD_HEADER = 12
_NEW_HEADER = 17

_MAX_BLOCKS = 8_000_000
"""Blocks walked; the largest production scenes have some hundred thousands."""

_MAX_RATIO = 200
_FREE_SIZE = 1 << 30
"""A compressed file may grow to the larger of 1 GiB and 200 times its size: zstd level 3
makes 5 to 20 of real scenes, bombs 1,000 and more."""

_MAX_WINDOW = 1 << 25
"""Memory of the zstd decoder in bytes; Blender's frames of 1 to 2 MB need 2 MB."""

_WINDOW = 1 << 16  # of a large block only its head is wanted
_STEP = 1 << 18  # bytes thrown away at once when a compressed block is skipped


@frozen(slots=True)
class Header:
    """What the first bytes say. ``pointer`` in bytes, ``order`` as struct's ``<`` or ``>``."""

    size: int
    pointer: int
    order: str
    version: int

    @property
    def version_text(self) -> str:
        """As Blender writes it: 2.93, 3.4, 5.0."""
        major, minor = divmod(self.version, 100)
        return f"{major}.{minor}" if major >= 3 else f"{major}.{minor:02d}"


@frozen(slots=True)
class Block:
    """The head of one block.

    ``code`` has 4 bytes, ``length`` are the bytes of its body, ``address``
    where it lay in memory, ``struct`` the number of its struct in the DNA and
    ``count`` how many of it the body holds.
    """

    code: bytes
    length: int
    address: int
    struct: int
    count: int


class BlendStream:
    """Walks the blocks of one file from the first to ENDB.

    ``compression`` is ``none``, ``zstd`` or ``gzip``; ``start`` are the bytes
    before the first block, ``kinds`` the structs of the ``DATA`` blocks that were met.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.compression, self._io = _decoded(source)
        self._seekable = self.compression == "none"
        self._limit = source.size if self._seekable else max(_FREE_SIZE, source.size * _MAX_RATIO)
        self._at = 0
        self._rest = 0  # bytes of the current block that were not read yet
        self.start = b""
        self.kinds: set[int] = set()
        self.header = self._read_header()
        self._head = _head_form(self.header)

    def blocks(self) -> Iterator[Block]:
        """Every block up to and without ENDB; BadFile when the file ends before it."""
        for _ in range(_MAX_BLOCKS):
            self._skip(self._rest)
            values = self._head.unpack(self._exact(self._head.size))
            if self.header.size == _NEW_HEADER:
                code, kind, address, length, count = values
            else:
                code, length, address, kind, count = values
            if code == b"ENDB":
                return
            if length < 0 or not code.rstrip(b"\0").isalnum():
                raise self._source.bad("a block does not start where the one before ends")
            if self._seekable and self._at + length > self._source.size:
                raise self._source.bad("it ends in the middle of a block")
            self._rest = length
            yield Block(code, length, address, kind, count)
        raise self._too_many()

    def main_blocks(self) -> Iterator[Block]:
        """Those of :meth:`blocks` but ``DATA``, nine in ten, at a fraction of the time."""
        if not self._seekable:
            for block in self.blocks():
                if block.code == b"DATA":
                    self.kinds.add(block.struct)
                else:
                    yield block
            return
        read, width = self._head.unpack_from, self._head.size
        new, size = self.header.size == _NEW_HEADER, self._source.size
        window, start, at = b"", 0, self._at + self._rest
        for _ in range(_MAX_BLOCKS):
            offset = at - start
            if offset + width > len(window):
                self._io.seek(at)
                window, start, offset = self._io.read(_WINDOW), at, 0
                if len(window) < width:
                    raise self._source.bad("it ends in the middle of a block")
            if new:
                code, kind, address, length, count = read(window, offset)
            else:
                code, length, address, kind, count = read(window, offset)
            if code == b"ENDB":
                return
            if length < 0 or (code != b"DATA" and not code.rstrip(b"\0").isalnum()):
                raise self._source.bad("a block does not start where the one before ends")
            body = at + width
            at = body + length
            if at > size:
                raise self._source.bad("it ends in the middle of a block")
            if code != b"DATA":
                self._io.seek(body)
                self._at, self._rest = body, length
                yield Block(code, length, address, kind, count)
            else:
                self.kinds.add(kind)
        raise self._too_many()

    def packed(self, block: Block) -> bytes:
        """A block's head as this file writes it."""
        if self.header.size == _NEW_HEADER:
            values = (block.struct, block.address, block.length, block.count)
        else:
            values = (block.length, block.address, block.struct, block.count)
        return self._head.pack(block.code, *values)

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes of the current block, fewer where it is shorter."""
        count = min(count, self._rest)
        self._rest -= count
        return self._exact(count)

    def _too_many(self) -> LimitExceeded:
        return LimitExceeded(
            f"a .blend file has more than {_MAX_BLOCKS} blocks; fewer can be examined",
            subject=self._source.path,
        )

    def _exact(self, count: int) -> bytes:
        data = self._io.read(count) if count else b""
        self._at += len(data)
        if len(data) != count:
            raise self._source.bad("it ends in the middle of a block")
        if self._at > self._limit:
            raise LimitExceeded(
                "a compressed .blend file grows to more than 200 times its size; less is allowed",
                subject=self._source.path,
            )
        return data

    def _skip(self, count: int) -> None:
        self._rest = 0
        if self._seekable and count:
            self._at += count
            self._io.seek(count, os.SEEK_CUR)
            return
        while count:
            step = min(count, _STEP)
            self._exact(step)
            count -= step

    def _read_header(self) -> Header:
        head = self._exact(_OLD_HEADER)
        if head[:7] != b"BLENDER":
            raise self._source.bad("its header is not one of Blender")
        if head[7:8] in (b"-", b"_"):
            pointer = 8 if head[7:8] == b"-" else 4
            order, digits = head[8:9], head[9:12]
            size = _OLD_HEADER
        else:
            head += self._exact(_NEW_HEADER - _OLD_HEADER)
            if head[7:12] != b"17-01":
                raise self._source.bad("its header is of an unknown layout")
            pointer, size = 8, _NEW_HEADER
            order, digits = head[12:13], head[13:17]
        if order not in (b"v", b"V") or not digits.isdigit():
            raise self._source.bad("its header is of an unknown layout")
        self.start = head
        return Header(size, pointer, "<" if order == b"v" else ">", int(digits))


def _head_form(header: Header) -> struct.Struct:
    if header.size == _NEW_HEADER:  # code, struct, address, length, count
        return struct.Struct(header.order + "4sIQqq")
    if header.pointer == 8:  # code, length, address, struct, count
        return struct.Struct(header.order + "4siQii")
    return struct.Struct(header.order + "4siIii")


def _decoded(source: Source) -> tuple[str, IO[bytes]]:
    if source.head[:3] == b"\x1f\x8b\x08":
        return "gzip", _Translated(source, gzip.GzipFile(fileobj=source.stream(), mode="rb"))
    if source.head[:4] == b"\x28\xb5\x2f\xfd":
        try:
            import zstandard
        except ImportError as exc:
            raise MissingExtra(
                "a zstd-compressed .blend file cannot be read without zstandard",
                subject=source.path,
                hint="pip install zstandard",
            ) from exc
        decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        reader = decoder.stream_reader(source.stream(), read_across_frames=True)
        return "zstd", _Translated(source, io.BufferedReader(reader, _STEP))
    return "none", source.stream()


class _Translated(io.RawIOBase, IO[bytes]):
    """A decoder whose own errors come out as BadFile."""

    def __init__(self, source: Source, inner: gzip.GzipFile | io.BufferedReader) -> None:
        self._source = source
        self._inner = inner
        self._errors: tuple[type[Exception], ...] = (gzip.BadGzipFile,)
        if not isinstance(inner, gzip.GzipFile):
            import zstandard

            self._errors = (zstandard.ZstdError,)

    def read(self, count: int = -1) -> bytes:
        try:
            return self._inner.read(count)
        except self._errors as exc:
            raise self._source.bad("its compressed data is damaged") from exc
