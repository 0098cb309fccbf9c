"""Synthetic vectors of pictures, made to be like those of a network.

Measured on 9,159 crops of 730 real pictures under ``efficientnet-lite0``: 58 % of the numbers are
zero, none is negative, the median product of two is 0.26, a fifth are above 0.4, and the tenth
nearest has 0.86. These have 58 %, 0.26, a sixth, and 0.75: somewhat harder to tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["LENGTH", "vectors"]

LENGTH = 1280
_AT_ONCE = 5_000
_DIRECTIONS = 96
_CLUSTERS = 2_000
_OWN = 0.25  # of each number is of the picture alone
_NEAR = 0.9  # how far what a picture shows is that of its cluster
_LOW = 0.2  # what the network cuts off


def vectors(count: int, *, seed: int = 20261126) -> Iterator[Any]:
    """``count`` vectors of length 1 as rows of 16-bit floats, some thousands at a time."""
    rng = np.random.default_rng(seed)
    fall = (np.arange(1, _DIRECTIONS + 1) ** -0.6)[:, None]
    directions = (rng.standard_normal((_DIRECTIONS, LENGTH)) * fall).astype(np.float32)
    directions /= np.sqrt((directions**2).sum(0)).mean()
    clusters = rng.standard_normal((_CLUSTERS, _DIRECTIONS)).astype(np.float32)
    for begin in range(0, count, _AT_ONCE):
        rows = min(_AT_ONCE, count - begin)
        shown = _NEAR * clusters[rng.integers(0, _CLUSTERS, rows)]
        shown += (1 - _NEAR**2) ** 0.5 * rng.standard_normal(shown.shape, np.float32)
        made = shown @ directions + _OWN * rng.standard_normal((rows, LENGTH), np.float32)
        made = np.maximum(made - _LOW, 0)
        yield (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("<f2")
