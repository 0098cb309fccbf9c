"""TIFF, OpenEXR, Radiance HDR and DDS: pictures of film, print and games."""

from __future__ import annotations

import re
import struct

from audobon.formats import facts
from audobon.formats.exif import Directory, read_directory
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES"]

Found = dict[str, AttributeValue | None]

# TIFF tags 262 (photometric interpretation) and 259 (compression).
_PHOTOMETRIC = {0: "gray", 1: "gray", 2: "rgb", 3: "palette", 5: "cmyk", 6: "ycbcr", 8: "lab"}
_TIFF_COMPRESSION = {1: "none", 2: "ccitt", 3: "ccitt", 4: "ccitt", 5: "lzw", 6: "jpeg", 7: "jpeg"}
_TIFF_COMPRESSION |= {8: "deflate", 32946: "deflate", 32773: "packbits", 34925: "lzma"}
_TIFF_COMPRESSION |= {50000: "zstd", 50001: "webp"}

_MAX_PAGES = 256
"""Directories followed; also the end of a chain that runs in a circle."""


def tiff(source: Source) -> Facts:
    """Facts of a TIFF or BigTIFF: those of its largest picture, and its number of pages."""
    order = "<" if source.head[:2] == b"II" else ">"
    big = 43 in source.head[2:4]
    (first,) = struct.unpack(
        order + ("Q" if big else "I"), source.at(8 if big else 4, 8 if big else 4)
    )
    pages = _pages(source, first, order, big=big)
    best = max(pages, key=lambda page: page.number(256) * page.number(257))
    width, height = best.number(256), best.number(257)
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise source.bad("its header has impossible values")
    _check_strips(source, best)
    channels = best.number(277, 1)
    found: Found = {
        "bit_depth": best.number(258, 1),
        "channels": channels,
        "alpha": bool(best.numbers(338)) and best.number(338) in (1, 2),
        "color_space": _PHOTOMETRIC.get(best.number(262, -1)),
        "compression": _TIFF_COMPRESSION.get(best.number(259, 1)),
        "float_pixels": best.number(339, 1) == 3,
        "color_profile": "icc" if 34675 in best.fields else None,
        "pages": sum(not page.number(254) & 1 for page in pages) or 1,
        "created": best.text(306),
        "creator": best.text(305),
        "artist": best.text(315),
        "make": best.text(271),
        "model": best.text(272),
    }
    turned = best.number(274)
    found["orientation"] = turned if 1 <= turned <= 8 else None
    dpi = best.numbers(282)
    if dpi and 1 <= dpi[0] <= 100_000:
        found["dpi"] = round(dpi[0] * (2.54 if best.number(296, 2) == 3 else 1.0), 2)
    return facts.make("image", "tiff", width=width, height=height, attributes=found)


def _pages(source: Source, first: int, order: str, *, big: bool) -> list[Directory]:
    pages: list[Directory] = []
    waiting, seen = [first], {0}
    while waiting and len(pages) < _MAX_PAGES:
        offset = waiting.pop()
        if offset in seen:
            continue
        seen.add(offset)
        if offset >= source.size:
            raise source.bad("it ends too early")
        page = read_directory(source.upto, offset, order, big=big)
        pages.append(page)
        # SubIFDs: camera files keep the real picture there and a small one in front.
        waiting += [page.next, *(int(at) for at in page.numbers(330)[:16])]
    if not pages:
        raise source.bad("it has no picture")
    return pages


def _check_strips(source: Source, page: Directory) -> None:
    """BadFile when the first strips or tiles lie behind the end of the file."""
    for at, size in ((273, 279), (324, 325)):
        for offset, count in zip(page.numbers(at), page.numbers(size), strict=False):
            if offset + count > source.size:
                raise source.bad("it ends too early")


_EXR_COMPRESSION = ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")
_EXR_DEPTH = {0: 32, 1: 16, 2: 32}  # unsigned whole, half, float
_MAX_EXR_HEADER = 1 << 20
"""Bytes of an EXR header; render passes with metadata take about 20 KB."""


def exr(source: Source) -> Facts:
    """Facts of an OpenEXR file: of its first part, and its channels and layers."""
    flags = int.from_bytes(source.at(4, 4), "little")
    if flags & 0xFF != 2:
        raise source.bad("its version is unknown")
    data = source.upto(8, _MAX_EXR_HEADER)
    found: Found = {"color_space": "linear", "pages": 1}
    size: tuple[int, int] | None = None
    channels: list[tuple[str, int]] = []
    at = 0
    while True:
        end = data.index(b"\0", at)
        if end == at:
            break
        name = data[at:end]
        kind_end = data.index(b"\0", end + 1)
        (length,) = struct.unpack_from("<i", data, kind_end + 1)
        value = data[kind_end + 5 : kind_end + 5 + length]
        if length < 0 or len(value) != length:
            raise source.bad("its header is cut short")
        at = kind_end + 5 + length
        if name == b"channels":
            channels = _exr_channels(value)
        elif name == b"displayWindow":
            x0, y0, x1, y1 = struct.unpack("<4i", value)
            size = (x1 - x0 + 1, y1 - y0 + 1)
        elif name == b"compression" and value and value[0] < len(_EXR_COMPRESSION):
            found["compression"] = _EXR_COMPRESSION[value[0]]
        elif name == b"framesPerSecond":
            above, below = struct.unpack("<iI", value)
            found["frame_rate"] = round(above / below, 3) if below else None
        elif name in (b"owner", b"capDate", b"software"):
            key = {b"owner": "artist", b"capDate": "created", b"software": "creator"}[name]
            found[key] = facts.clean(value)
    if not channels or size is None or min(size) < 1:
        raise source.bad("its header has impossible values")
    if source.size <= 8 + at + 8:
        raise source.bad("it ends too early")
    return _exr_facts(size, channels, found)


def _exr_channels(value: bytes) -> list[tuple[str, int]]:
    channels: list[tuple[str, int]] = []
    at = 0
    while at < len(value) and value[at]:
        end = value.index(b"\0", at)
        (kind,) = struct.unpack_from("<i", value, end + 1)
        channels.append((facts.clean(value[at:end]), kind))
        at = end + 17
    return channels


def _exr_facts(size: tuple[int, int], channels: list[tuple[str, int]], found: Found) -> Facts:
    shown = facts.names(name for name, _ in channels)
    layers = facts.names(name.rpartition(".")[0] for name, _ in channels)
    found |= {
        "channels": len(channels),
        "channel_names": shown,
        "layers": len(layers) or None,
        "layer_names": layers,
        "bit_depth": max(_EXR_DEPTH.get(kind, 16) for _, kind in channels),
        "float_pixels": any(kind in (1, 2) for _, kind in channels),
        "alpha": any(name.rpartition(".")[2] in ("A", "a") for name, _ in channels),
    }
    return facts.make("image", "exr", width=size[0], height=size[1], attributes=found, text=layers)


_HDR_SIZE = re.compile(rb"^([-+][XY]) (\d{1,9}) ([-+][XY]) (\d{1,9})$", re.MULTILINE)


def hdr(source: Source) -> Facts:
    """Facts of a Radiance picture: its resolution line."""
    head = source.upto(0, 1 << 16)
    blank = head.find(b"\n\n")
    found = _HDR_SIZE.match(head, blank + 2) if blank >= 0 else None
    if found is None or found[1][1:] == found[3][1:]:
        raise source.bad("it has no resolution line")
    sizes = {found[1][1:]: int(found[2]), found[3][1:]: int(found[4])}
    width, height = sizes[b"X"], sizes[b"Y"]
    # Each row costs at least its mark and, run-length coded, two bytes for 127 values a channel.
    if not width or not height or source.size < found.end() + 1 + 4 * min(height, 1 << 20):
        raise source.bad("it ends too early")
    attributes: Found = {
        "bit_depth": 32,
        "channels": 3,
        "alpha": False,
        "float_pixels": True,
        "color_space": "xyz" if b"32-bit_rle_xyze" in head[:blank] else "linear",
    }
    return facts.make("image", "hdr", width=width, height=height, attributes=attributes)


def dds(source: Source) -> Facts:
    """Facts of a DirectDraw surface."""
    head = source.at(0, 128)
    height, width = struct.unpack_from("<II", head, 12)
    (mips,) = struct.unpack_from("<I", head, 28)
    flags, code, bits = struct.unpack_from("<I4sI", head, 80)
    if not 0 < width < 1 << 20 or not 0 < height < 1 << 20 or source.size <= 128:
        raise source.bad("its header has impossible values")
    found: Found = {
        "alpha": bool(flags & 1) or code in (b"DXT3", b"DXT5"),
        "compression": facts.clean(code.strip(b"\0")).lower() if flags & 4 else "none",
        "bit_depth": 8,
        "channels": 4 if flags & 1 or code != b"DXT1" else 3,
        "pages": mips if 0 < mips < 33 else None,
    }
    if not flags & 4 and bits in (8, 16, 24, 32):
        found["channels"] = max(1, bits // 8)
    return facts.make("image", "dds", width=width, height=height, attributes=found)


PROBES = {"tiff": tiff, "exr": exr, "hdr": hdr, "dds": dds}
