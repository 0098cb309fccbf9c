"""PNG files whose pixels are inflated already, for a decoder that inflates slowly.

Inflating is two thirds of what decoding a PNG costs where Pillow does it with
plain zlib, as its wheels for Linux do. ISA-L does it in about half the time. What it hands out goes
back into a PNG as stored blocks, which zlib only copies: so filters, palettes,
interlacing and everything around the pixels remain Pillow's.
``docs/decisions/0003-decoders.md`` has the figures.
"""

from __future__ import annotations

import functools
import struct
from typing import Any

from PIL import features

isal_zlib: Any  # its stub says that its exception is no class
try:
    from isal import isal_zlib
except ImportError:  # no wheel for this machine, or not installed: Pillow does it alone
    isal_zlib = None

__all__ = ["MAX_FILE", "inflated", "prepared"]

MAX_FILE = 24 << 20
"""Bytes of a file that is worth holding: of more, the pixels are over :data:`_MAX_PIXELS` too,
but for files full of other things."""

_MIN_PIXELS = 16 << 10
"""Bytes of inflated pixels below which it costs more than it saves: 64 x 64 with alpha."""

_MAX_PIXELS = 17 << 20
"""Bytes of inflated pixels, which are held twice for a moment: 2048 x 2048 with alpha passes."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">I4sIIBBBBB")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type -> numbers of a pixel."""
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Adam7: the first column and row of each pass, and its steps (PNG specification, 8.2)."""
_STORED = 0xFFFF
"""Bytes of a stored block at most (RFC 1951, 3.2.4)."""


def prepared(data: bytes) -> bytes:
    """A PNG file as Pillow decodes it quickest: inflated, or as it is."""
    return (inflated(data) if _zlib_is_plain() else None) or data


@functools.cache
def _zlib_is_plain() -> bool:
    """zlib-ng, in Pillow's wheels for Windows and macOS, is quicker than ISA-L on flat pictures."""
    return "zlib-ng" not in (features.version("zlib") or "")


def inflated(data: bytes) -> bytes | None:
    """The PNG file ``data`` with the same pixels in stored blocks; None to leave it to Pillow.

    All chunks but the pixels' are kept byte for byte. None where anything is
    unusual: another file, damage, pixels that are not exactly as many bytes as
    the header says, a wrong checksum of the compressed data, an animation,
    a picture that is tiny or large, no ISA-L. Then the file itself tells Pillow what to
    do or to say, so errors and tolerance are Pillow's own.
    """
    if isal_zlib is None or not data.startswith(_SIGNATURE):
        return None
    size = _size(data)
    found = _find(data) if size else None
    if found is None:
        return None
    first, end, packed = found
    raw = _unpack(packed, size)
    if raw is None:
        return None
    return b"".join((data[:first], *_chunk(raw), data[end:]))


def _find(data: bytes) -> tuple[int, int, list[memoryview]] | None:
    """Where the first run of IDAT chunks begins and ends, and what is in them."""
    at, first, parts, view = len(_SIGNATURE), 0, [], memoryview(data)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind == b"IDAT":
            if end > len(data):
                return None
            first = first or at
            parts.append(view[at + 8 : end - 4])
        elif first:
            return (first, at, parts)
        elif kind == b"acTL" or (kind == b"IHDR") != (at == len(_SIGNATURE)):
            return None
        at = end
    return None


def _size(data: bytes) -> int:
    """How many bytes the header promises, filters included; 0 for what is not done here."""
    if len(data) < len(_SIGNATURE) + _HEADER.size:
        return 0
    length, kind, *fields = _HEADER.unpack_from(data, len(_SIGNATURE))
    width, height, depth, color, packing, filters, adam7 = fields
    if (length, kind, packing, filters) != (13, b"IHDR", 0, 0) or adam7 > 1:
        return 0
    bits = depth * _CHANNELS.get(color, 0)
    passes = _PASSES if adam7 else ((0, 0, 1, 1),)
    size = 0
    for left, top, across, down in passes:
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            size += rows * (1 + (columns * bits + 7) // 8)
    return size if bits and _MIN_PIXELS <= size <= _MAX_PIXELS else 0


def _unpack(packed: list[memoryview], size: int) -> list[bytes] | None:
    """Exactly ``size`` bytes from a complete zlib stream, whatever follows it.

    Chunk by chunk, so that what is worked on stays in the processor's cache.
    """
    # ISA-L looks less closely at these two bytes than zlib does (RFC 1950, 2.2).
    head = b"".join(piece[:2] for piece in packed)[:2]
    if len(head) < 2 or head[0] & 15 != 8 or head[0] > 0x78 or head[1] & 32:
        return None
    if (head[0] << 8 | head[1]) % 31:
        return None
    stream, raw, left = isal_zlib.decompressobj(), [], size + 1  # so that too much is seen
    try:
        for piece in packed:
            raw.append(stream.decompress(piece, left))
            left -= len(raw[-1])
            if stream.eof or not left:
                break
    except isal_zlib.error:
        return None
    return raw if stream.eof and left == 1 else None


def _chunk(raw: list[bytes]) -> list[Any]:
    """An IDAT chunk of stored blocks; the last one is empty."""
    parts: list[Any] = [b"\x78\x01"]
    check = 1
    for piece in raw:
        check = isal_zlib.adler32(piece, check)
        view = memoryview(piece)
        for at in range(0, len(piece), _STORED):
            block = view[at : at + _STORED]
            parts += (struct.pack("<BHH", 0, len(block), len(block) ^ _STORED), block)
    parts.append(struct.pack(">BHHI", 1, 0, _STORED, check))
    crc = isal_zlib.crc32(b"IDAT")
    for part in parts:
        crc = isal_zlib.crc32(part, crc)
    return [struct.pack(">I", sum(map(len, parts))), b"IDAT", *parts, struct.pack(">I", crc)]
