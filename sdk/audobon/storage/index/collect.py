"""The hits of one page out of one searcher, in an exact order.

The engine cuts ties by where a document lies in its segments. That is no
order that survives a merge, so ties at the end of a page are fetched whole
and cut by key.
"""

from __future__ import annotations

import tantivy
from attrs import frozen
from tantivy import FieldType, Occur, Query

from audobon.storage.index.paging import Border, Order
from audobon.storage.index.schema import SCHEMA

__all__ = ["Candidate", "best", "collect", "counted", "merged"]

_SPARE = 16  # so that a small tie at the end of a page needs no second search
_GROW = 4  # a larger tie is met with few searches


@frozen(slots=True)
class Candidate:
    value: float | int | str
    key: int


def merged(parts: list[list[Candidate]], order: Order) -> list[Candidate]:
    everything = [candidate for part in parts for candidate in part]
    return sorted(everything, key=lambda c: (c.value, c.key), reverse=not order.rising)


def collect(
    searcher: tantivy.Searcher, query: Query, *, order: Order, border: Border | None, need: int
) -> tuple[list[Candidate], int]:
    """The first ``need`` candidates behind ``border``, and how many match in all."""
    if need == 0:
        return [], counted(searcher, query)
    if order.field is None or order.field == "sort_name":
        return _by_rank(searcher, query, order, border, need)
    if border is None:
        return _by_number(searcher, query, order, order.field, need, count=True)
    total = counted(searcher, query)
    beyond = _beyond(order.field, border, rising=order.rising)
    behind = Query.boolean_query([(Occur.Must, query), (Occur.Must, beyond)])
    return _by_number(searcher, behind, order, order.field, need, count=False)[0], total


def counted(searcher: tantivy.Searcher, query: Query) -> int:
    """How many documents ``query`` finds."""
    return _count_of(searcher.search(query, 1))


def _count_of(result: tantivy.SearchResult) -> int:
    return int(result.count)  # type: ignore[attr-defined]  # missing in the stubs


def _by_rank(
    searcher: tantivy.Searcher, query: Query, order: Order, border: Border | None, need: int
) -> tuple[list[Candidate], int]:
    """By score or name, whose borders no query can express: fetch from the top and skip."""
    limit = (border.seen if border else 0) + need + _SPARE
    while True:
        if order.field is None:
            result = searcher.search(query, limit, weight_by_field="weight")
        else:
            way = tantivy.Order.Asc if order.rising else tantivy.Order.Desc
            result = searcher.search(query, limit, order_by_field=order.field, order=way)
        total = _count_of(result)
        if order.field is None and order.rising and limit < total:
            limit = total  # the engine finds the best only; for the worst all must be seen
            continue
        found = _behind(searcher, result.hits, order, border, cut=limit < total)
        if len(found) >= need or limit >= total:
            return merged([found], order)[:need], total
        limit *= _GROW


def best(
    searcher: tantivy.Searcher, query: Query, *, border: Border | None, need: int
) -> list[Candidate] | None:
    """The best ``need`` behind ``border``, or all if these are fewer, not counted; None where so
    many have the same score that it takes more to tell."""
    limit = (border.seen if border else 0) + need + _SPARE
    hits = searcher.search(query, limit, count=False, weight_by_field="weight").hits
    cut = len(hits) == limit
    order = Order("relevance", rising=False)
    found = merged([_behind(searcher, hits, order, border, cut=cut)], order)[:need]
    return None if cut and len(found) < need else found


def _behind(
    searcher: tantivy.Searcher,
    hits: list[tuple[float | str, tantivy.DocAddress]],
    order: Order,
    border: Border | None,
    *,
    cut: bool,
) -> list[Candidate]:
    """Candidates behind ``border``; without the last value's where the list was ``cut``."""
    if cut:
        last = hits[-1][0]
        hits = [hit for hit in hits if hit[0] != last]
    if border is not None:
        value, rising = border.value, order.rising
        hits = [
            hit
            for hit in hits
            if hit[0] == value or (hit[0] > value) == rising  # type: ignore[operator]  # same type
        ]
    keys = _keys(searcher, [address for _, address in hits])
    found = [Candidate(hit[0], key) for hit, key in zip(hits, keys, strict=True)]
    if border is not None:
        edge, key = border.value, border.key
        found = [c for c in found if c.value != edge or (c.key != key and (c.key > key) == rising)]
    return found


def _keys(searcher: tantivy.Searcher, addresses: list[tantivy.DocAddress]) -> list[int]:
    if not addresses:
        return []
    return [int(key or 0) for key in searcher.fast_field_values("key", addresses)]


def _by_number(
    searcher: tantivy.Searcher, query: Query, order: Order, field: str, need: int, *, count: bool
) -> tuple[list[Candidate], int]:
    way = tantivy.Order.Asc if order.rising else tantivy.Order.Desc
    result = searcher.search(query, need, count=count, order_by_field=field, order=way)
    hits = result.hits
    found: list[Candidate] = []
    if len(hits) == need:
        last = hits[-1][0]
        hits = [hit for hit in hits if hit[0] != last]
        tie = Query.boolean_query([(Occur.Must, query), (Occur.Must, _range(field, last, last))])
        tied = searcher.search(tie, need, count=False, order_by_field="key", order=way)
        found = [Candidate(last, key) for key, _ in tied.hits]
    keys = _keys(searcher, [address for _, address in hits])
    found += [Candidate(hit[0], key) for hit, key in zip(hits, keys, strict=True)]
    return merged([found], order)[:need], (_count_of(result) if count else 0)


def _range(field: str, low: int | None, high: int | None) -> Query:
    return Query.range_query(
        SCHEMA,
        field,
        FieldType.Integer,
        lower_bound=low,
        upper_bound=high,
    )


def _beyond(field: str, border: Border, *, rising: bool) -> Query:
    """What comes after ``border``: a later value, or the same value and a later key."""
    value, key = int(border.value), border.key
    if rising:
        later, later_key = _range(field, value + 1, None), _range("key", key + 1, None)
    else:
        later, later_key = _range(field, None, value - 1), _range("key", None, key - 1)
    same = Query.boolean_query([(Occur.Must, _range(field, value, value)), (Occur.Must, later_key)])
    return Query.boolean_query([(Occur.Should, later), (Occur.Should, same)])
