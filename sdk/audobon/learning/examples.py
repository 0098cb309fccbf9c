"""What is learnt from: each content once, and near ones together so that nothing leaks.

A picture in the part that is learnt from, and its copy of half the size in the
part that is held out: then the figures tell how well copies are found (S.
Kaufman et al., "Leakage in data mining: formulation, detection, and
avoidance", KDD 2011). So near ones are one group, and a group is on one side
always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen

__all__ = ["ALIKE", "Examples", "grouped", "prepare"]

Array = np.ndarray[Any, Any]

ALIKE = 0.9
"""Likeness of vectors from which on two examples are one group, whether or not anybody has
looked at their imprints: of edited pictures half are above it (``docs/quality.md``)."""
_AT_ONCE = 1024  # rows whose likeness to all others is computed at a time


@frozen(slots=True, eq=False)
class Examples:
    """Examples as arrays, one row for each content, in the order in which they were given.

    ``vectors`` (n, features), ``yes`` (n), ``groups`` (n) numbers from 0, and ``shares`` (n):
    what each counts, so that those of a group that say the same count as one together.
    ``repeated`` is how many were given more than once, ``torn`` are contents that
    were given as both yes and no: those are left out.
    """

    contents: tuple[bytes, ...]
    vectors: Array
    yes: Array
    groups: Array
    shares: Array
    repeated: int = 0
    torn: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        return len(self.contents)

    def count(self, yes: bool) -> int:
        """How many groups have an example that says this: so many count as different."""
        return len(np.unique(self.groups[self.yes == yes]))

    def only(self, rows: Array) -> Examples:
        """Some of them. They keep their groups and count as they did."""
        return Examples(
            tuple(content for content, keep in zip(self.contents, rows, strict=True) if keep),
            *(self.vectors[rows], self.yes[rows], self.groups[rows], self.shares[rows]),
        )

    def answered(self, yes: Array) -> Examples:
        """The same with these answers."""
        shares = _shares(self.groups, yes)
        return Examples(self.contents, self.vectors, yes, self.groups, shares)


def prepare(
    contents: Sequence[bytes],
    yes: Sequence[bool],
    vectors: Any,
    near: Iterable[tuple[bytes, bytes]] = (),
    *,
    alike: float = ALIKE,
) -> Examples:
    """Examples from what was given: digests of contents, answers, vectors of length 1.

    ``near`` are pairs of contents that somebody else knows to be nearly the
    same; others are found by their vectors. ValueError for lengths that differ
    and for a vector that is not finite.
    """
    rows = np.asarray(vectors, np.float64)
    if rows.ndim != 2 or not len(contents) == len(yes) == len(rows):
        raise ValueError("contents, answers and vectors are not equally many")
    if not np.isfinite(rows).all():
        raise ValueError("a vector has numbers that are not finite")
    first: dict[bytes, int] = {}
    said: dict[bytes, set[bool]] = {}
    for number, (content, answer) in enumerate(zip(contents, yes, strict=True)):
        first.setdefault(content, number)
        said.setdefault(content, set()).add(bool(answer))
    torn = tuple(content for content, answers in said.items() if len(answers) > 1)
    kept = [content for content in first if content not in set(torn)]
    chosen = rows[[first[content] for content in kept]].reshape(len(kept), rows.shape[1])
    answers = np.array([yes[first[content]] for content in kept], bool)
    groups = grouped(kept, chosen, near, alike)
    return Examples(
        *(tuple(kept), chosen, answers, groups, _shares(groups, answers)),
        repeated=len(contents) - len(first),
        torn=torn,
    )


def grouped(
    contents: Sequence[bytes],
    rows: Array,
    near: Iterable[tuple[bytes, bytes]],
    alike: float = ALIKE,
) -> Array:
    """The number of the group of each: what hangs together by pairs, by first appearance.

    Pairs are those of ``near`` and all whose rows have a product of at least ``alike``.
    """
    place = {content: number for number, content in enumerate(contents)}
    head = list(range(len(contents)))

    def top(number: int) -> int:
        while head[number] != number:
            head[number] = head[head[number]]
            number = head[number]
        return number

    def join(one: int, other: int) -> None:
        low, high = sorted((top(one), top(other)))
        head[high] = low

    for one, other in near:
        if one in place and other in place:
            join(place[one], place[other])
    for begin in range(0, len(rows), _AT_ONCE):
        likeness = rows[begin : begin + _AT_ONCE] @ rows.T
        for one, other in zip(*np.nonzero(likeness >= alike), strict=True):
            if begin + one < other:
                join(begin + int(one), int(other))
    tops = [top(number) for number in range(len(contents))]
    order = {number: place for place, number in enumerate(dict.fromkeys(tops))}
    return np.array([order[number] for number in tops], np.int64)


def _shares(groups: Array, yes: Array) -> Array:
    """One for each group and answer, in equal parts."""
    kinds = groups * 2 + yes
    _, where, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[where.reshape(-1)]) if len(kinds) else np.zeros(0)
