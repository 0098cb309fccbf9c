"""Small pictures made from strips: averages of what is shown, and peaks of what differs."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from audobon.formats.render.bands import Window, cell_counts
from audobon.formats.render.pixels import Pixels

__all__ = ["Peaks", "Small", "reduced"]

_STRIP = 1 << 20


class Small:
    """Averages strips of u8 (rows, width, 4), straight alpha, into a picture of about ``size``."""

    def __init__(self, width: int, height: int, size: int) -> None:
        self._window = Window(0, 0, width, height)
        self._step = step = max(1, max(width, height) // size)
        self._total = np.zeros((-(-height // step), -(-width // step), 4), np.float32)
        self._across = np.arange(0, width, step)

    def cells(self, top: int, shown: Any) -> tuple[int, Any]:
        """The first row of cells that a strip touches, and the sums in it; see :meth:`add`."""
        if shown[..., 3].min() < 255:
            shown = shown.astype(np.float32)
            shown[..., :3] *= shown[..., 3:] / 255
        down = np.arange(top, top + len(shown)) // self._step
        # Rows first: long contiguous additions.
        tall = np.add.reduceat(shown, _starts(down), axis=0, dtype=np.float32)
        return int(down[0]), np.add.reduceat(tall, self._across, axis=1)

    def add(self, first: int, cells: Any) -> None:
        self._total[first : first + len(cells)] += cells

    def image(self, target: tuple[int, int]) -> Image.Image:
        """RGBA of exactly ``target``, which is not larger than the picture."""
        mean = self._total / cell_counts(self._window, self._step)[..., None]
        mean[..., :3] *= 255 / np.maximum(mean[..., 3:], 0.5)
        image = Image.fromarray((mean + 0.5).clip(0, 255).astype(np.uint8))
        return image if image.size == target else image.resize(target, Image.Resampling.HAMMING)


class Peaks:
    """The largest difference in each cell of a small picture, so that one pixel can be seen.

    ``delta`` holds delta E, ``touched`` whether anything differs at all;
    both (rows, columns) of the target.
    """

    def __init__(self, width: int, height: int, target: tuple[int, int]) -> None:
        self.delta = np.zeros(target[::-1], np.float32)
        self.touched = np.zeros(target[::-1], bool)
        self._across = np.arange(width) * target[0] // width
        self._down = np.arange(height) * target[1] // height

    def add(self, top: int, delta: Any, touched: Any) -> None:
        if not touched.any():
            return
        down = self._down[top : top + len(delta)]
        rows = slice(down[0], down[-1] + 1)
        for kept, values in ((self.delta, delta), (self.touched, touched)):
            tall = np.maximum.reduceat(values, _starts(down), axis=0)
            both = np.maximum.reduceat(tall, _starts(self._across), axis=1)
            kept[rows] = np.maximum(kept[rows], both)


def _starts(cells: Any) -> Any:
    return np.flatnonzero(np.diff(cells, prepend=cells[0] - 1))


def reduced(pixels: Pixels, target: tuple[int, int]) -> Any:
    """The whole picture as u8 (height, width, 4) of ``target``, which is not larger."""
    small = Small(pixels.width, pixels.height, max(target))
    tall = max(1, _STRIP // pixels.width)
    for top in range(0, pixels.height, tall):
        shown = pixels.rows(top, min(top + tall, pixels.height))[1]
        small.add(*small.cells(top, shown))
    return np.asarray(small.image(target))
