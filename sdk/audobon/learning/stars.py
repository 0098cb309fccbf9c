"""How many stars somebody would give a picture: ridge regression on frozen features.

A. Hoerl and R. Kennard, "Ridge regression: biased estimation for nonorthogonal
problems", Technometrics 12 (1970), 55-67, on the same standardised features as
heads of tags. As in ``lesson`` the whole way of learning is measured: the
penalty is chosen inside the part that is learnt from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import Invalid
from audobon.learning.examples import grouped
from audobon.learning.folds import folds_of
from audobon.learning.head import PENALTIES, Head, reduced, spread_of
from audobon.learning.ranks import Bounds, error_apart, error_of, order_of

__all__ = [
    "FEWEST",
    "HIGH",
    "LOW",
    "Rated",
    "Rival",
    "StarLesson",
    "rated",
    "ridges",
    "star_lesson",
]

Array = np.ndarray[Any, Any]

FEWEST = 5
"""Different pictures with more stars than the mean, and with fewer, that are needed at least."""
LOW, HIGH = 1.0, 5.0
"""Stars that can be given."""
_OUTER, _INNER = 5, 4
_ORDERED = ("nearest", "previous")
_NEAREST = 5  # pictures whose mean is the rival of several


@frozen(slots=True, eq=False)
class Rated:
    """Rated pictures as arrays, one row for each content; ``shares`` is what each counts, so that
    those of a group, which are nearly the same, count as one together."""

    contents: tuple[bytes, ...]
    vectors: Array
    stars: Array
    groups: Array
    shares: Array
    repeated: int = 0

    def __len__(self) -> int:
        return len(self.contents)

    def only(self, rows: Array) -> Rated:
        """Some of them. They keep their groups and count as they did."""
        kept = tuple(content for content, keep in zip(self.contents, rows, strict=True) if keep)
        arrays = (self.vectors, self.stars, self.groups, self.shares)
        return Rated(kept, *(each[rows] for each in arrays))  # type: ignore[arg-type]

    def with_stars(self, stars: Array) -> Rated:
        """The same with these stars."""
        return Rated(self.contents, self.vectors, stars, self.groups, self.shares)

    @property
    def mean(self) -> float:
        """The mean of stars, each group counting as one."""
        return float(np.average(self.stars, weights=self.shares))

    @property
    def above(self) -> Array:
        """Which have more stars than the mean: what is held out is mixed as the whole by it."""
        return np.asarray(self.stars > self.mean)

    def fewest(self) -> int:
        """Different pictures of the smaller side of the mean."""
        above = self.above
        return min(len(np.unique(self.groups[above])), len(np.unique(self.groups[~above])))


def rated(
    contents: Sequence[bytes],
    stars: Any,
    vectors: Any,
    near: Iterable[tuple[bytes, bytes]] = (),
) -> Rated:
    """Rated pictures from what was given; the same bytes count once, with their mean of stars.

    ``vectors`` have length 1, ``near`` are pairs that somebody else knows to be nearly the same.
    ValueError for lengths that differ, and for a number that is not finite.
    """
    rows, given = np.asarray(vectors, np.float64), np.asarray(stars, np.float64)
    if rows.ndim != 2 or not len(contents) == len(given) == len(rows):
        raise ValueError("contents, stars and vectors are not equally many")
    if not np.isfinite(rows).all() or not np.isfinite(given).all():
        raise ValueError("a vector or a rating is not finite")
    first: dict[bytes, int] = {}
    said: dict[bytes, list[float]] = {}
    for number, content in enumerate(contents):
        first.setdefault(content, number)
        said.setdefault(content, []).append(float(given[number]))
    kept = list(first)
    chosen = rows[list(first.values())].reshape(len(kept), rows.shape[1])
    groups = grouped(kept, chosen, near)
    _, counts = np.unique(groups, return_counts=True)
    shares = 1.0 / counts[groups] if len(kept) else np.zeros(0)
    means = np.array([np.mean(said[content]) for content in kept], np.float64)
    return Rated(tuple(kept), chosen, means, groups, shares, len(contents) - len(kept))


def ridges(known: Rated, penalties: Sequence[float] = PENALTIES) -> Iterator[Head]:
    """For each penalty in turn the plane whose values are stars, with the least squared error."""
    weights = known.shares / known.shares.sum()
    mean, scale = spread_of(known.vectors, weights)
    level = float(weights @ known.stars)
    roots = np.sqrt(weights)
    basis, small = reduced((known.vectors - mean) / scale * roots[:, None])
    # Its columns are orthogonal: each direction is solved by itself, for every penalty at once.
    squares, pull = (small**2).sum(0), small.T @ (roots * (known.stars - level))
    for penalty in penalties:
        full = (basis @ (pull / (squares + penalty))) / scale
        yield Head(full, float(level - mean @ full))


@frozen(slots=True)
class Rival:
    """How one has done on held-out pictures: by how many stars it is off in the mean, and how
    well its order is (Spearman), each with its interval of 95 %.

    ``ahead`` is by how many stars the head is off less, at least and at most; None for itself.
    """

    name: str
    error: float
    error_within: Bounds
    order: float
    order_within: Bounds
    ahead: Bounds | None


@frozen(slots=True, eq=False)
class StarLesson:
    """What was learnt; ``refused`` says why it should not be used, empty when it should.
    ``scores`` are the stars that each picture got while it was held out."""

    head: Head
    penalty: float
    standing: Rival
    rivals: tuple[Rival, ...]
    scores: Array
    refused: str


Report = Callable[[float, Mapping[str, Any]], None]


def _silent(_done: float, _told: Mapping[str, Any]) -> None:
    pass


def _need(known: Rated) -> None:
    if not len(known) or known.fewest() < FEWEST:
        fewest = known.fewest() if len(known) else 0
        raise Invalid(
            f"{fewest} different pictures on one side of the mean of stars are too few; "
            f"{FEWEST} with more and {FEWEST} with fewer are needed",
            hint="rate more pictures, good and bad ones; nearly equal ones count as one",
        )


def learnt(known: Rated, *, seed: int) -> tuple[Head, float]:
    """The plane from these pictures and nothing else, and the penalty that was chosen."""
    fewest = known.fewest()
    if fewest < 2:
        return Head(np.zeros(known.vectors.shape[1]), known.mean), PENALTIES[0]
    folds = folds_of(known.groups, known.above, min(_INNER, fewest), seed=seed)
    errors = np.zeros(len(PENALTIES))
    for fold in np.unique(folds):
        there = folds == fold
        for number, head in enumerate(ridges(known.only(~there))):
            off = np.abs(_stars(head, known.vectors[there]) - known.stars[there])
            errors[number] += float(known.shares[there] @ off)
    best = int(np.argmin(np.round(errors, 9)))
    return next(ridges(known, PENALTIES[best : best + 1])), PENALTIES[best]


def _stars(head: Head, vectors: Array) -> Array:
    return np.clip(head.logits(vectors), LOW, HIGH)


def star_lesson(
    known: Rated,
    *,
    seed: int = 0,
    previous: Any = None,
    report: Report = _silent,
    check: Callable[[], None] = lambda: None,
) -> StarLesson:
    """Learn from rated pictures, and measure that on held-out ones. Invalid for too few.

    ``previous`` is for each picture how many stars the version in use was taught for it, None
    where it was not learnt from it; None for no such rival. ``report`` is told how much is done,
    and what the parts that were held out so far say. ``check`` is called often.
    """
    _need(known)
    count = min(_OUTER, known.fewest())
    folds = folds_of(known.groups, known.above, count, seed=seed)
    names = ["head", "mean", "nearest", "several"]
    names += ["previous"] if previous is not None else []
    said = {name: np.zeros(len(known)) for name in names}
    for fold in range(count):
        check()
        there = folds == fold
        some, asked = known.only(~there), known.vectors[there]
        said["head"][there] = _stars(learnt(some, seed=seed + 1)[0], asked)
        said["mean"][there] = some.mean
        likeness = asked @ some.vectors.T
        said["nearest"][there] = some.stars[likeness.argmax(1)]
        best = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEAREST]
        said["several"][there] = some.stars[best].mean(1)
        if previous is not None:
            said["previous"][there] = _again(known, ~there, previous, asked, seed)
        so_far = folds <= fold
        off = np.abs(said["head"] - known.stars)[so_far]
        told = float(np.average(off, weights=known.shares[so_far]))
        live = {"held_out": int(so_far.sum()), "error": round(told, 4)}
        report((fold + 1) / (count + 2), live)
    check()
    head, penalty = learnt(known, seed=seed + 1)
    report((count + 1) / (count + 2), {})
    made = [_rival(name, said[name], said["head"], known, seed) for name in names]
    report(1.0, {})
    return StarLesson(head, penalty, made[0], tuple(made[1:]), said["head"], refusal(made))


def _again(known: Rated, rows: Array, previous: Any, asked: Array, seed: int) -> Array:
    """What those that the version in use was learnt from teach without the held-out ones."""
    some = rows & np.array([each is not None for each in previous])
    if not some.any():
        return np.full(len(asked), known.only(rows).mean)
    stars = np.array([float(each) for each, keep in zip(previous, some, strict=True) if keep])
    older = known.only(some).with_stars(stars)
    return _stars(learnt(older, seed=seed + 1)[0], asked)


def _rival(name: str, said: Array, own: Array, known: Rated, seed: int) -> Rival:
    stars, shares, groups = known.stars, known.shares, known.groups
    ahead = None
    if name != "head":
        ahead = error_apart(own, said, stars, shares, groups, seed=seed)
    error, within = error_of(said, stars, shares, groups, seed=seed)
    return Rival(name, error, within, *order_of(said, stars, shares, groups), ahead)


def refusal(made: Sequence[Rival]) -> str:
    """Why the first of these is not taken into use; empty when it is.

    It has to bring pictures into an order that is no chance and better than that of the nearest
    and of the version before, to be clearly less off than the mean for all, and not clearly more
    than several.
    """
    head = made[0]
    if head.order_within[0] <= 0:
        low, high = head.order_within
        return (
            "its order of held-out pictures may be chance: "
            f"Spearman {head.order:.2f} ({low:.2f} to {high:.2f})"
        )
    for other in made[1:]:
        off = f"off by {other.error:.2f} stars, its own is off by {head.error:.2f}"
        low, high = other.ahead or (0.0, 0.0)
        if other.name == "mean" and low <= 0:
            return f"it is not clearly better than the mean for every picture: {off}"
        if other.name == "several" and high < 0:
            return f"the five nearest are clearly better: {off}"
        if other.name in _ORDERED and round(head.order, 6) <= round(other.order, 6):
            ranked = f"Spearman {other.order:.2f}, its own is {head.order:.2f}"
            return f"it is no better than {other.name}: {ranked}"
    return ""
