"""Textures that tile, without a network.

Along one axis after the other, the picture and a copy of it that is shifted
by half are joined: the copy has its middle at the edges, where it is whole,
and the picture covers the copy's own seam. They meet along the path on which
they differ least (Efros and Freeman, "Image quilting", 2001), faded over a
few pixels without losing contrast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from audobon.inference.pixels.blur import blur

__all__ = ["even_light", "seamless"]

Array = np.ndarray[Any, np.dtype[np.float32]]
_BAND = 0.22  # of the width, on each side: where the path may run
_EDGE = 0.03  # of the width: the path keeps off the edge, which must be the copy's alone
_FADE = 1 / 128  # of the width: over which the two are faded
_LIGHT = 0.2  # of the shorter side: wider than that is lighting, not texture


def even_light(values: Array) -> Array:
    """The picture without slow changes of brightness, as a lamp on one side makes them."""
    sigma = _LIGHT * min(values.shape[:2])
    out = np.empty_like(values)
    for channel in range(values.shape[-1]):
        slow = blur(np.ascontiguousarray(values[..., channel]), sigma, wrap=False)
        out[..., channel] = values[..., channel] + slow.mean() - slow
    return out


def seamless(values: Array, check: Callable[[], None] = lambda: None) -> Array:
    """(rows, columns, channels) in f32 that continues at all four edges; the same size."""
    values = _joined(values, check)
    check()
    return _joined(values.swapaxes(0, 1), check, closed=True).swapaxes(0, 1)


def _joined(values: Array, check: Callable[[], None], *, closed: bool = False) -> Array:
    """Continues from its last column to its first; ``closed`` keeps that of its rows."""
    width = values.shape[1]
    other = np.roll(values, width // 2, 1)
    difference = ((values - other) ** 2).sum(-1)
    reach, edge = max(2, int(width * _BAND)), max(1, int(width * _EDGE))
    left = _path(difference[:, edge : edge + reach], check, closed=closed) + edge
    mirrored = difference[:, ::-1][:, edge : edge + reach]
    right = width - 1 - (_path(mirrored, check, closed=closed) + edge)
    columns = np.arange(width)[None]
    # How far inside both paths a pixel lies, as the weight of the picture itself.
    fade = max(1.0, width * _FADE)
    inside = np.minimum(columns - left[:, None], right[:, None] - columns)
    mine = np.asarray((inside / fade + 0.5).clip(0, 1), np.float32)[..., None]
    mean = values.mean((0, 1), np.float64, keepdims=True).astype(np.float32)
    mixed = mine * (values - mean) + (1 - mine) * (other - mean)
    # The average of two unlike things is dull: keep the contrast of each where they mix.
    return np.asarray(mean + mixed / np.sqrt(mine**2 + (1 - mine) ** 2), np.float32)


def _path(cost: Array, check: Callable[[], None], *, closed: bool) -> Any:
    """For each row the column on the cheapest way from the first row to the last.

    ``closed``: it ends where it begins.
    """
    rows, wide = cost.shape
    total = cost.astype(np.float64)
    if closed:
        start = int((cost[0] + cost[-1]).argmin())
        far = np.arange(wide) != start
        total[0, far] = np.inf
    for row in range(1, rows):
        before = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(before[:-2], before[1:-1]), before[2:])
        if row % 256 == 0:
            check()
    path = np.empty(rows, np.int64)
    path[-1] = start if closed and np.isfinite(total[-1, start]) else int(total[-1].argmin())
    for row in range(rows - 2, -1, -1):
        first = max(path[row + 1] - 1, 0)
        path[row] = first + int(total[row, first : path[row + 1] + 2].argmin())
    return path
