# SPDX-License-Identifier: GPL-3.0-or-later
"""Small drawings for assets that nothing can be rendered of: node groups, brushes, actions.

Pixels are floats, RGBA with straight alpha, rows from bottom to top, as
Blender has them. Used by the script of a second Blender too, so this module
imports nothing of the add-on.
"""

from __future__ import annotations

import colorsys
import itertools
import math
import zlib
from collections.abc import Sequence

__all__ = ["Box", "curves_picture", "falloff_picture", "nodes_picture", "resampled"]

Color = tuple[float, float, float]
Box = tuple[float, float, float, float, str]
"""A node: left, bottom, width, height and what kind it is, which gives its colour."""
Point = tuple[float, float]

_GROUND: Color = (0.17, 0.18, 0.2)
_LINE: Color = (0.75, 0.77, 0.8)
_EDGE = 0.1  # of the picture is left free around the drawing
_LEAST = 5  # pixels of the smallest box: less is not seen
_SAMPLES = 96


class _Canvas:
    def __init__(self, size: int, ground: Color = _GROUND) -> None:
        self.size = size
        self.pixels = [*ground, 1.0] * (size * size)

    def dot(self, x: int, y: int, color: Color, strength: float = 1.0) -> None:
        if 0 <= x < self.size and 0 <= y < self.size:
            at = (y * self.size + x) * 4
            for number, value in enumerate(color):
                self.pixels[at + number] += (value - self.pixels[at + number]) * strength

    def box(self, left: float, bottom: float, right: float, top: float, color: Color) -> None:
        for y in range(round(bottom), round(top)):
            for x in range(round(left), round(right)):
                self.dot(x, y, color)

    def line(self, start: Point, end: Point, color: Color) -> None:
        """Two pixels wide."""
        steps = max(1, math.ceil(2 * max(abs(end[0] - start[0]), abs(end[1] - start[1]))))
        for step in range(steps + 1):
            x, y = (a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
            for shift in (0, 1):
                self.dot(int(x), int(y) + shift, color)


class _Frame:
    """Fits a drawing into the picture, without changing its proportions unless ``stretch``."""

    def __init__(self, size: int, points: Sequence[Point], *, stretch: bool = False) -> None:
        xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
        room = size * (1 - 2 * _EDGE)
        wide, high = max(xs) - min(xs), max(ys) - min(ys)
        scales = [room / wide if wide > 0 else 0.0, room / high if high > 0 else 0.0]
        if not stretch:
            scales = [min((scale for scale in scales if scale), default=0.0)] * 2
        self._scales = scales
        self._middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
        self._half = size / 2

    def __call__(self, point: Point) -> Point:
        return (
            self._half + (point[0] - self._middle[0]) * self._scales[0],
            self._half + (point[1] - self._middle[1]) * self._scales[1],
        )


def _color(kind: str) -> Color:
    """Equal kinds have equal colours, in every file."""
    return colorsys.hsv_to_rgb(zlib.crc32(kind.encode()) % 360 / 360, 0.5, 0.75)


def nodes_picture(
    size: int, boxes: Sequence[Box], links: Sequence[tuple[Point, Point]]
) -> list[float]:
    """A tree of nodes, small: boxes where the nodes stand, and lines between them."""
    canvas = _Canvas(size)
    corners = [(left, bottom) for left, bottom, _, _, _ in boxes]
    corners += [(left + wide, bottom + high) for left, bottom, wide, high, _ in boxes]
    frame = _Frame(size, corners)
    for start, end in links:
        canvas.line(frame(start), frame(end), _LINE)
    for left, bottom, wide, high, kind in boxes:
        x0, y0 = frame((left, bottom))
        x1, y1 = frame((left + wide, bottom + high))
        x1, y1 = max(x1, x0 + _LEAST), max(y1, y0 + _LEAST)
        canvas.box(x0, y0, x1, y1, (0.3, 0.31, 0.34))
        canvas.box(x0, y1 - max(2.0, (y1 - y0) / 4), x1, y1, _color(kind))
    return canvas.pixels


def curves_picture(size: int, curves: Sequence[Sequence[Point]]) -> list[float]:
    """Curves of an animation, each in a colour of its own."""
    canvas = _Canvas(size)
    frame = _Frame(size, [point for curve in curves for point in curve], stretch=True)
    for number, curve in enumerate(curves):
        color = _color(str(number))
        for start, end in itertools.pairwise(curve):
            canvas.line(frame(start), frame(end), color)
    return canvas.pixels


def falloff_picture(size: int, values: Sequence[float]) -> list[float]:
    """The dab of a brush: ``values`` are its strength from the middle to the edge."""
    canvas = _Canvas(size, (0.85, 0.85, 0.83))
    half, radius, last = size / 2, size * (0.5 - _EDGE / 2), len(values) - 1
    for y in range(size):
        for x in range(size):
            far = math.hypot(x + 0.5 - half, y + 0.5 - half) / radius
            if far < 1 and last > 0:
                at = far * last
                low = int(at)
                value = values[low] + (values[min(low + 1, last)] - values[low]) * (at - low)
                canvas.dot(x, y, (0.12, 0.13, 0.15), min(1.0, max(0.0, value)))
    return canvas.pixels


def resampled(pixels: Sequence[float], width: int, height: int, size: int) -> list[float]:
    """A picture of any size as one of ``size``, not stretched, on a clear ground."""
    made = [0.0] * (size * size * 4)
    longest = max(width, height)
    if longest < 1:
        return made
    wide, high = max(1, size * width // longest), max(1, size * height // longest)
    for y in range(high):
        row = min(height - 1, y * height // high) * width
        for x in range(wide):
            source = (row + min(width - 1, x * width // wide)) * 4
            at = ((y + (size - high) // 2) * size + x + (size - wide) // 2) * 4
            made[at : at + 4] = pixels[source : source + 4]
    return made
