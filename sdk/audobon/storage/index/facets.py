"""Counts of values over all matches, main index and tail together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import tantivy
from tantivy import Query

from audobon.model.query import FacetCount
from audobon.storage.index.schema import FACET_FIELDS, LABEL

__all__ = ["count_facets"]

_ALL_VALUES = 65_000
"""Values counted per field: the engine's bucket limit is 65,000; exact as long as all fit."""

_SHOWN = 1_000
"""Values returned per field; nobody reads more, and each costs a Python object."""


def count_facets(
    parts: Sequence[tuple[tantivy.Searcher, Query]], facets: Sequence[str]
) -> dict[str, tuple[FacetCount, ...]]:
    """Each field's values by falling count, then by value."""
    if not facets:
        return {}
    request = {
        name: {"terms": {"field": FACET_FIELDS[name], "size": _ALL_VALUES}} for name in facets
    }
    sums: dict[str, dict[str | float, int]] = {name: {} for name in facets}
    for searcher, query in parts:
        answer = searcher.aggregate(query, request)
        for name, counts in sums.items():
            found = {each["key"]: each["doc_count"] for each in answer[name]["buckets"]}
            for key in counts.keys() & found.keys():
                found[key] += counts[key]
            counts.update(found)
    return {name: _ranked(counts) for name, counts in sums.items()}


@lru_cache(maxsize=16_384)  # a library has thousands of tags, and one types
def _value(key: str | float) -> str:
    # Behind the folded form, which is not there in every field: -1 is the whole then.
    return key[key.find(LABEL) + 1 :] if isinstance(key, str) else str(int(key))


def _ranked(counts: dict[str | float, int]) -> tuple[FacetCount, ...]:
    items = list(counts.items())
    if len(items) > _SHOWN:  # values are made of those only that can be shown
        least = sorted(counts.values())[-_SHOWN]
        items = [item for item in items if item[1] >= least]
    ranked = sorted([(-count, _value(key)) for key, count in items])
    return tuple([FacetCount(value, -count) for count, value in ranked[:_SHOWN]])
