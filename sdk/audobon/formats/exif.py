"""EXIF and TIFF directories: the tagged fields that cameras and scanners write."""

from __future__ import annotations

import struct
from collections.abc import Callable

from attrs import field, frozen

from audobon.formats.facts import clean
from audobon.model.asset import AttributeValue

__all__ = ["Directory", "Exif", "read_directory", "read_exif"]

# Field type -> bytes of one value (TIFF 6.0 section 2, BigTIFF adds 13 and 16 to 18).
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BIG_SIZES = {16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q"}
_CODES |= {17: "q", 18: "Q", 7: "B"}

_MAX_FIELDS = 512
"""Fields in one directory; the richest camera files have about a hundred."""

_MAX_VALUE = 4096
"""Bytes of a value that is looked at; strip tables are longer and not needed."""

Read = Callable[[int, int], bytes]


@frozen(slots=True)
class Directory:
    """One image file directory: raw values by tag, and where the next one lies."""

    order: str
    next: int
    fields: dict[int, tuple[int, int, bytes]] = field(factory=dict)

    def numbers(self, tag: int) -> tuple[float, ...]:
        """The values of a numeric field, empty where it is missing or of another type."""
        kind, count, raw = self.fields.get(tag, (0, 0, b""))
        if kind in (5, 10):
            code = "I" if kind == 5 else "i"
            whole = len(raw) // 8
            pairs = struct.unpack(f"{self.order}{2 * whole}{code}", raw[: 8 * whole])
            return tuple(a / b if b else 0.0 for a, b in zip(pairs[::2], pairs[1::2], strict=True))
        if kind not in _CODES:
            return ()
        size = _SIZES.get(kind) or _BIG_SIZES[kind]
        have = min(count, len(raw) // size)
        return struct.unpack(f"{self.order}{have}{_CODES[kind]}", raw[: have * size])

    def number(self, tag: int, default: int = 0) -> int:
        values = self.numbers(tag)
        return int(values[0]) if values else default

    def text(self, tag: int) -> str:
        kind, _count, raw = self.fields.get(tag, (0, 0, b""))
        return clean(raw.split(b"\0", 1)[0]) if kind == 2 else ""


_TAGS = frozenset(
    (
        *(254, 256, 257, 258, 259, 262, 271, 272, 273, 274, 277, 279, 282, 296, 305, 306),
        *(315, 324, 325, 330, 338, 339, 0x0201, 0x0202, 34675, 0x8769, 0x9003),
    )
)
"""Fields that somebody asks for; others are passed over, so that many large ones cost nothing."""


def read_directory(read: Read, offset: int, order: str, *, big: bool = False) -> Directory:
    """The directory at ``offset``; ``read(offset, count)`` gives bytes, fewer at the end.

    Only fields of general use are kept, and values longer than 4 KiB are cut.
    Raises struct.error where the directory is cut short.
    """
    count_form, entry = (order + "Q", 20) if big else (order + "H", 12)
    start = struct.calcsize(count_form)
    (total,) = struct.unpack(count_form, read(offset, start))
    total = min(total, _MAX_FIELDS)
    word = order + ("Q" if big else "I")
    width = 8 if big else 4
    block = read(offset + start, total * entry + width)
    fields: dict[int, tuple[int, int, bytes]] = {}
    for at in range(0, total * entry, entry):
        tag, kind = struct.unpack_from(order + "HH", block, at)
        (count,) = struct.unpack_from(word, block, at + 4)
        size = _SIZES.get(kind) or _BIG_SIZES.get(kind)
        if size is None or tag not in _TAGS:
            continue
        inline = block[at + 4 + width : at + entry]
        if count * size <= width:
            fields[tag] = (kind, count, inline[: count * size])
        else:
            (where,) = struct.unpack(word, inline)
            fields[tag] = (kind, count, read(where, min(count * size, _MAX_VALUE)))
    tail = block[total * entry :]
    following = struct.unpack(word, tail)[0] if len(tail) == width else 0
    return Directory(order, following, fields)


@frozen(slots=True)
class Exif:
    """What an EXIF segment says: attributes, and the bytes of its JPEG thumbnail (or empty)."""

    attributes: dict[str, AttributeValue] = field(factory=dict)
    thumbnail: bytes = b""


def read_exif(data: bytes) -> Exif:
    """Read an EXIF block. Metadata is optional: a broken one says nothing and never fails."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2], "")
    if not order:
        return Exif()

    def read(offset: int, count: int) -> bytes:
        return data[offset : offset + count]

    try:
        (first,) = struct.unpack_from(order + "I", data, 4)
        main = read_directory(read, first, order)
        found = _exif_facts(main)
        if main.number(0x8769):
            detail = read_directory(read, main.number(0x8769), order)
            found["created"] = detail.text(0x9003) or main.text(0x0132)
        thumb = b""
        if main.next:
            small = read_directory(read, main.next, order)
            at, size = small.number(0x0201), small.number(0x0202)
            thumb = data[at : at + size]
    except (struct.error, ValueError, OverflowError):
        return Exif()
    return Exif(found, thumb if thumb.startswith(b"\xff\xd8") else b"")


def _exif_facts(main: Directory) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue] = {
        "make": main.text(0x010F),
        "model": main.text(0x0110),
        "artist": main.text(0x013B),
        "creator": main.text(0x0131),
        "created": main.text(0x0132),
    }
    turned = main.number(0x0112)
    if 1 <= turned <= 8:
        found["orientation"] = turned
    dpi = main.numbers(0x011A)
    if dpi and 1 <= dpi[0] <= 100_000:
        found["dpi"] = round(dpi[0] * (2.54 if main.number(0x0128, 2) == 3 else 1.0), 2)
    return {name: value for name, value in found.items() if value}
