"""Snapshots of a library: made, listed, looked into, and files put back from them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.codec.manifest import Manifest, parse_manifest
from audobon.errors import Corrupt, NotFound
from audobon.model.snapshot import Snapshot, SnapshotEntry
from audobon.services.core.audit import record
from audobon.services.places import snapshotplaces
from audobon.services.places.ondemand import supplied
from audobon.services.places.remotebook import check_limit
from audobon.services.snapshots.snapshotdepot import SnapshotDepot, opened_at, opened_depot
from audobon.services.versioning.capturing import REFS, capture, clean_reason, clean_tags, release
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.branch import SwitchPlan
    from audobon.model.version import Version
    from audobon.services.core.place import Place
    from audobon.services.core.stores import Stores
    from audobon.services.files.ingest import Progress
    from audobon.services.places.snapshotplaces import Where
    from audobon.services.snapshots.recovering import Recovered
    from audobon.services.versioning.export import Exported
    from audobon.services.versioning.restore import Restored
    from audobon.storage.vault.library import LibraryKeys

__all__ = [
    "entries",
    "export_all",
    "go_back",
    "one_at_a_time",
    "put_back",
    "recover_from",
    "snapshot",
    "snapshots",
    "versions",
]

_ASSETS = b".audobon/assets"


def snapshot(
    stores: Stores,
    to: Where,
    *,
    create: bool = True,
    reason: str = "",
    tags: Iterable[str] = (),
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Snapshot:
    """See ``Library.snapshot``. Without ``create`` the place has to be there."""
    stores.need_writable("make a snapshot")
    reason, named = clean_reason(reason), clean_tags(tuple(tags))
    with one_at_a_time(stores), opened_at(stores, to, create=create) as place:
        if stores.place.keys is not None:
            from audobon.services.places.sealing import need_sealed

            need_sealed(place, encrypted=True)
        captured = capture(stores, reason=reason, tags=named, progress=None, cancel=cancel)
        told = {"snapshot": captured.id, "version": captured.version}
        record(stores, "snapshot", reason, to=place.url, before=True, **told)
        with opened_depot(place, stores.place) as depot:
            made = depot.send(stores, captured, progress=progress, cancel=cancel)
        release(stores, made.id)
    return made


def snapshots(stores: Stores, where: Where) -> tuple[Snapshot, ...]:
    """See ``Snapshots.list``."""
    with opened_at(stores, where) as place:
        return snapshotplaces.listed(place, stores.place.id).snapshots


def entries(stores: Stores, where: Where, ident: str) -> tuple[SnapshotEntry, ...]:
    """See ``Snapshots.files``."""
    from audobon.services.versioning.way import shown

    with _brought(stores, where, ident) as (_, made):
        return tuple(
            SnapshotEntry(
                asset_id=one.id,
                path=shown(one),
                size=one.size,
                digest=one.digest,
                kind=one.kind,
                rating=one.rating,
                tags=one.tags,
            )
            for one in sorted(_present(stores, made.version), key=shown)
        )


def versions(stores: Stores, where: Where, ident: str, *, limit: int) -> tuple[Version, ...]:
    """See ``Snapshots.versions``."""
    with _brought(stores, where, ident) as (_, made):
        tip = made.refs.get(f"refs/heads/{made.branch}")
        return () if tip is None else stores.history.log(tip, limit=limit)


def put_back(
    stores: Stores,
    where: Where,
    ident: str,
    ref: str,
    asset: Asset | None,
    *,
    to: str | os.PathLike[str] | None,
    cancel: Callable[[], bool],
) -> Restored:
    """See ``Snapshots.restore``."""
    from audobon.services.versioning.restore import restore
    from audobon.services.versioning.way import shown

    with _brought(stores, where, ident) as (depot, made):
        wanted = {
            one.digest
            for one in _present(stores, made.version)
            if ref in (one.id, one.path, shown(one)) or (asset is not None and one.id == asset.id)
        }
        if not wanted:
            raise NotFound(
                f"{ref} is not in snapshot {made.id}",
                subject=ref,
                hint="'audobon snapshot --files' lists what is in it",
            )
        _need(stores, depot, wanted, None, cancel)
        return restore(stores, ref, asset, revision=made.version, to=to)


def export_all(
    stores: Stores,
    where: Where,
    ident: str,
    to: Path,
    *,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Exported:
    """See ``Snapshots.export``."""
    from audobon.services.versioning.export import export

    with _brought(stores, where, ident) as (depot, made):
        wanted = {one.digest for one in _present(stores, made.version)}
        _need(stores, depot, wanted, progress, cancel)
        return export(
            *(stores, to),
            revision=made.version,
            refs=(),
            progress=progress,
            cancel=cancel,
            durable=False,
        )


def go_back(
    stores: Stores,
    where: Where,
    ident: str,
    *,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> SwitchPlan:
    """See ``Snapshots.go_back``."""
    from audobon.model.recovery import RecoveryPoint

    stores.need_writable("go back to a snapshot")
    with _brought(stores, where, ident) as (depot, made):

        def bring(wanted: set[str]) -> None:
            _need(stores, depot, wanted, progress, cancel)

        point = RecoveryPoint(
            made.id,
            made.version,
            made.branch,
            made.refs.get(f"refs/heads/{made.branch}", ""),
            f"the snapshot of {made.time:%Y-%m-%d %H:%M}",
            made.time,
        )
        from audobon.services.versioning.recovery import return_to

        return return_to(stores, point, bring=bring, progress=progress, cancel=cancel)


def recover_from(
    source: Where,
    folder: Path,
    *,
    ident: str,
    seal: Callable[[Path], LibraryKeys] | None,
    author: str,
    roots: Mapping[str, str],
    limit: int | None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> tuple[Stores, Recovered]:
    """See ``Library.recover``."""
    from audobon.services.snapshots.recovering import recover

    check_limit(limit, "recover")
    with snapshotplaces.opened(source, limit=lambda _url: limit) as place:
        made = snapshotplaces.chosen(place, ident)

        def opened(here: Place) -> AbstractContextManager[SnapshotDepot]:
            return opened_depot(place, here)

        stores, done = recover(
            *(opened, made, folder),
            seal=seal,
            author=author,
            roots=roots,
            progress=progress,
            cancel=cancel,
        )
        record(stores, "recover", made.reason, source=place.url, snapshot=made.id)
    return stores, done


@contextlib.contextmanager
def _brought(stores: Stores, where: Where, ident: str) -> Iterator[tuple[SnapshotDepot, Snapshot]]:
    """A snapshot whose versions are here, held by a ref for the length of the block."""
    with opened_at(stores, where) as place, opened_depot(place, stores.place) as depot:
        made = snapshotplaces.chosen(place, ident, stores.place.id)
        depot.versions(stores.history, made)
        held = REFS + made.id
        ours = held in stores.history.refs(REFS)
        if not stores.read_only and not ours:
            stores.history.set_ref(held, made.whole)
        try:
            yield depot, made
        finally:
            if not stores.read_only and not ours and held in stores.history.refs(REFS):
                stores.history.remove_ref(held)


def _need(
    stores: Stores,
    depot: SnapshotDepot,
    digests: set[str],
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> None:
    """Have the bytes of these files here: from the place, else from a remote that has them.

    A snapshot of a library whose files are partly at a remote lacks those. Unavailable where that
    remote cannot be asked, Corrupt for the first that cannot be had.
    """
    lacking = set(stores.chunks.missing(digests))
    if not lacking:
        return
    failed = depot.files(stores.chunks, lacking, progress=progress, cancel=cancel)
    for digest in supplied(stores, failed, cancel=cancel):
        raise Corrupt(
            f"the file {digest[:12]} of the snapshot cannot be had: {failed[digest]}",
            subject=digest,
        ) from failed[digest]


def _present(stores: Stores, version: str) -> Iterator[Manifest]:
    history = stores.history
    for _, blob in history.walk(version, prefix=_ASSETS):
        manifest = parse_manifest(history.blob(blob))
        if manifest.state == "present":
            yield manifest


def one_at_a_time(stores: Stores) -> FileLock:
    """Busy while another process makes a snapshot of the library."""
    return FileLock(stores.place.locks / "snapshot.lock", timeout_s=0.0)
