"""What a head is worth on held-out examples, and how far the figure can be trusted.

F1 is resampled by groups (B. Efron and R. Tibshirani, "An introduction to the
bootstrap", 1993, chapter 13). Where nothing is wrong a bootstrap has no width;
then the bound is that of the share tp / (tp + fp + fn), of which F1 is a
function (K. Lam, V. Gopal and J. Qian, "Confidence intervals for the F1 score:
a comparison of four methods", 2023).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from audobon.learning.intervals import TWO_SIDED_95, wilson

__all__ = ["Figures", "average_precision", "best_cut", "crossed", "f1_apart", "figures"]

Array = np.ndarray[Any, Any]
Bounds = tuple[float, float]
_DRAWS = 2_000


@frozen(slots=True)
class Figures:
    """Shares with their intervals of 95 %. Counts are of groups, so they need not be whole.

    ``ranked`` is the average precision: how well the order is, whatever the threshold.
    """

    f1: float
    f1_within: Bounds
    precision: float
    precision_within: Bounds
    recall: float
    recall_within: Bounds
    ranked: float


def best_cut(scores: Array, yes: Array, shares: Array) -> float:
    """The lowest score to be taken for yes for the best F1; of equal ones in the middle of a gap.

    Infinite where nothing is best taken for yes.
    """
    order = np.argsort(-scores, kind="stable")
    found, right = scores[order], np.cumsum(shares[order] * yes[order])
    said = np.cumsum(shares[order])
    f1 = 2 * right / (said + (shares * yes).sum())
    ends = np.append(found[1:] < found[:-1], True)
    f1[~ends] = -1.0
    if not len(f1) or f1.max() <= 0:
        return float("inf")
    best = int(np.argmax(f1))
    below = found[best + 1] if best + 1 < len(found) else found[best] - 1e-9
    return float((found[best] + below) / 2)


def crossed(scores: Array, yes: Array, shares: Array, folds: Array) -> Array:
    """Which are taken for yes: in each fold by the best threshold of all others."""
    said = np.zeros(len(scores), bool)
    for fold in np.unique(folds):
        there = folds == fold
        said[there] = scores[there] >= best_cut(scores[~there], yes[~there], shares[~there])
    return said


def average_precision(scores: Array, yes: Array, shares: Array) -> float:
    """The mean precision over all yes, in the order of scores; equal scores count together."""
    total = float((shares * yes).sum())
    if not total:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    right, said = np.cumsum((shares * yes)[order]), np.cumsum(shares[order])
    ends = np.append(np.diff(scores[order]) < 0, True)
    right, said = right[ends], said[ends]
    return float((np.diff(right, prepend=0.0) * right / said).sum() / total)


def figures(
    scores: Array, said: Array, yes: Array, shares: Array, groups: Array, *, seed: int
) -> Figures:
    """All figures of held-out answers ``said`` and the scores behind them."""
    hits, wrong, lost = _parts(said, yes, shares)
    right = float(hits.sum())
    positive, there = right + float(wrong.sum()), right + float(lost.sum())
    f1 = _f1(right, float(wrong.sum()), float(lost.sum()))
    low, high = wilson(right, right + float(wrong.sum() + lost.sum()), TWO_SIDED_95)
    low, high = 2 * low / (1 + low), 2 * high / (1 + high)
    drawn = _drawn(hits, wrong, lost, groups, seed)
    if len(drawn):
        less, more = np.quantile(drawn, (0.025, 0.975))
        low, high = min(low, float(less)), max(high, float(more))
    return Figures(
        *(f1, (low, high)),
        *(right / positive if positive else 0.0, wilson(right, positive, TWO_SIDED_95)),
        *(right / there if there else 0.0, wilson(right, there, TWO_SIDED_95)),
        average_precision(scores, yes, shares),
    )


def f1_apart(
    one: Array, other: Array, yes: Array, shares: Array, groups: Array, *, seed: int
) -> Bounds:
    """The interval of 95 % of how much better the answers ``one`` are by F1 than ``other``.

    Both are drawn together: what is hard for one is hard for the other.
    """
    drawn = [_drawn(*_parts(said, yes, shares), groups, seed, every=True) for said in (one, other)]
    low, high = np.quantile(drawn[0] - drawn[1], (0.025, 0.975))
    return float(low), float(high)


def _parts(said: Array, yes: Array, shares: Array) -> tuple[Array, Array, Array]:
    return shares * (said & yes), shares * (said & ~yes), shares * (~said & yes)


def _f1(right: float, wrong: float, lost: float) -> float:
    return 2 * right / (2 * right + wrong + lost) if right else 0.0


def _drawn(
    hits: Array, wrong: Array, lost: Array, groups: Array, seed: int, *, every: bool = False
) -> Array:
    """F1 of groups that are drawn again and again; without draws in which there is no yes."""
    names, where = np.unique(groups, return_inverse=True)
    sums = np.zeros((3, len(names)))
    for row, part in zip(sums, (hits, wrong, lost), strict=True):
        np.add.at(row, where.reshape(-1), part)
    count = len(names)
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), _DRAWS)
    right, false, missed = sums @ times.T
    whole = 2 * right + false + missed
    f1 = 2 * right / np.maximum(whole, 1e-300)
    return np.asarray(f1 if every else f1[whole > 0])
