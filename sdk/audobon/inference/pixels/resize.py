"""Shrinking and enlarging arrays: area averages down, straight lines up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["resize", "resized_in_bands", "square"]

Array = np.ndarray[Any, np.dtype[np.float32]]


def _matrix(length: int, target: int) -> Array:
    """Weights of each source pixel (column) for each target pixel (row).

    A triangle as wide as the scale: the area average for shrinking, straight
    lines between pixels for enlarging.
    """
    scale = length / target
    reach = max(scale, 1.0)
    centers = (np.arange(target) + 0.5) * scale - 0.5
    weights = 1 - np.abs(np.arange(length)[None, :] - centers[:, None]) / reach
    weights = weights.clip(0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def resize(values: Array, height: int, width: int) -> Array:
    """(rows, columns, channels) in f32 to another size. Large ones are first averaged in blocks."""
    for axis, target in ((0, height), (1, width)):
        step = values.shape[axis] // (4 * target)
        if step > 1:  # whole blocks first: a matrix over 16,000 pixels would cost a gigabyte
            values = _blocks(values, axis, step)
    values = np.tensordot(_matrix(values.shape[0], height), values, (1, 0))
    values = np.tensordot(_matrix(values.shape[1], width), values, (1, 1))
    return np.ascontiguousarray(values.swapaxes(0, 1))


def resized_in_bands(values: Array, height: int, width: int, rows: int) -> Iterator[Array]:
    """As :func:`resize`, so many rows after another: an enlarged picture need not fit."""
    across = resize(values, values.shape[0], width)
    if height < values.shape[0]:
        whole = resize(across, height, width)
        yield from (whole[first : first + rows] for first in range(0, height, rows))
        return
    weights = _matrix(values.shape[0], height)
    for first in range(0, height, rows):
        part = weights[first : first + rows]
        used = np.flatnonzero(part.any(0))
        begin, end = int(used[0]), int(used[-1]) + 1
        yield np.tensordot(part[:, begin:end], across[begin:end], (1, 0))


def _blocks(values: Array, axis: int, step: int) -> Array:
    length = values.shape[axis] // step * step
    if axis == 0:
        cut = values[:length]
        parts = cut.reshape(-1, step, *values.shape[1:])
        return np.asarray(parts.mean(1, dtype=np.float32))
    parts = values[:, :length].reshape(values.shape[0], -1, step, values.shape[2])
    return np.asarray(parts.mean(2, dtype=np.float32))


def square(values: Array, size: int) -> Array:
    """The middle square of a picture at ``size`` pixels, as networks of classes are trained."""
    side = min(values.shape[:2])
    top, left = (values.shape[0] - side) // 2, (values.shape[1] - side) // 2
    return resize(values[top : top + side, left : left + side], size, size)
