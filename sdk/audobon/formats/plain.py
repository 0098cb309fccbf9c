"""Files that are known but not looked into deeply: fonts, archives, PDF."""

from __future__ import annotations

import struct

from audobon.formats import facts
from audobon.formats.archive import directory, is_readable, open_archive
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES"]

Found = dict[str, AttributeValue | None]

_MAX_TABLES = 200  # tables of a font; real ones have about 20
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16  # name ids of the OpenType name table


def font(source: Source) -> Facts:
    """Facts of a TrueType or OpenType font: its family."""
    start = 0
    if source.head[:4] == b"ttcf":
        (start,) = struct.unpack(">I", source.at(12, 4))
    (count,) = struct.unpack(">H", source.at(start + 4, 2))
    if not 0 < count <= _MAX_TABLES:
        raise source.bad("its list of tables is broken")
    family = ""
    for at in range(start + 12, start + 12 + 16 * count, 16):
        tag, _sum, offset, size = struct.unpack(">4sIII", source.at(at, 16))
        if offset + size > source.size:
            raise source.bad("it ends too early")
        if tag == b"name":
            family = _family(source.at(offset, min(size, 1 << 16)))
    return facts.make("file", source.format, attributes={"family": family}, text=(family,))


def _family(table: bytes) -> str:
    _version, count, store = struct.unpack_from(">HHH", table)
    found: dict[int, str] = {}
    for at in range(6, 6 + 12 * min(count, 500), 12):
        platform, _encoding, _language, name, size, offset = struct.unpack_from(">6H", table, at)
        if name in (_FAMILY, _TYPOGRAPHIC_FAMILY) and name not in found:
            raw = table[store + offset : store + offset + size]
            codec = "latin-1" if platform == 1 else "utf-16-be"
            found[name] = facts.clean(raw.decode(codec, "replace"))
    return found.get(_TYPOGRAPHIC_FAMILY) or found.get(_FAMILY, "")


def web_font(source: Source) -> Facts:
    """Facts of a WOFF or WOFF2 font: that it is as long as it says."""
    (length,) = struct.unpack(">I", source.at(8, 4))
    if length > source.size:
        raise source.bad("it ends too early")
    return facts.make("file", source.format)


def archive(source: Source) -> Facts:
    """Facts of a zip archive: its entries by name."""
    if not is_readable(source):
        found: Found = {"entries": directory(source)[0], "partial": True}
        return facts.make("file", "zip", attributes=found)
    with open_archive(source) as opened:
        entries = opened.namelist()
    return facts.make(
        "file", "zip", attributes={"entries": len(entries)}, text=facts.names(entries)
    )


def pdf(source: Source) -> Facts:
    """Facts of a PDF: its version; Illustrator files are PDF too."""
    if b"%%EOF" not in source.upto(max(0, source.size - 4096), 4096):
        raise source.bad("it ends too early")
    version = source.head[5:8].decode("latin-1")
    return facts.make("file", "pdf", attributes={"file_version": version})


def known(source: Source) -> Facts:
    """No facts beyond the format; the file must go on after its mark."""
    if source.size < 18:
        raise source.bad("it ends too early")
    return facts.make("file", source.format)


PROBES = {
    "ttf": font,
    "otf": font,
    "woff": web_font,
    "woff2": web_font,
    "zip": archive,
    "pdf": pdf,
    "gzip": known,
    "rar": known,
    "7z": known,
}
