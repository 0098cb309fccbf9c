"""Calls about snapshots: made into another place, listed, looked into, gone back to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from audobon.facade.base import Base, Opened, Ref, never
from audobon.facade.measuring import measured
from audobon.model.asset import Asset
from audobon.services.core import lookup
from audobon.services.core.stores import Stores

if TYPE_CHECKING:
    from audobon.model.branch import SwitchPlan
    from audobon.model.estimate import TransferEstimate
    from audobon.model.snapshot import (
        Forgotten,
        Retention,
        Snapshot,
        SnapshotEntry,
        SnapshotSettings,
    )
    from audobon.model.version import Version
    from audobon.services.files.ingest import Progress
    from audobon.services.places.snapshotplaces import Where
    from audobon.services.snapshots.repairing import Repaired
    from audobon.services.versioning.export import Exported
    from audobon.services.versioning.restore import Restored
    from audobon.services.versioning.verify import Verified

__all__ = ["SnapshotCalls", "Snapshots"]


@frozen
class Snapshots(Opened):
    """The snapshots of a library, wherever they lie.

    ``where`` is a place as :meth:`Library.snapshot` takes it. A snapshot is
    named by its id or how it begins; without one the newest is meant.
    """

    _kept: Stores
    _passphrase: str | None = field(default=None, repr=False)
    _passphrase_file: Path | None = None

    def unlocked(
        self,
        passphrase: str | None = None,
        *,
        passphrase_file: str | os.PathLike[str] | None = None,
    ) -> Snapshots:
        """The same for places that are encrypted; else the system's keyring is asked."""
        file = None if passphrase_file is None else Path(passphrase_file)
        return Snapshots(self._stores, passphrase, file)

    def _at(self, where: Where) -> Where:
        from audobon.services.places.snapshotplaces import Locked

        if isinstance(where, Locked) or (self._passphrase or self._passphrase_file) is None:
            return where
        return Locked(where, self._passphrase, self._passphrase_file)

    def make(
        self,
        where: Where,
        *,
        reason: str = "",
        tags: Iterable[str] = (),
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Snapshot:
        """See :meth:`Library.snapshot`."""
        from audobon.services.snapshots.scheduling import note_made
        from audobon.services.snapshots.snapshotting import snapshot

        made = snapshot(
            *(self._stores, self._at(where)),
            reason=reason,
            tags=tags,
            progress=progress,
            cancel=cancel,
        )
        note_made(self._stores, where, made)
        return made

    def estimate(self, where: Where, *, cancel: Callable[[], bool] = never) -> TransferEstimate:
        """How much a snapshot would send now; nothing is written in the place, nor is it made.

        The library is taken down in its own stores for that, as for a snapshot, so that the next
        one has that behind it. Busy, Conflict as there.
        """
        from audobon.services.sync.foreseeingplaces import snapshot_would

        return snapshot_would(self._stores, self._at(where), cancel=cancel)

    def list(self, where: Where) -> tuple[Snapshot, ...]:
        """The snapshots of this library in a place, newest first."""
        from audobon.services.snapshots.snapshotting import snapshots

        return snapshots(self._stores, self._at(where))

    def files(self, where: Where, snapshot: str = "") -> tuple[SnapshotEntry, ...]:
        """The files that a snapshot has, by path. Their bytes are not fetched."""
        from audobon.services.snapshots.snapshotting import entries

        return entries(self._stores, self._at(where), snapshot)

    def versions(self, where: Where, snapshot: str = "", *, limit: int = 50) -> tuple[Version, ...]:
        """The versions that a snapshot has on the branch of then, newest first."""
        from audobon.services.snapshots.snapshotting import versions

        return versions(self._stores, self._at(where), snapshot, limit=limit)

    def restore(
        self,
        where: Where,
        ref: Ref,
        snapshot: str = "",
        *,
        to: str | os.PathLike[str] | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Restored:
        """Put one file back as a snapshot has it, bit for bit; as ``Library.restore`` does."""
        from audobon.services.snapshots.snapshotting import put_back

        return put_back(
            *(self._stores, self._at(where), snapshot),
            os.fspath(ref.id if isinstance(ref, Asset) else ref),
            lookup.find_ever(self._stores, ref),
            to=to,
            cancel=cancel,
        )

    def place_of(self, entry: SnapshotEntry) -> Path:
        """Where :meth:`restore` would put the file; whatever lies there is another question.

        NotFound where its root has no folder on this machine.
        """
        from audobon.services.versioning.restore import place_of

        root, _, path = entry.path.partition("/")
        return place_of(self._stores, root, path, lookup.find_ever(self._stores, entry.asset_id))

    def export(
        self,
        where: Where,
        to: str | os.PathLike[str],
        snapshot: str = "",
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Exported:
        """Write all files of a snapshot below a folder; the library stays as it is."""
        from audobon.services.snapshots.snapshotting import export_all

        return export_all(
            self._stores, self._at(where), snapshot, Path(to), progress=progress, cancel=cancel
        )

    def go_back(
        self,
        where: Where,
        snapshot: str = "",
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> SwitchPlan:
        """Make files and metadata as they were at a snapshot; nothing is lost by it.

        As ``Library.go_back``: what is uncommitted becomes a version first, and
        what was then a new version on top. Conflict while a merge is open.
        """
        from audobon.services.snapshots.snapshotting import go_back

        return go_back(self._stores, self._at(where), snapshot, progress=progress, cancel=cancel)

    def forget(
        self,
        where: Where,
        keep: Retention | None = None,
        *,
        snapshots: Iterable[str] = (),
        grace: timedelta = timedelta(days=7),
        dry_run: bool = False,
        cancel: Callable[[], bool] = never,
    ) -> Forgotten:
        """Forget the snapshots that ``keep`` does not keep, and those named; free their space.

        Those with tags go only when they are named. What nothing needs any more
        is noted, and goes in a later call once ``grace`` has passed. Safe while
        others write to the place, from this machine or another, as long as
        ``grace`` is not zero. Corrupt, with nothing freed, when something that is
        needed is damaged; Busy while another process does the same.
        """
        from audobon.services.snapshots.forgetting import forget

        return forget(
            *(self._stores, self._at(where)),
            keep=keep,
            named=snapshots,
            grace=grace,
            dry_run=dry_run,
            cancel=cancel,
        )

    def verify(
        self,
        where: Where,
        part: tuple[int, int] | None = None,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Verified:
        """Read every byte of a place and check it; ``part=(k, n)`` does the k-th of n parts.

        That everything is there that snapshots and refs name is asked with the
        first part. ``versions`` counts what they lead to, ``files`` snapshots.
        """
        from audobon.services.snapshots.placeverify import verify_place

        return verify_place(
            self._stores, self._at(where), part=part, progress=progress, cancel=cancel
        )

    def repair(
        self,
        where: Where,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Repaired:
        """Have the library and a place make each other's damage good, as far as one of both can.

        Reads every byte of both. Damaged packs of the library are set aside,
        and what was lost with them comes from the place; damaged packs of the
        place are written anew from what is sound in them and from the library.
        Versions of the library's own history come back by recovering it.
        """
        from audobon.services.snapshots.repairing import repair

        return repair(self._stores, self._at(where), progress=progress, cancel=cancel)

    @property
    def schedule(self) -> SnapshotSettings:
        """Where snapshots go by themselves, how often, before what, and which of them stay."""
        from audobon.services.snapshots.scheduling import read_schedule

        return read_schedule(self._stores)

    def set_schedule(self, schedule: SnapshotSettings) -> SnapshotSettings:
        """Decide that; an empty ``to`` ends it. Invalid for what makes no sense."""
        from audobon.services.snapshots.scheduling import write_schedule

        return write_schedule(self._stores, schedule)

    def limit(self, where: Where) -> int | None:
        """How many bytes a second go to a place and come from it at most, None for no cap."""
        from audobon.services.places.snapshotlimits import limit_of

        return limit_of(self._stores, where)

    def set_limit(self, where: Where, bytes_per_s: int | None) -> int | None:
        """Have at most so many bytes a second go to a place and come from it; None: no cap.

        Holds for every call of this library from the next one on, those of the schedule too. A
        remote at the same address has its own cap besides: the lower one holds. Invalid below
        1024, and for a place that is open already.
        """
        from audobon.services.places.snapshotlimits import set_limit

        return set_limit(self._stores, where, bytes_per_s)

    @property
    def places(self) -> tuple[str, ...]:
        """Where snapshots were made from this machine, the latest first; 20 at most."""
        from audobon.services.snapshots.scheduling import places

        return places(self._stores)

    @property
    def due(self) -> bool:
        """Whether one is due by time. A small file is read for it."""
        from audobon.services.snapshots.scheduling import due

        return due(self._stores)

    def run_due(
        self,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Snapshot | None:
        """Make the snapshot that is due and forget by the policy; None when none is.

        Also None while another process makes it. Why it did not work is in
        :attr:`schedule` too; Busy while one is made by hand is no failure.
        """
        from audobon.services.snapshots.scheduling import run_due

        return run_due(self._stores, progress=progress, cancel=cancel)


class SnapshotCalls(Base):
    """The whole library kept in another place."""

    @property
    def snapshots(self) -> Snapshots:
        """What was kept, listed and gone back to."""
        return Snapshots(self._stores)

    @measured("snapshot")
    def snapshot(
        self,
        to: Where,
        *,
        reason: str = "",
        tags: Iterable[str] = (),
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Snapshot:
        """Keep everything as it is now in another place: a folder, a disk, a bucket.

        History, the bytes of all versions, the catalog and settings, and the
        files as they are, committed or not. Only what the place lacks is sent.
        ``to`` is a folder (made if absent), an address as ``gs://bucket/prefix``
        or an open ``ObjectStore``; it may be a remote of the library too. A
        snapshot with ``tags`` is never forgotten by policy. Cut off at any
        moment it is not there, and the next one goes on. Busy while another
        process makes one; Conflict for a place of another library.
        """
        return self.snapshots.make(to, reason=reason, tags=tags, progress=progress, cancel=cancel)
