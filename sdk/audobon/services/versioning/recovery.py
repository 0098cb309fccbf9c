"""Recovery points: everything as it is now, kept aside before something risky, and the way back.

A point is a version under a ref of its own, so the branch does not move and
``log`` does not show it; it stores what changed since the newest version and
no more. Going back loses nothing either: what is uncommitted becomes a
version first, then one is made on top of it that has everything as the point
has it. Each step is complete or not at all, and the same call again goes on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from audobon.codec.manifest import parse_manifest
from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt, Invalid, NotFound
from audobon.model.branch import SwitchPlan
from audobon.model.recovery import RecoveryPoint
from audobon.model.version import VersionStats
from audobon.services.core.audit import record
from audobon.services.core.mergestate import need_no_merge
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress, refresh
from audobon.services.places.ondemand import supplied
from audobon.services.versioning.adopt import adopt, go_on
from audobon.services.versioning.branching import switch
from audobon.services.versioning.contents import Contents
from audobon.services.versioning.draft import author_of
from audobon.services.versioning.journal import Journal
from audobon.services.versioning.versions import commit, commit_aside
from audobon.services.versioning.way import Way, file_of
from audobon.storage.history import TreeChange

__all__ = ["KEPT", "go_back", "keep_point", "points", "return_to"]

KEPT = 20
"""Points that are kept; a working day of switching and merging makes about as many."""

_REFS = "refs/audobon/points/"
_BACK = "refs/audobon/back"
"""Holds the version that is gone back to until the branch stands there."""
_REASON = 200  # letters: what fits in a line of a panel or a terminal, and some more


def keep_point(
    stores: Stores, reason: str, *, progress: Progress | None, cancel: Callable[[], bool]
) -> RecoveryPoint:
    """See ``Library.keep_point``."""
    stores.need_writable("keep a recovery point")
    reason = " ".join(reason.split())[:_REASON]
    if not reason:
        raise Invalid("a recovery point needs a reason: what is about to be done")
    with stores.commit_lock():
        go_on(stores)
        refresh(stores, cancel=cancel, heavy_later=True, away_stays=True)
        return _keep(stores, reason, progress, cancel)


def _keep(
    stores: Stores, reason: str, progress: Progress | None, cancel: Callable[[], bool]
) -> RecoveryPoint:
    history = stores.history
    head, ident = history.head(), uuid.uuid4().hex[:12]
    with Contents(stores) as contents:
        _, version = commit_aside(
            *(stores, contents, _REFS + ident, reason),
            time=stores.now(),
            progress=progress,
            cancel=cancel,
        )
    made = RecoveryPoint(ident, version, history.current_branch(), head or "", reason, stores.now())
    known = (made, *points(stores))
    _write(stores, known[:KEPT])
    wanted = {_REFS + point.id for point in known[:KEPT]}
    for old in history.refs(_REFS):
        if old not in wanted:
            history.remove_ref(old)
    record(stores, "keep-point", reason, point=ident, version=version)
    return made


def points(stores: Stores) -> tuple[RecoveryPoint, ...]:
    """See ``Library.recovery_points``. A list that cannot be read is none."""
    try:
        known = from_plain(
            json.loads(stores.place.files.read(_path(stores))), tuple[RecoveryPoint, ...]
        )
    except (OSError, ValueError, Corrupt):
        return ()
    refs = stores.history.refs(_REFS)
    return tuple(point for point in known if refs.get(_REFS + point.id) == point.version)


def go_back(
    stores: Stores, ident: str, *, progress: Progress | None, cancel: Callable[[], bool]
) -> SwitchPlan:
    """See ``Library.go_back``."""
    stores.need_writable("go back to a recovery point")
    return return_to(stores, _need(stores, ident), progress=progress, cancel=cancel)


def return_to(
    stores: Stores,
    point: RecoveryPoint,
    *,
    bring: Callable[[set[str]], None] | None = None,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> SwitchPlan:
    """The same for a point whose version is here, however it came.

    ``bring`` has the bytes of files here, by their digests; without it remotes are asked.
    Unavailable and Corrupt where some cannot be had: all files are as they were then.
    """
    need_no_merge(stores, "go back to a recovery point")
    commit(stores, f"As it was before going back to: {point.reason}", cancel=cancel)
    lacking = set(stores.chunks.missing(_needed(stores, point.version)))
    if bring is not None:
        bring(lacking)
    elif missed := supplied(stores, lacking, cancel=cancel):
        raise Corrupt(
            f"the bytes of {len(missed)} files of the recovery point are neither here nor at a "
            "remote",
            subject=point.id,
        )
    history = stores.history
    if history.current_branch() != point.branch:
        if history.head(point.branch) is None:
            history.add_branch(point.branch, at=point.head or point.version)
        switch(stores, point.branch, force=False, progress=progress, cancel=cancel)
    with stores.commit_lock():
        need_no_merge(stores, "go back to a recovery point")
        go_on(stores)
        refresh(stores, cancel=cancel)
        made = _adopt(stores, point, progress, cancel)
    record(stores, "go-back", point.reason, point=point.id, version=point.version)
    return made


def _adopt(
    stores: Stores,
    point: RecoveryPoint,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> SwitchPlan:
    """Make a version like the point on top of the branch, and the library like that."""
    history = stores.history
    tip = history.head()
    assert tip is not None  # a version was just made
    label = f"Back to: {point.reason}"
    history.set_ref(_BACK, tip)
    version = history.commit(
        [
            TreeChange(change.path, None if change.new is None else history.blob(change.new))
            for change in history.changed(tip, point.version)
        ],
        message=label,
        author=author_of(stores.author),
        time=stores.now(),
        expected=tip,
        ref=_BACK,
        stats=_stats(stores, tip, point.version),
    )
    made = SwitchPlan(point.branch, tip)
    if version.id != tip:
        # All that is known was committed before: what is left is no asset, and none may be forced.
        hint = "move it away, or add it, and go back again"
        way = Way(stores, "going back to a recovery point", version.id, hint=hint)
        way.look()
        journal = Journal("back", point.branch, tip, version.id, label)
        made = adopt(stores, way, journal, force=False, progress=progress, cancel=cancel)
    history.remove_ref(_BACK)
    return evolve(made, name=point.branch)


def _needed(stores: Stores, version: str) -> set[str]:
    """Digests of files that are not here as a version has them, but for those left at a remote.

    The newest version is what is here. What only a remote has and nobody asked for stays there.
    """
    history, away = stores.history, stores.catalog.away()
    found = set()
    for change in history.changed(history.head(), version, prefix=b".audobon/assets"):
        old, will = (
            None if blob is None else parse_manifest(history.blob(blob))
            for blob in (change.old, change.new)
        )
        if will is None or will.state != "present":
            continue
        as_it_is = old is not None and old.state == "present" and old.digest == will.digest
        if not as_it_is and (will.id not in away or file_of(stores, will).exists()):
            found.add(will.digest)
    return found


def _stats(stores: Stores, tip: str, target: str) -> VersionStats:
    """Counts of assets, as those of any version."""
    history = stores.history
    counts = {"added": 0, "removed": 0, "modified": 0}
    for change in history.changed(tip, target, prefix=b".audobon/assets"):
        there = [
            blob is not None and parse_manifest(history.blob(blob)).state == "present"
            for blob in (change.old, change.new)
        ]
        counts["modified" if all(there) else "added" if there[1] else "removed"] += 1
    return VersionStats(counts["added"], counts["modified"], counts["removed"])


def _need(stores: Stores, ident: str) -> RecoveryPoint:
    found = [point for point in points(stores) if ident and point.id.startswith(ident)]
    if len(found) != 1:
        which = "several recovery points begin" if found else "no recovery point begins"
        raise NotFound(
            f"{which} with {ident!r}", subject=ident, hint="'audobon recovery' lists them"
        )
    return found[0]


def _path(stores: Stores) -> Path:
    return stores.place.state / "recovery.json"


def _write(stores: Stores, known: tuple[RecoveryPoint, ...]) -> None:
    data = (json.dumps(to_plain(known), indent=1) + "\n").encode()
    stores.place.files.write(_path(stores), data)
