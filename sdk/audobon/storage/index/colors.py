"""Colours in the index: what a picture says of itself, and what finds it.

Each colour of a picture is one word: the cell of Oklab in which it lies, and
how much of the picture it covers in four steps. A question is a set of such
words for each score, so that nearness and share decide together, and the
engine does the work. Like those of words the scores are whole numbers that
depend on the document alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import lru_cache

from audobon.codec.colors import NAMES, cell, cells_named, cells_near

__all__ = ["UNKNOWN", "color_words", "words_by_score"]

_STEPS = (0.05, 0.15, 0.4)
_WEIGHTS = (0.4, 0.65, 0.85, 1.0)
_STEPS_SAID = "abcd"
_LETTERS = "".join(_STEPS_SAID[bisect_right(_STEPS, share / 255)] for share in range(256))
_BEST = 24
"""The score of a picture that is all of the colour: more than that of a word in its name."""


UNKNOWN = "?"
"""The colour of pictures at which nobody has looked yet."""


def color_words(swatches: bytes | None) -> list[str]:
    """The words under which a picture of these colours is found, packed as ``codec.colors`` does.

    ValueError for what is not packed so.
    """
    if swatches is None:
        return [UNKNOWN]
    every = zip(*[iter(swatches)] * 4, strict=True)
    return [f"{cell((red, green, blue)):x}{_LETTERS[share]}" for red, green, blue, share in every]


@lru_cache(maxsize=64)
def words_by_score(value: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """What finds pictures with a colour: ``#rrggbb``, one of ``codec.colors.NAMES``, or "?"."""
    if value == UNKNOWN:
        return ((1, (UNKNOWN,)),)
    rgb = bytes.fromhex(value.removeprefix("#")) if value not in NAMES else b""
    cells = cells_near((rgb[0], rgb[1], rgb[2])) if rgb else cells_named(value)
    scored: dict[int, list[str]] = defaultdict(list)
    for number, nearness in cells.items():
        for step, weight in enumerate(_WEIGHTS):
            scored[max(1, round(_BEST * nearness * weight))].append(_word(number, step))
    return tuple((score, tuple(words)) for score, words in sorted(scored.items()))


def _word(number: int, step: int) -> str:
    return f"{number:x}{_STEPS_SAID[step]}"
