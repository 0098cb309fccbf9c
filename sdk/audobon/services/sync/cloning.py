"""Make a library out of a remote: versions, metadata and previews at once, files when asked for.

``library.toml`` comes last: before it there is no library, and the same call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.errors import Conflict, NotFound
from audobon.services.core.audit import record
from audobon.services.core.place import Place, create_place, find_state, write_library_file
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, Header, fetch_pictures
from audobon.services.depot.results import fetch_results
from audobon.services.files.ingest import Progress
from audobon.services.places.ondemand import bring, supplier
from audobon.services.places.remotebook import (
    Entry,
    add_remote,
    check_limit,
    need_entry,
    read_book,
    write_book,
)
from audobon.services.places.remoteplace import Opened, hold_open, open_remote, plain_depot
from audobon.services.places.sealing import keep_passphrase, need_sealed
from audobon.services.places.snapshotlimits import address_of
from audobon.services.sync.pulling import take_versions, watch_refs
from audobon.services.sync.remotelocks import exchange_locks
from audobon.services.sync.sharing import LibraryTables
from audobon.services.versioning.compare import committed_mark
from audobon.services.versioning.opening import begun, open_stores
from audobon.services.versioning.rebuild import fill_from_history, note_away
from audobon.storage.catalog import Catalog
from audobon.storage.history import History
from audobon.storage.sqlite import need_ciphers
from audobon.storage.vault import Secret
from audobon.system.locks import FileLock
from audobon.system.names import text_path
from audobon.system.scratch import private_folder

if TYPE_CHECKING:
    from audobon.storage.vault.library import LibraryKeys

__all__ = ["REMOTE", "clone"]

REMOTE = "origin"
"""What the remote is called that a library was cloned from."""

_PAGE = 500


def clone(
    url: str,
    path: Path,
    passphrase: str | Secret | None,
    *,
    seal: Callable[[Path], LibraryKeys] | None,
    author: str,
    name: str | None,
    branch: str | None,
    lazy: bool,
    impersonate: str,
    limit: int | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Stores:
    """See ``Library.clone``. ``seal`` makes the keys of one that is to be encrypted."""
    if seal is not None:
        need_ciphers()
    if find_state(path) is not None:
        raise Conflict(
            f"{path} is a library already", subject=str(path), hint="open it, and pull there"
        )
    check_limit(limit, url)
    url = address_of(url)
    entry = Entry(REMOTE, url, Stores.now(), impersonate_service_account=impersonate, limit=limit)
    opened = open_remote(entry, passphrase)
    try:
        need_sealed(opened.place.store, encrypted=seal is not None)
        entry = evolve(entry, mark=opened.mark)
        header = _header(opened, url)
        place = create_place(path, name or header.name, ident=header.library)
        with FileLock(place.locks / "create.lock"):
            place = begun(place, seal)
            _take(place, entry, opened, header, author, branch, progress, cancel)
    except BaseException:
        opened.close()
        raise
    stores = open_stores(path, author, read_only=False, keys=place.keys)
    hold_open(stores, entry, opened)
    record(stores, "clone", name or header.name, source=entry.url)
    if passphrase is not None:
        keep_passphrase(opened.place, passphrase)
    if not lazy:
        try:
            _bring_all(stores, progress, cancel)
        except BaseException:
            stores.close()  # it is there, and lazy so far; fetching goes on from here
            raise
    return stores


def _header(opened: Opened, url: str) -> Header:
    with TemporaryDirectory(prefix="audobon-clone-", dir=private_folder()) as folder:
        header = Depot(opened.place.store, Path(folder)).header()
    if header is None:
        raise NotFound(f"{url} holds no library", subject=url, hint="push to it first")
    return header


def _take(
    place: Place,
    entry: Entry,
    opened: Opened,
    header: Header,
    author: str,
    branch: str | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> None:
    for leftover in (place.catalog, *place.state.glob("catalog.db-*")):
        leftover.unlink(missing_ok=True)
    if not place.history.exists():
        History.create(place.history, key=place.key).close()
    catalog = Catalog.create(place.catalog, library_id=place.id, key=place.key)
    try:
        stores = Stores.open(place, author=author, read_only=False, supplier=supplier)
        try:
            if not any(each.name == REMOTE for each in read_book(place).remotes):
                add_remote(place, entry, lazy=True)
            with plain_depot(place, entry, opened) as depot:
                news = take_versions(stores, depot, need_entry(place, REMOTE), cancel)
                depot.contents.refresh(cancel=cancel)
                count = None if progress is None else _pictures(progress)
                fetch_pictures(depot, stores.previews, progress=count, cancel=cancel)
                fetch_results(depot, LibraryTables(stores), cancel=cancel)
                watch_refs(stores, REMOTE, news)
                exchange_locks(stores, depot, reading=True)
            _stand(stores.history, branch or header.head)
        finally:
            stores.close()
        own = {header.root: text_path(str(place.folder))}
        fill_from_history(place, catalog, author=author, now=Stores.now(), roots=own)
        note_away(catalog, author=author, now=Stores.now(), all_of_them=True)
        with History.open(place.history, key=place.key) as history:
            catalog.set_meta(committed_mark(history.current_branch()), str(catalog.clock()))
        write_library_file(place, catalog.roots())
    finally:
        catalog.close()


def _stand(history: History, branch: str) -> None:
    """Have the branch of the remote here, as the current one."""
    tip = history.head(f"refs/remotes/{REMOTE}/{branch}")
    if tip is None:
        raise NotFound(f"the remote has no branch {branch!r}", subject=branch)
    here = history.head(branch)
    if here is None:
        history.add_branch(branch, at=tip)
    elif here != tip:  # an earlier call came this far, and the remote has moved on
        history.move_branch(branch, expected=here, to=tip)
    if history.current_branch() != branch:
        history.switch(branch)


def _bring_all(stores: Stores, progress: Progress | None, cancel: Callable[[], bool]) -> None:
    """All files to their places, and no new one stays away from now on."""
    after, wanted = 0, []
    while assets := stores.catalog.iterate(after, limit=_PAGE, states=("missing",)):
        wanted += [asset for asset in assets if asset.state == "remote"]
        after = assets[-1].key
    bring(stores, wanted, progress=progress, cancel=cancel)
    write_book(stores.place, evolve(read_book(stores.place), lazy=False))


def _pictures(progress: Progress) -> Callable[[int, int], None]:
    return lambda done, total: progress(done, total, "previews")
