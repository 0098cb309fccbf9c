"""Ogg: sound (Vorbis, Opus, FLAC, Speex) and film (Theora), alone or several streams in one."""

from __future__ import annotations

import struct
from collections.abc import Callable

from attrs import frozen

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "ogg"]

Found = dict[str, AttributeValue | None]

_HEAD = struct.Struct("<4sBBqIIIB")
_FIRST = 0x02  # flag of a page that begins a stream
_MAX_STREAMS = 16  # a film with sound, subtitles and an index has four
_TAIL = 1 << 17  # pages are 65,307 bytes long at most


@frozen(slots=True)
class _Stream:
    """``seconds`` makes a granule position of its pages a time."""

    codec: str
    found: Found
    seconds: Callable[[int], float]


def ogg(source: Source) -> Facts:
    """Facts of an Ogg file: those of its film where there is one, and of its sound."""
    film: tuple[int, _Stream] | None = None
    sound: tuple[int, _Stream] | None = None
    for serial, packet in _beginnings(source):
        if film is None and packet[:7] == b"\x80theora":
            film = serial, _theora(source, packet)
        elif sound is None and (stream := _sound(source, packet)) is not None:
            sound = serial, stream
    if film is None:
        if sound is None:
            return facts.make("audio", source.format)
        serial, stream = sound
        found = _described(source, serial, stream)
        return facts.make("audio", source.format, attributes=found)
    serial, stream = film
    found = _described(source, serial, stream)
    if sound is not None:
        found["audio_codec"] = sound[1].codec
        found.update(sound[1].found)
    width, height = found.pop("width"), found.pop("height")
    assert isinstance(width, int)
    assert isinstance(height, int)
    return facts.make("video", source.format, width=width, height=height, attributes=found)


def _described(source: Source, serial: int, stream: _Stream) -> Found:
    duration = _duration(source, serial, stream)
    return {**stream.found, "codec": stream.codec, "duration": duration}


def _beginnings(source: Source) -> list[tuple[int, bytes]]:
    """Serial number and first packet of every stream; all begin before any goes on."""
    found: list[tuple[int, bytes]] = []
    at = 0
    for _ in range(_MAX_STREAMS):
        raw = source.upto(at, _HEAD.size)
        if len(raw) < _HEAD.size:
            break
        name, _version, flags, _granule, serial, _number, _check, parts = _HEAD.unpack(raw)
        if name != b"OggS" or not flags & _FIRST:
            break
        size = sum(source.at(at + _HEAD.size, parts))
        found.append((serial, source.upto(at + _HEAD.size + parts, min(size, 128))))
        at += _HEAD.size + parts + size
    if not found:
        raise source.bad("no stream begins where it should")
    return found


def _sound(source: Source, packet: bytes) -> _Stream | None:
    skip = 0
    if packet.startswith(b"\x01vorbis"):
        channels, rate = struct.unpack_from("<BI", packet, 11)
        codec = "vorbis"
    elif packet.startswith(b"OpusHead"):
        channels, rate = packet[9], 48_000  # granules always count at 48 kHz
        codec, skip = "opus", int.from_bytes(packet[10:12], "little")
    elif packet.startswith(b"\x7fFLAC"):
        bits = int.from_bytes(packet[27:35], "big")
        channels, rate = (bits >> 41 & 7) + 1, bits >> 44
        codec = "flac"
    elif packet.startswith(b"Speex   "):
        (rate,) = struct.unpack_from("<I", packet, 36)
        (channels,) = struct.unpack_from("<I", packet, 48)
        codec = "speex"
    else:
        return None
    if not rate or not 0 < channels < 256:
        raise source.bad("its header has impossible values")
    found: Found = {"sample_rate": rate, "channels": channels}
    return _Stream(codec, found, lambda granule: (granule - skip) / rate)


def _theora(source: Source, packet: bytes) -> _Stream:
    """The identification header (Theora specification, 6.2)."""
    if len(packet) < 42:
        raise source.bad("it ends in its header")
    width, height = int.from_bytes(packet[14:17], "big"), int.from_bytes(packet[17:20], "big")
    up, down = struct.unpack_from(">II", packet, 22)
    shift = (int.from_bytes(packet[40:42], "big") >> 5) & 31
    if not width or not height or not up or not down:
        raise source.bad("its header has impossible values")

    def seconds(granule: int) -> float:
        # The number of the last key frame, and of the frames since then.
        frames = (granule >> shift) + (granule & ((1 << shift) - 1))
        return float(frames * down / up)

    found: Found = {"width": width, "height": height, "frame_rate": round(up / down, 3)}
    return _Stream("theora", found, seconds)


def _duration(source: Source, serial: int, stream: _Stream) -> float | None:
    """By the granule position of the stream's last page; BadFile when the file ends within one."""
    tail = source.upto(max(0, source.size - _TAIL), _TAIL)
    last = tail.rfind(b"OggS")
    if last < 0 or len(tail) - last < _HEAD.size:
        raise source.bad("it ends too early")
    parts = tail[last + 26]
    if last + _HEAD.size + parts + sum(tail[last + 27 : last + 27 + parts]) > len(tail):
        raise source.bad("it ends too early")
    while last >= 0:
        if len(tail) - last >= _HEAD.size:
            _, _, _, granule, owner, *_ = _HEAD.unpack_from(tail, last)
            if owner == serial and granule >= 0:  # -1: no packet ends on the page
                length = round(stream.seconds(granule), 3)
                return length if length > 0 else None
        last = tail.rfind(b"OggS", 0, last)
    return None


PROBES = {"ogg": ogg}
