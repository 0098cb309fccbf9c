"""WAV files as a waveform."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from attrs import frozen
from PIL import Image

from audobon.formats.render.encode import encode
from audobon.formats.render.rendered import Rendered, bad, unsupported
from audobon.formats.source import Source, open_source

__all__ = ["draw"]

_COLOR = (94, 145, 204)
"""A blue that can be told from both light and dark backgrounds (contrast 3.2 and 5.5)."""

_FRAMES = 2048
"""Frames looked at for each column, spread as one run at its start: a long file costs no more
reading than a short one. At 44.1 kHz it covers 46 ms, a whole period of every audible tone."""

_MAX_CHUNKS = 1024
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@frozen(slots=True)
class _Wave:
    code: int
    channels: int
    bits: int
    start: int
    frames: int

    @property
    def frame(self) -> int:
        return self.channels * self.bits // 8


def draw(path: str, _name: str, size: int) -> Rendered:
    """Family function of :func:`audobon.formats.render.render`: twice as wide as tall."""
    source = open_source(path)
    try:
        wave = _header(source)
        low, high = _envelope(source, wave, size * 2)
    finally:
        source.close()
    return encode(_picture(low, high, size), drawn=True)


def _header(source: Source) -> _Wave:
    order = ">" if source.head[:4] == b"RIFX" else "<"
    at, form = 12, b""
    for _ in range(_MAX_CHUNKS):
        head = source.at(at, 8)
        length = struct.unpack(order + "I", head[4:])[0]
        if head[:4] == b"fmt ":
            form = source.at(at + 8, min(length, 40))
        elif head[:4] == b"data":
            return _checked(source, form, at + 8, length, order)
        at += 8 + length + (length & 1)
    raise bad(source.path, "it has no sound in its first parts")


def _checked(source: Source, form: bytes, start: int, length: int, order: str) -> _Wave:
    code, channels, _rate, _bytes, _align, bits = struct.unpack_from(order + "HHIIHH", form)
    if code == _EXTENSIBLE and len(form) >= 26:
        code = struct.unpack_from(order + "H", form, 24)[0]
    known = bits in (8, 16, 24, 32) if code == _PCM else code == _FLOAT and bits in (32, 64)
    if not known or order == ">" or not 1 <= channels <= 256:
        raise unsupported(source.path, f"its sound is packed in a way that is not read ({code})")
    held = min(length, source.size - start)  # streamed files claim 4 GiB
    wave = _Wave(code, channels, bits, start, held // (channels * bits // 8))
    if not wave.frames:
        raise bad(source.path, "it has no sound")
    return wave


def _envelope(source: Source, wave: _Wave, columns: int) -> tuple[Any, Any]:
    """Lowest and highest sample of every column, -1..1."""
    low, high = np.zeros(columns), np.zeros(columns)
    for column in range(columns):
        first = wave.frames * column // columns
        last = max(first + 1, wave.frames * (column + 1) // columns)
        count = min(last - first, _FRAMES)
        raw = source.upto(wave.start + first * wave.frame, count * wave.frame)
        values = _values(raw[: len(raw) // wave.frame * wave.frame], wave)
        if values.size:
            low[column], high[column] = values.min(), values.max()
    return low, high


def _values(raw: bytes, wave: _Wave) -> Any:
    if wave.code == _FLOAT:
        values = np.frombuffer(raw, f"<f{wave.bits // 8}").astype(np.float64)
        return np.nan_to_num(values, posinf=1, neginf=-1).clip(-1, 1)
    if wave.bits == 8:
        return (np.frombuffer(raw, np.uint8).astype(np.float64) - 128) / 128
    if wave.bits == 24:
        three = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(three), 4), np.uint8)
        wide[:, 1:] = three
        return wide.view("<i4")[:, 0] / 2.0**31
    return np.frombuffer(raw, f"<i{wave.bits // 8}") / 2.0 ** (wave.bits - 1)


def _picture(low: Any, high: Any, size: int) -> Image.Image:
    """Bars on a transparent ground, drawn at twice the size and averaged."""
    tall = max(2, size // 2) * 2
    middle, room = (tall - 1) / 2, tall / 2 - 1
    rows = np.arange(tall)[:, None]
    top = middle - high * room - 1
    bottom = middle - low * room + 1
    inside = (rows >= top) & (rows <= bottom)
    out = np.zeros((tall, size * 2, 4), np.uint8)
    out[..., :3] = _COLOR
    out[..., 3] = inside * 255
    return Image.fromarray(out).resize((size, tall // 2), Image.Resampling.BOX)
