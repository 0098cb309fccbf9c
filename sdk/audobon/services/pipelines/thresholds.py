"""From which score on a suggested tag is shown: a default, then what people decided.

Decisions are few, so a share of accepted ones is not taken at its word but
with its interval: Wilson, "Probable inference, the law of succession, and
statistical inference", Journal of the American Statistical Association 22
(1927), 209-212. It holds for few decisions and for shares near 1, where the
usual interval is wrong (Brown, Cai and DasGupta, Statistical Science 16, 2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from audobon.learning.intervals import ONE_SIDED_90, wilson

__all__ = ["DEFAULTS", "OTHERS", "TARGET", "default_for", "interval", "threshold_for"]

DEFAULTS = {"efficientnet-lite0": 0.3}
"""By component: what its pipeline shows by itself. At 0.3 no other of 1000 classes is likelier by
much, and the photographs of the tests show nothing wrong."""
OTHERS = 0.5
"""For components that nobody has looked at: more likely than not, by their own account."""
TARGET = 0.8
"""Share of shown suggestions that should be right: one wrong in five is still quick to review.
Seven accepted without a rejection prove that, which is an evening's review."""
_FEW = 3
# Rejections that may be chance, or a slip of the hand; from the third on they count.

Decision = tuple[float, bool]


def default_for(component: str) -> float:
    """The threshold of a component's tags before anything was decided."""
    return DEFAULTS.get(component, OTHERS)


def interval(accepted: int, count: int) -> tuple[float, float]:
    """Wilson's bounds of the share that ``accepted`` of ``count`` stand for, at 90 % each."""
    return wilson(accepted, count, ONE_SIDED_90)


def threshold_for(decisions: Sequence[Decision], default: float, target: float = TARGET) -> float:
    """The lowest score to show of one tag, from ``(score, accepted)`` of one component.

    Below the default where decisions prove at least ``target`` from there
    on; above it where they refute that. Acceptances never raise it, rejections
    never lower it, and their order does not count. Above every rejected score,
    which may be above 1, when no lower one is left.
    """
    accepted = sorted({score for score, kept in decisions if kept})
    for score in accepted:
        if score < default and _bounds(decisions, score)[0] >= target:
            return score
    # Only accepted scores on the way up: with a rejected one, a rejection could lower it.
    top = math.nextafter(max((score for score, kept in decisions if not kept), default=0.0), 2)
    steps = (default, *(score for score in accepted if default < score < top), top)
    return next(score for score in steps if not _refuted(decisions, score, target))


def _refuted(decisions: Sequence[Decision], low: float, target: float) -> bool:
    against = sum(score >= low and not kept for score, kept in decisions)
    return against >= _FEW and _bounds(decisions, low)[1] < target


def _bounds(decisions: Sequence[Decision], low: float) -> tuple[float, float]:
    shown = [kept for score, kept in decisions if score >= low]
    return interval(sum(shown), len(shown))
