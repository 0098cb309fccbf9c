# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of what is on the screen as a PNG, without any library."""

from __future__ import annotations

import struct
import zlib

__all__ = ["png_of", "snapshot_size"]

_SIDE = 288
# The shorter side in pixels: pictures are compared at 224, and a little more costs nothing.
_WIDEST = 4 * _SIDE


def snapshot_size(width: int, height: int) -> tuple[int, int]:
    """The size of a snapshot of a view of this size."""
    short = max(1, min(width, height))
    return tuple(max(1, min(_WIDEST, round(side * _SIDE / short))) for side in (width, height))  # type: ignore[return-value]


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG of RGBA bytes whose first row is the lowest; without the alpha, which is the view's.

    ValueError when there are not as many bytes as pixels.
    """
    if len(pixels) != width * height * 4:
        raise ValueError(f"{len(pixels)} bytes are no {width} x {height} pixels")
    rows = []
    for row in range(height - 1, -1, -1):
        line = bytearray(width * 3)
        start, end = row * width * 4, (row + 1) * width * 4
        for channel in range(3):
            line[channel::3] = pixels[start + channel : end : 4]
        rows.append(b"\0" + bytes(line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 6)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
