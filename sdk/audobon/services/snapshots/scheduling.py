"""Where a library's snapshots go by themselves: by time, and before what is risky.

The decisions lie in ``snapshots.json`` beside the catalog. A place that cannot
be reached just now, a disk that is not plugged in, holds nobody up: why it did
not work is kept there too, and shown by whoever asks. So are the places that
snapshots were made in, by the schedule or by hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.codec.plain import from_plain, parse_time, time_text, to_plain
from audobon.errors import AudobonError, Busy, Cancelled, Corrupt, Invalid
from audobon.model.snapshot import Retention, Snapshot, SnapshotSettings
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.services.places.snapshotlimits import address_of, read_limits
from audobon.services.places.snapshotplaces import Locked, Where
from audobon.services.snapshots.retention import is_due
from audobon.system.locks import FileLock

__all__ = ["RISKS", "before", "due", "note_made", "places", "read_schedule", "run_due"]
__all__ += ["write_schedule"]

RISKS = ("merge", "collect", "migrate", "purge")
"""What a snapshot may be made before."""

_LONGEST = timedelta(days=366)
_PLACES = 20
# More than anybody backs up to; those of long ago are still there, only not listed.


def read_schedule(stores: Stores) -> SnapshotSettings:
    """The decisions; the usual ones, without a place, where there are none that make sense."""
    try:
        data = json.loads(stores.place.files.read(_path(stores)))
        return SnapshotSettings(
            to=str(data["to"]),
            every=timedelta(seconds=float(data["every_s"])),
            before=tuple(str(one) for one in data["before"] if one in RISKS),
            keep=from_plain(data["keep"], Retention),
            last=None if data.get("last") is None else parse_time(data["last"]),
            failed=str(data.get("failed", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Corrupt):
        return SnapshotSettings()


def write_schedule(stores: Stores, settings: SnapshotSettings) -> SnapshotSettings:
    """Keep the decisions. Invalid for what makes no sense.

    A folder is kept by its whole path: a host that makes them has another current folder.
    At another place than before the newest one is the one that was made there.
    """
    stores.need_writable("keep when its snapshots are made")
    if not timedelta(0) <= settings.every <= _LONGEST:
        raise Invalid("snapshots are made once a year at least; 0 is never")
    if wrong := set(settings.before) - set(RISKS):
        raise Invalid(
            f"{min(wrong)!r} is nothing that a snapshot is made before: {', '.join(RISKS)} are",
            subject=min(wrong),
        )
    counts = to_plain(settings.keep)
    if any(count < 0 for count in counts.values()):
        raise Invalid("a number of snapshots to keep cannot be negative")
    if settings.to:
        settings = evolve(settings, to=address_of(settings.to))
    old = read_schedule(stores)
    if settings.to != old.to and settings.last == old.last:
        last = _used(stores).get(address_of(settings.to)) if settings.to else None
        settings = evolve(settings, last=last, failed="")
    _write(stores, settings, _used(stores))
    return settings


def _write(stores: Stores, settings: SnapshotSettings, used: dict[str, datetime]) -> None:
    data: dict[str, Any] = {
        "format": 1,
        "to": settings.to,
        "every_s": settings.every.total_seconds(),
        "before": list(settings.before),
        "keep": to_plain(settings.keep),
        "last": None if settings.last is None else time_text(settings.last),
        "failed": settings.failed,
        "places": {place: time_text(last) for place, last in used.items()},
        "limits": read_limits(stores.place),
    }
    stores.place.files.write(_path(stores), (json.dumps(data, indent=1) + "\n").encode())


def places(stores: Stores) -> tuple[str, ...]:
    """Where snapshots of this library were made from this machine, the latest first."""
    return tuple(_used(stores))


def _used(stores: Stores) -> dict[str, datetime]:
    """The same, each with the time of the newest."""
    try:
        found = json.loads(stores.place.files.read(_path(stores)))["places"]
        return {str(place): parse_time(last) for place, last in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Corrupt):
        return {}


def note_made(stores: Stores, where: Where, made: Snapshot) -> None:
    """A snapshot was made there, by whomever: it is a place, and at the schedule's none is due."""
    plain = where.where if isinstance(where, Locked) else where
    if not isinstance(plain, str | os.PathLike):
        return
    to, settings = address_of(os.fspath(plain)), read_schedule(stores)
    if settings.to and address_of(settings.to) == to:
        settings = evolve(settings, last=made.time, failed="")
    used = {to: made.time} | _used(stores) | {to: made.time}
    _write(stores, settings, dict(list(used.items())[:_PLACES]))


def due(stores: Stores) -> bool:
    """Whether a place is configured and a snapshot is due there by time."""
    settings = read_schedule(stores)
    return bool(settings.to) and is_due(settings.last, settings.every, stores.now())


def run_due(
    stores: Stores,
    *,
    reason: str = "",
    force: bool = False,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Snapshot | None:
    """Make the snapshot that is due, and forget by the policy; None when none is.

    Nor when another process is making it. Errors come as they are, and are
    noted. Where one was made before, the place has to be there: a folder that
    is missing is a disk that is not plugged in, and is not made anew. Busy,
    and nothing is noted, while one is made by hand.
    """
    turn = FileLock(stores.place.locks / "snapshot-due.lock", timeout_s=0.0)
    if not _wanted(stores, force=force) or not turn.try_acquire():
        return None
    try:
        if not _wanted(stores, force=force):  # another process has just made it
            return None
        return _run(stores, reason=reason, progress=progress, cancel=cancel)
    finally:
        turn.release()


def _wanted(stores: Stores, *, force: bool) -> bool:
    settings = read_schedule(stores)
    return bool(settings.to) and (force or due(stores))


def _run(
    stores: Stores, *, reason: str, progress: Progress | None, cancel: Callable[[], bool]
) -> Snapshot:
    from audobon.services.snapshots.forgetting import forget
    from audobon.services.snapshots.snapshotting import snapshot

    settings = read_schedule(stores)
    new = address_of(settings.to) not in places(stores)
    try:
        made = snapshot(
            *(stores, settings.to), create=new, reason=reason, progress=progress, cancel=cancel
        )
        note_made(stores, settings.to, made)
        forget(stores, settings.to, keep=settings.keep, cancel=cancel)
    except (Cancelled, Busy):
        raise
    except AudobonError as error:
        write_schedule(stores, evolve(read_schedule(stores), failed=error.message))
        raise
    return made


def before(stores: Stores, what: str) -> Snapshot | None:
    """A snapshot before something risky, where that was asked for; never a reason to fail."""
    settings = read_schedule(stores)
    if stores.read_only or not settings.to or what not in settings.before:
        return None
    from audobon.services.snapshots.snapshotting import snapshot

    new = address_of(settings.to) not in places(stores)
    try:
        made = snapshot(stores, settings.to, create=new, reason=f"before {what}")
    except AudobonError as error:
        write_schedule(stores, evolve(settings, failed=error.message))
        return None
    note_made(stores, settings.to, made)
    return made


def _path(stores: Stores) -> Path:
    return stores.place.state / "snapshots.json"
