"""Matroska, WebM and AVI films."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES"]

Found = dict[str, AttributeValue | None]

_MAX_ELEMENTS = 5000
"""Elements visited; what is asked for stands in the first dozens."""

_UNKNOWN = -1  # the length of a live stream's segment

# Element ids of Matroska (RFC 9559).
_SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675
_SCALE, _DURATION, _TITLE, _APP = 0x2AD7B1, 0x4489, 0x7BA9, 0x5741
_KIND, _CODEC, _FRAME_TIME, _VIDEO, _AUDIO = 0x83, 0x86, 0x23E383, 0xE0, 0xE1
_WIDTH, _HEIGHT, _RATE, _CHANNELS = 0xB0, 0xBA, 0xB5, 0x9F

_MKV_CODECS = {
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "h265",
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_AV1": "av1",
    "V_MJPEG": "mjpeg",
    "V_PRORES": "prores",
    "V_FFV1": "ffv1",
    "A_VORBIS": "vorbis",
    "A_OPUS": "opus",
    "A_AAC": "aac",
    "A_FLAC": "flac",
    "A_MPEG/L3": "mp3",
    "A_PCM/INT/LIT": "pcm",
}


class _Ebml:
    def __init__(self, source: Source) -> None:
        self.source = source
        self._left = _MAX_ELEMENTS

    def _number(self, at: int, *, mark: bool) -> tuple[int, int]:
        """A variable length number at ``at`` and the offset behind it."""
        first = self.source.at(at, 1)[0]
        size = 9 - first.bit_length()
        if size > 8:
            raise self.source.bad("an element has no length")
        raw = int.from_bytes(self.source.at(at, size), "big")
        if mark:
            return raw, at + size
        value = raw & (1 << 7 * size) - 1
        return (_UNKNOWN if value == (1 << 7 * size) - 1 else value), at + size

    def elements(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """``(id, start, end)`` of the elements side by side."""
        at = start
        while at < end and self._left:
            self._left -= 1
            name, at = self._number(at, mark=True)
            size, at = self._number(at, mark=False)
            stop = end if size == _UNKNOWN else at + size
            # The segment of a file that was cut may claim more; its parts may not.
            if stop > end and name != _SEGMENT and name != _CLUSTER:
                raise self.source.bad("it ends too early")
            if stop > end and name == _SEGMENT:
                raise self.source.bad("it ends too early")
            yield name, at, min(stop, end)
            at = stop

    def values(self, start: int, end: int) -> dict[int, bytes]:
        """Small values side by side, by id; the first of each."""
        found: dict[int, bytes] = {}
        for name, at, stop in self.elements(start, end):
            found.setdefault(name, self.source.upto(at, min(stop - at, 1024)))
        return found


def _float(raw: bytes) -> float:
    form = {4: ">f", 8: ">d"}.get(len(raw))
    return float(struct.unpack(form, raw)[0]) if form else 0.0


def matroska(source: Source) -> Facts:
    """Facts of a Matroska or WebM file: its info and tracks, which stand before the pictures."""
    reader = _Ebml(source)
    found: Found = {}
    tracks = False
    for outer, start, end in reader.elements(0, source.size):
        if outer != _SEGMENT:
            continue
        for inner, at, stop in reader.elements(start, end):
            if inner == _INFO:
                found |= _mkv_info(reader.values(at, stop))
            elif inner == _TRACKS:
                tracks = True
                for entry, first, last in reader.elements(at, stop):
                    if entry == _TRACK:
                        _mkv_track(reader, first, last, found)
            elif inner == _CLUSTER and tracks:
                break
        break
    if not tracks:
        raise source.bad("it has no tracks")
    width, height = found.pop("width", None), found.pop("height", None)
    kind = "video" if "codec" in found else "audio"
    return facts.make(
        kind,
        source.format,
        width=width if isinstance(width, int) else None,
        height=height if isinstance(height, int) else None,
        attributes=found,
        text=(facts.clean(str(found.get("title") or "")),),
    )


def _mkv_info(values: dict[int, bytes]) -> Found:
    scale = int.from_bytes(values.get(_SCALE, b""), "big") or 1_000_000
    duration = _float(values.get(_DURATION, b"")) * scale / 1e9
    return {
        "duration": round(duration, 3) if 0 < duration < 1e9 else None,
        "title": facts.clean(values.get(_TITLE, b"")),
        "creator": facts.clean(values.get(_APP, b"")),
    }


def _mkv_track(reader: _Ebml, start: int, end: int, found: Found) -> None:
    values = reader.values(start, end)
    raw = facts.clean(values.get(_CODEC, b""))
    codec = _MKV_CODECS.get(raw, raw.lower())
    kind = int.from_bytes(values.get(_KIND, b""), "big")
    for name, at, stop in reader.elements(start, end):
        if name == _VIDEO and kind == 1 and "codec" not in found:
            inner = reader.values(at, stop)
            found["codec"] = codec
            found["width"] = int.from_bytes(inner.get(_WIDTH, b"")[:4], "big")
            found["height"] = int.from_bytes(inner.get(_HEIGHT, b"")[:4], "big")
            lasting = int.from_bytes(values.get(_FRAME_TIME, b""), "big")
            found["frame_rate"] = round(1e9 / lasting, 3) if lasting else None
        elif name == _AUDIO and kind == 2 and "audio_codec" not in found:
            inner = reader.values(at, stop)
            rate = _float(inner.get(_RATE, b"")) or 8000.0  # the default of the format
            found["audio_codec"] = codec
            found["sample_rate"] = round(rate) if 0 < rate < 1e7 else None
            found["channels"] = int.from_bytes(inner.get(_CHANNELS, b"\1")[:4], "big")


_AVI_CODECS = {
    "xvid": "mpeg4",
    "fmp4": "mpeg4",
    "divx": "mpeg4",
    "dx50": "mpeg4",
    "h264": "h264",
    "mjpg": "mjpeg",
}


def avi(source: Source) -> Facts:
    """Facts of an AVI film: its main and stream headers."""
    if source.at(12, 4) != b"LIST" or source.at(20, 4) != b"hdrl" or source.at(24, 4) != b"avih":
        raise source.bad("it does not begin with its header")
    micro, _rate, _pad, _flags, frames = struct.unpack("<5I", source.at(32, 20))
    width, height = struct.unpack("<II", source.at(64, 8))
    size = int.from_bytes(source.at(4, 4), "little")
    if not 0 < width < 1 << 20 or not 0 < height < 1 << 20:
        raise source.bad("its header has impossible values")
    if size + 8 > source.size + 1:
        raise source.bad("it ends too early")
    found: Found = {
        "frames": frames or None,
        "frame_rate": round(1e6 / micro, 3) if micro else None,
        "duration": round(frames * micro / 1e6, 3) or None,
    }
    head = source.upto(24, min(1 << 16, int.from_bytes(source.at(16, 4), "little")))
    stream = head.find(b"strh")
    while stream >= 0 and stream + 16 <= len(head):
        code = facts.clean(head[stream + 12 : stream + 16].strip(b"\0")).lower()
        if head[stream + 8 : stream + 12] == b"vids":
            found.setdefault("codec", _AVI_CODECS.get(code, code))
        elif head[stream + 8 : stream + 12] == b"auds":
            _avi_sound(head[stream:], found)
        stream = head.find(b"strh", stream + 4)
    return facts.make("video", "avi", width=width, height=height, attributes=found)


def _avi_sound(head: bytes, found: Found) -> None:
    form = head.find(b"strf")
    if form >= 0 and form + 16 <= len(head):
        _codec, channels, rate = struct.unpack_from("<HHI", head, form + 8)
        found.setdefault("channels", channels or None)
        found.setdefault("sample_rate", rate or None)


PROBES = {"mkv": matroska, "webm": matroska, "avi": avi}
