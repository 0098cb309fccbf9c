"""What keeps a purged asset from coming back: pushes and pulls that would bring it are refused."""

from __future__ import annotations

from audobon.errors import Conflict, NotFound
from audobon.services.core.stores import Stores
from audobon.services.depot.depot import Depot
from audobon.services.purge.book import (
    NAME,
    PurgeBook,
    dump_book,
    load_book,
    need_unpurged,
    read_book,
    write_book,
)
from audobon.storage.history.erasing import manifest_ids
from audobon.storage.objects.base import ABSENT, Expected

__all__ = ["book_at", "check_lists", "put_book", "refuse_pack"]

_TRIES = 5
_COMMIT = 1


def book_at(depot: Depot) -> tuple[PurgeBook | None, Expected]:
    """The list of a place, None where there is none, and what a change of it expects. Corrupt."""
    for _ in range(_TRIES):
        stat = depot.store.stat(NAME)
        if stat is None:
            return None, ABSENT
        try:
            data = depot.store.get(NAME)
        except NotFound:
            continue
        again = depot.store.stat(NAME)
        if again is not None and again.generation == stat.generation:
            return load_book(data, depot.where(NAME)), stat.generation
    raise Conflict(f"{depot.where(NAME)} changes while it is read", subject=NAME, hint="try again")


def put_book(depot: Depot, book: PurgeBook) -> None:
    """Add this library's list to that of a place. Conflict."""
    for attempt in range(_TRIES):
        there, expected = book_at(depot)
        wanted = book if there is None else there.joined(book)
        if wanted == there:
            return
        try:
            depot.store.put(NAME, dump_book(wanted), expected)
            return
        except Conflict:
            if attempt == _TRIES - 1:
                raise


def check_lists(stores: Stores, depot: Depot, name: str) -> None:
    """Conflict where this library has what was purged there, or the place what was purged here.

    What is on a list there and not here is taken onto the list of this library.
    """
    mine = read_book(stores.place)
    there, _ = book_at(depot)
    if there is not None:
        joined = mine.joined(there)
        if {one.key: one.ids for one in joined.lists()} != {
            one.key: one.ids for one in mine.lists()
        }:
            need_unpurged(
                there,
                stores.catalog.all_ids(),
                "this library",
                f"'audobon purge --follow {name}' tells what was purged there; with --yes it "
                "goes here as well",
            )
            write_book(stores.place, joined)
        elif joined != mine:
            write_book(stores.place, joined)
        mine = joined
    for ref, placed in depot.refs().items():
        if placed.record.id in mine.commits:
            short = ref.partition("/")[2].partition("/")[2]
            raise Conflict(
                f"{short!r} in {depot.url} still has an asset that was purged here",
                subject=depot.url,
                hint=f"'audobon purge --remote {name} --yes' removes it there",
            )


def refuse_pack(stores: Stores, data: bytes, where: str, name: str) -> None:
    """Conflict for a git pack that leads back to what was purged; before it is kept.

    It has a record of a purged asset, or a version that goes on from one that was written anew.
    """
    from audobon.storage.history.unpacking import unpack

    book = read_book(stores.place)
    if not (book.commits or any(one.ids for one in book.lists())):
        return
    hint = (
        f"'audobon purge --remote {name} --yes' removes it there; versions that are not here "
        "have to be purged first in the clone that made them, with --follow"
    )
    objects = list(unpack(data)[1].values())
    need_unpurged(book, manifest_ids(body for _, body in objects), where, hint)
    for kind, body in objects:
        if kind == _COMMIT and any(parent in book.commits for parent in _parents(body)):
            raise Conflict(
                f"{where} has a version that goes on from one with a purged asset",
                subject=where,
                hint=hint,
            )


def _parents(commit: bytes) -> list[str]:
    head = commit.partition(b"\n\n")[0]
    lines = [line.partition(b" ") for line in head.splitlines()]
    return [value.decode("ascii", "replace") for name, _, value in lines if name == b"parent"]
