"""Of several words the rarest: of the popular ones only what has it, too, is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tantivy import Occur, Query

from audobon.model.query import And, Word
from audobon.storage.index.clauses import either

if TYPE_CHECKING:
    from audobon.storage.index.compile import Compiler

__all__ = ["FEW", "beside_rare", "both"]

FEW = 2_000
"""Documents of a word up to which to unite it with others costs less than to look beside."""
_RARER = 4
"""How many times as many documents must have a word to be looked for among those of another. With
two words of about as many it takes longer: each place of the one is looked through for the other.
"""


def beside_rare(compiler: Compiler, node: And) -> tuple[list[Word], Query | None]:
    """The popular ones of words that are all needed, and what any of them has to be found beside.

    The engine unites all places that have a word, document by document, before it looks which of
    them have the other one: 2 ms for a word that half of 100,000 have. Each place by itself it
    looks through for the rare one alone.
    """
    words = [part for part in node.parts if isinstance(part, Word)]
    known = [(count, word) for word in words if (count := compiler.frequency(word)) is not None]
    if len(known) < 2:
        return [], None
    fewest, rare = min(known, key=lambda each: each[0])
    popular = [word for count, word in known if count >= max(_RARER * fewest, FEW)]
    return popular, either(*compiler.anywhere(rare)) if popular else None


def both(query: Query, among: Query | None) -> Query:
    """What is found by the query and ``among``, where that is given."""
    if among is None:
        return query
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, among)])
