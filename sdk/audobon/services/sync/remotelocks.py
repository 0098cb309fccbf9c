"""Locks carried by a remote: what this copy of the library holds goes there, the rest comes here.

One object per writer, so that nobody waits for anybody. Two people who lock one asset before
they have seen each other both have it; each is told at the next push or pull.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from audobon.codec.plain import from_plain
from audobon.errors import AudobonError, ReadOnly
from audobon.model.lock import Lock
from audobon.services.core.locking import lock_files, take_over
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot
from audobon.services.depot.records import FORMAT, dump, load
from audobon.services.places.remotebook import read_book

__all__ = ["exchange_locks"]

_MOST = 10_000
"""Locks of one writer that are looked at."""


def exchange_locks(stores: Stores, depot: Depot, *, reading: bool = False) -> tuple[str, ...]:
    """Both ways; the paths of assets that are locked here and by somebody else there.

    Who may only read there (``reading``) keeps those of their own to themselves.
    A record that makes no sense is no lock, as in a library's own folder.
    """
    writer = read_book(stores.place).writer
    mine = {ident: data for ident, data in lock_files(stores).items() if not data.get("carried")}
    others: dict[str, dict[str, Any]] = {}
    for name, data in depot.locks().items():
        if name != writer:
            others.update(_records(depot, name, data))
    there = dump({"format": FORMAT, "locks": [mine[ident] for ident in sorted(mine)]})
    if mine or depot.store.stat(f"locks/{writer}.json") is not None:
        with contextlib.suppress(*((ReadOnly,) if reading else ())):
            depot.put_locks(writer, there if mine else None)
    take_over(stores, {ident: data for ident, data in others.items() if ident not in mine})
    return tuple(sorted(str(others[ident]["path"]) for ident in mine if ident in others))


def _records(depot: Depot, name: str, data: bytes) -> dict[str, dict[str, Any]]:
    try:
        listed = load(data, depot.where(f"locks/{name}.json")).get("locks", [])
        found = {}
        for record in listed[:_MOST]:
            lock = from_plain({**record, "mine": False}, Lock)
            found[lock.asset_id] = dict(record)
    except (AudobonError, ValueError, TypeError, AttributeError, json.JSONDecodeError):
        return {}
    return found
