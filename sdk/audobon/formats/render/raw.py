"""Pixels as a host hands them over: numbers in a file, row after row, without a head."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from audobon.errors import Invalid
from audobon.formats.render.rendered import check_pixels
from audobon.formats.render.whole import Whole

__all__ = ["read_raw"]


def read_raw(path: str, form: Mapping[str, Any]) -> Whole:
    """The picture in a file of 32-bit floats in the machine's own order, bottom row first.

    ``form`` has ``width``, ``height`` and ``channels``; ``kind`` is u8 for
    display values from 0 to 1, which become 8 bits, or f32 for scene light,
    kept as it is; without ``alpha`` a fourth channel is left out. Invalid
    when the file has another size than that.
    """
    width, height, channels = (int(form[name]) for name in ("width", "height", "channels"))
    check_pixels(path, width, height)
    size = width * height * channels * 4
    if not 1 <= channels <= 4 or os.path.getsize(path) != size:
        raise Invalid(
            f"{os.path.getsize(path):,} bytes are no {width} x {height} pixels of {channels}",
            subject=path,
        )
    pixels = np.fromfile(path, np.float32).reshape(height, width, channels)[::-1]
    alpha = bool(form["alpha"]) and channels in (2, 4)
    if channels in (2, 4) and not alpha:
        pixels = pixels[..., :-1]
    if form["kind"] == "u8":
        whole = np.rint(np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255).astype(np.uint8)
        return Whole(np.ascontiguousarray(whole), "u8", alpha)
    finite = np.nan_to_num(pixels, nan=0.0, posinf=65504.0, neginf=-65504.0)
    return Whole(np.ascontiguousarray(finite), "f32", alpha)
