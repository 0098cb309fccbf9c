"""What a network of styles is fed with, and what becomes of what it paints."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from audobon.errors import Invalid
from audobon.inference.pixels.resize import resize
from audobon.inference.steps import unit_of

__all__ = ["mixture", "paintable", "painted"]

Array = np.ndarray[Any, Any]
_EVEN = 4  # the network halves twice: other sizes are mirrored up to the next multiple
_LEAST = 32  # pixels of a side: smaller pictures hold nothing to paint
_MIXTURE = re.compile(r"\s*(\d+)\s*(?::\s*([0-9.]+)\s*)?")
_TOPS = {"u8": 255.0, "u16": 65535.0}


def mixture(text: str, count: int) -> Array:
    """``7`` or ``3:0.5,12:0.5`` as shares of ``count`` styles that sum to 1, in f32. Invalid."""
    shares = np.zeros(count, np.float32)
    for part in text.split(","):
        match = _MIXTURE.fullmatch(part)
        if match is None or int(match[1]) >= count or (match[2] or "1").count(".") > 1:
            raise Invalid(
                f"{text!r} is no style; write a number from 0 to {count - 1}, or 3:0.5,12:0.5",
                subject=text,
            )
        shares[int(match[1])] += float(match[2] or 1)
    if shares.sum() <= 0:
        raise Invalid(f"the style {text!r} holds nothing", subject=text)
    return np.asarray(shares / shares.sum())


def paintable(pixels: Array, kind: str, *, alpha: bool, size: int) -> Array:
    """A picture as f32 0..1 (1, rows, columns, 3), its sides multiples of 4, ``size`` at most."""
    unit, _ = unit_of(pixels, kind, alpha=alpha, fill=True)
    high, wide = _fitted(pixels, size)
    if (high, wide) != unit.shape[:2]:
        unit = resize(unit, high, wide).clip(0, 1)
    if min(high, wide) < _LEAST:
        raise Invalid(
            f"a picture of {wide} x {high} pixels is too small to be painted; "
            f"both sides need {_LEAST} pixels"
        )
    return np.pad(unit, ((0, -high % _EVEN), (0, -wide % _EVEN), (0, 0)), "reflect")[None]


def _fitted(pixels: Array, size: int) -> tuple[int, int]:
    scale = min(1.0, size / max(pixels.shape[:2]))
    return max(1, round(pixels.shape[0] * scale)), max(1, round(pixels.shape[1] * scale))


def painted(
    result: Array, fed: Array, pixels: Array, kind: str, *, alpha: bool, size: int, strength: float
) -> tuple[Array, str]:
    """The painted picture mixed with what was fed, with the source's alpha, and its kind.

    8 bits for pictures of 8 bits, 16 for all others: painting is for display.
    """
    high, wide = _fitted(pixels, size)
    values = (fed + (result - fed) * np.float32(strength))[0, :high, :wide].clip(0, 1)
    if alpha:
        veil = pixels[..., -1:].astype(np.float32) / _TOPS.get(kind, 1.0)
        values = np.concatenate([values, resize(veil, high, wide).clip(0, 1)], -1)
    made = "u8" if kind == "u8" else "u16"
    return np.rint(values * _TOPS[made]).astype(np.uint8 if made == "u8" else np.uint16), made
