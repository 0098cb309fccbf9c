"""The score from which on a precision can be promised and most is found, or that none can.

To try every threshold and take the best one is to look until chance helps. So
they are tried in an order that is fixed before: from the highest score that
leaves enough examples for a proof, downwards, until one fails. With many
examples there are several such starts, which share the doubt
(A. Angelopoulos et al., "Learn then test: calibrating predictive algorithms
to achieve risk control", 2021, fixed sequence testing). The test is exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import frozen

from audobon.learning.intervals import at_least, chance_of

__all__ = ["DOUBT", "Promise", "enough_for", "promise"]

Array = np.ndarray[Any, Any]

DOUBT = 0.1
"""How likely a promise may be wrong: one library in ten."""
_STARTS = 3
_ROOM = 4  # times what a proof takes at least, from which on there is room for several starts


@frozen(slots=True)
class Promise:
    """``threshold`` keeps the precision ``target``; None where that cannot be promised.

    ``least`` is what precision is promised, ``shown`` how many held-out groups are above the
    threshold and ``right`` how many of these are right, ``recall`` the share of yes among them.
    Where nothing can be promised they are of the first threshold that was tried. ``needed`` is
    how many have to be shown at least, all of them right.
    """

    target: float
    threshold: float | None
    least: float
    shown: int
    right: int
    recall: float
    needed: int


@frozen(slots=True)
class _Cut:
    """What is shown from a score on: groups, those that are right, those of yes."""

    score: float
    shown: int
    right: int
    found: int
    below: float

    @property
    def threshold(self) -> float:
        """In the middle of the gap below, in which no held-out score lies."""
        return (self.score + self.below) / 2


def enough_for(target: float, doubt: float = DOUBT) -> int:
    """How many examples prove a precision where none of them is wrong."""
    return math.ceil(math.log(doubt) / math.log(target) - 1e-9)


def promise(scores: Array, yes: Array, groups: Array, target: float) -> Promise:
    """The threshold above which ``target`` is proved by held-out ``scores``, and most is found.

    A group is one picture: it is right where none of those shown of it is wrong. ``target``
    lies between 0 and 1, both excluded.
    """
    total = len(np.unique(groups[yes]))
    several = total >= _ROOM * enough_for(target)
    doubt = DOUBT / _STARTS if several else DOUBT
    needed = enough_for(target, doubt)
    starts = [needed, *(total * part // _STARTS for part in range(1, _STARTS) if several)]
    cuts = _cuts(scores, yes, groups)
    best: _Cut | None = None
    for start in starts:
        for cut in (each for each in cuts if each.shown >= start):
            if chance_of(cut.right, cut.shown, target) > doubt:
                break
            if best is None or cut.found > best.found:  # lower only where that finds more
                best = cut
    told = best or next((each for each in cuts if each.shown >= needed), None)
    if told is None:
        return Promise(target, None, 0.0, 0, 0, 0.0, needed)
    return Promise(
        target,
        None if best is None else best.threshold,
        at_least(told.right, told.shown, doubt),
        told.shown,
        told.right,
        told.found / max(total, 1),
        needed,
    )


def _cuts(scores: Array, yes: Array, groups: Array) -> list[_Cut]:
    """Every threshold there is, the highest first."""
    shown: dict[int, bool] = {}
    found: set[int] = set()
    right, cuts = 0, list[_Cut]()
    order = np.argsort(-scores, kind="stable")
    for place, number in enumerate(order):
        group, good = int(groups[number]), bool(yes[number])
        before = shown.get(group)
        shown[group] = good and before is not False
        right += int(shown[group]) - int(before is True)
        if good:
            found.add(group)
        below = scores[order[place + 1]] if place + 1 < len(order) else scores[number]
        if below < scores[number] or place + 1 == len(order):
            cut = float(scores[number]), len(shown), right, len(found)
            cuts.append(_Cut(*cut, float(below)))
    return cuts
