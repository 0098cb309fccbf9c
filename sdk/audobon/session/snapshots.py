"""What a host asks of snapshots: each call returns at once, ``state.snapshots`` tells.

All of it is done one after another, as ``state.snapshotting``, beside what
``do`` and ``compute`` do. What is due by the schedule is made without asking
(``backing``). A failure is a notice, in a sentence; no passphrase is ever
part of the state.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.codec.words import counted
from audobon.errors import Conflict, Invalid, NotFound
from audobon.session.backing import Backer
from audobon.session.computing import looking
from audobon.session.history import Then, watching_file
from audobon.session.kept import SnapshotFiles, Standing
from audobon.session.opens import Opens
from audobon.session.unread import Partly, with_doubts
from audobon.session.upkeep import size_text

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.snapshot import Retention, Snapshot, SnapshotEntry
    from audobon.session.doing import Report, Work
    from audobon.session.opened import Opened

__all__ = ["SessionSnapshots", "Snapshotting"]


class SessionSnapshots:
    """The part of a session that is about snapshots; reached as ``Session.snapshots``.

    A call about a snapshot names it by its id and means one of the place
    that is listed. An empty ``place`` is the listed one, else that of the
    schedule, else the one that was used last.
    """

    def __init__(self, opened: Callable[[], Opened | None]) -> None:
        self._opened = opened

    @property
    def _backer(self) -> Backer | None:
        now = self._opened()
        return None if now is None else now.backer

    def _do(
        self,
        name: str,
        work: Work,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        now = self._opened()
        if now is not None and now.backer is not None:
            now.backer.do(name, looking(now, work), then, otherwise)

    def _tell(self, **changes: object) -> None:
        if (backer := self._backer) is not None:
            backer.tell(**changes)

    def cancel(self) -> None:
        """Ask what is being done to stop. What is in the place already is used the next time."""
        if (backer := self._backer) is not None:
            backer.doer.cancel()

    # What is looked at

    def look(self, place: str = "") -> None:
        """List the snapshots of a place."""

        def work(library: Library, _report: Report) -> None:
            backer = self._backer
            if backer is None:
                return
            if where := backer.meant(place):
                if where != backer.seen.place:
                    backer.tell(files=None, standing=None, verified=None)
                backer.list_place(library, where)
            else:
                backer.tell(place="", listed=None, problem=None, locked=False)

        self._do("Looking for snapshots", work)

    def unlock(self, place: str, passphrase: str, *, keep: bool = True) -> None:
        """Open an encrypted place for as long as this process lives, and list it.

        With ``keep`` the system's keyring keeps the passphrase, where there is one.
        """

        def work(library: Library, _report: Report) -> str:
            from audobon.services.places.sealing import keep_passphrase, open_place, place_at

            with place_at(place) as store:
                there = open_place(store, passphrase)
                kept = keep and keep_passphrase(there, passphrase)
            if (backer := self._backer) is not None:
                backer.list_place(library, place)
            return "It is open" + ", and its passphrase is kept" * kept

        self._do("Opening a place", work)

    def browse(self, ident: str) -> None:
        """Look which files a snapshot has; ``state.snapshots.files``."""

        def work(library: Library, _report: Report) -> None:
            made = self._named(ident)
            entries = library.snapshots.files(self._place, made.id)
            self._tell(files=SnapshotFiles(made, entries), standing=None)

        self._do("Looking into a snapshot", work)

    def close_files(self) -> None:
        """Nobody looks into a snapshot any more."""
        self._tell(files=None, standing=None)

    def verify(self, place: str = "", part: tuple[int, int] | None = None) -> None:
        """Read every byte of a place and check it; ``state.snapshots.verified``.

        ``part=(k, n)`` reads the k-th of n parts: ``panel.snapshots.part_of`` tells that of a day.
        """

        def work(library: Library, report: Report) -> str:
            where = self._need(place)
            found = library.snapshots.verify(
                where, part, progress=report.progress, cancel=report.cancelled
            )
            if where == self._place:
                self._tell(verified=found, part=part)
            if not found.ok:
                text = f"{counted(len(found.problems), 'problem')} found: {found.problems[0]}"
                return Partly(text)
            what = "Every byte" if part is None else f"Part {part[0]} of {part[1]}"
            return f"{what} is sound: {size_text(found.bytes)}"

        self._do("Reading every byte" if part is None else "Reading a part", work)

    def repair(self, place: str = "") -> None:
        """Have the library and a place make each other's damage good."""

        def work(library: Library, report: Report) -> str:
            done = library.snapshots.repair(
                self._need(place), progress=report.progress, cancel=report.cancelled
            )
            self._tell(verified=None)
            here, there = done.packs_here, done.packs_there
            text = f"{counted(here, 'pack')} mended here, {there} there"
            return Partly(f"{text}; {done.left[0]}") if done.left else text

        self._do("Repairing", work)

    # What is done

    def schedule(
        self,
        place: str,
        every: timedelta,
        *,
        before: Sequence[str] | None = None,
        keep: Retention | None = None,
    ) -> None:
        """Decide where snapshots go by themselves and how often; an empty place ends it.

        With an ``every`` of zero only those ``before`` something risky are made.
        """

        def work(library: Library, _report: Report) -> str:
            now = library.snapshots.schedule
            library.snapshots.set_schedule(
                evolve(
                    now,
                    to=place.strip(),
                    every=every,
                    before=now.before if before is None else tuple(before),
                    keep=keep or now.keep,
                )
            )
            if (backer := self._backer) is not None:
                backer.read()
                backer.due_now()
            return "It is noted when snapshots are made"

        self._do("Noting", work)

    def take(
        self,
        place: str = "",
        *,
        reason: str = "",
        tags: Sequence[str] = (),
        then: Callable[[], None] | None = None,
    ) -> None:
        """Make a snapshot now. One with ``tags`` stays for ever."""

        def work(library: Library, report: Report) -> str:
            where = self._need(place)
            made = library.snapshot(
                where,
                reason=reason,
                tags=tags,
                progress=report.progress,
                cancel=report.cancelled,
            )
            if (backer := self._backer) is not None:
                backer.read()
                backer.list_place(library, where)
            text = f"{counted(made.files, 'file')} kept, {size_text(made.stored)} new there"
            return with_doubts(text, len(made.skipped), made.unread)

        self._do("Taking a snapshot", work, then)

    def restore(
        self,
        ident: str,
        asset: str,
        *,
        over: bool = False,
        beside: bool = False,
        then: Then | None = None,
    ) -> None:
        """Put the file of an asset (its id) back as a snapshot has it.

        Where a file with other bytes lies in its place, nothing is done and
        ``state.snapshots.standing`` asks; ``over`` goes on (what is in no
        version is kept in one first), ``beside`` writes another file.
        """

        def work(library: Library, report: Report) -> str | None:
            made = self._named(ident)
            entry = self._entry(library, made, asset)
            calls, at = library.snapshots, library.snapshots.place_of(entry)
            there = _standing(at, entry)
            if beside:
                to = _free(at, made.time)
                done = calls.restore(self._place, asset, made.id, to=to, cancel=report.cancelled)
            elif there is not None and there != entry.digest and not over:
                self._tell(standing=Standing(made, entry, str(at), at.stat().st_mtime))
                return None
            elif there == entry.digest:
                self._tell(standing=None)
                return f"{at.name} is as it was then already"
            else:
                done = calls.restore(self._place, asset, made.id, cancel=report.cancelled)
            self._tell(standing=None)
            kept = f"; what was there is kept in the version {done.rescued[:8]}" * bool(
                done.rescued
            )
            note = f"; {done.note}" if done.note else ""
            return f"{done.path.name} is as it was then{kept}{note}"

        self._moving("Restoring a file", work, then)

    def leave_standing(self) -> None:
        """The file that is in the way stays."""
        self._tell(standing=None)

    def restore_all(
        self, ident: str, folder: str, *, then: Callable[[str], None] | None = None
    ) -> None:
        """Write all files of a snapshot into a new or empty folder; the library stays as it is."""

        def work(library: Library, report: Report) -> str:
            made = self._named(ident)
            to = Path(os.path.abspath(Path(folder).expanduser()))
            _need_empty(to)
            done = library.snapshots.export(
                *(self._place, to, made.id), progress=report.progress, cancel=report.cancelled
            )
            text = f"{counted(len(done.written), 'file')} written to {done.folder}"
            if done.failed:
                path, error = done.failed[0]
                return Partly(f"{text}; {len(done.failed)} failed, {path}: {error.message}")
            return Partly(f"{text}; stopped before it was done") if done.cancelled else text

        follow = None if then is None else lambda: then(folder)
        self._do("Restoring a snapshot", work, follow)

    def go_back(self, ident: str, *, then: Then | None = None) -> None:
        """Make the whole library as it was; what is now becomes a version first."""

        def work(library: Library, report: Report) -> str:
            made = self._named(ident)
            done = library.snapshots.go_back(
                self._place, made.id, progress=report.progress, cancel=report.cancelled
            )
            count = len(done.written) + len(done.removed)
            return f"{counted(count, 'file')} as they were; what was now is a version before it"

        self._moving("Going back to a snapshot", work, then)

    def _moving(
        self, name: str, work: Callable[[Library, Report], str | None], then: Then | None
    ) -> None:
        self._do(name, *watching_file(self._opened(), work, then))

    # What is meant

    @property
    def _place(self) -> str:
        return "" if self._backer is None else self._backer.seen.place

    def _need(self, place: str) -> str:
        where = "" if self._backer is None else self._backer.meant(place)
        if not where:
            raise Invalid(
                "no place for snapshots is chosen yet",
                hint="choose a folder on another disk, or an address as gs://bucket/prefix",
            )
        return where

    def _named(self, ident: str) -> Snapshot:
        listed = () if self._backer is None else self._backer.seen.listed or ()
        for one in listed:
            if one.id == ident:
                return one
        raise NotFound(
            f"snapshot {ident} is not in this place any more",
            subject=ident,
            hint="look for snapshots again",
        )

    def _entry(self, library: Library, made: Snapshot, asset: str) -> SnapshotEntry:
        files = None if self._backer is None else self._backer.seen.files
        if files is not None and files.snapshot.id == made.id:
            entries = files.entries
        else:
            entries = library.snapshots.files(self._place, made.id)
        for one in entries:
            if one.asset_id == asset:
                return one
        raise NotFound("this file is not in that snapshot", subject=asset)


def _standing(file: Path, entry: SnapshotEntry) -> str | None:
    """The sha256 of what lies there, empty where its size alone differs; None for nothing."""
    from audobon.services.core.fingerprint import content_digest

    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return None
    return content_digest(str(file))[0] if size == entry.size else ""


def _free(file: Path, time: datetime) -> Path:
    """A path beside it that nothing has, with the time of the snapshot in its name."""
    stem = f"{file.stem} {time.astimezone():%Y-%m-%d %H%M}"
    number = 1
    while True:
        path = file.with_name(f"{stem}{f' {number}' * (number > 1)}{file.suffix}")
        if not os.path.lexists(path):
            return path
        number += 1


def _need_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if os.path.lexists(folder):
        raise Conflict(
            f"{folder} is there already, and not empty",
            subject=str(folder),
            hint="name a new folder; nothing is written over",
        )
    if not folder.parent.is_dir():
        raise NotFound(f"there is no folder {folder.parent}", subject=str(folder))


class Snapshotting(Opens):
    """What a session does about snapshots. ``state.snapshotting`` tells how far it is."""

    _snapshots: SessionSnapshots | None = None

    @property
    def snapshots(self) -> SessionSnapshots:
        """The whole library kept in other places, by hand and by itself, and got back."""
        if self._snapshots is None:
            self._snapshots = SessionSnapshots(lambda: self._open)
        return self._snapshots
