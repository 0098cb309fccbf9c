"""Lines and dots with smooth edges, onto a picture whose colour is weighted by its alpha."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["disc", "stroke"]

Array = np.ndarray[Any, Any]
Point = tuple[float, float]


def stroke(canvas: Array, start: Point, end: Point, radius: float, color: Array) -> None:
    """Paint a line with round ends, from (x, y) to (x, y) in pixels, onto f32 RGBA.

    A pixel is covered as far as the line's edge, ``radius`` from its middle,
    goes into it. What lies beyond the canvas is left out.
    """
    high, wide = canvas.shape[:2]
    reach = radius + 1
    left, right = (_within(edge, wide) for edge in _span(start[0], end[0], reach))
    top, bottom = (_within(edge, high) for edge in _span(start[1], end[1], reach))
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5)
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5)
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = max(along_x**2 + along_y**2, 1e-9)
    share = (((x - start[0]) * along_x + (y - start[1]) * along_y) / length).clip(0, 1)
    away = np.hypot(x - start[0] - share * along_x, y - start[1] - share * along_y)
    cover = (radius + 0.5 - away).clip(0, 1).astype(np.float32)[..., None]
    part = canvas[top:bottom, left:right]
    part *= 1 - cover
    part += cover * np.append(color, np.float32(1))


def disc(canvas: Array, place: Point, radius: float, color: Array) -> None:
    """Paint a dot: a line without length."""
    stroke(canvas, place, place, radius, color)


def _span(one: float, other: float, reach: float) -> tuple[float, float]:
    return min(one, other) - reach, max(one, other) + reach + 1


def _within(edge: float, length: int) -> int:
    return int(min(max(edge, 0.0), length))
