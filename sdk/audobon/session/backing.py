"""Makes the snapshots of one open library that are due, and does what is asked about others.

One thread of its own does all of it, one after another: what is due by the
schedule, and what somebody asks for. So neither waits for other work, and a
place that does not answer holds up nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, Busy, Cancelled, Unavailable
from audobon.model.snapshot import SnapshotSettings
from audobon.session.doing import Doer
from audobon.session.kept import SnapshotsSeen
from audobon.session.lane import Lane
from audobon.session.problem import problem_of
from audobon.session.telling import Telling
from audobon.session.unread import with_doubts

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.doing import Report, Work

__all__ = ["DUE", "Backer"]

DUE = "A snapshot that is due"
"""What it is called while it lasts, and where it fails."""

_LOOKS = 20
# A look for every so many of those that follow the library: ten seconds. It reads one small file.
_AGAIN_S = 300.0
# A disk that is plugged in is used soon, and one that is away is not asked all the time.
_PUT_OFF_S = 3600.0
# Somebody has stopped it: not at once again.


class Backer:
    """Makes the snapshots that are due, and does what somebody asks of snapshots.

    ``tell`` changes ``state.snapshots``, one caller after another. Of several
    hosts one makes what is due; a failure is a notice, and stands in the
    schedule until one has succeeded.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        seen: Callable[[], SnapshotsSeen],
        *,
        numbers: Iterator[int],
        follow_s: float,
    ) -> None:
        self._library = library
        self._lane = lane
        self._seen = seen
        self._look_s = _LOOKS * follow_s
        self.tell = Telling("snapshots", update, seen)
        self._next = 0.0
        self._path = library.state_path / "snapshots.json"
        self._stamp: object = None
        self._told = ""
        self.doer = Doer(library, lane, update, numbers=numbers, field="snapshotting")

    @property
    def seen(self) -> SnapshotsSeen:
        """What is told at this moment."""
        return self._seen()

    def meant(self, place: str) -> str:
        """The place that is named, else the listed one, else the usual one; empty for none."""
        seen = self._seen()
        usual = "" if seen.settings is None else seen.settings.to
        return place.strip() or seen.place or usual or next(iter(seen.places), "")

    def due_now(self) -> None:
        """The schedule is another one: what is due is not put off any longer."""
        self._next, self._told = 0.0, ""

    def begin(self) -> None:
        """Look from soon on, again and again; a library just opened has enough to do."""
        self._lane.put(self._follow, key="follow", delay_s=self._look_s)

    def do(
        self,
        name: str,
        work: Work,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """As ``Doer.do``; the schedule is read first, so that it is known."""
        self._lane.put(self.read)
        self.doer.do(name, work, then, otherwise)

    def read(self) -> None:
        """Tell the schedule and the places, where they are other ones than before."""
        try:
            found = self._path.stat()
            stamp: object = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            stamp = ()
        if stamp == self._stamp:
            return
        if stamp == ():  # without one nothing has to be loaded to know that
            self.tell(settings=SnapshotSettings(), places=())
        else:
            calls = self._library.snapshots
            self.tell(settings=calls.schedule, places=calls.places)
        self._stamp = stamp

    def _follow(self) -> None:
        try:
            if not (self._library.state_path / "library.toml").is_file():
                return  # whoever follows the library tells of it
            self.read()
            if self._is_due():
                self._next = time.monotonic() + _AGAIN_S
                self.doer.do(DUE, self._run)
        finally:
            self._lane.put(self._follow, key="follow", delay_s=self._look_s)

    def _is_due(self) -> bool:
        settings = self._seen().settings
        if settings is None or not settings.to or self._library.read_only:
            return False
        return time.monotonic() >= self._next and self._library.snapshots.due

    def _run(self, library: Library, report: Report) -> str | None:
        """What is due; nothing is said of it unless it fails, and of a failure once, or a file
        is in it with a header that cannot be read."""
        try:
            made = library.snapshots.run_due(progress=report.progress, cancel=report.cancelled)
        except Cancelled:
            self._next = time.monotonic() + _PUT_OFF_S
            raise
        except Busy:
            return None
        except AudobonError as error:
            if error.message != self._told:
                self._told = error.message
                raise
            return None
        finally:
            self.read()
        self._next, self._told = 0.0, ""
        seen = self._seen()
        usual = "" if seen.settings is None else seen.settings.to
        if made is not None and seen.listed is not None and seen.place == usual:
            self.list_place(library, usual)
        if made is None or not made.unread:
            return None
        return with_doubts("A snapshot was taken", len(made.skipped), made.unread)

    def list_place(self, library: Library, place: str) -> None:
        """Tell which snapshots lie there, or why that cannot be told."""
        try:
            found = library.snapshots.list(place)
        except AudobonError as error:
            locked = isinstance(error, Unavailable) and _is_sealed(place)
            self.tell(place=place, listed=None, problem=problem_of(error), locked=locked)
        else:
            self.tell(place=place, listed=found, problem=None, locked=False)


def _is_sealed(place: str) -> bool:
    """Whether what lies there is encrypted; False where that cannot be told either."""
    from audobon.services.places.sealing import is_sealed, place_at

    try:
        with place_at(place) as store:
            return is_sealed(store)
    except AudobonError:
        return False
