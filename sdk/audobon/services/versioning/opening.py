"""Create and open libraries, and set a damaged catalog right on the way."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Corrupt, Invalid, NotFound, ReadOnly
from audobon.services.core.audit import copied_rows
from audobon.services.core.place import (
    Place,
    create_place,
    open_place,
    write_library_file,
)
from audobon.services.core.roots import free_root_name
from audobon.services.core.stores import Stores
from audobon.services.places.ondemand import supplier
from audobon.services.versioning.journal import journal_path
from audobon.storage.catalog import Catalog, salvaged_uses
from audobon.storage.sqlite import copy_as_is, need_ciphers, replace_content
from audobon.system.locks import FileLock
from audobon.system.names import text_path
from audobon.system.scratch import sweep_private

if TYPE_CHECKING:
    from audobon.services.places.homevault import Means
    from audobon.storage.vault.library import LibraryKeys

__all__ = ["begun", "create", "open_stores", "rebuild_catalog", "unlocker"]

_REBUILD_S = 300.0
# A million assets are read back in about two minutes; who opens meanwhile waits.


def create(
    folder: Path,
    name: str | None,
    author: str,
    *,
    seal: Callable[[Path], LibraryKeys] | None = None,
) -> Stores:
    """Make a library and open it. ``library.toml`` comes last: before it there is no library.

    ``seal`` makes the keys of one that is to be encrypted, and is given its state. MissingExtra,
    before anything is made, where the SQLite at hand has no ciphers for it.
    """
    if seal is not None:
        need_ciphers()
    place = create_place(folder, name)
    with FileLock(place.locks / "create.lock"):
        place = begun(place, seal)
        # A creation that was killed half-way left no library.toml: begin again.
        for leftover in (place.catalog, *place.state.glob("catalog.db-*")):
            leftover.unlink(missing_ok=True)
        catalog = Catalog.create(place.catalog, library_id=place.id, key=place.key)
        try:
            root = text_path(str(place.folder))
            catalog.add_root(free_root_name(root, set()), root)
            write_library_file(place, catalog.roots())
        finally:
            catalog.close()
    return Stores.open(place, author=author, read_only=False, supplier=supplier)


def begun(place: Place, seal: Callable[[Path], LibraryKeys] | None) -> Place:
    """A place in which a library is being made, under the keys that ``seal`` makes, if any.

    NoKey where it was begun encrypted before, and is to go on in clear.
    """
    if seal is not None:
        return place.under(seal(place.state))
    if (place.state / "vault").is_dir():  # else nothing of a vault is loaded
        from audobon.services.places.homevault import need_clear

        need_clear(place.state)
    return place


def unlocker(means: Means | None = None) -> Callable[[Path], LibraryKeys]:
    """What opens an encrypted library for ``open_place``, by these or by what is at hand."""

    def unlock(state: Path) -> LibraryKeys:
        from audobon.services.places import homevault

        return homevault.unlock(state, means or homevault.Means())

    return unlock


@contextlib.contextmanager
def _gate(place: Place, *, read_only: bool) -> Iterator[None]:
    """Nobody writes the databases of an encrypted library again while it is opened; what is left
    of that to do is done before, where nobody else has it open."""
    if place.keys is None:
        yield
        return
    from audobon.services.places.homerotation import gate, settle_if_alone

    sweep_private()
    with gate(place):
        if not read_only:
            settle_if_alone(place)
        yield


def _opened(place: Place, author: str, *, read_only: bool) -> Stores:
    try:
        if not place.catalog.is_file():
            raise Corrupt(
                f"{place.catalog} is gone",
                subject=str(place.catalog),
                hint="open it without read_only: it is built again from the history",
            )
        stores = Stores.open(place, author=author, read_only=read_only, supplier=supplier)
    except Corrupt:
        if read_only:
            raise
        aside = rebuild_catalog(place, author)
        stores = Stores.open(place, author=author, read_only=False, supplier=supplier)
        stores.damaged = aside
    return stores


def open_stores(
    folder: Path,
    author: str,
    *,
    read_only: bool,
    keys: LibraryKeys | None = None,
    means: Means | None = None,
) -> Stores:
    """Open a library. A catalog that is damaged or gone is rebuilt from the history first.

    An encrypted one is opened with ``keys``, or by its vault with ``means`` or what is at hand:
    NoKey where that opens nothing, before anything could look damaged. Invalid where ``means``
    were given for one in clear.
    """
    place = open_place(folder, keys=keys, unlock=unlocker(means))
    if means is not None and means.given and place.keys is None:
        raise Invalid(
            f"{folder} is not encrypted, so a passphrase protects nothing there",
            subject=str(folder),
            hint="leave it out",
        )
    if not read_only and not os.access(place.state, os.W_OK):
        raise ReadOnly(
            f"{place.state} cannot be written",
            subject=str(place.state),
            hint="open it with read_only=True, or make the folder writable",
        )
    with _gate(place, read_only=read_only):
        stores = _opened(place, author, read_only=read_only)
    _follow_the_folder(stores)
    if not read_only and journal_path(place).exists():
        from audobon.services.versioning.adopt import go_on_if_free

        go_on_if_free(stores)
    return stores


def rebuild_catalog(place: Place, author: str) -> Path | None:
    """Keep a copy of the catalog aside and build it again from the history; where the copy lies.

    Nothing is touched before the new one is complete: killed at any moment,
    the next open begins again. Who has the library open goes on reading, and
    is asked to open it again before the next change. One that is sound after
    all, because another process was quicker, stays; None then, as when there
    was none.
    """
    from audobon.services.places.remotebook import read_book
    from audobon.services.versioning.rebuild import fill_from_history, note_away

    with FileLock(place.locks / "create.lock", timeout_s=_REBUILD_S):
        if _is_sound(place):
            return None
        new = place.state / "catalog-new.db"
        for leftover in place.state.glob(f"{new.name}*"):
            leftover.unlink()
        catalog = Catalog.create(new, library_id=place.id, key=place.key)
        try:
            catalog.audit_carry(copied_rows(place))
            now = datetime.now(UTC)
            fill_from_history(place, catalog, author=author, now=now)
            if read_book(place).lazy:  # or the next version would take all of them for deleted
                note_away(catalog, author=author, now=now, all_of_them=False)
            # Which no version has.
            catalog.restore_uses(salvaged_uses(place.catalog, key=place.key))
        finally:
            catalog.close()
        aside = _keep_aside(place)
        # The new catalog counts its changes from the beginning; an index of the
        # old one would take some of them for known. Again afterwards, because
        # another process may have indexed the old one meanwhile.
        shutil.rmtree(place.index, ignore_errors=True)
        replace_content(place.catalog, new, key=place.key)
        shutil.rmtree(place.index, ignore_errors=True)
        new.unlink()
    return aside


def _is_sound(place: Place) -> bool:
    try:
        catalog = Catalog.open(place.catalog, key=place.key)
    except (Corrupt, NotFound):
        return False
    try:
        return not catalog.check(full=True)
    finally:
        catalog.close()


def _keep_aside(place: Place) -> Path | None:
    if not place.catalog.exists():
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = place.state / f"catalog-damaged-{stamp}.db"
    if place.catalog.is_file():
        copy_as_is(place.catalog, aside)
    else:
        place.catalog.rename(aside)
    return aside


def _follow_the_folder(stores: Stores) -> None:
    """The library's own root lies where the library is opened, also after the folder was moved."""
    roots = stores.roots()
    here = text_path(str(stores.place.folder))
    own = min(roots, key=lambda root: root.key, default=None)
    if own is not None and own.folder != here and not stores.read_only:
        stores.catalog.move_root(own.key, here)
        write_library_file(stores.place, stores.roots())
