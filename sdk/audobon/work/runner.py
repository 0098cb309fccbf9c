"""Takes jobs out of a store, most urgent first, and has workers do them."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from operator import add
from pathlib import Path
from typing import Any

from attrs import astuple, frozen

from audobon.errors import AudobonError, Busy, Cancelled, Conflict, NotFound, WorkerDied
from audobon.model.job import MAX_ATTEMPTS, JobRow, Limits
from audobon.work.executor import Executor
from audobon.work.pool import default_workers
from audobon.work.presence import RunnerLock, runner_alive
from audobon.work.queue import JobStore

__all__ = ["Drained", "Handler", "Runner"]

_IDLE_S = 0.1  # between two looks at an empty queue; a look is one indexed query
_RECOVER_S = 1.0  # between two looks for jobs of dead runners
_PROGRESS_S = 0.2  # between two writes of a job's progress: what a progress bar needs
_CANCEL_S = 0.1  # between two looks whether a running job is cancelled


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
    the job as it likes. ``workers`` jobs run at once.
    ``worker_locks`` is a folder where runners of the same store show that they
    live: what one that was killed had begun is queued again by any other.
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
        self._executors = tuple(
            Executor(tasks, interpreter=interpreter, folders=folders)
            for _ in range(workers or default_workers())
        )
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
                return shift.run(self._executors)
        finally:
            for executor in self._executors:
                executor.close()
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
        self._guard = threading.Lock()
        self._counts = dict.fromkeys(("done", "failed", "cancelled", "retried", "recovered"), 0)
        self._worked = time.monotonic()
        self._recovered: float | None = None
        self._broken: BaseException | None = None

    def run(self, executors: Sequence[Executor]) -> Drained:
        threads = [
            threading.Thread(
                target=self._work, args=(executor,), name="audobon-runner", daemon=True
            )
            for executor in executors
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

    def _work(self, executor: Executor) -> None:
        try:
            while not self._over():
                self._recover()
                row = self._store.claim(self._lock.ident, self._kinds)
                if row is not None:
                    self._do(executor, row)
                    self._worked = time.monotonic()
                elif self.hurry.is_set() or time.monotonic() - self._worked >= self.linger_s:
                    return
                else:
                    self.stop.wait(_IDLE_S)
        except BaseException as error:  # noqa: BLE001  # raised in the thread that drains
            self._broken = self._broken or error

    def _over(self) -> bool:
        return self.stop.is_set() or self._broken is not None

    def _recover(self) -> None:
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
        watch = _Watch(self._store, row.id, self._over)
        try:
            executor.wait_ready()
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

    def _give_up(self, row: JobRow, error: AudobonError, watch: _Watch) -> None:
        if isinstance(error, Cancelled):
            if watch.wanted:  # it is the runner that stops, not the job
                self._store.release(row.id)
            else:
                self._store.fail(row.id, error.code, error.message)
                self._count("cancelled")
        elif isinstance(error, WorkerDied) and row.attempts < MAX_ATTEMPTS:
            self._store.retry(row.id)
            self._count("retried")
        else:
            self._store.fail(row.id, error.code, error.message)
            self._count("failed")

    def _count(self, what: str, number: int = 1) -> None:
        with self._guard:
            self._counts[what] += number


class _Watch:
    """A running job's progress and cancel flag, without asking the store too often."""

    def __init__(self, store: JobStore, ident: int, stopping: Callable[[], bool]) -> None:
        self.wanted = True
        self._store = store
        self._ident = ident
        self._stopping = stopping
        self._written = self._asked = time.monotonic()

    def progress(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._written >= _PROGRESS_S:
            self._written = now
            with contextlib.suppress(Busy):  # the next one will tell
                self._store.progress(self._ident, fraction)

    def cancelled(self) -> bool:
        """Whether the task is to stop; ``wanted`` is false then when it is for the job's sake."""
        now = time.monotonic()
        if now - self._asked >= _CANCEL_S:
            self._asked = now
            try:
                self.wanted = not self._store.cancelled(self._ident)
            except NotFound:  # purged by somebody with a wrong clock
                self.wanted = False
        return not self.wanted or self._stopping()
