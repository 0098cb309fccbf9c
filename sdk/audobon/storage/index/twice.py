"""The words that stand in an asset's name and among its tags: what has one ranks first by it."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from audobon.storage.index.tokens import BORDER, split

__all__ = ["BEGUN", "begun_term", "in_both"]

BEGUN = 4
"""Letters of the longest beginning that is kept beside the words: broad ones are typed first."""


def begun_term(text: str) -> str:
    """The term of what a word of the name and one of the tags, perhaps another, begin with."""
    return text + BORDER


def in_both(name: str, tags: tuple[str, ...]) -> str:
    """The words that a name and its tags share, and all short beginnings that they do."""
    named = tuple(chain.from_iterable(map(_terms, name.split())))
    return " ".join([term for tag in tags for term in _tagged(tag).intersection(named)])


@lru_cache(maxsize=4096)  # for each tag: there are thousands, and many more ways to choose some
def _tagged(tag: str) -> frozenset[str]:
    return frozenset(chain.from_iterable(map(_terms, split(tag))))


@lru_cache(maxsize=16_384)
def _terms(word: str) -> tuple[str, ...]:
    begun = [begun_term(word[:count]) for count in range(1, min(len(word), BEGUN) + 1)]
    return (word, *begun)
