"""The parts that queries are put together of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tantivy import FieldType, Occur, Query

from audobon.storage.index.schema import SCHEMA, rated, rated_from

__all__ = [
    "FLIPPED",
    "any_of",
    "begins",
    "between",
    "bounds",
    "constant",
    "either",
    "terms",
    "tokens_query",
]

_MIN, _MAX = -(2**63), 2**63 - 1
_STARS = 5
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
"""Comparisons with their sides exchanged."""


def constant(query: Query, score: float) -> Query:
    return Query.const_score_query(query, float(score))


def tokens_query(field: str, tokens: Sequence[str], *, prefix: bool) -> Query:
    """Documents whose ``field`` holds ``tokens`` in a row, the last one possibly only begun."""
    if len(tokens) == 1:
        if prefix:
            return begins(field, tokens[0])
        return Query.term_query(SCHEMA, field, tokens[0], index_option="basic")
    words: list[str | tuple[int, str]] = list(tokens)
    if not prefix:
        return Query.phrase_query(SCHEMA, field, words)
    # Tokens hold letters and digits only, so nothing needs escaping. The
    # engine's own phrase prefix stops after 50 expansions.
    words[-1] = f"{tokens[-1]}.*"
    return Query.regex_phrase_query(SCHEMA, field, words)


def any_of(field: str, words: Sequence[str]) -> Query:
    return either(*terms(field, words))


def terms(field: str, words: Sequence[str]) -> list[Query]:
    return [Query.term_query(SCHEMA, field, word, index_option="basic") for word in words]


def begins(field: str, text: str) -> Query:
    return Query.fuzzy_term_query(SCHEMA, field, text, distance=0, prefix=True)


def between(field: str, low: int, high: int) -> Query:
    """Documents whose number in a column is one of these; of ratings the terms are asked."""
    low, high = max(low, _MIN), min(high, _MAX)
    if low > high:
        return Query.empty_query()
    if field == "rating":
        if 0 < low < _STARS <= high:
            return any_of("has", [rated_from(low)])
        return any_of("has", [rated(stars) for stars in range(max(low, 0), min(high, _STARS) + 1)])
    return Query.range_query(SCHEMA, field, FieldType.Integer, lower_bound=low, upper_bound=high)


def bounds(op: str, value: float) -> tuple[int, int]:
    """The whole numbers that ``op value`` allows, as an inclusive range."""
    floor, ceil = math.floor(value), math.ceil(value)
    return {
        "=": (ceil, floor),
        "<": (_MIN, ceil - 1),
        "<=": (_MIN, floor),
        ">": (floor + 1, _MAX),
        ">=": (ceil, _MAX),
    }[op]


def either(*queries: Query) -> Query:
    if len(queries) < 2:
        return queries[0] if queries else Query.empty_query()
    return Query.boolean_query([(Occur.Should, query) for query in queries])
