"""Small real picture files, made with the standard library only."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

__all__ = ["png_bytes", "png_of", "write_png"]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(
    width: int = 8,
    height: int = 8,
    *,
    color: tuple[int, int, int] = (90, 120, 60),
    noise: int | None = None,
) -> bytes:
    """An RGB PNG of one colour (sRGB, 8 bit); other sizes and colours give other bytes.

    With ``noise`` it is that of this seed instead, which no compressor makes small.
    """
    if noise is None:
        rows = (b"\0" + bytes(color) * width) * height
    else:
        chance = random.Random(noise)
        rows = b"".join(b"\0" + chance.randbytes(3 * width) for _ in range(height))
    return png_of(width, height, rows)


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """An RGB PNG of rows of pixels, before each of which stands a zero."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", body)
        + _chunk(b"IEND", b"")
    )


def write_png(
    path: Path,
    width: int = 8,
    height: int = 8,
    *,
    color: tuple[int, int, int] = (90, 120, 60),
    noise: int | None = None,
) -> Path:
    """Write :func:`png_bytes` to ``path``, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(width, height, color=color, noise=noise))
    return path
