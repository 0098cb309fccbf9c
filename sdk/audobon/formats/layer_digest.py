"""Digests of layers' contents that do not depend on who saved them, read in pieces."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator

from audobon.errors import LimitExceeded
from audobon.formats.images import PNG_MAGIC

__all__ = ["Pieces", "krita_tiles", "packed_tiles", "png_pixels"]

_LINE = 256
"""Bytes of a line in Krita's tile format; real ones have 20."""

_MAX_TILE = 1 << 20
"""Bytes of a packed tile of 64 x 64 pixels: five channels of four bytes are 80 KB."""

_MAX_TILES = 1_000_000
"""Tiles of one layer: 64,000 x 64,000 pixels; each costs some 150 bytes of memory."""

_HEADER = re.compile(rb"VERSION \d+$")
_TILE = re.compile(rb"(-?\d{1,9}),(-?\d{1,9}),\w+,(\d{1,7})$")

_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP")
"""Chunks of a PNG that decide how its pixels look."""

_IHDR = 13
_BLOCK = 1 << 18
_MAX_ROWS = 4 << 30
"""Bytes that one PNG may unpack to: 20,000 x 20,000 pixels of 8 bytes have 3.2 GB."""


class Pieces:
    """Bytes that come in pieces, taken by number, by line, or to their end."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._held = b""

    def take(self, count: int) -> bytes:
        """Exactly ``count`` bytes; EOFError when there are fewer."""
        if len(self._held) < count:
            found, size = [self._held], len(self._held)
            while size < count:
                piece = next(self._source, None)
                if piece is None:
                    raise EOFError("the content ends too early")
                found.append(piece)
                size += len(piece)
            self._held = b"".join(found)
        data, self._held = self._held[:count], self._held[count:]
        return data

    def line(self) -> bytes | None:
        """The next line without its end; None when there is none that is short enough."""
        while b"\n" not in self._held[:_LINE]:
            piece = next(self._source, None) if len(self._held) < _LINE else None
            if piece is None:
                return None
            self._held += piece
        line, _, self._held = self._held.partition(b"\n")
        return line

    def rest(self) -> Iterator[bytes]:
        """Everything that is left."""
        held, self._held = self._held, b""
        if held:
            yield held
        yield from self._source


def krita_tiles(pieces: Pieces) -> tuple[bytes, tuple[int, int, int, int] | None]:
    """A sha256 of a layer's tiles in any order, and ``(left, top, width, height)`` around them.

    The format: lines ``VERSION``, ``TILEWIDTH``, ``TILEHEIGHT``, ``PIXELSIZE``
    and ``DATA count``, then each tile as a line ``x,y,LZF,bytes`` and its
    bytes (Krita, ``kis_tile_data_wrapper`` and ``KisTiledDataManager::write``;
    tiles come in the order of a hash table, which differs between sessions).
    Packing is deterministic, so packed bytes are compared. Anything that is
    not of this format has the digest of its bytes, and no bounds.
    """
    whole = hashlib.sha256()
    first = pieces.line()
    if first is None or not _HEADER.match(first):
        whole.update(b"" if first is None else first + b"\n")
        for piece in pieces.rest():
            whole.update(piece)
        return whole.digest(), None
    wide, tall, pixel, count = _sizes(pieces)
    whole.update(b"%d %d %d" % (wide, tall, pixel))
    found = ((y, x, hashlib.sha256(data).digest()) for y, x, data in _tiles(pieces, count))
    tiles = sorted(found)
    for y, x, digest in tiles:
        whole.update(struct.pack("<qq", y, x) + digest)
    if not tiles or not wide or not tall:
        return whole.digest(), None
    left, right = min(x for _, x, _ in tiles), max(x for _, x, _ in tiles) + wide
    return whole.digest(), (left, tiles[0][0], right - left, tiles[-1][0] + tall - tiles[0][0])


def packed_tiles(pieces: Pieces) -> tuple[int, int, Iterator[tuple[int, int, bytes]]]:
    """Side and bytes of a pixel, and (y, x, packed bytes) of every tile. ValueError for others."""
    first = pieces.line()
    if first is None or not _HEADER.match(first):
        raise ValueError("a layer has no tiles")
    wide, tall, pixel, count = _sizes(pieces)
    if wide != tall or not wide:
        raise ValueError("tiles of a layer are of another size")
    return wide, pixel, _tiles(pieces, count)


def _sizes(pieces: Pieces) -> tuple[int, int, int, int]:
    """Width, height, bytes of a pixel and number of tiles, as the lines before these say."""
    head = {}
    while (line := pieces.line()) is not None:
        name, _, value = line.partition(b" ")
        head[name] = int(value) if value.isdigit() and len(value) < 10 else 0
        if name == b"DATA" or len(head) > 16:
            break
    names = (b"TILEWIDTH", b"TILEHEIGHT", b"PIXELSIZE", b"DATA")
    wide, tall, pixel, count = (head.get(name, 0) for name in names)
    return wide, tall, pixel, min(count, _MAX_TILES)


def _tiles(pieces: Pieces, count: int) -> Iterator[tuple[int, int, bytes]]:
    """(y, x, packed bytes) of every tile."""
    for _ in range(count):
        match = _TILE.match(pieces.line() or b"")
        if match is None or int(match[3]) > _MAX_TILE:
            raise ValueError("a tile of a layer is damaged")
        yield int(match[2]), int(match[1]), pieces.take(int(match[3]))


def png_pixels(pieces: Pieces) -> tuple[str, tuple[int, int]]:
    """A sha256 (hex) of a PNG's unpacked rows and what decides their look; width and height.

    So neither the strength of compression nor time stamps count; another
    choice of row filters does, which programs that are not updated do not make.
    """
    whole = hashlib.sha256()
    if pieces.take(8) != PNG_MAGIC:
        raise ValueError("a layer is no PNG")
    size, room = (0, 0), _MAX_ROWS
    unpack = zlib.decompressobj()
    while True:
        length, name = struct.unpack(">I4s", pieces.take(8))
        if name == b"IHDR":
            if length != _IHDR:
                raise ValueError("a layer's PNG is damaged")
            data = pieces.take(length)
            size = struct.unpack(">II", data[:8])
            whole.update(data)
            length = 0
        while length:
            data = pieces.take(min(length, _BLOCK))
            length -= len(data)
            if name == b"IDAT":
                room -= _hash_unpacked(whole, unpack, data)
                if room < 0:
                    raise LimitExceeded(f"a layer unpacks to more than {_MAX_ROWS >> 30} GiB")
            elif name in _KEPT:
                whole.update(name + data)
        pieces.take(4)
        if name == b"IEND":
            return whole.hexdigest(), size


def _hash_unpacked(whole: hashlib._Hash, unpack: zlib._Decompress, data: bytes) -> int:
    """Hash what ``data`` unpacks to, a block at a time; how many bytes that were."""
    count = 0
    while data and not unpack.eof:
        block = unpack.decompress(data, _BLOCK)
        whole.update(block)
        count += len(block)
        data = unpack.unconsumed_tail
    return count
