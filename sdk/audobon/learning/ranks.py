"""What predicted numbers are worth on held-out pictures: how far off, and in what order.

The mean error is resampled by groups as F1 is in ``measures``. The order is
Spearman's rank correlation with the interval of D. Bonett and T. Wright,
"Sample size requirements for estimating Pearson, Kendall and Spearman
correlations", Psychometrika 65 (2000), 23-28.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from audobon.learning.intervals import TWO_SIDED_95

__all__ = ["Bounds", "error_apart", "error_of", "order_of"]

Array = np.ndarray[Any, Any]
Bounds = tuple[float, float]
_DRAWS = 2_000
_MOST = 0.999999  # beyond which the interval has no width


def error_of(
    said: Array, true: Array, shares: Array, groups: Array, *, seed: int
) -> tuple[float, Bounds]:
    """The mean of how far off it is, each group counting as one, with its interval of 95 %."""
    off = _by_group(np.abs(said - true), shares, groups)
    return float(off.mean()), _within(off, seed)


def error_apart(
    one: Array, other: Array, true: Array, shares: Array, groups: Array, *, seed: int
) -> Bounds:
    """The interval of 95 % of how much less ``one`` is off than ``other``, both drawn together."""
    less = np.abs(other - true) - np.abs(one - true)
    return _within(_by_group(less, shares, groups), seed)


def order_of(said: Array, true: Array, shares: Array, groups: Array) -> tuple[float, Bounds]:
    """Spearman's correlation of the means of groups, with its interval; 0 where all are equal."""
    one, other = (_ranks(_by_group(each, shares, groups)) for each in (said, true))
    spread = float(one.std() * other.std())
    both = float(((one - one.mean()) * (other - other.mean())).mean())
    found = both / spread if spread > 1e-12 else 0.0
    if len(one) <= 3:
        return found, (-1.0, 1.0)
    held = max(-_MOST, min(_MOST, found))
    half = TWO_SIDED_95 * math.sqrt((1 + held * held / 2) / (len(one) - 3))
    middle = math.atanh(held)
    return found, (math.tanh(middle - half), math.tanh(middle + half))


def _by_group(values: Array, shares: Array, groups: Array) -> Array:
    _, where = np.unique(groups, return_inverse=True)
    where = where.reshape(-1)
    return np.asarray(np.bincount(where, shares * values) / np.bincount(where, shares))


def _within(values: Array, seed: int) -> Bounds:
    count = len(values)
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), _DRAWS)
    low, high = np.quantile(times @ values / count, (0.025, 0.975))
    return float(low), float(high)


def _ranks(values: Array) -> Array:
    """From 0 on; equal ones share the mean of their ranks. Rounded: sums differ in the end."""
    _, where, counts = np.unique(np.round(values, 9), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[where.reshape(-1)])
