"""What a network of edges is fed with, and the lines that are drawn of what it gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from audobon.inference.pixels.resize import resize
from audobon.inference.steps import on_grey, stored

__all__ = ["drawable", "drawn"]

Array = np.ndarray[Any, Any]


def drawable(pixels: Array, kind: str, *, alpha: bool, size: int, multiple: int) -> Array:
    """A whole picture as u8 (1, rows, columns, 3), its sides multiples, ``size`` at most.

    With other sizes the enlarged pictures of a network's layers would not lie on each other.
    """
    scale = min(1.0, size / max(pixels.shape[:2]))
    high, wide = (
        max(1, round(length * scale / multiple)) * multiple for length in pixels.shape[:2]
    )
    return on_grey(pixels, kind, alpha=alpha, high=high, wide=wide)


def drawn(edges: Array, high: int, wide: int, kind: str, *, paper: str, strength: float) -> Array:
    """Edges (1, rows, columns, 1) as lines of a picture of ``kind`` with one channel.

    On no paper it has a second one, alpha, and is black.
    """
    ink = resize(edges[0].astype(np.float32), high, wide).clip(0, 1) ** np.float32(1 / strength)
    if paper == "none":
        return stored(np.concatenate([np.zeros_like(ink), ink], -1), kind)
    return stored(ink if paper == "black" else 1 - ink, kind)
