"""Text in pictures: where lines lie, what they are fed as, and what their letters are.

The steps between the networks of PP-OCR, with the limits of ``rapidocr``
(Apache-2.0): "Real-time Scene Text Detection with Differentiable Binarization",
Liao et al., 2020; letters by connectionist temporal classification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from audobon.inference.ordering import read_order
from audobon.inference.pixels.regions import Rectangle, around, cut, regions
from audobon.inference.pixels.resize import resize
from audobon.inference.steps import on_grey

__all__ = ["Line", "letters_of", "lines_of", "read_letters", "sides_of", "sized"]

Array = np.ndarray[Any, Any]
_SHORT, _LONG = 736, 2000
"""Pixels: the shorter side is enlarged to the first as far as the second allows."""
_EVEN = 32  # the network halves five times
_SEEN = 0.3  # what the network calls text
_SURE = 0.5  # the mean of a line that is taken
_LEAST = 3.0  # pixels of a line's shorter side
_UNCLIP = 1.6  # the network marks the middle of lines: so much larger they are
_MOST = 1000  # lines of a picture
_HIGH, _WIDE, _WIDEST = 48, 320, 4096
"""Pixels of a line as it is read; shorter ones are filled up to the second."""
_HEAD = 192  # pixels of its width as it is seen which side is up
_STEEP = 1.5  # as high as that for its width, a line's text does not run across
_DOUBT, _HALF = 0.1, 0.5
"""How likely a line stands on its head to be read from both sides, and how likely all lines do,
taken together, for each of them to be. Of 400 lines of one to five printed words the network
took 6 % for turned that were not, short ones mostly, and missed 3 % that were."""


@frozen(slots=True, eq=False)
class Line:
    """Where a line lies in the source, and how it looks: u8 (48, columns, 3), BGR.

    The box is turned as the line is. Lines of one ``number`` are the same one,
    from either side.
    """

    box: Rectangle
    image: Array
    number: int

    @property
    def fed(self) -> Array:
        """As it is read: (1, 48, columns, 3)."""
        # In steps of 64: for every other width the network is prepared anew.
        return _filled(self.image, max(_WIDE, -(-self.image.shape[1] // 64) * 64))

    @property
    def head(self) -> Array:
        """As a network sees which side is up: (1, 48, 192, 3)."""
        narrow = self.image
        if narrow.shape[1] > _HEAD:
            made = resize(narrow.astype(np.float32), _HIGH, _HEAD)
            narrow = np.rint(made).clip(0, 255).astype(np.uint8)
        return _filled(narrow, _HEAD)

    def from_below(self) -> Line:
        """The line turned by half."""
        return evolve(self, box=self.box.turned(2), image=self.image[::-1, ::-1])


def _filled(image: Array, wide: int) -> Array:
    room = ((0, 0), (0, wide - image.shape[1]), (0, 0))
    return np.pad(image, room, constant_values=128)[None]


def sized(pixels: Array, kind: str, *, alpha: bool) -> Array:
    """A whole picture as u8 (1, rows, columns, 3), BGR, in a size in which text is found."""
    sides = pixels.shape[:2]
    scale = min(max(1.0, _SHORT / min(sides)), _LONG / max(sides))
    high, wide = (max(1, round(length * scale / _EVEN)) * _EVEN for length in sides)
    return on_grey(pixels, kind, alpha=alpha, high=high, wide=wide)[..., ::-1]


def lines_of(mask: Array, pixels: Array, kind: str, *, alpha: bool) -> list[Line]:
    """The lines that ``mask`` (1, 1, rows, columns) says the picture has."""
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
    placed = [each.scaled(*stretch) for each in boxes]
    # A steep line's text runs down, or up: that is for the network of sides to tell.
    placed = [each.turned(1) if each.high >= _STEEP * each.wide else each for each in placed]
    return [Line(box, _readable(cut(source, box)), place) for place, box in enumerate(placed)]


def _mean(seen: Array, box: Rectangle) -> float:
    """The mean of the mask in a rectangle."""
    return float(cut(seen[..., None], box).mean())


def _readable(line: Array) -> Array:
    wide = min(_WIDEST, max(1, int(np.ceil(_HIGH * line.shape[1] / line.shape[0]))))
    return np.rint(resize(np.ascontiguousarray(line), _HIGH, wide)).clip(0, 255).astype(np.uint8)


def sides_of(lines: Sequence[Line], given: Sequence[Array]) -> list[Line]:
    """Each line, and those that may stand on their head from the other side too.

    ``given`` are (1, 2) each: how likely it stands on its feet, and on its head.
    """
    chances = np.array([float(each[0, 1]) for each in given])
    weights = np.array([line.image.shape[1] for line in lines], np.float64)
    page = bool(len(lines)) and float(chances @ weights / weights.sum()) > _HALF
    doubtful = [page or chance >= _DOUBT for chance in chances]
    both = zip(lines, doubtful, strict=True)
    return [
        each for line, turn in both for each in ((line, line.from_below()) if turn else (line,))
    ]


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

    In the order of reading. Of a line from two sides the one counts that is
    read better. The box has four corners (x, y) in pixels of the source, as a
    clock goes from where the text begins; ``size``, its rows and columns, bounds them.
    """
    best: dict[int, tuple[float, str, Rectangle]] = {}
    for line, chances in zip(lines, given, strict=True):
        score, text = _spelled(chances, letters)
        if text and score >= threshold and score > best.get(line.number, (0.0,))[0]:
            best[line.number] = score, text, line.box
    found = list(best.values())
    high, wide = size
    told = []
    for score, text, box in (found[place] for place in read_order([each[2] for each in found])):
        corners = box.corners().clip(0, (wide, high)).tolist()
        rounded = [[round(x, 1), round(y, 1)] for x, y in corners]
        told.append({"text": text, "score": round(score, 4), "box": rounded})
    return told


def _spelled(chances: Array, letters: Sequence[str]) -> tuple[float, str]:
    """The score and the text of what the network gives for a line."""
    best = chances[0].argmax(-1)
    new = (best != 0) & (best != np.concatenate([[-1], best[:-1]]))
    text = "".join(letters[each] for each in best[new]).strip()
    return float(chances[0].max(-1)[new].mean()) if new.any() else 0.0, text
