"""The colours of a picture as bytes, in Oklab, and as cells that an index can hold.

Oklab (Björn Ottosson, 2020, https://bottosson.github.io/posts/oklab) is a space
in which equal distances look about equal: two colours 0.02 apart are told from
each other side by side, black and white are 1 apart. Plain Python, because
every host asks for colours and not every host has numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from audobon.model.color import Swatch

__all__ = [
    "NAMES",
    "RADIUS",
    "cell",
    "cells_named",
    "cells_near",
    "difference",
    "merged",
    "oklab",
    "pack_swatches",
    "unpack_swatches",
]

Lab = tuple[float, float, float]

RADIUS = 0.15
"""How far a colour may be from the one that is asked for: still the same word for it, mostly."""

_ALIKE = 0.06  # colours nearer than this are one colour of a picture
_LEAST = 0.02  # of what is seen; less is a speck
_MOST = 8
_LEAST_NEAR = 0.05
_STEP = 0.03  # the edge of a cell
_CELLS = 40  # along each axis; a and b run from -0.6 to 0.6
_MIDDLE = _CELLS // 2

_LIGHT = tuple(
    value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4
    for value in range(256)
)


def oklab(red: int, green: int, blue: int) -> Lab:
    """An sRGB colour of 8 bits a channel: lightness 0 to 1, and a (green to red) and b (blue
    to yellow), both within -0.4 and 0.4."""
    r, g, b = _LIGHT[red], _LIGHT[green], _LIGHT[blue]
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def difference(one: Swatch, other: Swatch) -> float:
    """The distance of two colours in Oklab; what they cover does not count."""
    return math.dist(oklab(*one.rgb), oklab(*other.rgb))


def merged(found: Iterable[tuple[tuple[int, int, int], float]]) -> tuple[Swatch, ...]:
    """Colours of a picture out of ``((red, green, blue), weight)``, at most eight, largest first.

    Those that look alike become one, of the colour of the larger; what covers
    less than a fiftieth is left out. Shares are of all the weight.
    """
    kept: list[tuple[Lab, tuple[int, int, int], float]] = []
    total = 0.0
    for color, weight in sorted(found, key=lambda each: -each[1]):
        total += weight
        lab = oklab(*color)
        for number, (other, first, so_far) in enumerate(kept):
            if math.dist(lab, other) < _ALIKE:
                kept[number] = other, first, so_far + weight
                break
        else:
            kept.append((lab, color, weight))
    if not total:
        return ()
    kept.sort(key=lambda each: -each[2])
    swatches = (Swatch(color, weight / total) for _, color, weight in kept[:_MOST])
    return tuple(each for each in swatches if each.share >= _LEAST)


def pack_swatches(swatches: Sequence[Swatch]) -> bytes:
    """Four bytes each: red, green, blue, share of 255."""
    return b"".join(bytes((*each.rgb, max(1, round(each.share * 255)))) for each in swatches)


def unpack_swatches(data: bytes) -> tuple[Swatch, ...]:
    """Inverse of :func:`pack_swatches`; ValueError for another length."""
    if len(data) % 4:
        raise ValueError(f"colours take four bytes each, not {len(data)} in all")
    return tuple(
        [
            Swatch((red, green, blue), share / 255)
            for red, green, blue, share in zip(*[iter(data)] * 4, strict=True)
        ]
    )


# --- cells ---------------------------------------------------------------


def _number(lab: Lab) -> int:
    light, a, b = lab
    return (
        (int(light / _STEP) * _CELLS + math.floor(a / _STEP) + _MIDDLE) * _CELLS
        + math.floor(b / _STEP)
        + _MIDDLE
    )


def cell(color: tuple[int, int, int]) -> int:
    """The number of the cell of Oklab, 0.03 wide, in which an sRGB colour lies."""
    # As _number and oklab say, in one piece: of a library that is indexed every colour comes by.
    red, green, blue = color
    r, g, b = _LIGHT[red], _LIGHT[green], _LIGHT[blue]
    long: float = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle: float = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short: float = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    light = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    across = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    along = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    row = int(light / _STEP) * _CELLS + math.floor(across / _STEP) + _MIDDLE
    return row * _CELLS + math.floor(along / _STEP) + _MIDDLE


def _center(light: int, a: int, b: int) -> Lab:
    return (light + 0.5) * _STEP, (a - _MIDDLE + 0.5) * _STEP, (b - _MIDDLE + 0.5) * _STEP


@lru_cache(maxsize=64)
def cells_near(color: tuple[int, int, int]) -> Mapping[int, float]:
    """The cells around a colour, each with its nearness: 1 at the colour, 0 at :data:`RADIUS`."""
    lab = oklab(*color)
    own = _number(lab)
    reach = math.ceil(RADIUS / _STEP)
    light, rest = divmod(own, _CELLS * _CELLS)
    a, b = divmod(rest, _CELLS)
    found: dict[int, float] = {}
    for x in range(max(0, light - reach), light + reach + 1):
        for y in range(a - reach, a + reach + 1):
            for z in range(b - reach, b + reach + 1):
                nearness = 1 - (math.dist(_center(x, y, z), lab) / RADIUS) ** 2
                if nearness > _LEAST_NEAR:
                    found[(x * _CELLS + y) * _CELLS + z] = nearness
    found[own] = 1.0
    return MappingProxyType(found)


# Lightness, chroma and hue in degrees, each from and to; hues run on over 360. Chosen so that the
# named colours of CSS are found by the word that stands in their name (a test has the list).
_WORDS: Mapping[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "black": ((0.0, 0.28), (0.0, 0.045), (0, 360)),
    "gray": ((0.25, 0.86), (0.0, 0.035), (0, 360)),
    "white": ((0.9, 1.1), (0.0, 0.035), (0, 360)),
    "red": ((0.3, 0.7), (0.1, 0.5), (5, 40)),
    "brown": ((0.2, 0.56), (0.035, 0.15), (25, 95)),
    "orange": ((0.6, 0.86), (0.09, 0.5), (42, 80)),
    "yellow": ((0.7, 1.0), (0.07, 0.5), (80, 118)),
    "green": ((0.2, 0.93), (0.045, 0.5), (112, 172)),
    "cyan": ((0.45, 0.97), (0.04, 0.5), (172, 222)),
    "blue": ((0.18, 0.85), (0.05, 0.5), (222, 292)),
    "purple": ((0.2, 0.65), (0.06, 0.5), (278, 335)),
    "magenta": ((0.5, 0.8), (0.15, 0.5), (312, 368)),
    "pink": ((0.65, 0.95), (0.04, 0.3), (328, 400)),
}

NAMES = tuple(_WORDS)
"""Words for colours that can be asked for."""


@lru_cache(maxsize=len(_WORDS))
def cells_named(name: str) -> Mapping[int, float]:
    """The cells that a word of :data:`NAMES` means, each with 1 well inside and 0.5 at a border."""
    lightness, chroma, hue = _WORDS[name]
    found: dict[int, float] = {}
    for lab in _middles():
        light, c = lab[0], math.hypot(lab[1], lab[2])
        degrees = math.degrees(math.atan2(lab[2], lab[1])) % 360
        inside = min(
            _depth(light, lightness, 0.06),
            _depth(c, chroma, 0.03),
            1.0
            if hue == (0, 360)
            else max(_depth(degrees, hue, 10), _depth(degrees + 360, hue, 10)),
        )
        if inside > 0:
            found[_number(lab)] = 0.5 + inside / 2
    return MappingProxyType(found)


def _depth(value: float, borders: tuple[float, float], soft: float) -> float:
    """1 from ``soft`` within the borders on, falling to nearly 0 at them, negative outside."""
    low, high = borders
    if low <= 0:
        low = -soft
    return min((min(value - low, high - value) + 1e-6) / soft, 1.0)


def _middles() -> Iterator[Lab]:
    for light in range(math.ceil(1 / _STEP) + 1):
        for a in range(_MIDDLE - 14, _MIDDLE + 14):
            for b in range(_MIDDLE - 14, _MIDDLE + 14):
                yield _center(light, a, b)
