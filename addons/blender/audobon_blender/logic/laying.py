# SPDX-License-Identifier: GPL-3.0-or-later
"""Where several things go: in a row, in a grid, or scattered over a surface; chance has a seed."""

from __future__ import annotations

import bisect
import itertools
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "UP",
    "Lay",
    "Variation",
    "grid",
    "on_ground",
    "on_triangles",
    "row",
    "upward",
    "varied",
]

Point = tuple[float, float, float]
Triangle = tuple[Point, Point, Point]

UP: Point = (0.0, 0.0, 1.0)
_TRIES = 40
# For each thing that shall keep its distance: with more, a full surface takes long to be told full.

_STEEP = 0.1  # of a normal's z: 84 degrees
_NEAR = 1e-6
# Metres below which nobody means a distance, and floats cannot tell it.


@dataclass(frozen=True)
class Lay:
    """One place: where, which way is up there, the turn in radians and the scale."""

    place: Point
    up: Point = UP
    turn: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Variation:
    """How much chance does, either way: ``turn`` in radians, ``scale`` as a fraction."""

    turn: float = 0.0
    scale: float = 0.0


def row(widths: Sequence[float], gap: float, start: Point) -> list[Lay]:
    """Side by side along x, with a gap between them, the first in the middle of ``start``."""
    found, at = [], 0.0
    for number, width in enumerate(widths):
        at += 0.0 if number == 0 else widths[number - 1] / 2 + gap + width / 2
        found.append(Lay((start[0] + at, start[1], start[2])))
    return found


def grid(count: int, cell: float, gap: float, start: Point) -> list[Lay]:
    """As many columns as rows, or one more; cells of one size, the first at ``start``."""
    columns = max(1, math.ceil(math.sqrt(count)))
    step = cell + gap
    return [
        Lay((start[0] + number % columns * step, start[1] + number // columns * step, start[2]))
        for number in range(count)
    ]


def on_ground(count: int, apart: float, middle: Point, seed: int) -> list[Lay]:
    """Over a disc around ``middle`` that is about twice as large as they need."""
    radius = max(apart, 0.5) * math.sqrt(2 * count)
    chance = random.Random(seed)

    def draw() -> Lay:
        angle, far = chance.random() * math.tau, radius * math.sqrt(chance.random())
        x, y = middle[0] + far * math.cos(angle), middle[1] + far * math.sin(angle)
        return Lay((x, y, middle[2]))

    return _apart(draw, count, apart)


def upward(triangles: Iterable[Triangle]) -> list[Triangle]:
    """Those that face the sky, walls left out."""
    return [one for one in triangles if _normal(*one)[2] > _STEEP]


def on_triangles(triangles: Sequence[Triangle], count: int, apart: float, seed: int) -> list[Lay]:
    """Over a surface, each part of it as likely as it is large; fewer where there is no room."""
    areas = [_area(one) for one in triangles]
    sums = list(itertools.accumulate(areas))
    if not sums or not sums[-1] > 0:
        return []
    chance = random.Random(seed)

    def draw() -> Lay:
        number = bisect.bisect_left(sums, chance.random() * sums[-1])
        a, b, c = triangles[min(number, len(triangles) - 1)]
        u, v = chance.random(), chance.random()
        if u + v > 1:
            u, v = 1 - u, 1 - v
        x, y, z = (p + u * (q - p) + v * (r - p) for p, q, r in zip(a, b, c, strict=True))
        return Lay((x, y, z), _normal(a, b, c))

    return _apart(draw, count, apart)


def varied(lays: Sequence[Lay], how: Variation, seed: int) -> list[Lay]:
    """The same places, each with a turn and a scale of its own."""
    chance = random.Random(seed + 1)
    return [
        Lay(
            one.place,
            one.up,
            one.turn + how.turn * chance.uniform(-1, 1),
            one.scale * (1 + how.scale * chance.uniform(-1, 1)),
        )
        for one in lays
    ]


def _apart(draw: Callable[[], Lay], count: int, apart: float) -> list[Lay]:
    """Drawn one by one; of those too near to an earlier one another is drawn."""
    found: list[Lay] = []
    cells: dict[tuple[int, ...], list[Point]] = {}
    for _ in range(count * _TRIES):
        if len(found) == count:
            break
        lay = draw()
        if apart > _NEAR:
            cell = tuple(math.floor(value / apart) for value in lay.place)
            steps = itertools.product((-1, 0, 1), repeat=3)
            near = (tuple(a + b for a, b in zip(cell, step, strict=True)) for step in steps)
            others = (other for key in near for other in cells.get(key, ()))
            if any(math.dist(other, lay.place) < apart for other in others):
                continue
            cells.setdefault(cell, []).append(lay.place)
        found.append(lay)
    return found


def _cross(a: Point, b: Point, c: Point) -> Point:
    (x, y, z), (u, v, w) = ([q - p for p, q in zip(a, other, strict=True)] for other in (b, c))
    return (y * w - z * v, z * u - x * w, x * v - y * u)


def _area(triangle: Triangle) -> float:
    return math.hypot(*_cross(*triangle)) / 2


def _normal(a: Point, b: Point, c: Point) -> Point:
    x, y, z = _cross(a, b, c)
    length = math.hypot(x, y, z)
    return (x / length, y / length, z / length) if length else UP
