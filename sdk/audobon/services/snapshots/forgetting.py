"""Snapshots that a policy does not keep leave their place, and what only they needed after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from audobon.errors import Corrupt, Invalid, NotFound
from audobon.model.snapshot import Forgotten, Retention
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.services.depot.depot import Depot
from audobon.services.depot.sweeping import sweep
from audobon.services.places import snapshotplaces
from audobon.services.places.snapshotplaces import Where
from audobon.services.snapshots.retention import plan_forget
from audobon.services.snapshots.snapshotdepot import opened_at, opened_depot, tips_of

__all__ = ["GRACE", "forget"]

GRACE = timedelta(days=7)
"""Longer than a laptop sleeps in the middle of a snapshot that it began before."""


def forget(
    stores: Stores,
    where: Where,
    *,
    keep: Retention | None,
    named: Iterable[str] = (),
    grace: timedelta = GRACE,
    dry_run: bool = False,
    cancel: Callable[[], bool] = lambda: False,
) -> Forgotten:
    """See ``Snapshots.forget``."""
    if grace < timedelta(0):
        raise Invalid("a grace period cannot be negative")
    stores.need_writable("forget snapshots")
    with opened_at(stores, where) as place, opened_depot(place, stores.place) as keeping:
        header = keeping.depot.header()
        if header is None or header.library != stores.place.id:
            raise NotFound(f"{place.url} is no place of this library", subject=place.url)
        there = snapshotplaces.listed(place)
        mine = [one for one in there.snapshots if one.library == stores.place.id]
        going = set() if keep is None else set(plan_forget(mine, keep).forget)
        going |= {snapshotplaces.chosen(place, one, stores.place.id).id for one in named}
        for one in mine:
            if one.id in going and not dry_run:
                place.delete(snapshotplaces.key_of(one))
        left = {one.id for one in there.snapshots} - going
        swept = sweep(
            keeping.depot,
            lambda: _named(keeping.depot, going if dry_run else set()),
            now=stores.now(),
            grace=grace,
            dry_run=dry_run,
            cancel=cancel,
        )
    if not dry_run and (going or swept.removed):
        record(stores, "forget", f"{len(going)} snapshots", to=place.url, removed=swept.removed)
    return Forgotten(
        dry_run=dry_run,
        forgotten=tuple(one.id for one in mine if one.id in going),
        kept=len(left),
        removed=swept.removed,
        waiting=swept.waiting,
        freed=swept.freed,
    )


def _named(depot: Depot, without: set[str]) -> tuple[set[str], set[str]]:
    """Every version that the place names, and those whose parents were pruned.

    Corrupt where a snapshot cannot be read: nobody knows what it needs.
    """
    listed = snapshotplaces.listed(depot.store)
    if listed.problems:
        raise Corrupt(
            f"nothing is removed: {listed.problems[0]}",
            subject=depot.url,
            hint="remove that object if it is not wanted",
        )
    tips, ends = set(), set()
    for one in listed.snapshots:
        if one.id not in without:
            tips |= tips_of(one)
            ends |= set(one.shallow)
    for placed in depot.refs().values():
        tips.add(placed.record.id)
        ends |= set(placed.record.ends)
    return tips, ends
