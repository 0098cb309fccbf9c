"""Cover art of MP3 (ID3v2 APIC) and FLAC (PICTURE block)."""

from __future__ import annotations

from audobon.formats.render.raster import draw_bytes
from audobon.formats.render.rendered import Rendered, unsupported
from audobon.formats.source import Source, open_source

__all__ = ["draw"]

_MAX_TAG = 32 << 20
"""Bytes of tags that are read; covers have at most a few megabytes."""

_MAX_BLOCKS = 1024


def draw(path: str, _name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`."""
    source = open_source(path)
    try:
        data = _flac(source) if source.head[:4] == b"fLaC" else _id3(source)
    finally:
        source.close()
    kind = _kind(data)
    if not kind:
        raise unsupported(path, "sound without cover art; a WAV file would be drawn as a waveform")
    return draw_bytes(path, data, kind, size)


def _kind(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "png" if data.startswith(b"\x89PNG") else ""


def _flac(source: Source) -> bytes:
    """RFC 9639 section 8: metadata blocks, the picture's is type 6."""
    at = 4
    for _ in range(_MAX_BLOCKS):
        head = source.upto(at, 4)
        if len(head) < 4:
            return b""
        length = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == 6:
            return _picture_block(source.upto(at + 4, min(length, _MAX_TAG)))
        if head[0] & 0x80:
            return b""
        at += 4 + length
    return b""


def _picture_block(block: bytes) -> bytes:
    at = 4
    for _ in range(2):  # media type and description, each after its length
        at += 4 + int.from_bytes(block[at : at + 4], "big")
    at += 16  # width, height, depth, colours
    return block[at + 4 : at + 4 + int.from_bytes(block[at : at + 4], "big")]


def _id3(source: Source) -> bytes:
    """ID3v2.2 to 2.4: frames; APIC (PIC before 2.3) holds type, description and the picture."""
    if source.head[:3] != b"ID3":
        return b""
    version = source.head[3]
    tag = source.upto(10, min(_syncsafe(source.head[6:10]), _MAX_TAG))
    name_size, head_size = (3, 6) if version == 2 else (4, 10)
    at = 0
    while at + head_size < len(tag) and tag[at]:
        raw = tag[at + name_size : at + 2 * name_size]
        length = _syncsafe(raw) if version == 4 else int.from_bytes(raw, "big")
        if tag[at : at + name_size] in (b"APIC", b"PIC"):
            return _attached(tag[at + head_size : at + head_size + length])
        at += head_size + length
    return b""


def _attached(frame: bytes) -> bytes:
    """What follows the texts: pictures are recognised by their first bytes."""
    found = [at for mark in (b"\xff\xd8\xff", b"\x89PNG") if (at := frame.find(mark)) >= 0]
    return frame[min(found) :] if found else b""


def _syncsafe(raw: bytes) -> int:
    """Seven bits a byte (ID3v2.4 section 6.2)."""
    return sum((byte & 0x7F) << (7 * (len(raw) - 1 - i)) for i, byte in enumerate(raw))
