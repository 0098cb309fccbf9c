"""Photoshop (.psd, .psb) and GIMP (.xcf) documents."""

from __future__ import annotations

import struct

from audobon.formats import facts
from audobon.formats.embedded import Embedded
from audobon.formats.images import jpeg_size
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PREVIEWS", "PROBES"]

# Colour mode of the header -> colour space and channels without alpha.
_MODES = {
    0: ("gray", 1),
    1: ("gray", 1),
    2: ("palette", 1),
    3: ("rgb", 3),
    4: ("cmyk", 4),
    7: ("multichannel", 0),
    8: ("gray", 1),
    9: ("lab", 3),
}

_MAX_LAYERS = 8000  # Photoshop's own limit
_MAX_RESOURCES = 1000  # image resources; real files have about 40
_MAX_THUMB = 4 << 20  # Photoshop writes 160 pixels, about 10 KB
_BIG_KEYS = frozenset(
    b"LMsk Lr16 Lr32 Layr Mt16 Mt32 Mtrn Alph FMsk lnk2 FEid FXid PxSD cinf".split()
)
"""Keys of additional layer information whose length has 8 bytes in a PSB (specification)."""


def photoshop(source: Source) -> Facts:
    """Facts of a PSD or PSB: header, resolution, profile, and the layers by name."""
    head = source.at(0, 26)
    big = head[5] == 2
    channels, height, width, depth, mode = struct.unpack(">HIIHH", head[12:26])
    limit = 300_000 if big else 30_000  # Photoshop's own limits
    space = _MODES.get(mode)
    sane = 0 < width <= limit and 0 < height <= limit and 0 < channels <= 56
    if space is None or not sane or depth not in (1, 8, 16, 32):
        raise source.bad("its header has impossible values")
    found: dict[str, AttributeValue | None] = {
        "bit_depth": depth,
        "channels": channels,
        "color_space": space[0],
        "float_pixels": depth == 32,
        "alpha": space[1] > 0 and channels > space[1],
    }
    resources = _section(source, 26)
    for number, at, size in _resources(source, *resources):
        if number == 1005 and size >= 4:
            dpi = struct.unpack(">I", source.at(at, 4))[0] / 65536
            found["dpi"] = round(dpi, 2) if 1 <= dpi <= 100_000 else None
        elif number == 1039:
            found["color_profile"] = "icc"
    layers = _layers(source, sum(resources), big=big)
    found["layers"] = len(layers)
    shown = facts.names(layers)
    found["layer_names"] = shown
    name = "psb" if big else "psd"
    return facts.make("document", name, width=width, height=height, attributes=found, text=shown)


def _section(source: Source, at: int) -> tuple[int, int]:
    """Start and length of the image resources, which follow the colour data at ``at``."""
    start = at + 4 + int.from_bytes(source.at(at, 4), "big") + 4
    length = int.from_bytes(source.at(start - 4, 4), "big")
    if start + length > source.size:
        raise source.bad("it ends too early")
    return start, length


def _resources(source: Source, start: int, length: int) -> list[tuple[int, int, int]]:
    """``(number, offset, bytes)`` of the image resources."""
    found: list[tuple[int, int, int]] = []
    at, end = start, start + length
    while at + 12 <= end and len(found) < _MAX_RESOURCES:
        head = source.at(at, 7)
        if head[:4] not in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"):
            raise source.bad("its resources are broken")
        at += 6 + (head[6] + 2) // 2 * 2
        size = int.from_bytes(source.at(at, 4), "big")
        if at + 4 + size > end:
            raise source.bad("its resources are broken")
        found.append((int.from_bytes(head[4:6], "big"), at + 4, size))
        at += 4 + (size + 1) // 2 * 2
    return found


def _layers(source: Source, at: int, *, big: bool) -> list[str]:
    """Names of the layers from the top down, without the marks that end groups."""
    word = 8 if big else 4
    total = int.from_bytes(source.at(at, word), "big")
    if at + word + total > source.size:
        raise source.bad("it ends too early")
    if at + word + total == source.size:
        raise source.bad("its picture is missing")
    end = at + word + total
    at += word
    if total < word:
        return []
    length = int.from_bytes(source.at(at, word), "big")
    at += word
    if not length:  # 16 and 32 bit files keep their layers in an additional block
        at, length = _deep_layers(source, at, end, big=big)
    if not length:
        return []
    count = abs(struct.unpack(">h", source.at(at, 2))[0])
    at += 2
    layers: list[str] = []
    for _ in range(min(count, _MAX_LAYERS)):
        name, divider, at = _layer(source, at, end, big=big)
        if not divider:
            layers.append(name)
    return layers[::-1]


def _deep_layers(source: Source, at: int, end: int, *, big: bool) -> tuple[int, int]:
    at += 4 + int.from_bytes(source.at(at, 4), "big")  # global mask
    for _ in range(64):
        if at + 12 > end:
            return at, 0
        head = source.at(at, 8)
        if head[:4] not in (b"8BIM", b"8B64"):
            return at, 0
        wide = 8 if big and head[4:] in _BIG_KEYS else 4
        size = int.from_bytes(source.at(at + 8, wide), "big")
        at += 8 + wide
        if head[4:] in (b"Lr16", b"Lr32", b"Layr"):
            return at, size
        at += (size + 3) // 4 * 4
    return at, 0


def _layer(source: Source, at: int, end: int, *, big: bool) -> tuple[str, bool, int]:
    """``(name, is the end mark of a group, offset of the next)`` of the record at ``at``."""
    channels = int.from_bytes(source.at(at + 16, 2), "big")
    at += 18 + channels * (10 if big else 6) + 12
    extra = int.from_bytes(source.at(at, 4), "big")
    at += 4
    following = at + extra
    if channels > 56 or following > end:
        raise source.bad("its layers are broken")
    at += 4 + int.from_bytes(source.at(at, 4), "big")  # mask
    at += 4 + int.from_bytes(source.at(at, 4), "big")  # blending ranges
    size = source.at(at, 1)[0]
    name = facts.clean(source.at(at + 1, size).decode("latin-1"))
    at += (size + 4) // 4 * 4
    divider = False
    for _ in range(64):
        if at + 12 > following:
            break
        head = source.at(at, 8)
        wide = 8 if big and head[4:] in _BIG_KEYS else 4
        size = int.from_bytes(source.at(at + 8, wide), "big")
        at += 8 + wide
        if head[4:] == b"luni" and 4 <= size <= 4096:
            raw = source.at(at, size)
            units = min(int.from_bytes(raw[:4], "big"), (size - 4) // 2)
            name = facts.clean(raw[4 : 4 + 2 * units].decode("utf-16-be", "replace").strip("\0"))
        elif head[4:] == b"lsct" and size >= 4:
            divider = int.from_bytes(source.at(at, 4), "big") == 3
        at += (size + 1) // 2 * 2
    return name, divider, following


def photoshop_preview(source: Source) -> Embedded | None:
    """The JPEG thumbnail of the image resources."""
    for number, at, size in _resources(source, *_section(source, 26)):
        if number == 1036 and 28 < size <= _MAX_THUMB:
            data = source.at(at + 28, size - 28)
            found = jpeg_size(data)
            return None if found is None else Embedded(data, "image/jpeg", *found)
    return None


_XCF_TYPES = {0: ("rgb", 3), 1: ("gray", 1), 2: ("palette", 1)}


def gimp(source: Source) -> Facts:
    """Facts of a GIMP document: its header."""
    head = source.at(0, 26)
    width, height, base = struct.unpack_from(">III", head, 14)
    space = _XCF_TYPES.get(base)
    if space is None or not 0 < width < 1 << 20 or not 0 < height < 1 << 20 or head[13]:
        raise source.bad("its header has impossible values")
    found: dict[str, AttributeValue | None] = {
        "color_space": space[0],
        "channels": space[1],
        "file_version": facts.clean(head[9:13]),
    }
    return facts.make("document", "xcf", width=width, height=height, attributes=found)


PROBES = {"psd": photoshop, "psb": photoshop, "xcf": gimp}
PREVIEWS = {"psd": photoshop_preview, "psb": photoshop_preview}
