"""ISO media files: MP4, QuickTime and M4A, and the pictures AVIF and HEIC.

A file is a row of boxes, each with a length and a name; some hold boxes
(ISO/IEC 14496-12, 23008-12).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from attrs import field, frozen, mutable

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES"]

Found = dict[str, AttributeValue | None]

_MAX_BOXES = 20_000
"""Boxes visited in a file; long films in fragments have some thousands."""

_CODECS = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "h265",
    "hev1": "h265",
    "av01": "av1",
    "vp09": "vp9",
    "vp08": "vp8",
    "mp4v": "mpeg4",
    "apch": "prores",
    "apcn": "prores",
    "apcs": "prores",
    "apco": "prores",
    "ap4h": "prores",
    "ap4x": "prores",
    "jpeg": "mjpeg",
    "mp4a": "aac",
    "Opus": "opus",
    "fLaC": "flac",
    "alac": "alac",
    "sowt": "pcm",
    "lpcm": "pcm",
    ".mp3": "mp3",
}


@frozen(slots=True)
class _Box:
    name: bytes
    start: int
    end: int


class _Walker:
    def __init__(self, source: Source) -> None:
        self.source = source
        self._left = _MAX_BOXES

    def boxes(self, start: int, end: int) -> Iterator[_Box]:
        """The boxes side by side between ``start`` and ``end``; BadFile when one runs over."""
        at = start
        while at + 8 <= end and self._left:
            self._left -= 1
            size, name = struct.unpack(">I4s", self.source.at(at, 8))
            body = at + 8
            if size == 1:
                (size,) = struct.unpack(">Q", self.source.at(at + 8, 8))
                body += 8
            elif size == 0:
                size = end - at
            if size < body - at or at + size > end:
                if start and size < 8:
                    return  # QuickTime ends some lists with a zero word
                raise self.source.bad("it ends in the middle of a part")
            yield _Box(name, body, at + size)
            at += size

    def find(self, parent: _Box, *path: bytes) -> _Box | None:
        """The first box down ``path``."""
        for box in self.boxes(parent.start, parent.end):
            if box.name == path[0]:
                return self.find(box, *path[1:]) if path[1:] else box
        return None


@mutable(slots=True)
class _Movie:
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    video: bool = False
    audio: bool = False
    found: Found = field(factory=dict)


def movie(source: Source) -> Facts:
    """Facts of a film or a sound in ISO media: kind ``audio`` when it has no pictures."""
    walker = _Walker(source)
    read = _Movie()
    seen = False
    for box in walker.boxes(0, source.size):
        if box.name == b"moov":
            seen = True
            _moov(walker, box, read)
    if not seen:
        raise source.bad("its description of the film is missing")
    read.found["duration"] = read.duration
    kind = "audio" if read.audio and not read.video else "video"
    name = "m4a" if kind == "audio" and source.format == "mp4" else source.format
    if kind == "video" and name == "m4a":
        name = "mp4"
    return facts.make(kind, name, width=read.width, height=read.height, attributes=read.found)


def _moov(walker: _Walker, moov: _Box, read: _Movie) -> None:
    for box in walker.boxes(moov.start, moov.end):
        if box.name == b"mvhd":
            read.duration = _duration(walker.source, box) or read.duration
        elif box.name == b"mvex":
            whole = walker.find(box, b"mehd")
            header = walker.find(moov, b"mvhd")
            if whole and header and not read.duration:
                read.duration = _fragment_duration(walker.source, whole, header)
        elif box.name == b"trak":
            _track(walker, box, read)


def _times(source: Source, box: _Box) -> tuple[int, int]:
    """Time scale and duration of an mvhd or mdhd box."""
    if source.at(box.start, 1) == b"\1":
        scale, length = struct.unpack(">IQ", source.at(box.start + 20, 12))
        return scale, 0 if length == 0xFFFFFFFFFFFFFFFF else length
    scale, length = struct.unpack(">II", source.at(box.start + 12, 8))
    return scale, 0 if length == 0xFFFFFFFF else length


def _duration(source: Source, box: _Box) -> float | None:
    scale, length = _times(source, box)
    return round(length / scale, 3) if scale and length else None


def _fragment_duration(source: Source, box: _Box, header: _Box) -> float | None:
    wide = source.at(box.start, 1) == b"\1"
    length = int.from_bytes(source.at(box.start + 4, 8 if wide else 4), "big")
    scale, _ = _times(source, header)
    return round(length / scale, 3) if scale else None


def _track(walker: _Walker, track: _Box, read: _Movie) -> None:
    source = walker.source
    media = walker.find(track, b"mdia")
    handler = walker.find(media, b"hdlr") if media else None
    if media is None or handler is None:
        return
    kind = source.at(handler.start + 8, 4)
    table = walker.find(media, b"minf", b"stbl")
    entry = walker.find(table, b"stsd") if table else None
    code = source.upto(entry.start + 12, 4) if entry else b""
    codec = _CODECS.get(code.decode("latin-1"), facts.clean(code.decode("latin-1")).lower())
    if kind == b"vide" and entry and not read.video:
        read.video = True
        read.width, read.height = struct.unpack(">HH", source.at(entry.start + 40, 4))
        read.found["codec"] = codec
        times = walker.find(media, b"mdhd")
        if table and times:
            read.found["frame_rate"] = _frame_rate(walker, table, times)
    elif kind == b"soun" and entry and not read.audio:
        read.audio = True
        read.found["audio_codec"] = codec
        channels, _bits, rate = struct.unpack(">HH4xI", source.at(entry.start + 32, 12))
        read.found["channels"] = channels or None
        read.found["sample_rate"] = rate >> 16 or None


def _frame_rate(walker: _Walker, table: _Box, times: _Box) -> float | None:
    """Frames a second where all last the same time (one entry in stts)."""
    box = walker.find(table, b"stts")
    scale, _length = _times(walker.source, times)
    if box is None or box.end - box.start < 16:
        return None
    entries, _count, delta = struct.unpack(">4xIII", walker.source.at(box.start, 16))
    return round(scale / delta, 3) if entries == 1 and delta else None


_PICTURE_DEPTHS = {1: "gray", 3: "rgb", 4: "rgb"}


def picture(source: Source) -> Facts:
    """Facts of an AVIF or HEIC picture: the largest of its stored ones, turned as it says."""
    walker = _Walker(source)
    sizes: list[tuple[int, int]] = []
    found: Found = {"animated": source.head[8:12] in (b"avis", b"msf1", b"hevc", b"hevx")}
    turned = False
    meta = None
    for box in walker.boxes(0, source.size):
        if box.name == b"meta":
            meta = box
        elif box.name == b"moov" and meta is None:
            read = _Movie()
            _moov(walker, box, read)
            if read.width and read.height:
                sizes.append((read.width, read.height))
    if meta is not None:
        inner = _Box(b"meta", meta.start + 4, meta.end)
        store = walker.find(inner, b"iprp", b"ipco")
        for box in walker.boxes(store.start, store.end) if store else ():
            if box.name == b"ispe":
                width, height = struct.unpack(">II", source.at(box.start + 4, 8))
                sizes.append((width, height))
            elif box.name == b"irot":
                turned = turned or bool(source.at(box.start, 1)[0] & 1)
            else:
                _property(source, box, found)
    if not sizes:
        raise source.bad("it has no picture")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise source.bad("its header has impossible values")
    if turned:
        width, height = height, width
    return facts.make("image", source.format, width=width, height=height, attributes=found)


def _property(source: Source, box: _Box, found: Found) -> None:
    if box.name == b"pixi" and box.end - box.start >= 6:
        count, depth = source.at(box.start + 4, 2)
        if count >= 3 or "bit_depth" not in found:
            found |= {"bit_depth": depth, "channels": count}
            found["color_space"] = _PICTURE_DEPTHS.get(count)
    elif box.name == b"colr" and box.end - box.start >= 4:
        kind = source.at(box.start, 4)
        found["color_profile"] = "icc" if kind in (b"prof", b"rICC") else "nclx"
    elif box.name == b"auxC":
        name = source.upto(box.start + 4, min(64, box.end - box.start - 4))
        if b"alpha" in name or b"auxid:1" in name:
            found["alpha"] = True


PROBES = {"mp4": movie, "mov": movie, "m4a": movie, "avif": picture, "heic": picture}
