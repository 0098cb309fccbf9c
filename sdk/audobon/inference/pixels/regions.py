"""Connected regions of a mask, and the smallest rectangles around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import frozen

__all__ = ["Rectangle", "around", "cut", "regions"]

Array = np.ndarray[Any, Any]


@frozen(slots=True, eq=False)
class Rectangle:
    """A turned rectangle. Axes are unit vectors (x, y): ``across`` goes right, ``down`` down."""

    center: Array
    across: Array
    wide: float
    high: float

    @property
    def down(self) -> Array:
        """The other axis."""
        return np.array([-self.across[1], self.across[0]])

    def grown(self, by: float) -> Rectangle:
        """Larger on each side."""
        return Rectangle(self.center, self.across, self.wide + 2 * by, self.high + 2 * by)

    def turned(self, quarters: int) -> Rectangle:
        """The same rectangle seen from another side, each quarter as a clock goes."""
        across, wide, high = self.across, self.wide, self.high
        for _ in range(quarters % 4):
            across, wide, high = np.array([-across[1], across[0]]), high, wide
        return Rectangle(self.center, across, wide, high)

    def scaled(self, x: float, y: float) -> Rectangle:
        """In a picture that is ``x`` times as wide and ``y`` times as high, about alike."""
        stretch = np.array([x, y])
        across, down = self.across * stretch, self.down * stretch
        lengths = float(np.linalg.norm(across)), float(np.linalg.norm(down))
        turned = across / lengths[0]
        center = (self.center + 0.5) * stretch - 0.5  # places are those of pixels' middles
        return Rectangle(center, turned, self.wide * lengths[0], self.high * lengths[1])

    def corners(self) -> Array:
        """The four corners (x, y), from the top left one on as a clock goes."""
        right, low = self.across * self.wide / 2, self.down * self.high / 2
        around_zero = np.array([-right - low, right - low, right + low, low - right])
        return np.asarray(self.center + around_zero)


def regions(mask: Array) -> list[Array]:
    """The regions of a mask that touch, corners included: runs (row, first, last) of each."""
    padded = np.pad(mask.astype(np.int8), ((0, 0), (1, 1)))
    steps = np.diff(padded, axis=1)
    rows, first = np.nonzero(steps == 1)
    last = np.nonzero(steps == -1)[1] - 1
    parents = list(range(len(rows)))

    def root(each: int) -> int:
        while parents[each] != each:
            parents[each] = parents[parents[each]]
            each = parents[each]
        return each

    for above, below in _touching(rows.tolist(), first.tolist(), last.tolist()):
        parents[root(below)] = root(above)
    groups: dict[int, list[int]] = {}
    for each in range(len(rows)):
        groups.setdefault(root(each), []).append(each)
    runs = np.stack([rows, first, last], 1)
    return [runs[members] for members in groups.values()]


def _touching(rows: list[int], first: list[int], last: list[int]) -> Iterator[tuple[int, int]]:
    """Pairs of runs in neighbouring rows that touch."""
    above = 0
    for below, row in enumerate(rows):
        while rows[above] < row - 1 or (rows[above] == row - 1 and last[above] < first[below] - 1):
            above += 1
        each = above
        while rows[each] == row - 1 and first[each] <= last[below] + 1:
            yield each, below
            each += 1


def around(runs: Array) -> Rectangle:
    """The smallest rectangle around the middles of a region's pixels."""
    ends = np.concatenate([runs[:, [1, 0]], runs[:, [2, 0]]])
    points = np.array(_hull(sorted(set(map(tuple, ends.tolist())))), np.float64)
    edges = np.diff(points, axis=0, append=points[:1])
    lengths = np.linalg.norm(edges, axis=1, keepdims=True)
    axes = edges / lengths if len(points) > 1 else np.array([[1.0, 0.0]])
    others = np.stack([-axes[:, 1], axes[:, 0]], 1)
    along, beside = points @ axes.T, points @ others.T
    best = int(np.argmin(np.ptp(along, axis=0) * np.ptp(beside, axis=0)))
    middle = [(each[:, best].max() + each[:, best].min()) / 2 for each in (along, beside)]
    center = axes[best] * middle[0] + others[best] * middle[1]
    size = [float(np.ptp(each[:, best])) for each in (along, beside)]
    across = axes[best]
    if abs(across[0]) < abs(across[1]):
        across, size = others[best], size[::-1]
    return Rectangle(center, across if across[0] > 0 else -across, *size)


def _hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The convex hull of sorted points (Andrew's monotone chain)."""
    if len(points) < 3:
        return points
    halves = []
    for order in (points, points[::-1]):
        half: list[tuple[int, int]] = []
        for x, y in order:
            while len(half) > 1:
                (ax, ay), (bx, by) = half[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                half.pop()
            half.append((x, y))
        halves += half[:-1]
    return halves


def cut(picture: Array, box: Rectangle) -> Array:
    """What lies in a rectangle, upright, by straight lines between pixels, in f32."""
    high, wide = max(1, round(box.high)), max(1, round(box.wide))
    right = (np.arange(wide) + 0.5 - wide / 2) * (box.wide / wide)
    low = (np.arange(high) + 0.5 - high / 2) * (box.high / high)
    x = box.center[0] + right * box.across[0] + low[:, None] * box.down[0]
    y = box.center[1] + right * box.across[1] + low[:, None] * box.down[1]
    x, y = x.clip(0, picture.shape[1] - 1), y.clip(0, picture.shape[0] - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    after, under = (left + 1).clip(max=picture.shape[1] - 1), (top + 1).clip(max=len(picture) - 1)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    upper = picture[top, left] * (1 - fx) + picture[top, after] * fx
    lower = picture[under, left] * (1 - fx) + picture[under, after] * fx
    return np.asarray(upper * (1 - fy) + lower * fy, np.float32)
