"""WAV, FLAC, MP3 and AIFF sounds."""

from __future__ import annotations

import struct
from typing import Literal

from audobon.formats import facts
from audobon.formats.embedded import Embedded
from audobon.formats.images import jpeg_size, png_size
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PREVIEWS", "PROBES"]

Found = dict[str, AttributeValue | None]

_MAX_PARTS = 1000  # chunks or blocks looked at; real files have under 20
_MAX_COVER = 16 << 20  # bytes of a stored cover picture


def _sound(source: Source, found: Found, *, words: tuple[str, ...] = ()) -> Facts:
    return facts.make("audio", source.format, attributes=found, text=words)


_WAV_CODECS = {1: "pcm", 2: "adpcm", 3: "float", 6: "alaw", 7: "ulaw", 0x11: "adpcm", 0x55: "mp3"}


def wav(source: Source) -> Facts:
    """Facts of a RIFF or RF64 wave file."""
    order: Literal["big", "little"] = "big" if source.head[:4] == b"RIFX" else "little"
    at = 12
    form: tuple[int, ...] | None = None
    data: int | None = None
    wide: int | None = None
    for _ in range(_MAX_PARTS):
        head = source.upto(at, 8)
        if len(head) < 8:
            break
        name, size = head[:4], int.from_bytes(head[4:], order)
        if name == b"ds64":
            wide = int.from_bytes(source.at(at + 16, 8), "little")
        elif name == b"fmt ":
            layout = (">" if order == "big" else "<") + "HHIIHH"
            form = struct.unpack(layout, source.at(at + 8, 16))
            if form[0] == 0xFFFE and size >= 26:  # extensible: the codec stands further on
                form = (int.from_bytes(source.at(at + 32, 2), order), *form[1:])
        elif name == b"data":
            data = wide if wide is not None and size == 0xFFFFFFFF else size
            if at + 8 + data > source.size:
                raise source.bad("it ends too early")
            break
        at += 8 + size + (size & 1)
    if form is None or data is None or not form[1] or not form[2]:
        raise source.bad("it has no sound")
    codec, channels, rate, speed, _align, depth = form
    found: Found = {
        "duration": round(data / speed, 3) if speed else None,
        "sample_rate": rate,
        "channels": channels,
        "bit_depth": depth or None,
        "codec": _WAV_CODECS.get(codec),
        "bit_rate": speed * 8 or None,
    }
    return _sound(source, found)


def _flac_blocks(source: Source) -> list[tuple[int, int, int]]:
    """``(kind, offset, bytes)`` of the metadata blocks."""
    found: list[tuple[int, int, int]] = []
    at = 4
    for _ in range(_MAX_PARTS):
        head = source.at(at, 4)
        size = int.from_bytes(head[1:], "big")
        if at + 4 + size > source.size:
            raise source.bad("it ends too early")
        found.append((head[0] & 0x7F, at + 4, size))
        at += 4 + size
        if head[0] & 0x80:
            break
    if at >= source.size:
        raise source.bad("it has no sound")
    return found


def flac(source: Source) -> Facts:
    """Facts of a FLAC file: STREAMINFO and the comments."""
    blocks = _flac_blocks(source)
    kind, at, size = blocks[0]
    if kind != 0 or size < 34:
        raise source.bad("its first block does not describe the stream")
    bits = int.from_bytes(source.at(at + 10, 8), "big")
    rate = bits >> 44
    if not rate:
        raise source.bad("its header has impossible values")
    found: Found = {
        "sample_rate": rate,
        "channels": (bits >> 41 & 7) + 1,
        "bit_depth": (bits >> 36 & 31) + 1,
        "duration": round((bits & (1 << 36) - 1) / rate, 3) or None,
        "codec": "flac",
    }
    for kind, at, size in blocks:
        if kind == 4:
            found |= _comments(source.at(at, min(size, 1 << 16)))
    return _sound(source, found, words=_words(found))


def _words(found: Found) -> tuple[str, ...]:
    return tuple(facts.clean(str(found[key])) for key in ("title", "artist") if found.get(key))


def _comments(data: bytes) -> Found:
    """Title, artist and date of a Vorbis comment; a broken one says nothing."""
    found: Found = {}
    try:
        at = 4 + struct.unpack_from("<I", data)[0]
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
        for _ in range(min(count, 200)):
            (size,) = struct.unpack_from("<I", data, at)
            name, _, value = data[at + 4 : at + 4 + size].partition(b"=")
            at += 4 + size
            key = {b"TITLE": "title", b"ARTIST": "artist", b"DATE": "created"}.get(name.upper())
            if key:
                found.setdefault(key, facts.clean(value))
    except struct.error:
        pass
    return found


def _extended(raw: bytes) -> float:
    """An 80 bit extended number, as AIFF stores its rate."""
    exponent = int.from_bytes(raw[:2], "big") & 0x7FFF
    fraction = int.from_bytes(raw[2:10], "big")
    return float(fraction) * 2.0 ** min(exponent - 16383 - 63, 900)


def aiff(source: Source) -> Facts:
    """Facts of an AIFF or AIFC file."""
    at = 12
    found: Found | None = None
    sound = False
    for _ in range(_MAX_PARTS):
        head = source.upto(at, 8)
        if len(head) < 8:
            break
        size = int.from_bytes(head[4:], "big")
        if at + 8 + size > source.size:
            raise source.bad("it ends too early")
        if head[:4] == b"COMM":
            channels, frames, depth = struct.unpack(">hIh", source.at(at + 8, 8))
            rate = _extended(source.at(at + 16, 10))
            if channels < 1 or not 1 <= rate < 1e9:
                raise source.bad("its header has impossible values")
            found = {
                "channels": channels,
                "bit_depth": depth,
                "sample_rate": round(rate),
                "duration": round(frames / rate, 3),
                "codec": "pcm" if size < 22 else facts.clean(source.at(at + 26, 4)).lower(),
            }
        sound = sound or head[:4] == b"SSND"
        at += 8 + size + (size & 1)
    if found is None or not sound:
        raise source.bad("it has no sound")
    return _sound(source, found)


_MP3_RATES = ((44_100, 48_000, 32_000), (22_050, 24_000, 16_000), (11_025, 12_000, 8_000))
_MP3_V1 = (
    (),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
)
_MP3_V2 = (
    (),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
)
"""Bit rates in kbit/s by version and layer field (ISO 11172-3, 13818-3)."""

_SYNC_SEARCH = 1 << 16  # bytes of padding or junk allowed in front of the first frame


def _mp3_frame(head: bytes) -> tuple[int, int, int, int, int] | None:
    """``(bit rate, sample rate, channels, samples, bytes)`` of a frame header, None if none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, bit_index = head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or layer == 0 or rate_index == 3 or bit_index in (0, 15):
        return None
    rate = _MP3_RATES[{3: 0, 2: 1, 0: 2}[version]][rate_index]
    bits = (_MP3_V1 if version == 3 else _MP3_V2)[layer][bit_index] * 1000
    samples = 384 if layer == 3 else 1152 if layer == 2 or version == 3 else 576
    padding = head[2] >> 1 & 1
    size = (
        (12 * bits // rate + padding) * 4 if layer == 3 else samples * bits // 8 // rate + padding
    )
    return bits, rate, 1 if head[3] >> 6 == 3 else 2, samples, size


def _id3_size(source: Source) -> int:
    if source.head[:3] != b"ID3":
        return 0
    size = 0
    for byte in source.at(6, 4):
        size = size << 7 | byte & 0x7F
    return 10 + size


def mp3(source: Source) -> Facts:
    """Facts of an MP3 from its first frame; the duration from the Xing or VBRI count if any."""
    begin = _id3_size(source)
    data = source.upto(begin, _SYNC_SEARCH)
    frame = None
    at = -1
    while frame is None:
        at = data.find(b"\xff", at + 1)
        if at < 0:
            raise source.bad("it has no sound")
        frame = _mp3_frame(data[at : at + 4])
        # One header may be chance: the next frame must follow where it says.
        following = source.upto(begin + at + frame[4], 4) if frame else b""
        if frame and following and _mp3_frame(following) is None and following[:3] != b"TAG":
            frame = None
    bits, rate, channels, samples, _size = frame
    frames = _mp3_count(data[at : at + 256])
    length = source.size - begin - at
    found: Found = {
        "sample_rate": rate,
        "channels": channels,
        "bit_rate": bits,
        "codec": "mp3",
        "duration": round(frames * samples / rate if frames else length * 8 / bits, 3),
    }
    found |= _id3_text(source)
    return _sound(source, found, words=_words(found))


def _mp3_count(frame: bytes) -> int:
    for mark, offset in ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14)):
        at = frame.find(mark)
        if at > 0 and (mark == b"VBRI" or frame[at + 7 : at + 8][0] & 1):
            return int.from_bytes(frame[at + offset : at + offset + 4], "big")
    return 0


_ID3_TEXT = {b"TIT2": "title", b"TPE1": "artist", b"TDRC": "created", b"TYER": "created"}
_ID3_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")


def _id3_frames(source: Source) -> list[tuple[bytes, int, int]]:
    """``(name, offset, bytes)`` of the frames of an ID3v2.3 or 2.4 tag."""
    end = min(_id3_size(source), source.size)
    version = source.head[3:4]
    found: list[tuple[bytes, int, int]] = []
    at = 10
    while version in (b"\x03", b"\x04") and at + 10 <= end and len(found) < _MAX_PARTS:
        head = source.at(at, 10)
        if not head[:4].isalnum():
            break
        size = int.from_bytes(head[4:8], "big")
        if version == b"\x04":
            size = head[4] << 21 | head[5] << 14 | head[6] << 7 | head[7]
        if at + 10 + size > end:
            break
        found.append((head[:4], at + 10, size))
        at += 10 + size
    return found


def _id3_text(source: Source) -> Found:
    found: Found = {}
    for name, at, size in _id3_frames(source):
        if name in _ID3_TEXT and 1 < size <= 2048:
            raw = source.at(at, size)
            codec = _ID3_CODECS[raw[0]] if raw[0] < 4 else "latin-1"
            text = raw[1:].decode(codec, "replace").strip("\0")
            found.setdefault(_ID3_TEXT[name], facts.clean(text))
    return found


def _cover(data: bytes) -> Embedded | None:
    png = png_size(data)
    if png is not None:
        return Embedded(data, "image/png", *png)
    jpeg = jpeg_size(data)
    return None if jpeg is None else Embedded(data, "image/jpeg", *jpeg)


def mp3_preview(source: Source) -> Embedded | None:
    """The cover picture of the ID3 tag."""
    for name, at, size in _id3_frames(source):
        if name == b"APIC" and size <= _MAX_COVER:
            data = source.at(at, size)
            starts = [data.find(mark) for mark in (b"\xff\xd8\xff", b"\x89PNG\r\n")]
            start = min((found for found in starts if 0 <= found < 512), default=-1)
            return _cover(data[start:]) if start >= 0 else None
    return None


def flac_preview(source: Source) -> Embedded | None:
    """The first picture block."""
    for kind, at, size in _flac_blocks(source):
        if kind == 6 and 32 <= size <= _MAX_COVER:
            data = source.at(at, size)
            place = 8 + int.from_bytes(data[4:8], "big")
            place += 4 + int.from_bytes(data[place : place + 4], "big") + 16
            length = int.from_bytes(data[place : place + 4], "big")
            return _cover(data[place + 4 : place + 4 + length])
    return None


PROBES = {"wav": wav, "flac": flac, "mp3": mp3, "aiff": aiff}
PREVIEWS = {"mp3": mp3_preview, "flac": flac_preview}
