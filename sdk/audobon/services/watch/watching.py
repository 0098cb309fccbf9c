"""One watcher for a library: what any program changes on disk is known within two seconds.

Whoever holds ``watch.lock`` watches; the lock is free when its process ends,
however that ends, and the next one takes over with a look at everything.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping

from attrs import evolve

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import AudobonError, Busy, Cancelled, Unavailable
from audobon.model.asset import AddReport, Root
from audobon.model.watch import WatchState
from audobon.services.core.stores import Stores
from audobon.services.files.following import is_on
from audobon.services.versioning.journal import journal_path
from audobon.services.watch.changed import suspects, take_in
from audobon.services.watch.pending import Pending
from audobon.services.watch.watchplan import Plan, identity, make_plan, open_notifiers
from audobon.system import notify
from audobon.system.locks import FileLock
from audobon.system.names import os_path
from audobon.work.background import worker_present

__all__ = ["LOCK", "Watcher", "watch_state"]

LOCK = "watch.lock"
_STATE = "watch.json"
_TURN_S = 0.5  # between two looks whether the other watcher has ended
_WAIT_MS, _SOON_MS = 200, 50
# Between two looks at what is still being written, without and with such.
_LOOK_S = 1.0
# Between two looks whether the followed folders are there and the switch is on: a stat each.
_ALONE_S = 10.0
# Between two looks whether single files were added elsewhere; it lists those outside.
_AGAIN_S = 5.0  # after a failure of the catalog or the disk
_RETRY_S = 60.0  # while the system has no room for another watch
_BATCH = 256
# Files taken in under one hold of the commit lock: whoever makes a version waits for no more.
_STORM = 4_000
# So many at once, and the system's own queue (16,384) may have run over, which is not told.
_QUIET_S = 1.0  # after a storm, before everything is looked at once more


def watch_state(stores: Stores) -> WatchState:
    """Whether and how this library is watched now, by whichever process."""
    if not is_on(stores, "watch"):
        return WatchState("off")
    if not worker_present(stores.place.locks, LOCK):
        return WatchState("none")
    try:
        text = stores.place.files.read(stores.place.locks / _STATE)
        return from_plain(json.loads(text), WatchState)
    except (OSError, ValueError, AudobonError):
        return WatchState("starting")


class Watcher:
    """Watches on the thread that calls :meth:`run`. ``told`` gets what each batch has brought.

    ``state`` is how it stands; another process's while that one watches.
    """

    def __init__(
        self, stores: Stores, told: Callable[[AddReport], None] = lambda _report: None
    ) -> None:
        stores.need_writable("watch its folders")
        self._stores = stores
        self._told = told
        self._state = WatchState("none")
        self._lock = FileLock(stores.place.locks / LOCK)
        self._there: dict[str, tuple[int, int]] = {}
        self.ready = threading.Event()
        """Set once everything has been looked at and changes are seen, here or by another."""

    @property
    def state(self) -> WatchState:
        return self._state if self._lock.held else watch_state(self._stores)

    def run(self, stop: threading.Event, *, wait: bool = True) -> None:
        """Watch until ``stop`` is set or watching is switched off.

        While another process watches it does; this one takes over when that
        ends, or returns at once without ``wait``.
        """
        while not stop.is_set() and is_on(self._stores, "watch"):
            try:
                self._lock.acquire(timeout_s=0.0 if wait else _TURN_S)
            except Busy:
                if not wait:
                    return
                if watch_state(self._stores).state in ("watching", "unable"):
                    self.ready.set()
                stop.wait(_TURN_S)
                continue
            try:
                self._hold(stop)
            finally:
                (self._stores.place.locks / _STATE).unlink(missing_ok=True)
                self._lock.release()

    def _hold(self, stop: threading.Event) -> None:
        while not stop.is_set() and is_on(self._stores, "watch"):
            plan = make_plan(self._stores)
            try:
                self._watch(plan, stop)
            except Cancelled:
                return
            except notify.Missed:
                stop.wait(_LOOK_S)  # somebody who writes such a file all the time is not followed
            except (AudobonError, OSError) as error:
                hint = error.hint if isinstance(error, AudobonError) else ""
                self._tell(plan.state("unable", str(error), hint))
                self.ready.set()
                full = isinstance(error, Unavailable)
                self._rest(stop, plan, _RETRY_S if full else _AGAIN_S)

    def _rest(self, stop: threading.Event, plan: Plan, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._is_over(stop, plan):
            stop.wait(_LOOK_S)

    def _is_over(self, stop: threading.Event, plan: Plan) -> bool:
        return stop.is_set() or not is_on(self._stores, "watch") or plan.has_changed(self._stores)

    def _watch(self, plan: Plan, stop: threading.Event) -> None:
        self._there = dict(plan.there)
        self._tell(plan.state("starting"))
        pending = Pending()
        notifiers = open_notifiers(plan)
        try:
            # After the watching has begun, so that nothing falls between the two.
            self._look_again(pending, plan, stop)
            self._tell(plan.state("watching"))
            self.ready.set()
            self._follow(notifiers, pending, plan, stop)
        finally:
            for notifier in notifiers:
                notifier.close()

    def _follow(
        self,
        notifiers: list[notify.Notifier],
        pending: Pending,
        plan: Plan,
        stop: threading.Event,
    ) -> None:
        looked = last = alone = time.monotonic()
        burst, clock = 0, self._stores.catalog.clock()
        while not stop.is_set():
            seen, wait_ms = 0, _SOON_MS if pending else _WAIT_MS
            for number, notifier in enumerate(notifiers):
                # The others have waited meanwhile.
                changes = notifier.wait(1 if number else wait_ms, stop)
                seen += pending.note(changes, plan.is_ours)
            if not notifiers:
                stop.wait(wait_ms / 1000)
            now = time.monotonic()
            burst, last = (burst + seen, now) if seen else (burst, last)
            self._take(pending, plan, stop)
            if burst and not pending and now - last >= _QUIET_S:
                if burst >= _STORM:
                    self._look_again(pending, plan, stop)
                burst = 0
            if now - looked >= _LOOK_S:
                looked = now
                if self._is_over(stop, plan):
                    return
            if now - alone >= _ALONE_S and self._stores.catalog.clock() != clock:
                alone, clock = now, self._stores.catalog.clock()
                if not plan.stand_alone(self._stores):
                    return

    def _look_again(self, pending: Pending, plan: Plan, stop: threading.Event) -> None:
        for path in suspects(self._stores, plan.followed, cancel=stop.is_set):
            pending.put(path)
        while pending.settled() and not stop.is_set():
            if not self._take(pending, plan, stop):
                stop.wait(_TURN_S)

    def _busy(self) -> bool:
        """Whether the library is on its way to another version, so that files mean nothing yet."""
        return journal_path(self._stores.place).exists()

    def _take(self, pending: Pending, plan: Plan, stop: threading.Event) -> bool:
        """Take in what is no longer being written; False where that has to wait."""
        while not stop.is_set() and (paths := pending.settled(_BATCH)):
            lock = self._stores.commit_lock()
            if not lock.try_acquire():
                return False  # a version is being made or files are put back: afterwards
            try:
                if self._busy():
                    return False
                report = self._record(paths, plan)
            finally:
                lock.release()
            pending.done(paths, {path for path, _ in report.failed})
            if report.added or report.updated or report.moved or report.missing:
                self._told(report)
        return True

    def _record(self, paths: Mapping[str, bool], plan: Plan) -> AddReport:
        return take_in(self._stores, paths, plan.followed, there=self._is_there)

    def _is_there(self, root: Root) -> bool:
        """Whether this is the folder that was there at the beginning, not one that shows through.

        A place to mount a disk is another folder than the disk.
        """
        folder = os_path(root.folder)
        return self._there.get(folder) == identity(folder)

    def _tell(self, state: WatchState) -> None:
        self._state = evolve(state, pid=os.getpid())
        text = json.dumps(to_plain(self._state))
        try:
            self._stores.place.files.write(self._stores.place.locks / _STATE, text.encode())
        except OSError:  # a full disk: others are told that it is starting
            (self._stores.place.locks / _STATE).unlink(missing_ok=True)
