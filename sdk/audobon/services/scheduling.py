"""Where a library's snapshots go by themselves: by time, and before what is risky.

The decisions lie in ``snapshots.json`` beside the catalog. A place that cannot
be reached just now, a disk that is not plugged in, holds nobody up: why it did
not work is kept there too, and shown by whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.codec.plain import from_plain, parse_time, time_text, to_plain
from audobon.errors import AudobonError, Cancelled, Invalid
from audobon.model.snapshot import Retention, Snapshot, SnapshotSettings
from audobon.services.forgetting import forget
from audobon.services.ingest import Progress
from audobon.services.retention import is_due
from audobon.services.snapshotting import snapshot
from audobon.services.stores import Stores
from audobon.system.files import write_atomic

__all__ = ["RISKS", "before", "due", "read_schedule", "run_due", "write_schedule"]

RISKS = ("merge", "collect", "migrate", "purge")
"""What a snapshot may be made before."""

_LONGEST = timedelta(days=366)


def read_schedule(stores: Stores) -> SnapshotSettings:
    """The decisions; the usual ones, without a place, where there are none that make sense."""
    try:
        data = json.loads(_path(stores).read_bytes())
        return SnapshotSettings(
            to=str(data["to"]),
            every=timedelta(seconds=float(data["every_s"])),
            before=tuple(str(one) for one in data["before"] if one in RISKS),
            keep=from_plain(data["keep"], Retention),
            last=None if data.get("last") is None else parse_time(data["last"]),
            failed=str(data.get("failed", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return SnapshotSettings()


def write_schedule(stores: Stores, settings: SnapshotSettings) -> SnapshotSettings:
    """Keep the decisions. Invalid for what makes no sense."""
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
    data: dict[str, Any] = {
        "format": 1,
        "to": settings.to,
        "every_s": settings.every.total_seconds(),
        "before": list(settings.before),
        "keep": counts,
        "last": None if settings.last is None else time_text(settings.last),
        "failed": settings.failed,
    }
    write_atomic(_path(stores), (json.dumps(data, indent=1) + "\n").encode())
    return settings


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

    Errors come as they are, and are noted.
    """
    settings = read_schedule(stores)
    if not settings.to or not (force or is_due(settings.last, settings.every, stores.now())):
        return None
    try:
        made = snapshot(stores, settings.to, reason=reason, progress=progress, cancel=cancel)
        forget(stores, settings.to, keep=settings.keep, cancel=cancel)
    except Cancelled:
        raise
    except AudobonError as error:
        write_schedule(stores, evolve(settings, failed=error.message))
        raise
    write_schedule(stores, evolve(read_schedule(stores), last=made.time, failed=""))
    return made


def before(stores: Stores, what: str) -> Snapshot | None:
    """A snapshot before something risky, where that was asked for; never a reason to fail."""
    settings = read_schedule(stores)
    if stores.read_only or not settings.to or what not in settings.before:
        return None
    try:
        made = snapshot(stores, settings.to, reason=f"before {what}")
    except AudobonError as error:
        write_schedule(stores, evolve(settings, failed=error.message))
        return None
    write_schedule(stores, evolve(settings, last=made.time, failed=""))
    return made


def _path(stores: Stores) -> Path:
    return stores.place.state / "snapshots.json"
