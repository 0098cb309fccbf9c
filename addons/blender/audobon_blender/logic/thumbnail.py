# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture inside a .blend file that Blender wrote without one.

Blender stores the picture that file browsers show only when a person saves a
file from a window. It lies in a block with the code TEST near the beginning:
width and height as 32-bit numbers, then rows of RGBA from bottom to top.
"""

from __future__ import annotations

import struct

__all__ = ["Unknown", "with_thumbnail"]

_SMALL, _LARGE = b"_", b"-"  # how wide a pointer is


class Unknown(ValueError):
    """The bytes are no uncompressed .blend file of a known layout."""


def with_thumbnail(data: bytes, width: int, height: int, pixels: bytes) -> bytes:
    """The file with a picture of straight RGBA, ``pixels`` from bottom to top.

    It takes the place of one that is there. Everything else stays byte for
    byte. Unknown for a compressed file, and for pixels of another size.
    """
    if len(pixels) != width * height * 4:
        raise Unknown(f"{len(pixels)} bytes are no picture of {width} x {height}")
    first, head = _layout(data)
    at = first
    while at + 8 <= len(data):
        code = data[at : at + 4]
        if code == b"TEST":
            data = data[:at] + data[at + head.size + head.length(data, at) :]
            break
        if code != b"REND":
            break
        at += head.size + head.length(data, at)
    body = struct.pack(f"{head.order}ii", width, height) + pixels
    return data[:at] + head.pack(b"TEST", len(body)) + body + data[at:]


class _Head:
    """The head of a block: code, length, address, number of the struct, count."""

    def __init__(self, order: str, form: str, fields: tuple[str, ...]) -> None:
        self.order = order
        self._struct = struct.Struct(order + form)
        self._fields = fields
        self.size = self._struct.size

    def length(self, data: bytes, at: int) -> int:
        values = self._struct.unpack_from(data, at)
        return int(values[self._fields.index("length")])

    def pack(self, code: bytes, length: int) -> bytes:
        values = {"code": code, "length": length, "address": 0, "struct": 0, "count": 1}
        return self._struct.pack(*(values[name] for name in self._fields))


def _layout(data: bytes) -> tuple[int, _Head]:
    """Where the first block lies, and what heads of blocks look like."""
    if data[:7] != b"BLENDER":
        raise Unknown("this is no uncompressed .blend file")
    if data[7:8] in (_SMALL, _LARGE):
        order = "<" if data[8:9] == b"v" else ">"
        pointer = "I" if data[7:8] == _SMALL else "Q"
        fields = ("code", "length", "address", "struct", "count")
        return 12, _Head(order, f"4si{pointer}ii", fields)
    # Since 5.0: two digits with the size of the header, then "-", the format's version and "v".
    if data[7:10] == b"17-" and data[12:13] == b"v":
        return 17, _Head("<", "4siQqq", ("code", "struct", "address", "length", "count"))
    raise Unknown("this layout of .blend files is not known")
