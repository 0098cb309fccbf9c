"""Which pictures have no vector: counted once, and then followed."""

from __future__ import annotations

import time

from attrs import define

from audobon.services.core.stores import Stores
from audobon.storage.vectors import VectorStore

__all__ = ["unseen_pictures"]

_FOLLOWED = 2_000  # changed assets that are looked up one by one
_KEPT = 20_000  # pictures without a vector that are looked up again after each new vector
_BELIEVED_S = 30.0  # how long the answer holds where there are more: it takes a second to a million


@define
class _Unseen:
    """Ids of pictures without a vector, with their digests, as of a clock and a vector."""

    path: object
    clock: int
    last: int
    when: float
    ids: dict[str, str]


def unseen_pictures(stores: Stores, store: VectorStore) -> tuple[str, ...]:
    """The ids of pictures that have no vector."""
    clock, last = stores.catalog.clock(), store.last()
    known = stores.remembered.get("unseen")
    if (
        not isinstance(known, _Unseen)
        or known.path != store.path
        or not _follow(stores, store, known, clock, last)
    ):
        known = _Unseen(store.path, clock, last, time.monotonic(), _counted(stores, store))
        stores.remembered["unseen"] = known
    return tuple(known.ids)


def _counted(stores: Stores, store: VectorStore) -> dict[str, str]:
    pictures = dict(stores.catalog.contents("image"))
    return _unknown(store, pictures)


def _unknown(store: VectorStore, pictures: dict[str, str]) -> dict[str, str]:
    named = [bytes.fromhex(digest) for digest in pictures.values() if digest]
    unknown = {each.hex() for each in store.unknown(named)}
    return {ident: digest for ident, digest in pictures.items() if not digest or digest in unknown}


def _follow(stores: Stores, store: VectorStore, known: _Unseen, clock: int, last: int) -> bool:
    """Take in what has changed; False where everything is to be counted again."""
    if (known.clock, known.last) == (clock, last):
        return True
    if len(known.ids) > _KEPT and time.monotonic() - known.when < _BELIEVED_S:
        return True
    behind = clock < known.clock or stores.catalog.count_since(known.clock) > _FOLLOWED
    if behind or last < known.last or len(known.ids) > _KEPT:
        return False
    pictures = dict(known.ids)
    for asset in stores.catalog.dirty(known.clock):
        pictures.pop(asset.id, None)
        if asset.kind == "image" and asset.state == "present":
            pictures[asset.id] = asset.digest
    known.ids = _unknown(store, pictures)
    known.clock, known.last, known.when = clock, last, time.monotonic()
    return True
