"""The words that stand in an asset's name and among its tags: what has one ranks first by it."""

from __future__ import annotations

from itertools import chain

from audobon.storage.index.known import known
from audobon.storage.index.tokens import BORDER, split

__all__ = ["BEGUN", "begun_term", "in_both"]

BEGUN = 4
"""Letters of the longest beginning that is kept beside the words: broad ones are typed first."""


def begun_term(text: str) -> str:
    """The term of what a word of the name and one of the tags, perhaps another, begin with."""
    return text + BORDER


def in_both(name: str, tags: tuple[str, ...]) -> str:
    """The words that a name and its tags share, and all short beginnings that they do."""
    tagged = [_tagged(tag) for tag in tags]
    said: list[str] = []
    for word in name.split():
        first = word[0]
        for terms, firsts in tagged:
            if first in firsts:  # of most pairs, none
                said += terms.intersection(_terms(word))
    return " ".join(said)


def _terms_and_firsts(tag: str) -> tuple[frozenset[str], str]:
    words = split(tag)
    return frozenset(chain.from_iterable(map(_terms, words))), "".join([each[0] for each in words])


def _all_terms(word: str) -> tuple[str, ...]:
    begun = [begun_term(word[:count]) for count in range(1, min(len(word), BEGUN) + 1)]
    return (word, *begun)


# For each tag: there are thousands, and many more ways to choose some.
_tagged = known(_terms_and_firsts, 4_096)
_terms = known(_all_terms, 16_384)
