"""How an imprint is laid out: what a picture looks like, roughly, in 352 bytes.

An imprint says of each of 256 waves, those of the discrete cosine transform
that go up to sixteen times across and down, whether a picture rises or falls
with it (as in PDQ, https://github.com/facebook/ThreatExchange). It is taken
four times, of the whole and of three middles, so that a picture that was cut a
little meets its source. Signs alone tell how the picture looks mirrored and
turned: nothing more has to be kept for that.
"""

from __future__ import annotations

__all__ = [
    "BANDS",
    "BITS",
    "CUTS",
    "LENGTH",
    "PRINT",
    "SMALL",
    "SMALL_AT",
    "WAVES",
    "WEAK",
    "WEAK_AT",
]

_SIDE = 16
BITS = _SIDE * _SIDE
PRINT = BITS // 8
"""Bytes of the signs of one view."""

CUTS = (0.0, 0.05, 0.1, 0.16)
"""How much of the width and height each view leaves out, the same on both sides."""

BANDS = 4
"""The 64 longest waves in so many parts of 16 bits: pictures are near when one part is alike."""

WEAK = 4
"""So many waves of each part are named that would be the first to change their sign."""

SMALL = 8
"""The side of the smallest picture of all, RGB, by which colours are compared."""


def _waves() -> tuple[tuple[int, int], ...]:
    square = [(down, across) for down in range(_SIDE) for across in range(_SIDE)]
    square.sort(key=lambda one: (max(one), sum(one), one))
    long, rest = square[:64], square[64:]
    return (*(one for band in range(BANDS) for one in long[band::BANDS]), *rest)


WAVES = _waves()
"""Which wave each bit is of, down and across, each counted from 0 for one half of a period."""

WEAK_AT = len(CUTS) * PRINT
SMALL_AT = WEAK_AT + len(CUTS) * BANDS * WEAK // 2
LENGTH = SMALL_AT + SMALL * SMALL * 3
