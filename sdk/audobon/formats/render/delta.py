"""How different two colours look: CIE 1976 delta E, transparency included.

Two pixels differ visibly from :data:`VISIBLE` on. Source of the formula: CIE
15:2004, 8.2.1 (L*, a*, b* under D65, distance). Source of the threshold: Mahy,
Van Eycken, Oosterlinck, "Evaluation of uniform color spaces developed after
the adoption of CIELAB and CIELUV", Color Research and Application 19 (1994):
a just noticeable difference is 2.3 on average. A grey of 8 bits has to change
by five to eight steps for it.

Transparency: a pixel is seen over something, so it is laid over black and over white
(as stored, sRGB encoded, as browsers and paint programs do), and the larger of both
differences counts. Hidden colours under full transparency make none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["VISIBLE", "color_delta"]

VISIBLE = 2.3
"""The just noticeable delta E."""

_VALUES = np.arange(256) / 255
_LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
"""sRGB's decoding (IEC 61966-2-1) of the 256 values."""

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_STEPS = 65535
_TO_WHITE = (_STEPS * _TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).T.astype(np.float32)
"""Linear sRGB to X, Y, Z relative to its own white, D65, in steps of :data:`_CURVE`."""

_EDGE = (6 / 29) ** 3
_RELATIVE = np.arange(_STEPS + 1) / _STEPS
_CURVE = np.where(
    _RELATIVE > _EDGE, np.cbrt(_RELATIVE), _RELATIVE / (3 * (6 / 29) ** 2) + 4 / 29
).astype(np.float32)
"""The standard's f(t) for 0 to 1: a table is quicker than roots, and off by 0.12 delta E at most,
near black."""

_MOST_AT_ONCE = 1 << 18
"""Pixels in one go: some 30 MB of floats."""


def color_delta(before: Any, after: Any) -> Any:
    """Delta E of each pair of pixels: u8 (n, 4), straight sRGB and alpha, to float32 (n,)."""
    out = np.empty(len(before), np.float32)
    for start in range(0, len(before), _MOST_AT_ONCE):
        part = slice(start, start + _MOST_AT_ONCE)
        out[part] = _delta(before[part], after[part])
    return out


def _delta(before: Any, after: Any) -> Any:
    if before[:, 3].min(initial=255) == after[:, 3].min(initial=255) == 255:
        return _distance(before[:, :3], after[:, :3])
    black = _distance(_over(before, 0), _over(after, 0))
    return np.maximum(black, _distance(_over(before, 255), _over(after, 255)))


def _over(pixels: Any, ground: int) -> Any:
    """The pixels over a grey ground, rounded to 8 bits."""
    alpha = pixels[:, 3:].astype(np.uint32)
    mixed = pixels[:, :3] * alpha + ground * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _distance(before: Any, after: Any) -> Any:
    return np.sqrt(((_lab(before) - _lab(after)) ** 2).sum(axis=1))


def _lab(colors: Any) -> Any:
    """L* (16 more, which a difference does not show), a* and b*."""
    relative = _LINEAR[colors] @ _TO_WHITE
    f = _CURVE[(relative + np.float32(0.5)).astype(np.uint16)]
    x, y, z = f[:, 0], f[:, 1], f[:, 2]
    return np.stack([116 * y, 500 * (x - y), 200 * (y - z)], axis=1)
