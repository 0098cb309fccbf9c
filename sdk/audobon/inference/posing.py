"""A person's pose: named points of the body, and a drawing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audobon.inference.pixels.color import to_unit
from audobon.inference.pixels.strokes import disc, stroke
from audobon.inference.steps import stored

__all__ = ["POINTS", "drawn_pose", "points_of"]

Array = np.ndarray[Any, Any]
POINTS = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder",
    "left elbow", "right elbow", "left wrist", "right wrist", "left hip", "right hip",
    "left knee", "right knee", "left ankle", "right ankle",
)  # fmt: skip
"""The points of COCO, in the order of MoveNet; left and right are the person's own."""
_LIMBS = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (7, 9),
    (6, 8), (8, 10), (0, 1), (0, 2), (1, 3), (2, 4),
)  # fmt: skip
"""Pairs of points that are joined by a line."""
_WIDTH = 150  # a line is so much narrower than the picture's longest side
_PAPERS = {"black": 0.0, "white": 1.0}
_TOPS = {"u8": 255.0, "u16": 65535.0}


def points_of(given: Array, high: int, wide: int, threshold: float) -> list[dict[str, Any]]:
    """``{name, x, y, score}`` of each point with at least ``threshold``.

    ``given`` is (1, 1, 17, 3): row, column, score, as parts of the square that
    the picture of ``high`` rows and ``wide`` columns was put into the middle
    of; x and y are in pixels of the picture, and may lie beyond its edges.
    """
    longest = max(high, wide)
    found = []
    for name, (down, across, score) in zip(POINTS, given[0, 0].astype(float), strict=True):
        if score >= threshold:
            x, y = across * longest - (longest - wide) / 2, down * longest - (longest - high) / 2
            found.append(
                {"name": name, "x": round(x, 1), "y": round(y, 1), "score": round(score, 4)}
            )
    return found


def drawn_pose(
    points: Sequence[Mapping[str, Any]], pixels: Array, kind: str, *, alpha: bool, paper: str
) -> tuple[Array, str, bool]:
    """The body as lines and dots: pixels, their kind, and whether the last channel is alpha.

    ``paper`` is source (over the picture), black, white, or none (transparent).
    """
    high, wide = pixels.shape[:2]
    made = "u8" if kind == "u8" else "u16"
    radius = max(1.0, max(high, wide) / _WIDTH / 2)
    canvas = np.zeros((high, wide, 4), np.float32)
    known = {each["name"]: (float(each["x"]), float(each["y"])) for each in points}
    for number, (one, other) in enumerate(_LIMBS):
        ends = known.get(POINTS[one]), known.get(POINTS[other])
        if ends[0] is not None and ends[1] is not None:
            stroke(canvas, ends[0], ends[1], radius, _hue(number / len(_LIMBS)))
    for name, place in known.items():
        disc(canvas, place, radius * 2, _hue(POINTS.index(name) / len(POINTS)))
    ink, veil = canvas[..., :3], canvas[..., 3:]
    if paper == "none":
        color = np.divide(ink, veil, out=np.zeros_like(ink), where=veil > 0)
        return stored(np.concatenate([color, veil], -1), made), made, True
    if paper in _PAPERS:
        return stored(ink + np.float32(_PAPERS[paper]) * (1 - veil), made), made, False
    under = to_unit(pixels[..., :-1] if alpha else pixels, kind)
    over = ink + under * (1 - veil)
    if alpha:  # what is drawn is seen, over clear pixels too
        own = pixels[..., -1:].astype(np.float32) / _TOPS.get(kind, 1.0)
        over = np.concatenate([over, np.maximum(own.clip(0, 1), veil)], -1)
    return stored(over, made), made, alpha


def _hue(turn: float) -> Array:
    """A bright colour, round the circle."""
    apart = np.abs((turn * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1
    return np.asarray(apart.clip(0, 1), np.float32)
