# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs as polygons in a square from 0 to 1: fonts differ in which signs they have."""

from __future__ import annotations

import functools
import math

__all__ = ["SHAPES", "Point", "triangles"]

Point = tuple[float, float]


def _star() -> tuple[Point, ...]:
    found = []
    for corner in range(10):
        angle = math.pi / 2 + corner * math.pi / 5
        reach = 0.5 if corner % 2 == 0 else 0.21
        found.append((0.5 + reach * math.cos(angle), 0.47 + reach * math.sin(angle)))
    return tuple(found)


def _heart() -> tuple[Point, ...]:
    found = []
    for corner in range(24):
        t = corner * math.tau / 24
        x = 16 * math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        found.append((0.5 + x / 36, 0.55 + y / 36))
    return tuple(found)


def _circle() -> tuple[Point, ...]:
    angles = [corner * math.tau / 20 for corner in range(20)]
    return tuple((0.5 + math.cos(angle) / 2, 0.5 + math.sin(angle) / 2) for angle in angles)


def _box(x: float, y: float, width: float, height: float) -> tuple[Point, ...]:
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


_FOUR = tuple(_box(x, y, 0.38, 0.38) for x in (0.05, 0.57) for y in (0.05, 0.57))
_LINES = tuple(_box(0.05, y, 0.9, 0.16) for y in (0.08, 0.42, 0.76))
_CROSS = (
    ((0.08, 0.2), (0.2, 0.08), (0.92, 0.8), (0.8, 0.92)),
    ((0.08, 0.8), (0.8, 0.08), (0.92, 0.2), (0.2, 0.92)),
)

SHAPES: dict[str, tuple[tuple[Point, ...], ...]] = {
    "star": (_star(),),
    "favourite": (_heart(),),
    "circle": (_circle(),),
    "back": (((0.8, 0.05), (0.8, 0.95), (0.15, 0.5)),),
    "on": (((0.2, 0.05), (0.85, 0.5), (0.2, 0.95)),),
    "smaller": (_box(0.1, 0.42, 0.8, 0.16),),
    "bigger": (_box(0.1, 0.42, 0.8, 0.16), _box(0.42, 0.1, 0.16, 0.8)),
    "grid": _FOUR,
    "list": _LINES,
    "close": _CROSS,
    "clear": _CROSS,
    # A triangle with an exclamation mark, which is drawn over it in another colour.
    "missing": (((0.5, 0.98), (0.0, 0.05), (1.0, 0.05)),),
    "mark": (_box(0.45, 0.34, 0.1, 0.36), _box(0.45, 0.16, 0.1, 0.11)),
    # An arrow down to a line.
    "remote": (
        _box(0.42, 0.45, 0.16, 0.5),
        ((0.2, 0.55), (0.8, 0.55), (0.5, 0.2)),
        _box(0.12, 0.04, 0.76, 0.12),
    ),
    # An arrow that goes round: most of a ring, and its head.
    "changed": (
        *(
            (
                (0.5 + 0.28 * math.cos(a), 0.5 + 0.28 * math.sin(a)),
                (0.5 + 0.44 * math.cos(a), 0.5 + 0.44 * math.sin(a)),
                (0.5 + 0.44 * math.cos(a + 0.36), 0.5 + 0.44 * math.sin(a + 0.36)),
                (0.5 + 0.28 * math.cos(a + 0.36), 0.5 + 0.28 * math.sin(a + 0.36)),
            )
            for a in (0.7 + step * 0.36 for step in range(14))
        ),
        ((0.62, 0.78), (1.0, 0.84), (0.88, 0.46)),
    ),
}
"""Each sign is some polygons, each of which is seen whole from its middle."""


@functools.cache
def triangles(name: str) -> tuple[Point, ...]:
    """The corners of the triangles of a sign, three by three."""
    found: list[Point] = []
    for polygon in SHAPES[name]:
        middle = (
            sum(x for x, _ in polygon) / len(polygon),
            sum(y for _, y in polygon) / len(polygon),
        )
        for first, second in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
            found += [middle, first, second]
    return tuple(found)
