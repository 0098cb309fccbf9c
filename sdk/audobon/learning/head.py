"""A head: logistic regression with L2 on standardised features, learnt exactly.

There are fewer examples than features, so the weights lie in the space of the
examples: what is solved has their number of unknowns and the same solution
(T. Hastie and R. Tibshirani, "Efficient quadratic regularization for
expression arrays", Biostatistics 5 (2004), 329-340). Newton's steps, halved
while they make it worse. The standardisation is folded into the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen

__all__ = ["PENALTIES", "Head", "balanced", "heads", "loss_of", "reduced", "sigmoid", "spread_of"]

Array = np.ndarray[Any, Any]

PENALTIES = tuple(10.0**step for step in (1, 0.5, 0, -0.5, -1, -1.5, -2, -2.5, -3, -3.5, -4))
"""From the strongest on; features are scaled so that an example has length 1 in the mean."""
_FLOOR = 0.5
# Of the mean deviation of features. With 40 examples a feature that one of them has would else
# count as much as one that half of them have.
_MOST = 256
# Directions that are learnt in: all of them with 300 examples, and of a thousand those in which
# they differ most; with all of those a lesson would take ten minutes instead of ten seconds.
_SMALL = 1e-10  # of the largest direction: what is below it is noise of rounding
_TURNS = 60
_NEAR = 1e-10  # of a step, where it is enough


@frozen(slots=True, eq=False)
class Head:
    """A plane in the space of features: ``vectors @ weights + bias`` is the logit of yes."""

    weights: Array
    bias: float

    def logits(self, vectors: Array) -> Array:
        """Above 0 is rather yes."""
        return np.asarray(np.asarray(vectors, np.float64) @ self.weights + self.bias)

    def scaled(self, slope: float, offset: float) -> Head:
        """The head whose logits are ``slope`` times these, and ``offset``."""
        return Head(self.weights * slope, self.bias * slope + offset)


def sigmoid(logits: Array) -> Array:
    """1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(logits))
    return np.asarray(np.where(logits >= 0, 1 / (1 + small), small / (1 + small)))


def loss_of(logits: Array, yes: Array, shares: Array) -> float:
    """The mean log loss, each example counting its share."""
    wrong = np.where(yes, -logits, logits)
    return float((shares * np.logaddexp(0, wrong)).sum() / shares.sum())


def balanced(yes: Array, shares: Array) -> Array:
    """Shares that are scaled so that yes and no count as much together; each side must be there."""
    made = np.array(shares, np.float64)
    for answer in (True, False):
        side = yes == answer
        made[side] *= 0.5 / made[side].sum()
    return made


def heads(
    vectors: Array, yes: Array, shares: Array, penalties: Sequence[float] = PENALTIES
) -> Iterator[Head]:
    """The head for each penalty in turn, each begun at the one before.

    Yes and no count as much whatever their number. ValueError where one is not there.
    """
    if yes.all() or not yes.any():
        raise ValueError("a head needs examples of both yes and no")
    weights = balanced(yes, shares)
    mean, scale = spread_of(vectors, weights)
    basis, small = reduced((vectors - mean) / scale)
    unknown = np.zeros(small.shape[1] + 1)
    design = np.hstack([small, np.ones((len(small), 1))])
    for penalty in penalties:
        unknown = _solved(design, yes, weights, penalty, unknown)
        full = (basis @ unknown[:-1]) / scale
        yield Head(full, float(unknown[-1] - mean @ full))


def spread_of(vectors: Array, weights: Array) -> tuple[Array, Array]:
    """The mean of features, and by what they are divided so that an example has length 1 in the
    mean; ``weights`` sum up to 1."""
    mean = weights @ vectors
    deviation = np.sqrt(np.maximum(weights @ (vectors - mean) ** 2, 0))
    scale = np.maximum(deviation, _FLOOR * deviation.mean() + 1e-12)
    standard = (vectors - mean) / scale
    scale *= np.sqrt((weights @ standard**2).sum()) or 1.0
    return mean, scale


def reduced(rows: Array) -> tuple[Array, Array]:
    """Orthonormal directions (features, r) and the coordinates (n, r) of the rows in them."""
    wide = rows.shape[1] > rows.shape[0]
    squares, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    keep = np.flatnonzero(squares > max(squares.max(initial=0.0) * _SMALL, 1e-300))[-_MOST:]
    lengths, vectors = np.sqrt(squares[keep]), vectors[:, keep]
    if wide:
        return rows.T @ (vectors / lengths), vectors * lengths
    return vectors, rows @ vectors


def _solved(design: Array, yes: Array, weights: Array, penalty: float, start: Array) -> Array:
    """Where the weighted log loss and ``penalty`` / 2 times the squared length are least."""
    ridge = np.full(design.shape[1], penalty)
    ridge[-1] = 0.0  # the bias is not held down
    signs = np.where(yes, 1.0, -1.0)

    def cost(unknown: Array) -> float:
        losses = np.logaddexp(0, -signs * (design @ unknown))
        return float(weights @ losses + (ridge * unknown**2).sum() / 2)

    unknown, now = start, cost(start)
    for _ in range(_TURNS):
        chance = sigmoid(design @ unknown)
        slope = design.T @ (weights * (chance - yes)) + ridge * unknown
        bend = (design.T * (weights * chance * (1 - chance))) @ design + np.diag(ridge)
        bend[np.diag_indices_from(bend)] += 1e-12
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (then := cost(unknown - size * step)) > now and size > 1e-6:
            size /= 2
        if then > now:
            break
        unknown, now = unknown - size * step, then
        if np.abs(size * step).max() <= _NEAR * (1 + np.abs(unknown).max()):
            break
    return unknown
