"""What a snapshot would send to a place, and a recovery bring from it, before it does."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from audobon.errors import NotFound
from audobon.model.estimate import TransferEstimate
from audobon.model.snapshot import Snapshot
from audobon.services.core.stores import Stores
from audobon.services.depot import Depot, FetchPlan
from audobon.services.depot import estimate as weigh
from audobon.services.depot.work import work_of_packs
from audobon.services.places import snapshotplaces
from audobon.services.places.remotebook import check_limit
from audobon.services.places.snapshotplaces import Locked, Where
from audobon.services.snapshots.snapshotdepot import (
    SnapshotDepot,
    folder_of,
    need_own_place,
    opened_at,
)
from audobon.services.snapshots.snapshotdepot import tips_of as tips
from audobon.services.snapshots.snapshotting import one_at_a_time
from audobon.services.sync.foreseeing import Rehearsal
from audobon.services.versioning.capturing import REFS, capture
from audobon.storage.history import History
from audobon.storage.objects import CountStore, MemoryStore, ObjectStore, Work
from audobon.system.scratch import private_folder

__all__ = ["recover_would", "snapshot_would"]

_NONE = "a place that is not there yet"
_HEADER = 256
"""Bytes of a header, to their order of magnitude."""


def snapshot_would(
    stores: Stores, to: Where, *, cancel: Callable[[], bool] = lambda: False
) -> TransferEstimate:
    """See ``Snapshots.estimate``."""
    stores.need_writable("make a snapshot")
    with one_at_a_time(stores), _there(stores, to) as (place, counted):
        captured = capture(stores, reason="", tags=(), progress=None, cancel=cancel)
        try:
            own = stores.place
            depot = Depot(place, folder_of(own, place), own.files, own.key)
            with contextlib.closing(Rehearsal(depot, counted)) as made:
                return _sending(stores, made, _url(to, place.url), captured, cancel)
        finally:
            stores.history.remove_ref(REFS + captured.id)


@contextlib.contextmanager
def _there(stores: Stores, to: Where) -> Iterator[tuple[ObjectStore, CountStore]]:
    """The place, or an empty one where a snapshot would make it: an estimate makes none."""
    made: list[CountStore] = []

    def counted(store: ObjectStore) -> ObjectStore:
        made.append(CountStore(store))
        return made[-1]

    with contextlib.ExitStack() as stack:
        try:
            place = stack.enter_context(opened_at(stores, to, counted=counted))
        except NotFound:
            if _url(to, "").startswith("gs:"):  # a bucket is never made
                raise
            place = counted(MemoryStore(_NONE))
        yield place, made[-1]


def _sending(
    stores: Stores,
    made: Rehearsal,
    url: str,
    captured: Snapshot,
    cancel: Callable[[], bool],
) -> TransferEstimate:
    history, depot = stores.history, made.depot
    depot.contents.refresh(cancel=cancel)  # what is kept of it here is not asked again
    SnapshotDepot(depot).there(history, captured)
    made.store.clear()
    header = depot.header()
    need_own_place(depot, header, captured)
    depot.contents.refresh(cancel=cancel)
    there, near, _ = SnapshotDepot(depot).there(history, captured)
    fresh = history.fresh(tips(captured), there, near=near, cancel=cancel)
    digests = {*fresh.digests, captured.catalog.digest, captured.settings.digest}
    size = weigh(depot, stores.chunks, sorted(digests), cancel=cancel)
    for digest in sorted(depot.contents.whole(digests)):  # looked at again before it is named
        depot.contents.recipe(digest)
    with tempfile.TemporaryDirectory(prefix="git-", dir=depot.workplace) as folder:
        gits = [pack.stat().st_size for pack in history.packs_of(fresh, Path(folder))]
    made.expect(work_of_packs(size.bytes))
    named = len(snapshotplaces.dumped(captured))
    made.expect(Work(adds=(*gits, named, _HEADER)))
    # Written, it is read; refused, somebody looks whose it is.
    made.expect(Work(gets=[_HEADER] * (header is None), stats=1))
    told = made.estimate(url)
    lost = fresh.lost(size.lacking)
    return TransferEstimate(*(url, len(fresh.commits), size.files, told.up, told), lacking=lost)


def recover_would(
    source: Where, *, ident: str, limit: int | None, cancel: Callable[[], bool] = lambda: False
) -> TransferEstimate:
    """See ``Library.estimate_recover``."""
    check_limit(limit, "recover")
    with (
        snapshotplaces.opened(source, limit=lambda _url: limit) as place,
        TemporaryDirectory(
            prefix="audobon-estimate-", dir=private_folder(), ignore_cleanup_errors=True
        ) as name,
        contextlib.closing(Rehearsal(Depot(place, Path(name, "place")))) as made,
        History.create(Path(name, "history.git")) as history,
    ):
        snapshot = snapshotplaces.chosen(made.store, ident)
        depot = SnapshotDepot(made.depot)
        named = depot.versions(history, snapshot)
        versions = len(history.fresh(tips(snapshot), ()).commits)
        plan = FetchPlan(made.depot, None)
        made.depot.contents.refresh(cancel=cancel)
        plan.add({snapshot.catalog.digest, snapshot.settings.digest}, cancel=cancel)
        made.depot.contents.refresh(cancel=cancel)
        plan.add(named, cancel=cancel)
        made.expect(Work(gets=plan.reads))
        url = _url(source, place.url)
        told = made.estimate(url)
    return TransferEstimate(
        *(url, versions, plan.files, told.down, told), lacking=tuple(sorted(plan.lacking))
    )


def _url(where: Where, otherwise: str) -> str:
    """The address as it was given: what is asked of the place is not what it costs."""
    inner = where.where if isinstance(where, Locked) else where
    return os.fspath(inner) if isinstance(inner, str | os.PathLike) else otherwise
