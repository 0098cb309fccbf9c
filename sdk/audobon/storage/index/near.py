"""Near words: what a misspelt word may have meant.

The optimal string alignment distance (Damerau 1964: insert, delete, replace,
swap neighbours) between a word and every word that the index knows from names
and tags. Only asked when a query finds nothing as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["allowed_distance", "distance", "nearest"]

MAX_NEAR = 8
"""Readings kept for one word: more would show noise instead of what was meant."""


def allowed_distance(word: str) -> int:
    """1 from four letters on, 2 from eight; shorter words and numbers are taken as they are."""
    if len(word) < 4 or word.isdigit():
        return 0
    return 2 if len(word) >= 8 else 1


def distance(a: str, b: str, limit: int) -> int:
    """The distance of ``a`` and ``b``, or ``limit + 1`` when it is larger than ``limit``."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row, older = row, [i], before
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > limit and min(last) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def _prefix_distance(word: str, known: str, limit: int) -> int:
    """The smallest distance of ``word`` to a beginning of ``known``."""
    ends = range(max(len(word) - limit, 1), min(len(word) + limit, len(known)) + 1)
    return min((distance(word, known[:end], limit) for end in ends), default=limit + 1)


def nearest(word: str, known: Mapping[str, int], *, prefix: bool) -> tuple[str, ...]:
    """Known words within the allowed distance of ``word``, the nearest and most used first.

    ``known`` maps words to how often they occur. ``word`` itself is left out.
    """
    limit = allowed_distance(word)
    if not limit:
        return ()
    found: list[tuple[int, int, str]] = []
    for other in _plausible(word, known, limit, prefix=prefix):
        far = _prefix_distance(word, other, limit) if prefix else distance(word, other, limit)
        if far <= limit:
            found.append((far, -known[other], other))
    return tuple(other for _, _, other in sorted(found)[:MAX_NEAR])


def _plausible(word: str, known: Iterable[str], limit: int, *, prefix: bool) -> Iterable[str]:
    """A cheap sieve: ``limit`` edits change at most that many letters of the set."""
    letters, low, high = set(word), len(word) - limit, len(word) + limit
    for other in known:
        if other == word or len(other) < low or (len(other) > high and not prefix):
            continue
        if len(letters.difference(other)) <= limit:
            yield other
