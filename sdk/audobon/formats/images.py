"""PNG, JPEG, GIF, BMP, WebP and TGA: the pictures that come by the hundred thousand."""

from __future__ import annotations

import struct

from audobon.formats import facts
from audobon.formats.embedded import Embedded
from audobon.formats.exif import read_exif
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PNG_MAGIC", "PREVIEWS", "PROBES", "jpeg", "png"]

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

_IHDR = struct.Struct(">4x4sIIBBBBB")  # after the length: type, width, height, five bytes
_CHUNK = struct.Struct(">I4s")
_IEND = b"\0\0\0\0IEND\xae\x42\x60\x82"

# Colour type -> channels, alpha, colour space (PNG specification, table 11.1).
_PNG_COLOR = {
    0: (1, False, "gray"),
    2: (3, False, "rgb"),
    3: (3, False, "palette"),
    4: (2, True, "gray"),
    6: (4, True, "rgb"),
}
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}

_MAX_CHUNKS = 4096
"""Chunks or segments looked at: real files have under a hundred before their pixels."""


def png(source: Source) -> Facts:
    """Facts of a PNG: IHDR, the chunks before the pixels, and the end mark."""
    head = source.head
    if len(head) < 33:
        raise source.bad("it ends in its header")
    kind, width, height, depth, color, method, filters, lace = _IHDR.unpack_from(head, 8)
    known = _PNG_COLOR.get(color)
    if kind != b"IHDR" or known is None or depth not in _PNG_DEPTHS[color]:
        raise source.bad("its header is not one of a PNG")
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31 or method or filters or lace > 1:
        raise source.bad("its header has impossible values")
    channels, alpha, space = known
    found: dict[str, AttributeValue] = {
        "bit_depth": depth,
        "channels": channels,
        "alpha": alpha,
        "color_space": space,
    }
    pixels = _png_chunks(source, found)
    if source.upto(source.size - 12, 12) != _IEND:
        _png_walk(source, pixels)
    return Facts("image", "png", width, height, found)


def _png_chunks(source: Source, found: dict[str, AttributeValue]) -> int:
    """Read the chunks before the first IDAT into ``found``; the offset of that IDAT."""
    offset = 33
    for _ in range(_MAX_CHUNKS):
        length, kind = _CHUNK.unpack(source.at(offset, 8))
        if kind == b"IDAT":
            return offset
        if kind == b"IEND":
            break
        if offset + 12 + length > source.size:
            raise source.bad("it ends too early")
        if kind == b"sRGB":
            found["color_profile"] = "sRGB"
        elif kind == b"iCCP":
            profile = source.upto(offset + 8, min(length, 80)).split(b"\0", 1)[0]
            found["color_profile"] = facts.clean(profile.decode("latin-1")) or "icc"
        elif kind == b"tRNS":
            found["alpha"] = True
        elif kind == b"acTL":
            found["animated"] = True
            found["frames"] = int.from_bytes(source.at(offset + 8, 4), "big")
        elif kind == b"pHYs" and length == 9:
            across, _down, unit = struct.unpack(">IIB", source.at(offset + 8, 9))
            if unit == 1 and across:
                found["dpi"] = round(across * 0.0254, 2)
        offset += 12 + length
    raise source.bad("it has no pixels")


def _png_walk(source: Source, offset: int) -> None:
    """Follow the chunks from the pixels on: BadFile when one runs over the end of the file.

    Only for files with bytes after the end mark, or without one.
    """
    for _ in range(_MAX_CHUNKS):
        length, kind = _CHUNK.unpack(source.at(offset, 8))
        offset += 12 + length
        if offset > source.size:
            raise source.bad("it ends too early")
        if kind == b"IEND":
            return


_SOF = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length

_JPEG_SPACES = {1: "gray", 3: "ycbcr", 4: "cmyk"}
_EOI_TAIL = 1 << 16
_EOI_SCAN = 64 << 20
"""Bytes searched for the end mark in files with data after it (motion photos, padding)."""


def jpeg(source: Source) -> Facts:
    """Facts of a JPEG: the segments up to the frame header, EXIF, and the end mark."""
    found: dict[str, AttributeValue] = {}
    width, height, scan = _jpeg_segments(source, found)
    tail = source.upto(source.size - 2, 2)
    if tail != b"\xff\xd9":
        _jpeg_end(source, scan)
    return facts.make("image", "jpeg", width=width, height=height, attributes=found)


def _jpeg_segments(source: Source, found: dict[str, AttributeValue]) -> tuple[int, int, int]:
    offset = 2
    frame: tuple[int, int] | None = None
    for _ in range(_MAX_CHUNKS):
        lead = source.at(offset, 4)
        if lead[0] != 0xFF:
            raise source.bad("a segment does not start where the one before ends")
        marker = lead[1]
        if marker == 0xFF:  # fill byte
            offset += 1
            continue
        if marker in _ALONE:
            offset += 2
            continue
        if marker == 0xD9:
            break
        length = lead[2] << 8 | lead[3]
        if length < 2 or offset + 2 + length > source.size:
            raise source.bad("a segment is longer than the file")
        if marker == 0xDA:
            if frame is None:
                break
            return *frame, offset + 2 + length
        if marker in _SOF:
            frame = _jpeg_frame(source, offset + 4, found, progressive=marker in (0xC2, 0xCA))
        elif marker == 0xE1:
            _jpeg_app1(source, offset + 4, length - 2, found)
        elif marker == 0xE2 and source.upto(offset + 4, 12) == b"ICC_PROFILE\0":
            found.setdefault("color_profile", "icc")
        offset += 2 + length
    raise source.bad("it has no picture")


def _jpeg_frame(
    source: Source, offset: int, found: dict[str, AttributeValue], *, progressive: bool
) -> tuple[int, int]:
    depth, height, width, channels = struct.unpack(">BHHB", source.at(offset, 6))
    if not width or not height or channels not in (1, 2, 3, 4) or depth not in range(2, 17):
        raise source.bad("its frame header has impossible values")
    found["bit_depth"] = depth
    found["channels"] = channels
    found["alpha"] = False
    found["color_space"] = _JPEG_SPACES.get(channels, "")
    found["compression"] = "progressive" if progressive else "baseline"
    return width, height


def _jpeg_app1(source: Source, offset: int, length: int, found: dict[str, AttributeValue]) -> None:
    if source.upto(offset, 6) == b"Exif\0\0" and length > 14:
        found.update(read_exif(source.at(offset + 6, length - 6)).attributes)


def _jpeg_end(source: Source, scan: int) -> None:
    """BadFile unless an end mark follows the start of the pixels at ``scan``."""
    tail = max(scan, source.size - _EOI_TAIL)
    if b"\xff\xd9" in source.upto(tail, _EOI_TAIL):
        return
    last = b""
    for piece in source.chunks(start=scan, limit=_EOI_SCAN):
        if b"\xff\xd9" in last + piece:
            return
        last = piece[-1:]
    if source.size - scan <= _EOI_SCAN:
        raise source.bad("it ends too early")


def jpeg_preview(source: Source) -> Embedded | None:
    """The thumbnail of the EXIF segment."""
    offset = 2
    for _ in range(_MAX_CHUNKS):
        lead = source.upto(offset, 4)
        if len(lead) < 4 or lead[0] != 0xFF or lead[1] in (0xD9, 0xDA):
            return None
        length = lead[2] << 8 | lead[3]
        if lead[1] == 0xE1 and source.upto(offset + 4, 6) == b"Exif\0\0" and length > 16:
            data = read_exif(source.at(offset + 10, length - 8)).thumbnail
            size = jpeg_size(data)
            return None if size is None else Embedded(data, "image/jpeg", *size)
        offset += 2 + max(length, 2)
    return None


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a whole JPEG in memory, None when it is not one."""
    offset = 2
    while data.startswith(b"\xff\xd8") and offset + 9 <= len(data) and data[offset] == 0xFF:
        if data[offset + 1] in _SOF:
            height, width = struct.unpack_from(">HH", data, offset + 5)
            return (width, height) if width and height else None
        offset += 2 + max(2, data[offset + 2] << 8 | data[offset + 3])
    return None


def png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a whole PNG in memory, None when it is not one."""
    if not data.startswith(PNG_MAGIC) or len(data) < 33:
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return (width, height) if width and height else None


def gif(source: Source) -> Facts:
    """Facts of a GIF: the screen, and whether it is a loop."""
    head = source.at(0, 13)
    width, height, flags = struct.unpack_from("<HHB", head, 6)
    if not width or not height:
        raise source.bad("its header has impossible values")
    if source.size < 15:
        raise source.bad("it has no picture")
    if source.upto(source.size - 1, 1) not in (b";", b"\0"):
        _gif_walk(source, 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
    found: dict[str, AttributeValue] = {
        "bit_depth": (flags & 7) + 1 if flags & 0x80 else 8,
        "channels": 3,
        "color_space": "palette",
        "animated": b"NETSCAPE2.0" in source.upto(0, _GIF_HEAD),
        "alpha": _gif_alpha(source.upto(0, _GIF_HEAD)),
    }
    return facts.make("image", "gif", width=width, height=height, attributes=found)


_GIF_HEAD = 4096
"""Bytes of a GIF in which its first extensions lie: 781 of palette at most before them."""

_GIF_BLOCKS = 1 << 16
"""Blocks followed to find the end: 16 MB of picture data, 0.1 s."""


def _gif_walk(source: Source, at: int) -> None:
    """Follow the blocks of a GIF with bytes after its end mark, or without one."""
    inside = False
    for _ in range(_GIF_BLOCKS):
        mark = source.at(at, 1)[0]
        if inside:
            at += 1 + mark
            inside = mark != 0
        elif mark == 0x3B:
            return
        elif mark == 0x21:  # extension: a label, then blocks
            at, inside = at + 2, True
        elif mark == 0x2C:  # picture: its place, perhaps a palette, the code size, then blocks
            flags = source.at(at + 9, 1)[0]
            at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            inside = True
        else:
            raise source.bad("its blocks are broken")


def _gif_alpha(head: bytes) -> bool:
    control = head.find(b"\x21\xf9\x04")
    return control >= 0 and control + 3 < len(head) and bool(head[control + 3] & 1)


def bmp(source: Source) -> Facts:
    """Facts of a Windows bitmap."""
    header = int.from_bytes(source.at(14, 4), "little")
    if header == 12:
        width, height, _planes, depth = struct.unpack("<HHHH", source.at(18, 8))
    else:
        width, height, _planes, depth = struct.unpack("<iiHH", source.at(18, 12))
    pixels = int.from_bytes(source.at(10, 4), "little")
    if width <= 0 or not height or depth not in (1, 2, 4, 8, 16, 24, 32):
        raise source.bad("its header has impossible values")
    packed = int.from_bytes(source.at(30, 4), "little") in (1, 2, 4, 5) if header > 12 else False
    needed = 1 if packed else (width * depth + 31) // 32 * 4 * abs(height)
    if pixels + needed > source.size:
        raise source.bad("it ends too early")
    found: dict[str, AttributeValue] = {
        "bit_depth": 8 if depth >= 24 else min(depth, 8),
        "channels": 4 if depth == 32 else 3,
        "alpha": depth == 32 and header >= 108,
        "color_space": "palette" if depth <= 8 else "rgb",
    }
    return facts.make("image", "bmp", width=width, height=abs(height), attributes=found)


def webp(source: Source) -> Facts:
    """Facts of a WebP: simple lossy, simple lossless or extended."""
    if int.from_bytes(source.at(4, 4), "little") + 8 > source.size + 1:
        raise source.bad("it ends too early")
    kind, body = source.at(12, 4), source.at(20, 10)
    found: dict[str, AttributeValue] = {"bit_depth": 8, "color_space": "rgb", "animated": False}
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (value & 0x3FFF for value in struct.unpack_from("<HH", body, 6))
        alpha, lossless = False, False
    elif kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        alpha, lossless = bool(bits >> 28 & 1), True
    elif kind == b"VP8X":
        width = int.from_bytes(body[4:7], "little") + 1
        height = int.from_bytes(body[7:10], "little") + 1
        alpha, lossless = bool(body[0] & 0x10), b"VP8L" in source.head[:256]
        found["animated"] = bool(body[0] & 0x02)
        if body[0] & 0x20:
            found["color_profile"] = "icc"
    else:
        raise source.bad("its first part is not one of a WebP")
    if not width or not height:
        raise source.bad("its header has impossible values")
    found |= {"alpha": alpha, "channels": 3 + alpha}
    found["compression"] = "lossless" if lossless else "lossy"
    return facts.make("image", "webp", width=width, height=height, attributes=found)


_TGA_TYPES = {1: "palette", 2: "rgb", 3: "gray", 9: "palette", 10: "rgb", 11: "gray"}


def tga(source: Source) -> Facts:
    """Facts of a Targa file, which has no first mark: its header must make sense instead."""
    id_size, mapped, kind, _first, count, entry, _x, _y, width, height, depth, flags = (
        struct.unpack("<BBBHHBHHHHBB", source.at(0, 18))
    )
    space = _TGA_TYPES.get(kind)
    sane = space is not None and mapped in (0, 1) and depth in (8, 15, 16, 24, 32)
    if not sane or not width or not height or (space == "palette") != bool(mapped and count):
        raise source.bad("its header is not one of a TGA")
    data = 18 + id_size + (count * ((entry + 7) // 8) if mapped else 0)
    pixel = (depth + 7) // 8
    least = width * height * pixel if kind < 9 else -(-width * height // 128) * (1 + pixel)
    if data + least > source.size:
        raise source.bad("it ends too early")
    channels = {"gray": 1, "palette": 3}.get(space or "", 4 if depth == 32 else 3)
    found: dict[str, AttributeValue] = {
        "bit_depth": 5 if depth in (15, 16) and space == "rgb" else 8,
        "channels": channels,
        "alpha": bool(flags & 15) and depth in (16, 32),
        "color_space": space or "",
        "compression": "rle" if kind >= 9 else "none",
    }
    return facts.make("image", "tga", width=width, height=height, attributes=found)


PROBES = {"png": png, "jpeg": jpeg, "gif": gif, "bmp": bmp, "webp": webp, "tga": tga}
PREVIEWS = {"jpeg": jpeg_preview}
