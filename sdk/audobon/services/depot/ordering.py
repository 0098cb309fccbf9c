"""In which order groups come, so that files can be made of them while they pass by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from audobon.services.depot.contents import Span
from audobon.storage.chunks.exchanging import chunk_ids
from audobon.storage.chunks.layout import Recipe

__all__ = ["in_order"]


def in_order(spans: Iterable[Span], recipes: Mapping[str, Recipe]) -> list[Span]:
    """Those first whose chunks stand first in ``recipes``, read one after the other.

    But versions of one file are read beside each other, each chunk where it stands in the file: the
    few that are in one only, and lie far away, come between those that all have.
    """
    at = _places(recipes)
    last = (len(recipes), 0)

    def first(span: Span) -> tuple[int, int]:
        items = (item for group in span.groups for item, _, _ in group.items())
        return min((at[item] for item in items if item in at), default=last)

    return sorted(spans, key=first)


def _places(recipes: Mapping[str, Recipe]) -> dict[bytes, tuple[int, int]]:
    """For each chunk the number of the first of the files that are alike, and where it stands."""
    at: dict[bytes, tuple[int, int]] = {}
    for number, recipe in enumerate(recipes.values()):
        ids = chunk_ids(recipe)
        shared = Counter(at[item][0] for item in ids if item in at)
        among = shared.most_common(1)[0][0] if shared else number
        offset = 0
        for item, length in zip(ids, recipe.lengths, strict=True):
            at[item] = min(at.get(item, (among, offset)), (among, offset))
            offset += length
    return at
