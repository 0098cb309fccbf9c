"""Examples whose truth is known: vectors like those of a network, and a tag that is a direction."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from audobon.learning.examples import Examples, prepare

__all__ = ["Array", "content", "features", "taught"]

Array = np.ndarray[Any, Any]


def content(number: int) -> bytes:
    """A digest, another one for each number."""
    return hashlib.sha256(str(number).encode()).digest()


def features(count: int, *, seed: int, length: int = 160) -> Array:
    """Rows of length 1, none negative and half of them zero, as a network gives them."""
    rng = np.random.default_rng(seed)
    spread = rng.standard_normal((24, length)) / np.sqrt(np.arange(1, 25))[:, None]
    rows = np.maximum(rng.standard_normal((count, 24)) @ spread, 0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def taught(count: int, *, seed: int, noise: float = 0.0) -> Examples:
    """Half of them yes, by the direction in which they differ most, as far as ``noise`` lets it."""
    rows = features(count, seed=seed)
    rng = np.random.default_rng(seed + 1)
    line = rows @ np.linalg.svd(rows - rows.mean(0), full_matrices=False)[2][0]
    line = (line - line.mean()) / line.std() + noise * rng.standard_normal(count)
    yes = line > np.median(line)
    return prepare([content(each) for each in range(count)], list(yes), rows, alike=2.0)
