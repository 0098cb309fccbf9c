"""Colour where nothing is seen: what mixes neighbours must not find black there."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["filled"]

Array = np.ndarray[Any, Any]


def filled(color: Array, seen: Array) -> Array:
    """``color`` with that of unseen pixels from the nearest seen ones, along rows and columns.

    ``seen`` is (rows, columns) of bool. Where nothing is seen at all colour stays as it is.
    """
    color, seen = color.copy(), seen.copy()
    for axis in (1, 0):
        flip = (slice(None), slice(None, None, -1)) if axis else (slice(None, None, -1),)
        for back in (False, True):
            part, known = (color[flip], seen[flip]) if back else (color, seen)
            place = np.arange(part.shape[axis])
            where = np.where(known, place[None, :] if axis else place[:, None], -1)
            last = np.maximum.accumulate(where, axis)
            found = (last >= 0) & ~known
            picked = np.take_along_axis(part, last.clip(0)[..., None], axis)
            part[found] = picked[found]
            known |= found
    return color
