"""Why hits are there: the places of their words, asked for the few that are shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tantivy import Occur, Query

from audobon.model.query import Phrase, Signal, Word
from audobon.storage.index.clauses import constant, either
from audobon.storage.index.compile import PLACES, Compiler

__all__ = ["places_mask", "reason"]

_WHY = {
    "name": "name",
    "tags": "tag",
    "path": "path",
    "note": "note",
    "text": "text",
    "seen": "text in the picture",
    "color": "color",
}
_TOLD = 8
"""Readings in other languages that are told of at most."""
_BITS = 23
"""Ways that a score can tell apart: it holds 24 bits whole, of which one may be for colours."""


def places_mask(
    compiler: Compiler,
    words: Sequence[Word | Phrase],
    colors: Sequence[Signal],
    among: Query,
    sure: Collection[str] = (),
) -> tuple[Query, tuple[str, ...]]:
    """Documents of ``among``, whose score adds 2**i for the i-th way by which they are found.

    Fields that are ``sure`` anyway are not asked about. With it come the places of these ways:
    fields of ``PLACES``, ``color``, and of words in other languages what :func:`reason` says of
    them. A way is one term where many documents have it, and all the others of its field. Each
    stands in a question around that of the one before: so the engine skips through the documents
    of each for itself, where side by side it would unite all of them first.
    """
    places = [field for field, _, _ in PLACES if field not in sure]
    ways: list[tuple[str, Query]] = []
    for field in places:
        found = [compiler.ways(word, field) for word in words]
        ways += [(field, way) for many, _ in found for way in many]
        few = [way for _, rare in found for way in rare]
        if few:
            ways.append((field, either(*few)))
    told = [each for word in words for each in compiler.foreign.told(word)][:_TOLD]
    if len(ways) > _BITS - len(told):
        fields = {field: [way for name, way in ways if name == field] for field in places}
        ways = [(field, either(*mine)) for field, mine in fields.items() if mine]
    ways += told
    if colors:
        ways.append(("color", either(*map(compiler.compile, colors))))
    query = constant(among, 0)
    for bit, (_, way) in enumerate(ways):
        query = Query.boolean_query([(Occur.Must, query), (Occur.Should, constant(way, 1 << bit))])
    return query, tuple([place for place, _ in ways])


def reason(score: float, places: tuple[str, ...], sure: Collection[str] = ()) -> tuple[str, ...]:
    """What a score of :func:`places_mask` says, in words, in the order of ``PLACES``."""
    mask = round(score)
    met = dict.fromkeys(place for bit, place in enumerate(places) if mask >> bit & 1)
    met.update(dict.fromkeys(sure))
    told = [place for place in met if place not in _WHY]
    return (*(why for place, why in _WHY.items() if place in met), *told)
