"""Read a picture of any size in bands and average them on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from audobon.formats.render.rendered import MAX_PIXELS, bad

__all__ = ["Window", "averaged", "cell_counts"]

_BAND_BYTES = 32 << 20
"""Floats of one band: large enough that the calls do not count, small beside the limit."""

_TOP = 65504.0
"""The largest half float. Infinities and larger values (fireflies) count as it, NaN as black."""


@frozen(slots=True)
class Window:
    """The part of the picture plane that is shown; ``x`` and ``y`` may be negative."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, spec: Any) -> Window:
        """The display window; the data window where they do not meet or it is absurdly large.

        That is what a viewer frames: pixels outside the display window (overscan) are
        not shown, and the display window's empty parts are black or transparent.
        """
        full = cls(spec.full_x, spec.full_y, spec.full_width, spec.full_height)
        data = cls(spec.x, spec.y, spec.width, spec.height)
        sound = full.width > 0 and full.height > 0 and full.width * full.height <= MAX_PIXELS
        meets = (
            full.x < data.x + data.width
            and data.x < full.x + full.width
            and full.y < data.y + data.height
            and data.y < full.y + full.height
        )
        return full if sound and meets else data


def averaged(path: str, source: Any, first: int, stop: int, window: Window, size: int) -> Any:
    """Channels ``first:stop`` of ``window`` as float32 (rows, columns, channels).

    Averaged by the largest whole factor that leaves at least ``size`` pixels
    on the longest side, so a filter can do the rest. Finite everywhere.
    """
    step = max(1, max(window.width, window.height) // size)
    rows, columns = -(-window.height // step), -(-window.width // step)
    total = np.zeros((rows, columns, stop - first), np.float32)
    for top, band in _bands(path, source, first, stop, window):
        clean = np.nan_to_num(band, nan=0.0, posinf=_TOP, neginf=-_TOP).clip(-_TOP, _TOP)
        _add(total, clean, top, source.spec().x, window, step)
    return total / cell_counts(window, step)[..., None]


def _bands(path: str, source: Any, first: int, stop: int, window: Window) -> Any:
    """(y, float32 rows over the whole data width), only rows that the window shows."""
    spec = source.spec()
    low = max(spec.y, window.y)
    high = min(spec.y + spec.height, window.y + window.height)
    tall = max(1, _BAND_BYTES // (4 * spec.width * (stop - first)))
    if spec.tile_width:  # whole rows of tiles only
        tall = max(1, tall // spec.tile_height) * spec.tile_height
        low = spec.y + (low - spec.y) // spec.tile_height * spec.tile_height
    for top in range(low, high, tall):
        end = min(top + tall, spec.y + spec.height)
        if spec.tile_width:
            band = source.read_tiles(
                spec.x, spec.x + spec.width, top, end, 0, 1, first, stop, "float"
            )
        else:
            band = source.read_scanlines(top, end, 0, first, stop, "float")
        if band is None:
            raise bad(path, " ".join(source.geterror().split())[:160] or "a band is missing")
        yield top, band.reshape(end - top, spec.width, stop - first)


def _add(total: Any, band: Any, top: int, left: int, window: Window, step: int) -> None:
    """Add a band to the sums of its cells, cut to the window."""
    band = band[max(0, window.y - top) : window.y + window.height - top]
    top = max(top, window.y)
    band = band[:, max(0, window.x - left) : window.x + window.width - left]
    left = max(left, window.x)
    if not band.size:
        return
    at = np.arange(left - window.x, left - window.x + band.shape[1]) // step
    down = np.arange(top - window.y, top - window.y + band.shape[0]) // step
    # Sums of whole runs: rows first (long contiguous additions), then what is left of columns.
    tall = np.add.reduceat(band, _starts(down), axis=0)
    both = np.add.reduceat(tall, _starts(at), axis=1)
    total[down[0] : down[-1] + 1, at[0] : at[-1] + 1] += both


def _starts(cells: Any) -> Any:
    return np.flatnonzero(np.diff(cells, prepend=cells[0] - 1))


def cell_counts(window: Window, step: int) -> Any:
    """Pixels of the window in every cell: fewer in the last row and column."""
    down = np.bincount(np.arange(window.height) // step)
    across = np.bincount(np.arange(window.width) // step)
    return np.outer(down, across).astype(np.float32)
