"""Likeness as a library means it: directions in which what belongs together is close.

What has a label in common belongs together. The directions are those in which all pictures
differ much, and those of one label little: linear discriminant analysis with a within-class
scatter that is shrunk to a ball (R. Fisher, 1936; J. Friedman, "Regularized discriminant
analysis", Journal of the American Statistical Association 84 (1989), 165-175). What labels say
nothing of is kept by mixing the new likeness with the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import Invalid
from audobon.learning.head import reduced

__all__ = ["FEWEST", "Labelled", "LikenessLesson", "Map", "Tried", "learnt_map", "likeness_lesson"]

Array = np.ndarray[Any, Any]
Bounds = tuple[float, float]

FEWEST = 4
"""Different pictures that a label needs to count, so that two are left in each half."""
SHOWN = 10
_MOST = 32  # directions
_SHRINKING = (0.03, 0.3, 3.0)  # of the mean variance within labels
_MIXING = (0.25, 0.5, 0.75)  # how much of the likeness is the new one
_ROUNDS = 2  # times that the pictures are parted in halves
_DRAWS = 2_000


@frozen(slots=True, eq=False)
class Map:
    """``vectors @ turn + offset`` are the directions; ``mix`` how much they say of likeness."""

    turn: Array
    offset: Array
    mix: float

    def placed(self, vectors: Array) -> Array:
        """Where vectors lie in the directions, with length 1."""
        made = vectors @ self.turn + self.offset
        return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12))

    def likeness(self, one: Array, other: Array) -> Array:
        """How alike each of ``one`` is to each of ``other``, of vectors of length 1: 1 is equal."""
        new = self.placed(one) @ self.placed(other).T if self.mix else 0.0
        return np.asarray((1 - self.mix) * (one @ other.T) + self.mix * new)


@frozen(slots=True, eq=False)
class Labelled:
    """Pictures: ``vectors`` (n, features) of length 1, ``has`` (n, labels), ``lacks`` (n, labels)
    where somebody has said that a label is wrong, ``groups`` (n) of nearly equal ones."""

    vectors: Array
    has: Array
    lacks: Array
    groups: Array

    def __len__(self) -> int:
        return len(self.vectors)

    def only(self, rows: Array) -> Labelled:
        """Some of them."""
        return Labelled(self.vectors[rows], self.has[rows], self.lacks[rows], self.groups[rows])

    def related(self) -> Array:
        """Which have a label in common (n, n), but for those of one group."""
        together = self.has.astype(np.float32) @ self.has.T.astype(np.float32) > 0
        return np.asarray(together & (self.groups[:, None] != self.groups[None, :]))


@frozen(slots=True)
class Tried:
    """How one likeness has done on pictures that nothing was learnt from. Of the ten that it shows
    for one: ``found``, the share of what could be right among them; ``precision`` and ``recall``.

    ``ahead`` is by how much what was learnt finds more, at least and at most with 95 %; None for
    itself.
    """

    name: str
    found: float
    precision: float
    recall: float
    ahead: Bounds | None


@frozen(slots=True, eq=False)
class LikenessLesson:
    """What was learnt; ``refused`` says why it should not be used, empty when it should."""

    map: Map
    shrinking: float
    standing: Tried
    rivals: tuple[Tried, ...]
    queries: int
    refused: str


def _directions(known: Labelled, shrinking: Sequence[float]) -> list[tuple[Array, Array]]:
    """``(turn, offset)`` for each; ValueError where no label has two pictures."""
    _, where, counts = np.unique(known.groups, return_inverse=True, return_counts=True)
    shares = 1.0 / counts[where.reshape(-1)]
    mean = np.average(known.vectors, axis=0, weights=shares)
    basis, rows = reduced((known.vectors - mean) * np.sqrt(shares)[:, None])
    rows = rows / np.sqrt(shares)[:, None]
    size = rows.shape[1]
    within, apart = np.zeros((size, size)), (rows.T * shares) @ rows / shares.sum()
    labels = 0
    for has, lacks in zip(known.has.T, known.lacks.T, strict=True):
        if len(np.unique(known.groups[has])) < 2:
            continue
        labels += 1
        middle = np.average(rows[has], axis=0, weights=shares[has])
        off = rows[has] - middle
        within += (off.T * shares[has]) @ off / shares[has].sum()
        if lacks.any():  # what somebody has said is none of these has to lie apart
            off = rows[lacks] - middle
            apart += (off.T * shares[lacks]) @ off / shares.sum()
    if not labels:
        raise ValueError("no label has two different pictures")
    within /= labels
    ball = np.trace(within) / size
    return [_solved(within + each * ball * np.eye(size), apart, basis, mean) for each in shrinking]


def _solved(within: Array, apart: Array, basis: Array, mean: Array) -> tuple[Array, Array]:
    sizes, turned = np.linalg.eigh(within)
    white = turned / np.sqrt(np.maximum(sizes, 1e-12))
    _, vectors = np.linalg.eigh(white.T @ apart @ white)
    turn = basis @ (white @ vectors[:, ::-1][:, :_MOST])
    return turn, -mean @ turn


def _counted(likeness: Array, related: Array, groups: Array) -> Array:
    """For each picture with any related one: found, precision and recall of the first ten (3, n);
    NaN for others."""
    shown = np.where(groups[:, None] == groups[None, :], -np.inf, likeness)
    first = np.argsort(-shown, axis=1, kind="stable")[:, :SHOWN]
    right = np.take_along_axis(related, first, axis=1).sum(1).astype(float)
    total = related.sum(1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = np.stack([right / np.minimum(total, SHOWN), right / SHOWN, right / total])
    return np.asarray(np.where(total > 0, made, np.nan))


def _halves(groups: Array, rng: np.random.Generator) -> Array:
    names, where = np.unique(groups, return_inverse=True)
    sides = np.arange(len(names)) % 2 == 0
    rng.shuffle(sides)
    return np.asarray(sides[where.reshape(-1)])


def learnt_map(known: Labelled, *, seed: int) -> tuple[Map, float]:
    """The map from these pictures, and how much it was shrunk: chosen on halves of them."""
    rng = np.random.default_rng(seed)
    scores = np.zeros((len(_SHRINKING), len(_MIXING)))
    side = _halves(known.groups, rng)
    for there in (side, ~side):
        asked = known.only(there)
        related = asked.related()
        try:
            ways = _directions(known.only(~there), _SHRINKING)
        except ValueError:
            continue
        for at, (turn, offset) in enumerate(ways):
            for place, mix in enumerate(_MIXING):
                likeness = Map(turn, offset, mix).likeness(asked.vectors, asked.vectors)
                counted = _counted(likeness, related, asked.groups)[0]
                if np.isfinite(counted).any():
                    scores[at, place] += float(np.nanmean(counted))
    at, place = divmod(int(np.argmax(np.round(scores, 9))), len(_MIXING))
    ((turn, offset),) = _directions(known, _SHRINKING[at : at + 1])
    return Map(turn, offset, _MIXING[place]), _SHRINKING[at]


Report = Callable[[float, Mapping[str, Any]], None]


def _silent(_done: float, _told: Mapping[str, Any]) -> None:
    pass


def likeness_lesson(
    known: Labelled,
    *,
    seed: int = 0,
    previous: tuple[Array, Array] | None = None,
    report: Report = _silent,
    check: Callable[[], None] = lambda: None,
) -> LikenessLesson:
    """Learn from labelled pictures, and measure that where neither who is asked about nor what is
    shown was learnt from: on the other half. Invalid for too few.

    ``previous`` is which pictures the version in use was learnt from and what they had then
    (n, and n times labels). ``report`` is told how much is done and what was found so far.
    """
    _need(known)
    rng = np.random.default_rng(seed)
    names = ("learnt", "untuned", *(("previous",) if previous is not None else ()))
    sums = {name: np.zeros((3, len(known))) for name in names}
    times = np.zeros(len(known))
    steps = 2 * _ROUNDS + 1
    for turn in range(_ROUNDS):
        side = _halves(known.groups, rng)
        for number, there in enumerate((side, ~side)):
            check()
            asked = known.only(there)
            related, vectors = asked.related(), asked.vectors
            made = learnt_map(known.only(~there), seed=seed + 1)[0]
            ways = {"learnt": made.likeness(vectors, vectors), "untuned": vectors @ vectors.T}
            if previous is not None:
                ways["previous"] = _again(known, ~there, previous, vectors, seed)
            for name, likeness in ways.items():
                counted = _counted(likeness, related, asked.groups)
                fine = np.isfinite(counted[0])
                rows = np.flatnonzero(there)[fine]
                sums[name][:, rows] += counted[:, fine]
                if name == "learnt":
                    times[rows] += 1
            told = {"found": round(float(sums["learnt"][0].sum() / max(times.sum(), 1)), 4)}
            report((2 * turn + number + 1) / steps, told)
    check()
    kept, shrinking = learnt_map(known, seed=seed + 1)
    asked_of = times > 0
    made_of = {name: each[:, asked_of] / times[asked_of] for name, each in sums.items()}
    groups = known.groups[asked_of]
    tried = [_tried(name, made_of[name], made_of["learnt"], groups, seed) for name in names]
    report(1.0, {})
    queries = len(np.unique(groups))
    return LikenessLesson(kept, shrinking, tried[0], tuple(tried[1:]), queries, refusal(tried))


def _need(known: Labelled) -> None:
    enough = [len(np.unique(known.groups[has])) >= FEWEST for has in known.has.T]
    if sum(enough) < 2:
        raise Invalid(
            f"{sum(enough)} tags or catalogs have {FEWEST} different pictures; two are needed",
            hint="tag more pictures; nearly equal ones count as one, and what most have counts not",
        )


def _again(
    known: Labelled, rows: Array, previous: tuple[Array, Array], vectors: Array, seed: int
) -> Array:
    """The likeness that the pictures of the version in use teach, without the held-out ones."""
    was, had = previous
    some = rows & was
    older = Labelled(known.vectors[some], had[some], np.zeros_like(had[some]), known.groups[some])
    try:
        return learnt_map(older, seed=seed + 1)[0].likeness(vectors, vectors)
    except ValueError:
        return np.asarray(vectors @ vectors.T)


def _tried(name: str, made: Array, own: Array, groups: Array, seed: int) -> Tried:
    _, where = np.unique(groups, return_inverse=True)
    where = where.reshape(-1)
    counts = np.bincount(where)
    found, precision, recall = (float((np.bincount(where, row) / counts).mean()) for row in made)
    ahead = None
    if name != "learnt":
        more = np.bincount(where, own[0] - made[0]) / counts
        size = len(more)
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(size, np.full(size, 1 / size), _DRAWS) @ more / size
        low, high = np.quantile(drawn, (0.025, 0.975))
        ahead = float(low), float(high)
    return Tried(name, found, precision, recall, ahead)


def refusal(tried: Sequence[Tried]) -> str:
    """Why the first is not taken into use, empty when it is: it has to be clearly better than the
    untuned likeness, and better than the version before."""
    own = tried[0]
    for other in tried[1:]:
        told = f"it finds {own.found:.0%} of what could be among the first ten, {other.name} "
        told += f"{other.found:.0%}"
        low = other.ahead[0] if other.ahead is not None else 0.0
        if other.name == "untuned" and low <= 0:
            return f"it is not clearly better than untuned: {told}"
        if round(own.found, 6) <= round(other.found, 6):
            return f"it is no better than {other.name}: {told}"
    return ""
