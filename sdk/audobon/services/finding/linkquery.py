"""What ``uses:``, ``usedby:`` and ``lacks:`` find: assets by the files that they name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from audobon.codec.query_write import to_text
from audobon.errors import AudobonError, NotFound, QueryError
from audobon.model.asset import Asset
from audobon.model.query import Keys, Term
from audobon.services.core import lookup
from audobon.services.core.stores import Stores
from audobon.services.files.links import current
from audobon.services.finding.resolving import Resolved, naming, resolved
from audobon.storage.links import Named
from audobon.system.names import fold

__all__ = ["by_links"]

_AT_ONCE = 5_000
_NAMED = 1_000  # assets of one name


def by_links(stores: Stores, term: Term) -> tuple[Keys, tuple[str, ...]]:
    """The assets that ``term`` finds, and a note where files are not read yet.

    A value without a folder in it stands for every file of that name. With ``*`` behind it names
    are read as they stand in the files. QueryError for what nobody knows.
    """
    unread = current(stores, at_once=0)
    ids = {"uses": _users, "usedby": _used, "lacks": _lacking}[term.field](stores, term)
    keys = stores.catalog.keys_of(sorted(set(ids)))
    found = tuple(sorted(key for key, known in keys.values() if known))
    files = "file is" if unread == 1 else "files are"
    notes = (f"{unread:,} {files} not looked into yet for the files that they use",)
    return Keys(found, f"{term.field}:{term.value}"), notes if unread else ()


def _users(stores: Stores, term: Term) -> Iterable[str]:
    """Who uses something called so. What is not there counts, by its name."""
    if term.prefix:
        links = stores.links.beginning(fold(term.value)) if term.value else _all(stores)
        found = {one.holder.id for one in _resolved(stores, links)}
        return found if term.value else found | {user for user, _ in stores.catalog.used_by_hand()}
    assets = _assets(stores, term)
    named: list[Named] = [] if _is_place(term.value) else stores.links.named([fold(term.value)])
    if not assets and not named:
        raise _unknown(term)
    found = {one.holder.id for one in (*naming(stores, assets), *resolved(stores, named))}
    by_hand = stores.catalog.users_by_hand([asset.id for asset in assets])
    return found.union(*by_hand.values())


def _used(stores: Stores, term: Term) -> Iterable[str]:
    """What is used by something called so."""
    if term.prefix and term.value:
        raise QueryError(
            f"usedby: takes a whole name, not the beginning {term.value!r}",
            position=term.position,
            subject=term.value,
            expected=("usedby:*",),
        )
    if term.prefix:
        found = {one.ident for one in _resolved(stores, _all(stores)) if one.ident}
        return found | {used for _, used in stores.catalog.used_by_hand()}
    users = _assets(stores, term)
    if not users:
        raise _unknown(term)
    ids = [asset.id for asset in users]
    found = {one.ident for one in resolved(stores, stores.links.of(ids)) if one.ident}
    return found.union(
        edge.dst for ident in ids for edge in stores.catalog.related(ident, kind="uses")
    )


def _lacking(stores: Stores, term: Term) -> Iterable[str]:
    """Who names a file called so that is not there."""
    if not term.prefix:
        links: Iterable[Named] = stores.links.named([fold(term.value.rpartition("/")[2])])
    elif term.value:
        links = stores.links.beginning(fold(term.value))
    else:
        links = _all(stores)
    gone = set(_missing(stores))
    return {one.holder.id for one in _resolved(stores, links) if _is_missing(one, gone)}


def _is_missing(one: Resolved, gone: set[str]) -> bool:
    if one.ident:
        return one.moved or one.ident in gone
    return one.place is None or not os.path.exists(one.place)


def _missing(stores: Stores) -> Iterator[str]:
    after = 0
    while assets := stores.catalog.iterate(after, limit=_AT_ONCE, states=("missing",)):
        after = assets[-1].key
        yield from (asset.id for asset in assets)


def _all(stores: Stores) -> Iterator[Named]:
    after = ""
    while links := stores.links.after(after, _AT_ONCE):
        after = links[-1].asset
        yield from links


def _resolved(stores: Stores, links: Iterable[Named]) -> Iterator[Resolved]:
    batch: list[Named] = []
    for link in links:
        batch.append(link)
        if len(batch) >= _AT_ONCE:
            yield from resolved(stores, batch)
            batch.clear()
    yield from resolved(stores, batch)


def _is_place(value: str) -> bool:
    return "/" in value or os.sep in value or ":" in value


def _assets(stores: Stores, term: Term) -> list[Asset]:
    """The asset of this path, id or reference; without a folder all of this name."""
    try:
        return [lookup.find(stores, term.value)]
    except NotFound:
        pass
    except AudobonError as error:
        raise QueryError(error.message, position=term.position, subject=term.value) from error
    if _is_place(term.value):
        return []
    from audobon.services.finding.search import search

    # As one writes a file's name: the index takes it apart, and what has its words is compared.
    words = Term("name", os.path.splitext(term.value)[0])
    page = search(
        *(stores, to_text(words)), limit=_NAMED, after=None, sort=None, facets=(), typing=False
    )
    name = fold(term.value)
    return [hit.asset for hit in page.hits if fold(hit.asset.name) == name]


def _unknown(term: Term) -> QueryError:
    return QueryError(
        f"no asset is known as {term.value!r}, and no file names one",
        position=term.position,
        subject=term.value,
        expected=(f"{term.field}:oak.png", f"{term.field}:*"),
    )
