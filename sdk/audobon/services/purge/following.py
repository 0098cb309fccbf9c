"""What was purged in another clone goes here too: by a remote's list, which has no names."""

from __future__ import annotations

from collections.abc import Callable

from audobon.errors import Corrupt
from audobon.model.purge import Proof, PurgeReport
from audobon.services.core.stores import Stores
from audobon.services.depot.depot import Depot
from audobon.services.depot.tasks import in_turn
from audobon.services.files.ingest import Progress
from audobon.services.places.remotebook import need_entry
from audobon.services.places.remoteplace import depot_of, need_same_library
from audobon.services.purge.book import read_book, write_book
from audobon.services.purge.doing import purge
from audobon.services.purge.guard import book_at, refuse_pack
from audobon.storage.vault import Secret

__all__ = ["follow"]


def follow(
    stores: Stores,
    name: str,
    *,
    keep_files: bool,
    passphrase: str | Secret | None,
    wait_s: float | None,
    dry_run: bool,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> PurgeReport:
    """See ``Library.purge_as``. Versions that both had become those that the remote has."""
    stores.need_writable("purge assets")
    entry = need_entry(stores.place, name)
    with depot_of(stores, entry, passphrase=passphrase) as depot:
        there = book_at(depot)[0] if need_same_library(depot, stores.place.id) else None
        if there is None:
            return PurgeReport(dry_run, (), (), keep_files, 0, 0, 0, proof=Proof(0, 0, 0))
        ids = there.known(stores.catalog.all_ids())
        assets = [asset for ident in ids if (asset := stores.catalog.get(ident)) is not None]
        if not dry_run:
            _take(stores, depot, name, cancel)
    done = PurgeReport(dry_run, (), (), keep_files, 0, 0, 0, proof=Proof(0, 0, 0))
    if assets:
        done = purge(
            *(stores, assets),
            keep_files=keep_files,
            known=there.commits,
            wait_s=wait_s,
            dry_run=dry_run,
            progress=progress,
            cancel=cancel,
        )
    if not dry_run:
        write_book(stores.place, read_book(stores.place).joined(there))
    return done


def _take(stores: Stores, depot: Depot, name: str, cancel: Callable[[], bool]) -> None:
    """Have the versions that were written anew, so that those of here become the same."""
    history = stores.history
    for pack, data in in_turn(lambda each: (each, depot.git(each)), depot.gits(), cancel=cancel):
        where = depot.where(f"git/{pack}.pack")
        refuse_pack(stores, data, where, name)
        try:
            history.take_pack(data)
        except Corrupt as error:
            raise Corrupt(f"{where}: {error}", subject=where) from error
