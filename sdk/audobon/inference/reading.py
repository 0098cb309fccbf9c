"""Text in pictures: where lines lie, what they are fed as, and what their letters are.

The steps between the networks of PP-OCR, with the limits of ``rapidocr``
(Apache-2.0): "Real-time Scene Text Detection with Differentiable Binarization",
Liao et al., 2020; letters by connectionist temporal classification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from audobon.inference.pixels.regions import Rectangle, around, cut, regions
from audobon.inference.pixels.resize import resize
from audobon.inference.steps import on_grey

__all__ = ["Line", "letters_of", "lines_of", "read_letters", "sized"]

Array = np.ndarray[Any, Any]
_SHORT, _LONG = 736, 2000
"""Pixels: the shorter side is enlarged to the first as far as the second allows."""
_EVEN = 32  # the network halves five times
_SEEN = 0.3  # what the network calls text
_SURE = 0.5  # the mean of a line that is taken
_LEAST = 3.0  # pixels of a line's shorter side
_UNCLIP = 1.6  # the network marks the middle of lines: so much larger they are
_MOST = 1000  # lines of a picture
_ROW = 10.0  # pixels of the network's picture that lines of one row differ in
_HIGH, _WIDE, _WIDEST = 48, 320, 4096
"""Pixels of a line as it is read; shorter ones are filled up to the second."""
_STEEP = 1.5  # as high as that for its width, a line is read from top to bottom


@frozen(slots=True, eq=False)
class Line:
    """Where a line lies in the source, and as it is read: u8 (1, 48, columns, 3), BGR."""

    box: Rectangle
    pixels: Array


def sized(pixels: Array, kind: str, *, alpha: bool) -> Array:
    """A whole picture as u8 (1, rows, columns, 3), BGR, in a size in which text is found."""
    sides = pixels.shape[:2]
    scale = min(max(1.0, _SHORT / min(sides)), _LONG / max(sides))
    high, wide = (max(1, round(length * scale / _EVEN)) * _EVEN for length in sides)
    return on_grey(pixels, kind, alpha=alpha, high=high, wide=wide)[..., ::-1]


def lines_of(mask: Array, pixels: Array, kind: str, *, alpha: bool) -> list[Line]:
    """The lines that ``mask`` (1, 1, rows, columns) says the picture has, as people read them."""
    seen = mask[0, 0]
    grown = np.pad(seen > _SEEN, ((1, 0), (1, 0)))  # a pixel to the right and down, as trained
    grown = grown[1:, 1:] | grown[:-1, 1:] | grown[1:, :-1] | grown[:-1, :-1]
    boxes = [around(runs) for runs in regions(grown)[:_MOST]]
    boxes = [each for each in boxes if min(each.wide, each.high) >= _LEAST]
    boxes = [each for each in boxes if _mean(seen, each) >= _SURE]
    boxes = [
        each.grown(_UNCLIP * each.wide * each.high / (2 * (each.wide + each.high)))
        for each in boxes
    ]
    high, wide = pixels.shape[:2]
    source = on_grey(pixels, kind, alpha=alpha, high=high, wide=wide)[0, ..., ::-1]
    stretch = wide / seen.shape[1], high / seen.shape[0]
    placed = [each.scaled(*stretch) for each in _ordered(boxes)]
    return [Line(box, _readable(cut(source, box))) for box in placed]


def _mean(seen: Array, box: Rectangle) -> float:
    """The mean of the mask in a rectangle."""
    return float(cut(seen[..., None], box).mean())


def _ordered(boxes: Sequence[Rectangle]) -> list[Rectangle]:
    """Row by row, from left to right."""
    rows: list[list[Rectangle]] = []
    last = -np.inf
    for box in sorted(boxes, key=lambda each: float(each.corners()[0][1])):
        top = float(box.corners()[0][1])
        if top - last >= _ROW:
            rows.append([])
        rows[-1].append(box)
        last = top
    return [box for row in rows for box in sorted(row, key=lambda each: float(each.center[0]))]


def _readable(line: Array) -> Array:
    if line.shape[0] >= _STEEP * line.shape[1]:
        line = np.rot90(line)
    wide = min(_WIDEST, max(1, int(np.ceil(_HIGH * line.shape[1] / line.shape[0]))))
    made = np.rint(resize(np.ascontiguousarray(line), _HIGH, wide)).clip(0, 255).astype(np.uint8)
    # In steps of 64: for every other width the network is prepared anew.
    full = max(_WIDE, -(-wide // 64) * 64)
    return np.pad(made, ((0, 0), (0, full - wide), (0, 0)), constant_values=128)[None]


def letters_of(note: str) -> list[str]:
    """What each number means, of the letters that come with the network: 0 is none."""
    return ["", *note.split("\n"), " "]


def read_letters(
    lines: Sequence[Line],
    given: Sequence[Array],
    letters: Sequence[str],
    threshold: float,
    size: tuple[int, int],
) -> list[dict[str, Any]]:
    """``{text, score, box}`` of each line that is read with a score of ``threshold`` at least.

    The box has four corners (x, y) in pixels of the source, from where the text begins;
    ``size``, its rows and columns, bounds them.
    """
    high, wide = size
    found = []
    for line, chances in zip(lines, given, strict=True):
        best = chances[0].argmax(-1)
        new = (best != 0) & (best != np.concatenate([[-1], best[:-1]]))
        text = "".join(letters[each] for each in best[new]).strip()
        score = float(chances[0].max(-1)[new].mean()) if new.any() else 0.0
        if text and score >= threshold:
            corners = line.box.corners().clip(0, (wide, high)).tolist()
            box = [[round(x, 1), round(y, 1)] for x, y in corners]
            found.append({"text": text, "score": round(score, 4), "box": box})
    return found
