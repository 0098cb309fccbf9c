"""The order in which people read the lines of a picture: rows, columns, turned pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from audobon.inference.pixels.regions import Rectangle

__all__ = ["read_order"]

Array = np.ndarray[Any, Any]
_COLUMN = 3  # lines that stand above each other on both sides of a gap: fewer are a table's cells
_LONG = 5.0  # as long as that for its height, a line is one of running text, not a label or a price
_GAP = 0.8  # heights of a line that columns are apart at least
_ROW = 0.5  # of the lower line's height: whose middles are nearer are of one row


def read_order(boxes: Sequence[Rectangle]) -> list[int]:
    """Places in ``boxes`` in the order of reading, each box's ``across`` being along its text.

    Columns of running text are read one after the other, all else row by row
    from the left, in the direction that most of the text runs in.
    """
    if not boxes:
        return []
    direction = np.sum([box.across * box.wide for box in boxes], axis=0)
    length = float(np.linalg.norm(direction))
    across = direction / length if length > 1e-6 else np.array([1.0, 0.0])
    down = np.array([-across[1], across[0]])
    sides = []
    for box in boxes:
        corners = box.corners() @ np.stack([across, down], 1)
        sides.append([*corners.min(0), *corners.max(0)])
    return _read(np.array(sides), list(range(len(boxes))))


def _read(sides: Array, places: list[int]) -> list[int]:
    """``sides`` are (left, top, right, bottom); the widest gap between columns is cut first.

    Where there is none the widest gap between rows may let columns be seen: a
    heading goes over all of them.
    """
    if len(places) < 2 * _COLUMN:
        return _by_rows(sides, places)
    here = sides[places]
    line = float(np.median(here[:, 3] - here[:, 1]))
    for at in _gaps(here[:, 0], here[:, 2], _GAP * line):
        left = [each for each in places if sides[each, 0] < at]
        right = [each for each in places if sides[each, 0] >= at]
        if _is_column(sides[left]) and _is_column(sides[right]):
            return _read(sides, left) + _read(sides, right)
    for at in _gaps(here[:, 1], here[:, 3], 0.0)[:1]:
        above = [each for each in places if sides[each, 1] < at]
        below = [each for each in places if sides[each, 1] >= at]
        return _read(sides, above) + _read(sides, below)
    return _by_rows(sides, places)


def _gaps(first: Array, last: Array, least: float) -> list[float]:
    """Where nothing is, at least so wide: where the gap ends, the widest first."""
    order = np.argsort(first)
    ends = np.maximum.accumulate(last[order])[:-1]
    wide = first[order][1:] - ends
    found = [int(each) for each in np.argsort(-wide, kind="stable") if wide[each] > least]
    return [float(first[order][each + 1]) for each in found]


def _is_column(sides: Array) -> bool:
    wide, high = sides[:, 2] - sides[:, 0], sides[:, 3] - sides[:, 1]
    rows = len(_rows(sides, list(range(len(sides)))))
    return rows >= _COLUMN and float(np.median(wide / np.maximum(high, 1e-6))) >= _LONG


def _rows(sides: Array, places: Sequence[int]) -> list[list[int]]:
    rows: list[list[int]] = []
    middles = (sides[:, 1] + sides[:, 3]) / 2
    for each in sorted(places, key=lambda place: float(middles[place])):
        last = rows[-1][-1] if rows else None
        if last is not None:
            lower = min(float(sides[place, 3] - sides[place, 1]) for place in (last, each))
            if middles[each] - middles[last] < _ROW * lower:
                rows[-1].append(each)
                continue
        rows.append([each])
    return rows


def _by_rows(sides: Array, places: Sequence[int]) -> list[int]:
    rows = _rows(sides, places)
    return [each for row in rows for each in sorted(row, key=lambda place: float(sides[place, 0]))]
