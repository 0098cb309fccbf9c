"""Pixels as a host hands them over: numbers in a file, row after row, without a head."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from audobon.errors import Invalid
from audobon.formats.render.rendered import check_pixels
from audobon.formats.render.whole import Whole

__all__ = ["STORED", "read_raw"]

STORED = {"u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32}
"""What numbers of a host can be, in the machine's own order of bytes."""
_TOPS = {"u8": 255, "u16": 65535}


def read_raw(path: str, form: Mapping[str, Any]) -> Whole:
    """The picture in a file of bare numbers.

    ``form`` has ``width``, ``height`` and ``channels``; ``kind`` is u8 or u16
    for display values, or f32 for scene light, kept as it is; without
    ``alpha`` a second or fourth channel is left out. Unless it says otherwise
    these are 32-bit floats, display values from 0 to 1, the bottom row first:
    ``stored`` names another type, which is then already of that kind;
    ``downwards`` the top row first; ``swapped`` blue before red; ``straight``
    light that is not weighted by alpha. Invalid when the file has another
    size than that.
    """
    width, height, channels = (int(form[name]) for name in ("width", "height", "channels"))
    kind, numbers = str(form["kind"]), str(form.get("stored", "f32"))
    check_pixels(path, width, height)
    if numbers not in STORED or (kind, numbers) not in _PAIRS:
        raise Invalid(f"numbers of {numbers} are no picture of {kind}", subject=path)
    size = width * height * channels * np.dtype(STORED[numbers]).itemsize
    if not 1 <= channels <= 4 or os.path.getsize(path) != size:
        raise Invalid(
            f"{os.path.getsize(path):,} bytes are no {width} x {height} pixels of {channels}",
            subject=path,
        )
    pixels = np.fromfile(path, STORED[numbers]).reshape(height, width, channels)
    if not form.get("downwards"):
        pixels = pixels[::-1]
    alpha = bool(form["alpha"]) and channels in (2, 4)
    if channels in (2, 4) and not alpha:
        pixels = pixels[..., :-1]
    if form.get("swapped") and channels >= 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[-1]]]
    if kind in _TOPS:
        return Whole(_display(pixels, kind, numbers), kind, alpha)
    finite = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=65504.0, neginf=-65504.0)
    if alpha and form.get("straight"):
        finite[..., :-1] *= finite[..., -1:].clip(0, 1)
    return Whole(np.ascontiguousarray(finite), "f32", alpha)


_PAIRS = {
    *(("u8", "f32"), ("u16", "f32"), ("f32", "f32"), ("f32", "f16")),
    *(("u8", "u8"), ("u16", "u16")),
}


def _display(pixels: Any, kind: str, numbers: str) -> Any:
    if kind != numbers:
        scaled = np.clip(np.nan_to_num(pixels), 0.0, 1.0) * _TOPS[kind]
        pixels = np.rint(scaled).astype(STORED[kind])
    return np.ascontiguousarray(pixels)
