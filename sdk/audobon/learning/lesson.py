"""A lesson: examples in, a head and what it is worth out.

What is measured is the whole way of learning, on folds that it has not seen:
the penalty is chosen and the scores are calibrated inside the part that is
learnt from (G. Cawley and N. Talbot, "On over-fitting in model selection and
subsequent selection bias in performance evaluation", Journal of Machine
Learning Research 11 (2010), 2079-2107). The head that is kept is then learnt
in the same way from all examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import Invalid
from audobon.learning.calibration import calibrated
from audobon.learning.examples import Examples
from audobon.learning.folds import folds_of
from audobon.learning.head import PENALTIES, Head, heads, loss_of, sigmoid
from audobon.learning.promise import Promise, promise
from audobon.learning.rivals import Entry, Standing, nearest_scores, refusal, standing

__all__ = ["FEWEST", "Learnt", "Lesson", "Tried", "learn", "lesson"]

Array = np.ndarray[Any, Any]

FEWEST = 5
"""Different examples of each answer below which nothing can be held out."""
_OUTER, _INNER = 5, 4
_PATIENCE = 2  # penalties in a row that make it worse, after which weaker ones are not tried


@frozen(slots=True)
class Tried:
    """A penalty that was tried, with the mean log loss and the F1 on the parts that were held
    out for the choice. A head is learnt exactly, so these are its steps; it has no epochs."""

    penalty: float
    loss: float
    f1: float


@frozen(slots=True, eq=False)
class Learnt:
    """A head whose logits are calibrated, and the penalty that was chosen.

    ``path`` are all penalties that were tried, from the strongest on.
    """

    head: Head
    penalty: float
    path: tuple[Tried, ...]


@frozen(slots=True, eq=False)
class Lesson:
    """What was learnt: ``refused`` says why the head should not be used, empty when it should.

    ``scores`` are held-out chances of yes, one for each example, and ``folds`` where each was
    held out.
    """

    learnt: Learnt
    standing: Standing
    rivals: tuple[Standing, ...]
    promise: Promise
    scores: Array
    folds: Array
    refused: str


Report = Callable[[float, Mapping[str, Any]], None]


def _silent(_done: float, _told: Mapping[str, Any]) -> None:
    pass


def _need(examples: Examples) -> None:
    for answer, word in ((True, "yes"), (False, "no")):
        count = examples.count(answer)
        if count < FEWEST:
            raise Invalid(
                f"{count} different examples of {word} are too few; {FEWEST} of each are needed",
                hint="pictures that are nearly the same count as one",
            )


def learn(examples: Examples, *, seed: int) -> Learnt:
    """A calibrated head from examples, by nothing but these. Invalid for too few."""
    fewest = min(examples.count(True), examples.count(False))
    if fewest < 2:
        raise Invalid("two different examples of each answer are needed at least")
    folds = folds_of(examples.groups, examples.yes, min(_INNER, fewest), seed=seed)
    held, number, path = _path(examples, folds)
    slope, offset = calibrated(held, examples.yes, examples.shares)
    *_, head = heads(examples.vectors, examples.yes, examples.shares, PENALTIES[: number + 1])
    return Learnt(head.scaled(slope, offset), PENALTIES[number], path)


def _path(examples: Examples, folds: Array) -> tuple[Array, int, tuple[Tried, ...]]:
    """The held-out logits of the best penalty, its number, and all that were tried: from strong
    to weak, and no further once it gets worse."""
    yes, shares = examples.yes, examples.shares
    names = np.unique(folds)
    ways = [_heads_without(examples, folds == fold) for fold in names]
    best: tuple[Array, float, int] | None = None
    path = []
    for number, fitted in enumerate(zip(*ways, strict=True)):
        held = np.zeros(len(examples))
        for fold, head in zip(names, fitted, strict=True):
            held[folds == fold] = head.logits(examples.vectors[folds == fold])
        slope, offset = calibrated(held, yes, shares)
        logits = slope * held + offset
        loss = loss_of(logits, yes, shares)
        path.append(Tried(PENALTIES[number], loss, _f1(logits, yes, shares)))
        if best is None or loss < best[1] - 1e-9:
            best = held, loss, number
        elif number - best[2] >= _PATIENCE:
            break
    assert best is not None
    return best[0], best[2], tuple(path)


def _heads_without(examples: Examples, held: Array) -> Iterator[Head]:
    some = examples.only(~held)
    return heads(some.vectors, some.yes, some.shares)


def lesson(
    examples: Examples,
    *,
    target: float,
    seed: int = 0,
    zero_shot: Any = None,
    previous: Any = None,
    imported: Any = None,
    report: Report = _silent,
    check: Callable[[], None] = lambda: None,
) -> Lesson:
    """Learn from examples, and measure that on held-out ones. Invalid for too few of them.

    ``target`` is the precision to be promised, ``zero_shot`` the score of some
    model for each example, ``previous`` for each what the version in use took it for, None where
    it was not learnt from it, ``imported`` the score of one in use that was learnt elsewhere;
    None for no such rival. ``report`` is told how much is done, and
    what the parts that were held out so far say. ``check`` is called often.
    """
    _need(examples)
    count = min(_OUTER, examples.count(True), examples.count(False))
    folds = folds_of(examples.groups, examples.yes, count, seed=seed)
    own, near = np.zeros(len(examples)), np.zeros(len(examples))
    before = None if previous is None else np.full(len(examples), np.nan)
    was = None if before is None else np.array([each is not None for each in previous])
    said = None if before is None else np.array([bool(each) for each in previous])
    for fold in range(count):
        check()
        there = folds == fold
        known = examples.only(~there)
        learnt = learn(known, seed=seed + 1)
        own[there] = learnt.head.logits(examples.vectors[there])
        near[there] = nearest_scores(known, examples.vectors[there])
        if before is not None:
            assert was is not None
            assert said is not None
            some = ~there & was
            # By the answers of then: what was corrected since is what makes the new one better.
            older = examples.only(some).answered(said[some])
            before = _again(older, examples.vectors[there], before, there, seed)
        report((fold + 1) / (count + 2), _live(own, examples, folds <= fold))
    check()
    learnt = learn(examples, seed=seed + 1)
    report((count + 1) / (count + 2), {})
    entry = Entry.of("head", own, examples, folds)
    entries = [Entry("everything", np.zeros(len(own)), np.ones(len(own), bool), np.log(2.0))]
    if zero_shot is not None:
        entries.append(Entry.of("zero-shot", np.asarray(zero_shot, float), examples, folds))
    if before is not None:
        entries.append(Entry.of("previous", before, examples, folds))
    if imported is not None:
        entries.append(Entry.of("imported", np.asarray(imported, float), examples, folds))
    entries.append(Entry.of("nearest", near, examples, folds))
    mine = standing(entry, None, examples, seed=seed)
    others = [standing(each, entry, examples, seed=seed) for each in entries]
    chances = sigmoid(own)
    kept = promise(chances, examples.yes, examples.groups, target)
    report(1.0, {})
    return Lesson(learnt, mine, tuple(others), kept, chances, folds, refusal(mine, others))


def _again(older: Examples, asked: Array, scores: Array, there: Array, seed: int) -> Array | None:
    """What the previous examples alone teach; None, for good, where they are too few by now."""
    if min(older.count(True), older.count(False)) < 2:
        return None
    scores[there] = learn(older, seed=seed + 1).head.logits(asked)
    return scores


def _live(logits: Array, examples: Examples, so_far: Array) -> dict[str, Any]:
    """What the held-out parts so far say, by the calibrated chance of one half."""
    yes, shares = examples.yes[so_far], examples.shares[so_far]
    return {
        "held_out": int(so_far.sum()),
        "f1": round(_f1(logits[so_far], yes, shares), 4),
        "loss": round(loss_of(logits[so_far], yes, shares), 4),
    }


def _f1(logits: Array, yes: Array, shares: Array) -> float:
    """F1 where a chance of one half and more is taken for yes."""
    said = logits >= 0
    right = float((shares * (said & yes)).sum())
    missed = float((shares * (said != yes)).sum())
    return 2 * right / (2 * right + missed) if right else 0.0
