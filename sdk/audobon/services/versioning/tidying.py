"""Let go of what is derived from contents that nobody holds any more."""

from __future__ import annotations

from audobon.services.core.stores import Stores
from audobon.storage.vectors import ImprintStore, VectorStore

__all__ = ["tidy"]

_AT_ONCE = 2_000


def tidy(stores: Stores) -> int:
    """Forget colours, vectors, imprints and texts of contents that no asset has; how many.

    Vectors of texts go by what their store was told last, so those of texts that
    changed since then stay until the next time.
    """
    gone = stores.catalog.forget_colors()
    for path in sorted(stores.place.alike.glob("*.db")):
        store = stores.vectors(path.stem)
        gone += _texts(store) if store.mark() else _pictures(stores, store)
    gone += _pictures(stores, stores.imprints)
    return gone + _writing(stores)


def _texts(store: VectorStore) -> int:
    gone = 0
    while contents := store.unheld(_AT_ONCE):
        store.forget(contents)
        gone += len(contents)
    return gone


def _writing(stores: Stores) -> int:
    gone, last = 0, ""
    while digests := stores.writing.names(last, _AT_ONCE):
        last = digests[-1]
        held = stores.catalog.held(digests)
        unheld = [digest for digest in digests if digest not in held]
        stores.writing.forget(unheld)
        gone += len(unheld)
    return gone


def _pictures(stores: Stores, store: VectorStore | ImprintStore) -> int:
    gone, number = 0, 0
    while rows := store.names(number, _AT_ONCE):
        number = rows[-1][0]
        held = stores.catalog.held([content.hex() for _, content in rows])
        unheld = [content for _, content in rows if content.hex() not in held]
        store.forget(unheld)
        gone += len(unheld)
    return gone
