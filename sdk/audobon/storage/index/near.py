"""Near words: what a misspelt word may have meant.

The optimal string alignment distance (Damerau 1964: insert, delete, replace,
swap neighbours) between a word and every word that the index knows from names
and tags, by the bits of one number for a whole column of the table: H. Hyyrö,
"A bit-vector algorithm for computing Levenshtein and Damerau edit distances",
Nordic Journal of Computing 10, 2003. Only asked when a query finds nothing as
it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Vocabulary", "allowed_distance", "distance", "nearest"]

MAX_NEAR = 8
"""Readings kept for one word: more would show noise instead of what was meant."""


class Vocabulary:
    """Words with how often they occur, prepared to be looked through.

    Two of one library (what its index has on disk, and what came later) are one with ``+``,
    which copies neither.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._parts: tuple[Mapping[str, int], ...] = (counts,)
        self._sieves: tuple[dict[int, list[tuple[int, str]]], ...] = (_by_length(counts),)

    def __contains__(self, word: str) -> bool:
        return any(word in part for part in self._parts)

    def __add__(self, other: Vocabulary) -> Vocabulary:
        both = Vocabulary.__new__(Vocabulary)
        both._parts = self._parts + other._parts
        both._sieves = self._sieves + other._sieves
        return both

    def count(self, word: str) -> int:
        """How often a word occurs, 0 for one that is not there."""
        return sum(part.get(word, 0) for part in self._parts)

    def plausible(self, word: str, limit: int, *, prefix: bool) -> Iterator[str]:
        """All words that may be within ``limit`` of ``word``, and some that are not, each once.

        So many edits change at most that many letters of the set, and the length by no more.
        """
        letters, low, high = _letters(word), len(word) - limit, len(word) + limit
        met = {word}
        for sieve in self._sieves:
            for length, words in sieve.items():
                if length < low or (length > high and not prefix):
                    continue
                for other_letters, other in words:
                    missing = (letters & ~other_letters).bit_count()
                    if missing <= limit and other not in met:
                        met.add(other)
                        yield other


def _by_length(words: Iterable[str]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for word in words:
        found.setdefault(len(word), []).append((_letters(word), word))
    return found


def _letters(word: str) -> int:
    """A bit for each letter; that several letters share one only lets more words through."""
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) & 63)
    return found


def allowed_distance(word: str) -> int:
    """1 from four letters on, 2 from eight; shorter words and numbers are taken as they are."""
    if len(word) < 4 or word.isdigit():
        return 0
    return 2 if len(word) >= 8 else 1


def distance(a: str, b: str, limit: int) -> int:
    """The distance of ``a`` and ``b``, or ``limit + 1`` when it is larger than ``limit``."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    far = len(a)
    for far in _distances(_masks(a), len(a), b):  # noqa: B007 - the last counts
        pass
    return min(far, limit + 1)


def _masks(word: str) -> dict[str, int]:
    """Where in a word each of its letters is, as bits."""
    masks: dict[str, int] = {}
    for at, letter in enumerate(word):
        masks[letter] = masks.get(letter, 0) | 1 << at
    return masks


def _distances(masks: Mapping[str, int], length: int, other: str) -> Iterator[int]:
    """The distances of a word to all beginnings of ``other`` but the empty one, in one pass."""
    if not length:
        yield from range(1, len(other) + 1)
        return
    whole, top = (1 << length) - 1, 1 << (length - 1)
    # The column's steps: where it rises by one, where it falls, where its diagonal stays equal.
    rises, falls, equal, before, far = whole, 0, 0, 0, length
    for letter in other:
        here = masks.get(letter, 0)
        swapped = ((~equal & here) << 1) & before
        equal = (((here & rises) + rises) ^ rises) | here | falls | swapped
        right_rises = falls | (~(equal | rises) & whole)
        right_falls = equal & rises
        if right_rises & top:
            far += 1
        elif right_falls & top:
            far -= 1
        right_rises = (right_rises << 1) | 1
        rises = ((right_falls << 1) | ~(equal | right_rises)) & whole
        falls = right_rises & equal & whole
        before = here
        yield far


def nearest(word: str, known: Vocabulary, *, prefix: bool) -> tuple[str, ...]:
    """Known words within the allowed distance of ``word``, the nearest and most used first.

    With ``prefix`` words that begin with something so near count as well. ``word`` itself is
    left out.
    """
    limit = allowed_distance(word)
    if not limit:
        return ()
    masks, length = _masks(word), len(word)
    found: list[tuple[int, int, str]] = []
    for other in known.plausible(word, limit, prefix=prefix):
        if prefix:
            far = min(_distances(masks, length, other[: length + limit]))
        else:
            *_, far = _distances(masks, length, other)
        if far <= limit:
            found.append((far, -known.count(other), other))
    return tuple(other for _, _, other in sorted(found)[:MAX_NEAR])
