"""What is known of snapshots: frozen data, a part of ``state``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from audobon.model.snapshot import Snapshot, SnapshotEntry, SnapshotSettings
from audobon.session.problem import Problem

if TYPE_CHECKING:
    from audobon.services.versioning.verify import Verified

__all__ = ["NO_SNAPSHOTS", "SnapshotFiles", "SnapshotsSeen", "Standing"]


@frozen(slots=True)
class SnapshotFiles:
    """The files that a snapshot has, by path."""

    snapshot: Snapshot
    entries: tuple[SnapshotEntry, ...]


@frozen(slots=True)
class Standing:
    """What is in the way of a file that is to be put back: one with other bytes.

    ``file`` is its path, ``time`` when it was written, in seconds of the clock.
    """

    snapshot: Snapshot
    entry: SnapshotEntry
    file: str
    time: float


@frozen(slots=True)
class SnapshotsSeen:
    """Everything about snapshots.

    ``settings`` are the schedule, None until it was read; ``places`` where
    snapshots were made from this machine, the latest first. ``listed`` are the
    snapshots of ``place``, the newest first, None where nobody has looked or
    ``problem`` says why they cannot be told; ``locked`` says that a passphrase
    is needed. ``files`` are those of the snapshot that somebody looks into,
    ``standing`` what has to be decided before a file is put back, and
    ``verified`` what came of the last look at every byte of ``place``, or at
    a ``part`` of them: which, and of how many.
    """

    settings: SnapshotSettings | None = None
    places: tuple[str, ...] = ()
    place: str = ""
    listed: tuple[Snapshot, ...] | None = None
    problem: Problem | None = None
    locked: bool = False
    files: SnapshotFiles | None = None
    standing: Standing | None = None
    verified: Verified | None = None
    part: tuple[int, int] | None = None


NO_SNAPSHOTS = SnapshotsSeen()
"""Nothing was looked at."""
