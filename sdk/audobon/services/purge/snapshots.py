"""A place of snapshots rid of what was purged: a new snapshot takes the place of all older ones.

A snapshot has everything as it was, a copy of the catalog included, and is never changed. So those
that were made before a purge go, after a new one is whole there; then, without a grace period, all
that it does not need.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from audobon.errors import AudobonError, Conflict, NotFound
from audobon.model.purge import PurgedPlace
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.services.depot.depot import Depot
from audobon.services.depot.pictures import scour_pictures
from audobon.services.depot.results import scour_results
from audobon.services.depot.sweeping import scour
from audobon.services.depot.tasks import in_turn
from audobon.services.places import snapshotplaces
from audobon.services.places.snapshotplaces import Where
from audobon.services.purge.places import why_not
from audobon.services.purge.proof import Needles
from audobon.services.purge.proofplace import prove_place
from audobon.services.snapshots.snapshotdepot import opened_at, opened_depot, tips_of
from audobon.services.snapshots.snapshotting import snapshot

__all__ = ["foreseen_at", "purge_snapshots"]

_REASON = "after a purge"


def foreseen_at(stores: Stores, where: Where) -> PurgedPlace:
    """What :func:`purge_snapshots` would do; an error is told in the answer."""
    shown, reached = str(where), False
    try:
        with opened_at(stores, where) as place, opened_depot(place, stores.place) as keeping:
            shown = place.url
            _need_own(stores, shown, keeping.depot)
            reached = True
            count = len(snapshotplaces.listed(place).snapshots)
    except AudobonError as error:
        return PurgedPlace("snapshots", shown, False, why_not(error, reached=reached))
    return PurgedPlace("snapshots", shown, False, f"{_counted(count)} would give way to a new one")


def _counted(count: int) -> str:
    return f"{count} snapshots" if count != 1 else "1 snapshot"


def _need_own(stores: Stores, shown: str, depot: Depot) -> None:
    header = depot.header()
    if header is None or header.library != stores.place.id:
        raise NotFound(f"{shown} is no place of this library", subject=shown)
    if depot.refs():
        raise Conflict(f"{shown} is a remote too, whose branches need the old versions")


def purge_snapshots(
    stores: Stores, where: Where, *, needles: Needles | None, cancel: Callable[[], bool]
) -> PurgedPlace:
    """Replace the snapshots of a place; an error is told in the answer. Without the commit lock."""
    shown, reached = str(where), False
    try:
        with opened_at(stores, where) as place, opened_depot(place, stores.place) as keeping:
            shown, depot = place.url, keeping.depot
            _need_own(stores, shown, depot)
            reached = True
            old = snapshotplaces.listed(place).snapshots
            made = snapshot(stores, place, reason=_REASON)
            for one in old:
                place.delete(snapshotplaces.key_of(one))
            folder = Path(tempfile.mkdtemp(prefix="versions-", dir=depot.workplace))
            try:
                fresh = stores.history.fresh(tips_of(made), (), cancel=cancel)
                gits = [
                    put[0]
                    for path in stores.history.packs_of(fresh, folder)
                    for put in in_turn(depot.put_git, [path], cancel=cancel)
                ]
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            done = scour(depot, tips_of(made), made.shallow, gits, cancel=cancel)
            scour_pictures(depot, done.files)
            scour_results(depot, done.files)
            proof = None if needles is None else prove_place(depot, needles)
            shutil.rmtree(depot.folder, ignore_errors=True)
    except AudobonError as error:
        return PurgedPlace("snapshots", shown, False, why_not(error, reached=reached))
    record(stores, "purge", "snapshots", to=shown, snapshot=made.id)
    told = f"{_counted(len(old))} gave way to a new one, {made.id}"
    return PurgedPlace("snapshots", shown, proof is None or proof.ok, told, proof)
