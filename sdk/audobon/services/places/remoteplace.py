"""A remote opened: its objects, behind its vault where it has one, as a depot of this library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from audobon.codec.plain import from_plain
from audobon.errors import Conflict, Corrupt
from audobon.services.core.place import Place
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot
from audobon.services.depot.depot import Placed
from audobon.services.places import sealing
from audobon.services.places.remotebook import Entry, change_entry
from audobon.storage.history import History
from audobon.storage.objects import ObjectStore, around, open_store
from audobon.storage.vault import Mark, Secret, is_sealed

__all__ = [
    "Opened",
    "check_seen",
    "depot_of",
    "held",
    "hold_open",
    "let_go",
    "need_same_library",
    "open_remote",
    "plain_depot",
]


@frozen
class Opened:
    """Where a remote's objects lie, and how they are read. ``recovery`` is set when it was made."""

    outer: ObjectStore
    place: sealing.Place
    recovery: Secret | None = None

    @property
    def mark(self) -> dict[str, Any] | None:
        """What is kept of its vault with the remote's settings."""
        mark = self.place.mark
        return None if mark is None else {"vault": mark.vault, "serial": mark.serial}

    def close(self) -> None:
        self.place.store.close()
        self.outer.close()


def open_remote(
    entry: Entry,
    passphrase: str | Secret | None = None,
    *,
    create: bool = False,
    seal: bool = False,
) -> Opened:
    """The objects of a remote, behind its vault where it has one.

    With ``seal`` an empty place is encrypted with the passphrase. What was
    encrypted is never taken for clear. Raises as :func:`sealing.open_place`.
    """
    account = entry.impersonate_service_account
    outer = around(open_store(entry.url, create=create, impersonate=account), limit=entry.limit)
    try:
        recovery = None
        if seal and passphrase is not None and not is_sealed(outer):
            place, recovery = sealing.seal_place(outer, passphrase)
        else:
            known = None if entry.mark is None else from_plain(dict(entry.mark), Mark)
            place = sealing.open_place(outer, passphrase, known=known)
    except BaseException:
        outer.close()
        raise
    return Opened(outer, place, recovery)


@contextmanager
def depot_of(
    stores: Stores,
    entry: Entry,
    *,
    create: bool = False,
    passphrase: str | Secret | None = None,
) -> Iterator[Depot]:
    """The depot of a remote, for one call.

    The place stays open for the next call of this library object: to open a
    vault takes a second, and a passphrase that was given once is not asked again.
    """
    opened = held(stores, entry)
    if opened is None:
        opened = hold_open(stores, entry, open_remote(entry, passphrase, create=create))
        sealing.need_sealed(opened.place.store, encrypted=stores.place.keys is not None)
        if (mark := opened.mark) != entry.mark:
            change_entry(stores.place, entry.name, lambda one: evolve(one, mark=mark))
    with plain_depot(stores.place, entry, opened) as depot:
        yield depot


def hold_open(stores: Stores, entry: Entry, opened: Opened) -> Opened:
    """Keep a place open until the library is closed."""
    stores.remembered[_key(entry)] = opened
    stores.before_close.append(opened.close)
    return opened


def let_go(stores: Stores, entry: Entry) -> None:
    """Have the next call open a remote anew: its keys are others, or are to be forgotten.

    It is closed with the library, for another thread may be at work with it.
    """
    stores.remembered.pop(_key(entry), None)


def held(stores: Stores, entry: Entry) -> Opened | None:
    """A remote that is open already."""
    found = stores.remembered.get(_key(entry))
    return found if isinstance(found, Opened) else None


def _key(entry: Entry) -> str:
    return f"remote {entry.name} {entry.url} {entry.limit}"


@contextmanager
def plain_depot(place: Place, entry: Entry, opened: Opened) -> Iterator[Depot]:
    """The depot of a place that is open; who opened it closes it."""
    depot = Depot(opened.place.store, cache_of(place, entry.name), place.files, place.key)
    try:
        yield depot
    finally:
        depot.close()


def cache_of(place: Place, name: str) -> Path:
    """What is only kept to be quicker; derived."""
    return place.state / "derived" / "remotes" / place.files.name(name.lower())


def need_same_library(depot: Depot, library: str) -> bool:
    """Whether anything is there; Conflict where it is of another library."""
    header = depot.header()
    if header is not None and header.library != library:
        raise Conflict(
            f"{depot.url} holds another library, {header.name!r}",
            subject=depot.url,
            hint="name an empty place, or clone that library",
        )
    return header is not None


def check_seen(depot: Depot, entry: Entry, placed: dict[str, Placed], history: History) -> None:
    """Corrupt where a ref is gone, or stands at an older version than was seen there before.

    A version that is not here yet is asked again when it is.
    """
    hint = f"if somebody meant that, remove the remote {entry.name!r} and add it again"
    for ref, seen in entry.seen.items():
        found = placed.get(ref)
        name = ref.partition("/")[2].partition("/")[2]
        if found is None:
            raise Corrupt(f"{name!r} is gone from {depot.url}", subject=depot.url, hint=hint)
        record = found.record
        back = record.serial < seen.serial or (
            record.serial == seen.serial and record.id != seen.id
        )
        if not back and history.has_version(record.id) and history.has_version(seen.id):
            back = not history.leads_to(seen.id, record.id)
        if back:
            raise Corrupt(
                f"{name!r} in {depot.url} was set back: it stands at {record.id[:10]}, and stood "
                f"at {seen.id[:10]} before",
                subject=depot.url,
                hint=hint,
            )
