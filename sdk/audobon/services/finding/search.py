"""Answer a query: parse it, ask the index, load the rows."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import attrs

from audobon.codec.query_text import parse
from audobon.errors import Busy, DiskFull
from audobon.model.asset import Asset
from audobon.model.look import Look
from audobon.model.query import And, Everything, Hit, Node, Not, Or, Page, Term
from audobon.services.core.stores import Stores
from audobon.services.finding.signals import parted
from audobon.services.pipelines.rereading import ask_for_writing
from audobon.services.previews.coloring import asks_color, colors_note

__all__ = ["all_ids", "complete", "explain", "search"]

_PAGE = 5000
# Large pages: each one is a search of its own.


def search(
    stores: Stores,
    query: str,
    *,
    limit: int,
    after: str | None,
    sort: str | None,
    facets: Sequence[str],
    typing: bool,
    loosely: bool = False,
) -> Page:
    """See ``Library.search``."""
    node = parse(query, typing=typing)
    ask_for_writing(stores)
    notes = list(colors_note(stores) if after is None and asks_color(node) else ())
    node = _resolved(stores, node, notes)
    signals, rest = parted(node)
    if signals:
        from audobon.services.finding.hybrid import hybrid

        page = hybrid(
            *(stores, signals, rest), limit=limit, after=after, sort=sort, facets=tuple(facets)
        )
        return attrs.evolve(page, notes=(*page.notes, *notes))
    rows: dict[int, Asset] = {}
    failed: list[BaseException] = []

    def read(keys: list[int]) -> None:
        try:
            rows.update({asset.key: asset for asset in stores.catalog.shown(keys)})
        except BaseException as error:  # noqa: BLE001  # the catalog's, not the index's
            failed.append(error)

    found = stores.index.search(
        node,
        limit=limit,
        after=after,
        sort=sort,
        facets=tuple(facets),
        loosely=loosely,
        now=stores.now(),
        meanwhile=read,
    )
    if failed:
        raise failed[0]
    hits = tuple(Hit(rows[hit.key], hit.score, hit.why) for hit in found.hits if hit.key in rows)
    return Page(hits, found.total, found.next, found.facets, (*found.notes, *notes))


def explain(stores: Stores, query: str) -> tuple[Look, ...]:
    """See ``Library.explain``."""
    signals, rest = parted(_resolved(stores, parse(query), []))
    found: tuple[Look, ...] = ()
    if not signals or not isinstance(rest, Everything):
        total = stores.index.search(rest, limit=0, sort="added", now=stores.now()).total
        found = (Look("index", "terms", int(stores.index.stats()["documents"]), total),)
    if signals:
        from audobon.services.finding.hybrid import looks

        found += looks(stores, signals, rest)
    return found


def all_ids(stores: Stores, query: str, *, sort: str | None, typing: bool) -> tuple[str, ...]:
    """The ids of all matches in the order of ``sort``."""
    ids: list[str] = []
    after: str | None = None
    while True:
        page = search(stores, query, limit=_PAGE, after=after, sort=sort, facets=(), typing=typing)
        ids.extend(hit.asset.id for hit in page.hits)
        after = page.next
        if after is None:
            return tuple(ids)


def complete(stores: Stores, prefix: str, *, limit: int) -> tuple[str, ...]:
    """Words of names that begin with ``prefix``, the most frequent first."""
    return stores.index.complete(prefix, limit=limit)


def _resolved(stores: Stores, node: Node, notes: list[str]) -> Node:
    """The tree with what only the library knows put in its place.

    ``tag:holz`` asks for the tag that the alias means: the index knows tags by
    their names. ``branch:night`` asks for assets that the history names.
    """
    match node:
        case Term(field="tag", prefix=False):
            name = stores.catalog.tag_name(node.value)
            return node if name is None else attrs.evolve(node, value=name)
        case Term(field="bundle"):
            from audobon.services.finding.bundles import bring_up

            with contextlib.suppress(Busy, DiskFull):  # as they were a moment ago, then
                bring_up(stores)
            return node
        case Term(field="branch"):
            from audobon.services.finding.branchquery import on_branch

            keys, told = on_branch(stores, node)
            notes.extend(told)
            return keys
        case Term(field="uses" | "usedby" | "lacks"):
            from audobon.services.finding.linkquery import by_links

            keys, told = by_links(stores, node)
            notes.extend(each for each in told if each not in notes)
            return keys
        case And(parts):
            return And(tuple(_resolved(stores, part, notes) for part in parts))
        case Or(parts):
            return Or(tuple(_resolved(stores, part, notes) for part in parts))
        case Not(part):
            return Not(_resolved(stores, part, notes))
    return node
