"""Counts of values over all matches, main index and tail together."""

from __future__ import annotations

from collections.abc import Sequence

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
    sums: dict[str, dict[str, int]] = {name: {} for name in facets}
    for searcher, query in parts:
        answer = searcher.aggregate(query, request)
        for name, counts in sums.items():
            for bucket in answer[name]["buckets"]:
                value = _value(bucket["key"])
                counts[value] = counts.get(value, 0) + int(bucket["doc_count"])
    return {name: _ranked(counts) for name, counts in sums.items()}


def _value(key: object) -> str:
    if isinstance(key, str):
        return key.partition(LABEL)[2] if LABEL in key else key
    return str(int(key))  # type: ignore[call-overload]  # a number otherwise


def _ranked(counts: dict[str, int]) -> tuple[FacetCount, ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetCount(value, count) for value, count in ranked[:_SHOWN])
