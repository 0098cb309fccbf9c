"""One library from its opening to its end, with the threads that ask it."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.codec.words import one_line
from audobon.errors import AudobonError, Conflict, Corrupt
from audobon.library import Library
from audobon.session.backing import Backer
from audobon.session.beginning import Beginning
from audobon.session.calm import Calm
from audobon.session.decoding import Decoder
from audobon.session.doing import Doer
from audobon.session.finding import Finder
from audobon.session.historian import Historian
from audobon.session.holding import Keeper
from audobon.session.instep import CatalogKeeper
from audobon.session.kept import NO_SNAPSHOTS
from audobon.session.keys import NO_KEYS
from audobon.session.lane import Lane
from audobon.session.linking import LinkLooker
from audobon.session.locked import NO_LOCKS, LockLooker
from audobon.session.looking import Looker
from audobon.session.marking import Marker
from audobon.session.past import NO_PAST
from audobon.session.pictures import Pictures
from audobon.session.purging import NO_PURGE, PurgeSeen
from audobon.session.remotely import NO_REMOTES, Remoter
from audobon.session.reviewing import Reviewer
from audobon.session.selecting import Gatherer
from audobon.session.state import Engine, Notice, Problem, State, Wanted, problem_of
from audobon.session.taught import NO_TEACHING, TeachLooker
from audobon.session.telling import Telling
from audobon.session.tools import tools_of
from audobon.session.watching import WatchKeeper

if TYPE_CHECKING:
    from audobon.model.lock import BrokenLock

__all__ = ["Opened"]

_LANES = (
    *("finding", "doing", "pictures", "looking", "decoding", "marking"),
    *("computing", "history", "holding", "watching", "transfers", "snapshots", "teaching"),
)


class Opened:
    """Opens a library on a thread of its own and serves it until :meth:`end`.

    Thirteen lanes, so that a search never waits for a version that is being
    made, nor a picture for either, nor any of them for a large scene, a
    comparison, a network that computes, a share that hangs, a snapshot or what
    goes over a line, nor a lock or a marked example for anything.
    ``update`` may be called from each.
    """

    def __init__(
        self,
        beginning: Beginning,
        update: Callable[..., None],
        state: Callable[[], State],
        *,
        wanted: Wanted,
        follow_s: float,
        budget: int,
    ) -> None:
        self._beginning = beginning
        self._path = beginning.path
        self._update = update
        self._state = state
        self._wanted = wanted
        self._follow_s = follow_s
        self._budget = budget
        self._lanes = [Lane(f"audobon-{what}", self._failed) for what in _LANES]
        self._library: Library | None = None
        self._told = ""
        self._ends = threading.Lock()
        self._calm = Calm()
        self._closer: threading.Thread | None = None
        self.finder: Finder | None = None
        self.doer: Doer | None = None
        self.computer: Doer | None = None
        self.reviewer: Reviewer | None = None
        self.pictures: Pictures | None = None
        self.looker: Looker | None = None
        self.linker: LinkLooker | None = None
        self.historian: Historian | None = None
        self.keeper: Keeper | None = None
        self.decoder: Decoder | None = None
        self.gatherer: Gatherer | None = None
        self.marker: Marker | None = None
        self.catalogs: CatalogKeeper | None = None
        self.watcher: WatchKeeper | None = None
        self.transferrer: Doer | None = None
        self.remoter: Remoter | None = None
        self.backer: Backer | None = None
        self.locking: Doer | None = None
        self.locker: LockLooker | None = None
        self.marking: Doer | None = None
        self.teacher: TeachLooker | None = None
        self.tell_teaching = Telling("teaching", update, lambda: self._state().teaching)
        self.tell_purge = Telling("purging", update, lambda: self.purge)
        self.tell_keys = Telling("keys", update, lambda: self._state().keys)

    @property
    def purge(self) -> PurgeSeen:
        """What is known of a purge."""
        return self._state().purging

    @property
    def doers(self) -> tuple[Doer, ...]:
        """All that do what somebody asked for."""
        backing = None if self.backer is None else self.backer.doer
        several = (self.doer, self.computer, self.transferrer, backing, self.locking, self.marking)
        return tuple(one for one in several if one is not None)

    def waits_s(self) -> float:
        """For how long a look at the library, or its opening, has been waiting for an answer."""
        return self._lanes[0 if self.finder is not None else 1].busy_s

    def begin(self) -> None:
        """Open the library; returns at once."""
        self._update(phase="opening", path=str(self._path), name=self._path.name, problem=None)
        self._lanes[1].put(self._open)

    def _open(self) -> None:
        try:
            library = self._beginning.find()
        except Exception as error:  # noqa: BLE001  # also a library of ours that cannot be loaded
            self._update(phase="closed", problem=problem_of(error))
            return
        self._library = library
        library.tie_worker()
        finding, doing, pictures, looking, decoding, marking, *others = self._lanes
        computing, history, holding, watching, transfers, snapshots, teaching = others
        numbers = itertools.count(1)
        self.linker = linker = LinkLooker(library, looking, self._update, self._state)
        self.finder = finder = Finder(
            *(library, finding, self._update, self._state),
            follow_s=self._follow_s,
            gone=self._gone,
            expect=lambda assets: self.pictures.expect(assets) if self.pictures else None,
            changed=linker.follow,
            looked=self._calm.look,
        )
        self.doer = Doer(library, doing, self._update, numbers=numbers)
        self.computer = Doer(library, computing, self._update, numbers=numbers, field="computing")
        self.transferrer = Doer(library, transfers, self._update, numbers=numbers, field="transfer")
        self.remoter = Remoter(library, history, self._update, lambda: self._state().remotes)
        self.backer = Backer(
            *(library, snapshots, self._update, lambda: self._state().snapshots),
            numbers=numbers,
            follow_s=self._follow_s,
        )
        self.reviewer = Reviewer(library, looking, self._update, self._state, self.finder.choose)
        self.pictures = Pictures(
            *(library, pictures, self._came, lambda: self._state().engine, self._lacking),
            budget=self._budget,
        )
        self.looker = Looker(library, looking, self._update)
        self.historian = historian = Historian(
            *(library, history, self._update),
            past=lambda: self._state().past,
            document=lambda: finder.file,
        )
        if not library.read_only:
            self.keeper = Keeper(
                *(library, holding, lambda held: historian.tell(holding=held), self._lost)
            )
        self.locking = Doer(library, holding, self._update, numbers=numbers, field="locking")
        self.locker = LockLooker(
            *(library, holding, self._update, lambda: self._state().locks, self.keeper)
        )
        self.marking = Doer(library, teaching, self._update, numbers=numbers, field="marking")
        self.teacher = TeachLooker(library, teaching, self.tell_teaching)
        self.decoder = Decoder(library, decoding, self.pictures, self._came)
        self.gatherer = Gatherer(library, looking, self._failed)
        self.marker = Marker(marking, self._update, self._state)
        self.catalogs = CatalogKeeper(
            *(library, doing, self._update, self._state), follow_s=self._follow_s
        )
        self._update(
            phase="open",
            library=library.id,
            path=str(library.path),
            name=library.name,
            read_only=library.read_only,
            encrypted=library.encrypted,
        )
        self.watcher = WatchKeeper(library, watching, self._update)
        self._tell_of_damage(library)
        pictures.put(self._engine)
        self.finder.begin(self._wanted)
        self.marker.look()
        self.watcher.begin()
        self.backer.begin()
        if (told := self._beginning.told()) is not None:
            self.doer.do("Making a library", lambda _library, _report: None, told)

    def _tell_of_damage(self, library: Library) -> None:
        if library.damaged is None:
            return
        error = Corrupt(
            f"the catalog of {library.name} was damaged and was built again from its versions",
            subject=str(library.damaged),
            hint="what was never part of a version is missing: look for files again to add it;"
            f" the damaged catalog is kept as {library.damaged.name}",
        )
        notice = Notice(-self._state().number, library.name, problem_of(error))
        self._update(notice=notice)

    def _lost(self, broken: Sequence[BrokenLock]) -> None:
        """Somebody broke the lock on a file that is open here, and may be writing it by now."""
        from audobon.services.core.brokenlocks import told

        first = broken[0]
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        error = Conflict(
            f"the lock on {one_line(first.path)} was {told(first)}{more}",
            subject=first.path,
            hint="ask them before you save: it may be their work that you save over",
        )
        problem = problem_of(error)
        self._update(notice=Notice(-self._state().number, "a lock was broken", problem))

    def _engine(self) -> None:
        from audobon.work.interpreter import find_interpreter

        try:
            engine = Engine("ready", find_interpreter().path)
        except AudobonError as error:
            engine = Engine("absent", problem=problem_of(error))
        self._update(engine=engine)

    def look_at_tools(self) -> None:
        """Look what the engine can compute, on the thread that looks into files."""
        self._lanes[3].put(self._tools, key="tools")

    def _tools(self) -> None:
        if self._library is not None:
            self._update(tools=tools_of(self._library))

    def _came(self) -> None:
        self._update(pictures=self._state().pictures + 1)

    def _lacking(self) -> None:
        if self._state().engine.pictures:
            self._update(engine=evolve(self._state().engine, pictures=False))

    def _gone(self, problem: Problem) -> None:
        self._update(
            phase="closed",
            problem=problem,
            jobs=(),
            failed=(),
            chosen=None,
            inside=None,
            linked=None,
            notice=None,
            past=NO_PAST,
            remotes=NO_REMOTES,
            snapshots=NO_SNAPSHOTS,
            purging=NO_PURGE,
            locks=NO_LOCKS,
            keys=NO_KEYS,
            teaching=NO_TEACHING,
        )
        self.end()

    def _failed(self, error: Exception) -> None:
        # The lanes end before the library is closed, so this is a mistake of ours, or a disk's.
        problem = problem_of(error)
        if problem.message != self._told:  # each look would tell of a disk that stays away
            self._told = problem.message
            number = self._state().number
            self._update(notice=Notice(-number, "something went wrong", problem))

    def end(self) -> None:
        """Stop everything and let go of the library; returns at once."""
        with self._ends:  # a library that goes away and a host that leaves it may come together
            if self._closer is not None:
                return
            self._calm.end()
            closer = threading.Thread(target=self._close, name="audobon-closer", daemon=True)
            for doer in self.doers:
                doer.end()
            if self.looker is not None:
                self.looker.end()
            for lane in self._lanes:
                lane.end()
            closer.start()
            self._closer = closer

    def _close(self) -> None:
        if self.historian is not None:
            self.historian.end()
        for lane in self._lanes:
            lane.join()
        if self._library is not None:
            # Its disk may be gone; what is not closed then goes with this object.
            with contextlib.suppress(AudobonError, OSError):
                # Waits until the disk answers, as a thread may: closing files of a share that
                # does not holds up what else the process does with its memory.
                shutil.disk_usage(self._library.state_path)
                if self.keeper is not None:
                    self.keeper.release()
                self._library.release_watcher()
                self._library.release_worker()
                self._library.close()

    def join(self, timeout_s: float) -> bool:
        """Wait until everything has ended; whether it has."""
        if self._closer is not None:
            self._closer.join(timeout_s)
            return not self._closer.is_alive()
        return True
