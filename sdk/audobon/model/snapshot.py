"""Snapshots: the whole library as it was, kept in another place, and which of them stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import field, frozen

__all__ = [
    "Forgotten",
    "Retention",
    "Snapshot",
    "SnapshotEntry",
    "SnapshotFile",
    "SnapshotPlan",
    "SnapshotSettings",
]


@frozen(slots=True)
class SnapshotFile:
    """A file of the library's own that a snapshot has: its sha256, and its size in bytes."""

    digest: str
    size: int


@frozen(slots=True)
class Snapshot:
    """Everything of a library as it was at ``time``: history, bytes, catalog, settings.

    ``version`` has the present files too, committed or not; ``whole`` is one
    on top of it that has the catalog and the settings as files besides, so
    that from it and from ``refs`` (branches, tags and other names of versions)
    everything of the snapshot is reached. ``branch`` is the current one.
    ``reason`` says before what it was made, empty for one of the schedule;
    one with ``tags`` is never forgotten by policy. ``skipped`` files could not
    be read and are in it as the newest version has them; ``unread`` ones were
    saved since that version, with a header that cannot be read, and are in it
    as they were saved. ``files`` and ``bytes`` count the present ones.
    """

    id: str
    time: datetime
    library: str
    name: str
    author: str
    version: str
    whole: str
    branch: str
    refs: Mapping[str, str]
    catalog: SnapshotFile
    settings: SnapshotFile
    files: int
    bytes: int
    reason: str = ""
    tags: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    """The sha256 of files of old versions that were neither in the library nor in the place."""
    stored: int = 0
    """Bytes by which the place grew."""
    shallow: tuple[str, ...] = ()
    """Versions whose parents were pruned before."""


@frozen(slots=True)
class SnapshotEntry:
    """A file that a snapshot has; ``path`` is ``<root>/<path>``, ``size`` in bytes."""

    asset_id: str
    path: str
    size: int
    digest: str
    kind: str
    rating: int = 0
    tags: tuple[str, ...] = ()


@frozen(slots=True)
class Retention:
    """How many hours, days, weeks and months keep their newest snapshot; and the ``last`` ones.

    Hours, days, weeks (from Monday) and months are those of UTC, and only
    those that have a snapshot count. Snapshots with tags stay for ever.
    """

    last: int = 3
    hourly: int = 24
    daily: int = 7
    weekly: int = 5
    monthly: int = 12


@frozen(slots=True)
class SnapshotSettings:
    """Where a library's snapshots go, how often, before what, and which of them stay.

    ``to`` is a place as ``Library.snapshot`` takes it; empty for none. With an
    ``every`` of zero nothing is due by time.
    """

    to: str = ""
    every: timedelta = timedelta(days=1)
    before: tuple[str, ...] = ("merge", "collect", "migrate", "purge")
    keep: Retention = field(factory=Retention)
    last: datetime | None = None
    """When the newest one was made."""
    failed: str = ""
    """Why the newest try did not succeed; empty after one that did."""


@frozen(slots=True)
class SnapshotPlan:
    """What a policy does with snapshots: ids to keep with the reasons, and ids to forget."""

    keep: Mapping[str, tuple[str, ...]]
    forget: tuple[str, ...]


@frozen(slots=True)
class Forgotten:
    """What forgetting did, or in a dry run would do. Sizes are bytes of the place.

    ``waiting`` objects are needed by nothing, and their grace period is not over.
    """

    dry_run: bool
    forgotten: tuple[str, ...]
    kept: int
    removed: int
    waiting: int
    freed: int
