"""Which examples are held out together: whole groups, with yes and no in equal parts.

R. Kohavi, "A study of cross-validation and bootstrap for accuracy estimation
and model selection", IJCAI 1995, for strata; groups are given out one by one,
the largest first, to the fold that then is the most even.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["folds_of"]

Array = np.ndarray[Any, Any]


def folds_of(groups: Array, yes: Array, count: int, *, seed: int) -> Array:
    """The number of the fold of each example, 0 to ``count`` - 1.

    A group lies in one fold. Which groups come together hangs on ``seed`` alone
    and not on the order of the examples within a group. ValueError where there
    are fewer groups of yes, or of no, than folds.
    """
    names, where = np.unique(groups, return_inverse=True)
    where = where.reshape(-1)
    sizes = np.zeros((len(names), 2))
    np.add.at(sizes, (where, np.asarray(yes, int)), 1.0)
    if count < 2 or (sizes > 0).sum(0).min(initial=len(names)) < count:
        raise ValueError(f"too few groups of yes or no for {count} folds")
    total = sizes.sum(0)
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(len(names))
    order = mixed[np.argsort(-(sizes[mixed] / total).max(1), kind="stable")]
    held = np.zeros((count, 2))
    place = np.zeros(len(names), np.int64)
    for each in order:
        after = (held + sizes[each]) / total
        # The fold that is the least full of what this group brings; of equal ones the first.
        cost = (after * (sizes[each] > 0)).sum(1) + 1e-6 * after.sum(1)
        place[each] = int(np.argmin(cost))
        held[place[each]] += sizes[each]
    return place[where]
