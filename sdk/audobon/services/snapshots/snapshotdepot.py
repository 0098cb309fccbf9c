"""A place of snapshots: everything of one sent there, and taken in from there.

Chunks first, then versions, then the small object that names the snapshot, so
that it is whole or not there. What is cut off costs nothing: the next call
finds what is there and sends the rest.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from audobon.errors import AudobonError, Cancelled, Conflict, Corrupt, NotFound
from audobon.services.core.roots import own_root
from audobon.services.depot import Depot, Header, send
from audobon.services.depot.garbage import hold
from audobon.services.places import snapshotplaces
from audobon.services.places.snapshotlimits import cap_at
from audobon.services.versioning.contents import store_again
from audobon.storage.objects import CacheStore, ObjectStore

if TYPE_CHECKING:
    from audobon.model.snapshot import Snapshot
    from audobon.services.core.place import Place
    from audobon.services.core.stores import Stores
    from audobon.services.depot.fetching import Prove
    from audobon.services.files.ingest import Progress
    from audobon.services.places.snapshotplaces import Where
    from audobon.storage.chunks import ChunkStore
    from audobon.storage.history import History

__all__ = [
    "SnapshotDepot",
    "folder_of",
    "need_own_place",
    "opened_at",
    "opened_depot",
    "tips_of",
]

_KEPT = 32 << 20
"""Bytes of small objects of a bucket that are kept here: those of some thousand snapshots."""


@contextlib.contextmanager
def opened_at(
    stores: Stores,
    where: Where,
    *,
    create: bool = False,
    counted: Callable[[ObjectStore], ObjectStore] | None = None,
) -> Iterator[ObjectStore]:
    """A place as a library opens it: see :func:`snapshotplaces.opened`.

    ``counted`` goes around what is really asked of it.
    What a bucket says of snapshots is asked once; an encrypted one's is not kept in clear here,
    nor anybody's in an encrypted library.
    """
    limit = functools.partial(cap_at, stores.place)
    with snapshotplaces.opened(where, create=create, limit=limit) as found:
        place = found if counted is None else counted(found)
        near = not place.url.startswith("gs:")
        if near or stores.place.files.sealed or _is_open_vault(found):
            yield place
        else:
            folder = folder_of(stores.place, place) / "objects"
            yield CacheStore(place, folder, budget=_KEPT, prefixes=(snapshotplaces.PREFIX,))


def _is_open_vault(place: ObjectStore) -> bool:
    from audobon.storage.vault.sealed import SealedStore

    return isinstance(place, SealedStore)


def folder_of(place: Place, store: ObjectStore) -> Path:
    """What is only kept here to be quicker; a purge removes it."""
    name = hashlib.blake2b(store.url.encode(), digest_size=10).hexdigest()
    return place.state / "derived" / "places" / place.files.name(name)


@contextlib.contextmanager
def opened_depot(store: ObjectStore, place: Place) -> Iterator[SnapshotDepot]:
    """A place of objects as one of snapshots; what is known of it is kept in ``place``."""
    depot = Depot(store, folder_of(place, store), place.files, place.key)
    try:
        yield SnapshotDepot(depot)
    finally:
        depot.close()


@define
class SnapshotDepot:
    """A :class:`Source` for recoveries, and where snapshots are sent."""

    depot: Depot
    _damaged: list[str] = field(factory=list)

    # There

    def send(
        self,
        stores: Stores,
        snapshot: Snapshot,
        *,
        progress: Progress | None,
        cancel: Callable[[], bool],
    ) -> Snapshot:
        """Have the place hold a snapshot that was captured; it with what that cost.

        Conflict where the place is another library's.
        """
        depot, history = self.depot, stores.history
        header = depot.begin(
            Header(
                *(snapshot.library, snapshot.name, snapshot.branch, own_root(stores)),
                snapshot.time,
            )
        )
        need_own_place(depot, header, snapshot)
        depot.contents.refresh(cancel=cancel)
        there, near, owed = self.there(history, snapshot)
        fresh = history.fresh(tips_of(snapshot), there, near=near, cancel=cancel)
        own = (snapshot.catalog.digest, snapshot.settings.digest)
        if owed:  # its versions are there, so nothing else would ask for it
            named = history.fresh(tips_of(snapshot), (), cancel=cancel)
            owed &= named.digests - named.gone
        digests = sorted({*fresh.digests, *own, *owed})
        store_again(stores, stores.chunks.missing(digests))
        size, lacking, gits = 0, set[str](), set[str]()

        def transfer() -> None:
            nonlocal size
            told = _without_path(progress)
            sent = send(depot, stores.chunks, digests, progress=told, cancel=cancel)
            size += sent.bytes
            lacking.update(sent.lacking)
            with tempfile.TemporaryDirectory(prefix="git-", dir=depot.workplace) as folder:
                for pack in history.packs_of(fresh, Path(folder)) if fresh.count else ():
                    if cancel():
                        raise Cancelled("the snapshot was cancelled; what is there stays")
                    name, length = depot.put_git(pack)
                    size += 0 if name in gits else length
                    gits.add(name)

        transfer()
        hold(depot, set(digests) - lacking, gits, transfer)
        whole = evolve(snapshot, lacking=fresh.lost(sorted(lacking)), stored=size)
        snapshotplaces.write(depot.store, whole)
        return whole

    def there(
        self, history: History, snapshot: Snapshot
    ) -> tuple[set[str], list[str], frozenset[str]]:
        """Versions that are in the place with everything that they need, and here too.

        And of these the one that most of the new ones is like: the newest snapshot. Older ones are
        not read: a version that only they have goes there once more, without its files. And
        what the ones that were read had to do without, each of which asks for what earlier ones
        lacked.
        """
        known = {placed.record.id for placed in self.depot.refs().values()}
        near: list[str] = []
        owed: set[str] = set()
        for made in snapshotplaces.newest_first(self.depot.store, snapshot.library):
            known |= tips_of(made)
            owed.update(made.lacking)
            if not made.lacking and history.has_version(made.whole):
                near.append(made.whole)
                break
        return {id for id in known if history.has_version(id)}, near, frozenset(owed)

    # Back

    def versions(self, history: History, snapshot: Snapshot) -> set[str]:
        """Take in every version of a snapshot; the sha256 of all files that new ones name.

        Corrupt where one is lost.
        """
        try:
            return self._named(history, snapshot)
        except (Corrupt, NotFound):
            pass
        for name in self.depot.gits():
            try:
                history.take_pack(self.depot.git(name))
            except Corrupt as error:
                self._damaged.append(error.message)
        try:
            return self._named(history, snapshot)
        except (Corrupt, NotFound) as error:
            why = f"; {self._damaged[0]}" if self._damaged else ""
            raise Corrupt(
                f"versions of snapshot {snapshot.id} are lost: {error}{why}",
                subject=snapshot.id,
                hint="take another snapshot of the place, or repair the place first",
            ) from error

    def files(
        self,
        chunks: ChunkStore,
        digests: Set[str],
        *,
        prove: Prove | None = None,
        progress: Progress | None,
        cancel: Callable[[], bool],
    ) -> Mapping[str, AudobonError]:
        """See :class:`Source`."""
        from audobon.services.depot import fetch

        depot = self.depot
        depot.contents.refresh(cancel=cancel)
        told = _without_path(progress)
        try:
            fetched = fetch(depot, chunks, digests, prove=prove, progress=told, cancel=cancel)
            return {digest: self._lost(digest) for digest in fetched.lacking}
        except Corrupt:
            pass
        failed: dict[str, AudobonError] = {}
        # Something is damaged: one by one, so that all that is sound comes.
        for digest in sorted(chunks.missing(digests)):
            try:
                if fetch(depot, chunks, [digest], prove=prove, cancel=cancel).lacking:
                    failed[digest] = self._lost(digest)
            except Corrupt as error:
                failed[digest] = error
        return failed

    def _named(self, history: History, snapshot: Snapshot) -> set[str]:
        tips = sorted(tips_of(snapshot))
        for tip in tips:
            if not history.has_version(tip):
                raise NotFound(f"the version {tip} is not here", subject=tip)
        history.cut_at(snapshot.shallow)
        # What refs here lead to is here: only the rest has to be looked through.
        return history.fresh(tips, set(history.refs().values())).digests

    def _lost(self, digest: str) -> Corrupt:
        return Corrupt(f"{self.depot.url} does not have the file {digest}", subject=digest)


def need_own_place(depot: Depot, header: Header | None, snapshot: Snapshot) -> None:
    """Conflict where the place is another library's."""
    if header is not None and header.library != snapshot.library:
        raise Conflict(
            f"{depot.url} is a place of another library, {header.name!r}",
            subject=depot.url,
            hint="name an empty folder, or one of this library",
        )


def tips_of(snapshot: Snapshot) -> set[str]:
    """The versions from which everything of a snapshot is reached."""
    return {snapshot.whole, *snapshot.refs.values()}


def _without_path(progress: Progress | None) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(done, total, "")
