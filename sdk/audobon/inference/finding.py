"""Things in pictures: where they are, of what a network of NanoDet's kind says.

"Generalized Focal Loss", Li et al., 2020: a side of a box is a distribution
over eleven distances, of which the mean is taken. The numbers follow NanoDet
(Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import Invalid

__all__ = ["apart", "boxes_of", "things_of"]

Array = np.ndarray[Any, Any]
_STRIDES = (8, 16, 32)
"""Pixels of the network's picture between the points of each of its three grids."""
_OVERLAP = 0.6  # of two boxes, shared by all: above it they are one thing, as NanoDet has it
_MOST = 1000  # boxes that are compared with each other; sound pictures have a few dozen


def boxes_of(distances: Array, stride: int) -> Array:
    """Boxes (left, top, right, bottom) in pixels of the network's picture, one for each point.

    ``distances`` are (points, 44): for each side how likely it is 0 to 10 strides away.
    """
    side = int(len(distances) ** 0.5)
    chances = distances.reshape(side * side, 4, -1).astype(np.float32)
    chances = np.exp(chances - chances.max(-1, keepdims=True))
    chances /= chances.sum(-1, keepdims=True)
    far = (chances * np.arange(chances.shape[-1])).sum(-1) * stride
    down, across = np.divmod(np.arange(side * side), side)
    middle = np.stack([across, down, across, down], -1) * stride + stride / 2
    return np.asarray(middle + far * np.array([-1, -1, 1, 1]))


def apart(boxes: Array, scores: Array) -> list[int]:
    """Which boxes to keep, best first: those that no better one covers."""
    order = np.argsort(-scores, kind="stable")[:_MOST]
    kept: list[int] = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        order = order[_shared(boxes[best], boxes[order]) <= _OVERLAP]
    return kept


def _shared(box: Array, others: Array) -> Array:
    """The area that a box shares with others, of the area that both cover."""
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    both = inner.clip(0, None).prod(-1)
    one, each = (box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(-1)
    return np.asarray(both / np.maximum(one + each - both, 1e-9))


def things_of(
    given: Mapping[str, Array],
    names: Sequence[str],
    *,
    high: int,
    wide: int,
    size: int,
    threshold: float,
    count: int,
) -> list[dict[str, Any]]:
    """``{tag, score, box}`` of the best ``count`` things with at least ``threshold``, best first.

    ``given`` are the network's ``scores-8``, ``distances-8`` and so on, of a
    picture of ``size`` pixels that a source of ``high`` rows and ``wide``
    columns was fitted into. A box is [left, top, right, bottom] in pixels of the source.
    """
    boxes = np.concatenate([boxes_of(given[f"distances-{each}"][0], each) for each in _STRIDES])
    scores = np.concatenate([given[f"scores-{each}"][0] for each in _STRIDES])
    if scores.shape[1] != len(names):
        raise Invalid(f"there are {len(names)} names for {scores.shape[1]} classes")
    longest = max(high, wide)
    offset = np.array([longest - wide, longest - high] * 2) / 2
    boxes = boxes * (longest / size) - offset
    boxes = boxes.clip(0, [wide, high, wide, high])
    found: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        seen = np.flatnonzero(scores[:, number] >= threshold)
        for place in seen[apart(boxes[seen], scores[seen, number])]:
            box = [round(float(edge), 1) for edge in boxes[place]]
            found.append({"tag": name, "score": round(float(scores[place, number]), 4), "box": box})
    return sorted(found, key=_score, reverse=True)[:count]


def _score(thing: Mapping[str, Any]) -> float:
    return float(thing["score"])
