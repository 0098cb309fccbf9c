"""Which documents of the index a question may see, and which it is about."""

from __future__ import annotations

from collections.abc import Sequence

from tantivy import Occur, Query

from audobon.storage.index.clauses import either, terms
from audobon.storage.index.schema import MARK_KEY, SCHEMA

__all__ = ["ABSENT", "keys_query", "mark_query", "visible"]

ABSENT = ("missing", "removed")
"""States of assets that are found only by who asks for a state."""
_MANY_KEYS = 256  # measured: below it single terms are faster than a set


def mark_query() -> Query:
    return Query.term_query(SCHEMA, "key", MARK_KEY)


def keys_query(keys: list[int]) -> Query:
    """Documents by key: as single terms while they are few (five times faster for a page)."""
    if len(keys) > _MANY_KEYS:
        return Query.term_set_query(SCHEMA, "key", keys)
    terms = [Query.term_query(SCHEMA, "key", key, index_option="basic") for key in keys]
    return either(*terms)


def visible(
    query: Query, *, hidden: Query | None, without: Sequence[str], marked: bool = True
) -> Query:
    """``query`` among assets only, but those in the states ``without`` and ``hidden``.

    What is not ``marked`` cannot find the document with the mark (``trees.may_find_mark``).
    """
    clauses = [(Occur.Must, query)]
    if marked:
        clauses.append((Occur.MustNot, mark_query()))
    # Excluding the few is twice as fast as demanding the state of all others.
    clauses += [(Occur.MustNot, state) for state in terms("state", without)]
    if hidden is not None:
        clauses.append((Occur.MustNot, hidden))
    return Query.boolean_query(clauses) if len(clauses) > 1 else query
