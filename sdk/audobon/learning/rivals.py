"""What a head has to beat on the same held-out examples before it is taken into use.

``everything``
    the tag for all: what has an F1 no better than that has learnt nothing
``zero-shot``
    scores that some model gives without an example, where one knows the tag
``previous``
    what was learnt from the examples of the version in use: learnt again without
    the held-out ones, for a head that has seen an example knows its answer
``imported``
    scores of the version in use where that was learnt elsewhere; it may have seen these
    examples there, which makes it harder to beat than it should be
``nearest``
    the likeness to the nearest yes, less that to the nearest no (T. Cover and P.
    Hart, "Nearest neighbor pattern classification", 1967), with the same examples
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from audobon.learning.calibration import crossed_logits
from audobon.learning.examples import Examples
from audobon.learning.head import loss_of
from audobon.learning.measures import Bounds, Figures, crossed, f1_apart, figures

__all__ = ["MUST_BEAT", "Entry", "Standing", "nearest_scores", "refusal", "standing"]

Array = np.ndarray[Any, Any]

MUST_BEAT = ("everything", "zero-shot", "previous", "imported")
"""A head is taken into use when it is better than these; by the nearest it must only not be
clearly beaten, which nobody could use in its place and which chance puts in front now and then."""
_DIGITS = 6


@frozen(slots=True, eq=False)
class Entry:
    """One that takes part: held-out ``scores``, and which examples it takes for yes."""

    name: str
    scores: Array
    said: Array
    loss: float

    @classmethod
    def of(cls, name: str, scores: Array, examples: Examples, folds: Array) -> Entry:
        """By the thresholds and the calibration that all other folds give."""
        yes, shares = examples.yes, examples.shares
        logits = crossed_logits(scores, yes, shares, folds)
        said = crossed(scores, yes, shares, folds)
        return cls(name, scores, said, loss_of(logits, yes, shares))


@frozen(slots=True)
class Standing:
    """How one that takes part has done; ``ahead`` is how much the head is better by F1, at least
    and at most, with 95 %: None for the head itself."""

    name: str
    figures: Figures
    loss: float
    ahead: Bounds | None

    def order(self) -> tuple[float, float, float]:
        """The larger the better: F1, then the order of scores, then what they say of chances."""
        shown = (self.figures.f1, self.figures.ranked, -self.loss)
        return tuple(round(each, _DIGITS) for each in shown)  # type: ignore[return-value]


def nearest_scores(known: Examples, asked: Array) -> Array:
    """How much more alike each of ``asked`` is to the nearest yes of ``known`` than to a no."""
    likeness = asked @ known.vectors.T
    return np.asarray(likeness[:, known.yes].max(1) - likeness[:, ~known.yes].max(1))


def standing(entry: Entry, head: Entry | None, examples: Examples, *, seed: int) -> Standing:
    """The figures of one; ``head`` is who it is compared with."""
    yes, shares, groups = examples.yes, examples.shares, examples.groups
    ahead = None
    if head is not None:
        ahead = f1_apart(head.said, entry.said, yes, shares, groups, seed=seed)
    made = figures(entry.scores, entry.said, yes, shares, groups, seed=seed)
    return Standing(entry.name, made, entry.loss, ahead)


def refusal(head: Standing, others: list[Standing]) -> str:
    """Why the head is not taken into use; empty when it is."""
    for other in others:
        told = f"{other.figures.f1:.2f}, its own is {head.figures.f1:.2f}"
        if other.name in MUST_BEAT and head.order() <= other.order():
            return f"it is no better than {other.name}: F1 {told}"
        if other.ahead is not None and other.ahead[1] < 0:
            return f"{other.name} is clearly better: F1 {told}"
    return ""
