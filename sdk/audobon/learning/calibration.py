"""Scores that mean what they say: of pictures with 0.8, eight in ten are yes.

J. Platt, "Probabilistic outputs for support vector machines", 1999, with the
solver of H. Lin, C. Lin and R. Weng, "A note on Platt's probabilistic outputs
for support vector machines", Machine Learning 68 (2007), 267-276. Platt's
targets are not 0 and 1, so that forty examples without a mistake do not give
certainty. Isotonic regression, which needs a thousand and more (A.
Niculescu-Mizil and R. Caruana, "Predicting good probabilities with supervised
learning", ICML 2005), is not used; and two numbers can be folded into a head.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from audobon.learning.head import sigmoid

__all__ = ["calibrated", "crossed_logits"]

Array = np.ndarray[Any, Any]
_TURNS = 100


def calibrated(logits: Array, yes: Array, shares: Array) -> tuple[float, float]:
    """``(slope, offset)``: ``sigmoid(slope * logit + offset)`` is how likely yes is.

    ``logits`` are of held-out examples. The mix of yes and no is theirs. A slope below 0
    would turn the order round: then it is 0, and all are as likely as any.
    """
    there, not_there = float((shares * yes).sum()), float((shares * ~yes).sum())
    target = np.where(yes, (there + 1) / (there + 2), 1 / (not_there + 2))
    prior = float(np.log((there + 1) / (not_there + 1)))
    unit = float(np.sqrt(np.average(logits**2, weights=shares))) or 1.0
    design = np.stack([logits / unit, np.ones(len(logits))], 1)

    def cost(unknown: Array) -> float:
        line = design @ unknown
        return float((shares * (np.logaddexp(0, line) - target * line)).sum())

    unknown = np.array([0.0, prior])
    now = cost(unknown)
    for _ in range(_TURNS):
        chance = sigmoid(design @ unknown)
        slope = design.T @ (shares * (chance - target))
        bend = (design.T * (shares * chance * (1 - chance))) @ design + 1e-12 * np.eye(2)
        step, size = np.linalg.solve(bend, slope), 1.0
        while (then := cost(unknown - size * step)) > now and size > 1e-10:
            size /= 2
        if then > now or np.abs(size * step).max() < 1e-10:
            break
        unknown, now = unknown - size * step, then
    if unknown[0] <= 0:
        return 0.0, prior
    return float(unknown[0] / unit), float(unknown[1])


def crossed_logits(logits: Array, yes: Array, shares: Array, folds: Array) -> Array:
    """Calibrated logits, those of each fold by what all others say."""
    made = np.zeros(len(logits))
    for fold in np.unique(folds):
        there = folds == fold
        slope, offset = calibrated(logits[~there], yes[~there], shares[~there])
        made[there] = slope * logits[there] + offset
    return made
