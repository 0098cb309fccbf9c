"""Takes jobs out of a store, most urgent first, and has workers do them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from operator import add
from pathlib import Path
from typing import Any

from attrs import astuple, frozen

from audobon.errors import AudobonError, Cancelled, Conflict, WorkerDied
from audobon.model.job import MAX_ATTEMPTS, JobRow, Limits
from audobon.system.sandbox import Cage
from audobon.work.admission import Admission
from audobon.work.executor import Executor, Turn
from audobon.work.lanes import URGENT, Lane, Lanes
from audobon.work.pool import default_workers
from audobon.work.presence import RunnerLock, runner_alive
from audobon.work.queue import JobStore
from audobon.work.watch import Watch

__all__ = ["Drained", "Handler", "Runner"]

_RECOVER_S = 1.0  # between two looks for jobs of dead runners
_REST_S = 20.0  # as long as the process of a library lingers


@frozen(slots=True)
class Drained:
    """What a runner did until it stopped; ``retried`` and ``recovered`` jobs went back."""

    done: int = 0
    failed: int = 0
    cancelled: int = 0
    retried: int = 0
    recovered: int = 0

    def __add__(self, other: Drained) -> Drained:
        return Drained(*map(add, astuple(self), astuple(other)))


Handler = Callable[[JobRow, Executor, Callable[[float], None], Callable[[], bool]], Any]
"""Does a job: gets it, a worker to use, where to tell progress, and whether to stop.

Runs in the runner's own process, in one of its threads. Its result is plain JSON data.
"""


def _no_limits(kind: str) -> Limits | None:
    del kind
    return None


class Runner:
    """Does the jobs of ``store`` with the tasks of one registry (see Executor).

    A job's kind is the name of its task, run with the limits that
    ``limits_for`` gives for the kind (None: the usual ones); or ``handle`` does
    the job as it likes. ``workers`` jobs run at once, and beside them what
    somebody waits for, which holds the others meanwhile (see ``work.lanes``).
    ``worker_locks`` is a folder where runners of the same store show that they
    live: what one that was killed had begun is queued again by any other.
    ``admission`` lets in what says what it needs (one of its own by default).
    A worker that was idle for ``rest_s`` seconds ends, and its memory is free. ``cage`` is what
    workers leave themselves.
    """

    def __init__(
        self,
        store: JobStore,
        tasks: str,
        *,
        worker_locks: Path,
        workers: int | None = None,
        limits_for: Callable[[str], Limits | None] = _no_limits,
        handle: Handler | None = None,
        interpreter: str | os.PathLike[str] | None = None,
        folders: Sequence[str] = (),
        admission: Admission | None = None,
        rest_s: float = _REST_S,
        cage: Cage | None = None,
    ) -> None:
        def run_task(
            row: JobRow,
            executor: Executor,
            progress: Callable[[float], None],
            cancel: Callable[[], bool],
        ) -> Any:
            limits = limits_for(row.kind)
            return executor.run(
                *(row.kind, row.payload), limits=limits, progress=progress, cancel=cancel
            )

        self._store = store
        self._locks = worker_locks
        self._handle = handle or run_task

        def make(*, background: bool, turn: Turn) -> Executor:
            return Executor(
                *(tasks, None),
                interpreter=interpreter,
                folders=folders,
                background=background,
                turn=turn,
                max_growth=admits.may_keep,
                cage=cage,
            )

        admits = admission or Admission()
        self._lanes = Lanes(workers or default_workers(), make, admits, rest_s=rest_s)
        self._draining = threading.Lock()

    def drain(
        self,
        *,
        linger_s: float = 0.0,
        kinds: Collection[str] | None = None,
        stop: threading.Event | None = None,
        hurry: threading.Event | None = None,
    ) -> Drained:
        """Do jobs until none was queued for ``linger_s`` seconds, or until ``stop`` is set.

        ``stop`` gives running jobs back to the queue; ``hurry`` only ends the
        waiting for more. Urgent jobs go before
        others whenever a worker is free. A job whose worker died is tried once
        more, then it fails with the reason; any other error fails it at once.
        An error of the store itself, or having no interpreter at all, is
        raised, and the jobs at hand go back to the queue.
        """
        if not self._draining.acquire(blocking=False):
            raise Conflict("the runner is at work in another thread")
        try:
            with RunnerLock(self._locks) as lock:
                shift = _Shift(self._store, lock, self._handle, kinds)
                shift.linger_s, shift.stop = linger_s, stop or threading.Event()
                shift.hurry = hurry or threading.Event()
                return shift.run(self._lanes)
        finally:
            self._lanes.close()
            self._draining.release()


class _Shift:
    """One call of drain, shared by its threads."""

    def __init__(
        self,
        store: JobStore,
        lock: RunnerLock,
        handle: Handler,
        kinds: Collection[str] | None,
    ) -> None:
        self.linger_s = 0.0
        self.stop = threading.Event()
        self.hurry = threading.Event()
        self._store = store
        self._lock = lock
        self._handle = handle
        self._kinds = kinds
        self._guard = threading.RLock()
        self._counts = dict.fromkeys(("done", "failed", "cancelled", "retried", "recovered"), 0)
        self._worked = time.monotonic()
        self._ended = False
        self._recovered: float | None = None
        self._broken: BaseException | None = None

    def run(self, lanes: Lanes) -> Drained:
        threads = [
            threading.Thread(
                target=self._work, args=(lanes, lane), name="audobon-runner", daemon=True
            )
            for lane in lanes.all
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException as error:  # Ctrl-C: the lock may go only after the last job has
            self._broken = error
            for thread in threads:
                thread.join()
            raise
        if self._broken is not None:
            raise self._broken
        return Drained(**self._counts)

    def _work(self, lanes: Lanes, lane: Lane) -> None:
        try:
            while not self._over() and not self._ended:
                self._recover()
                row = self._claim(lanes, lane)
                if row is None:
                    lane.tend()
                    self.stop.wait(lane.poll_s)
                    continue
                try:
                    self._do(lane.executor, row)
                finally:
                    self._worked = time.monotonic()
                    lane.end()
        except BaseException as error:  # noqa: BLE001  # raised in the thread that drains
            self._broken = self._broken or error

    def _over(self) -> bool:
        return self.stop.is_set() or self._broken is not None

    def _claim(self, lanes: Lanes, lane: Lane) -> JobRow | None:
        """The next job of a lane. With nothing left for any of them the shift has ended."""
        with self._guard:
            row = None
            if lanes.may_begin(lane):
                bounds = {"most": URGENT} if lane.urgent else {"least": URGENT + 1}
                row = self._store.claim(self._lock.ident, self._kinds, **bounds)
            waited = time.monotonic() - self._worked >= self.linger_s or self.hurry.is_set()
            if row is not None:
                lane.begin()
            elif waited and not lanes.busy() and not self._store.waiting(self._kinds):
                self._ended = True
            return row

    def _recover(self) -> None:
        # To its end before any lane looks: else one could find nothing to do, and end the shift.
        with self._guard:
            now = time.monotonic()
            if self._recovered is not None and now - self._recovered < _RECOVER_S:
                return
            self._recovered = now
            queued, failed = self._store.recover(self._alive)
            self._count("recovered", queued)
            self._count("failed", failed)

    def _alive(self, worker: str) -> bool:
        return worker == self._lock.ident or runner_alive(self._lock.folder, worker)

    def _do(self, executor: Executor, row: JobRow) -> None:
        watch = Watch(self._store, row.id, self._over)
        try:
            executor.wait_ready(watch.cancelled)
        except Cancelled as error:
            self._give_up(row, error, watch)
            return
        except BaseException:
            self._store.release(row.id)  # the job is not to blame
            raise
        try:
            self._store.finish(row.id, self._handle(row, executor, watch.progress, watch.cancelled))
        except AudobonError as error:
            self._give_up(row, error, watch)
        except Exception as error:  # noqa: BLE001  # a mistake in a handler fails its job alone
            self._store.fail(
                row.id, AudobonError.code, f"the job stops with {type(error).__name__}: {error}"
            )
            self._count("failed")
        else:
            self._count("done")

    def _give_up(self, row: JobRow, error: AudobonError, watch: Watch) -> None:
        if isinstance(error, Cancelled):
            if watch.wanted:  # it is the runner that stops, not the job
                self._store.release(row.id)
            else:
                self._store.fail(row.id, error.code, error.message, error.hint)
                self._count("cancelled")
        elif isinstance(error, WorkerDied) and row.attempts < MAX_ATTEMPTS:
            self._store.retry(row.id)
            self._count("retried")
        else:
            self._store.fail(row.id, error.code, error.message, error.hint)
            self._count("failed")

    def _count(self, what: str, number: int = 1) -> None:
        with self._guard:
            self._counts[what] += number
