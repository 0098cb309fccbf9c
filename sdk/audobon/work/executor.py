"""Tasks in a child process: whatever happens there is an error here, never a crash."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from queue import Empty
from types import TracebackType
from typing import Any

from audobon.errors import AudobonError, Cancelled, Conflict
from audobon.model.job import Limits, Need
from audobon.model.stopping import never
from audobon.system.processes import lowered
from audobon.system.sandbox import Cage, Sealed, below, written_by
from audobon.work.batch import WINDOW, Batch, Outcome, Payload
from audobon.work.bootstrap import call_command
from audobon.work.interpreter import find_interpreter
from audobon.work.process import Ended, WorkerProcess

__all__ = ["Executor", "Outcome", "Turn"]

# A fresh process now and then keeps slow leaks of decoders small. A start costs 0.25 s of
# CPU, as much as 150 small previews: after 2,000 it was 6 % of all, after 20,000 it is 0.6.
_MAX_TASKS = 20_000
_POLL_S = 0.02  # between two looks whether to stop waiting for a worker
_MAX_GROWTH = 512 << 20  # memory that a worker has not given back after its tasks, in bytes

Turn = Callable[["Need | None", Callable[[], bool]], contextlib.AbstractContextManager[None]]
"""Waits until tasks with such a need may be sent, unless the question it is given says to stop:
Cancelled then. LimitExceeded when they never may."""


def _at_once(
    need: Need | None, cancel: Callable[[], bool]
) -> contextlib.AbstractContextManager[None]:
    del need, cancel
    return contextlib.nullcontext()


def _rested(executor: weakref.ref[Executor]) -> None:
    found = executor()
    if found is not None:
        found._rested()


class Executor:
    """Runs the tasks of one registry in a worker process, one after another.

    ``tasks`` names the registry as ``module:ATTRIBUTE``, a mapping of names to
    :data:`audobon.work.child.Task`; it is imported in the worker only.
    ``limits`` hold for each task unless the call gives others. ``interpreter``
    is the Python to use (see ``work.interpreter``), ``folders`` go first on
    its ``sys.path``.

    The process is started at the first task, started again after it died, and
    replaced after many tasks or when its memory has grown. May be used from
    several threads; their calls take turns. One for ``background`` work gives
    way to other workers too. ``turn`` is entered before each batch of tasks.
    After ``idle_s`` seconds without a task the process ends.

    A ``cage`` is what the process leaves itself before its first task. Where a task of :meth:`run`
    writes elsewhere, by ``to`` or ``folder`` of its payload, it gets a fresh process that may.

    ``keys`` are handed to each process through its pipe, as JSON data, for ``TaskContext.keys``.
    Only tasks that open no file of a stranger belong into such a process.
    """

    def __init__(
        self,
        tasks: str,
        limits: Limits | None = None,
        *,
        interpreter: str | os.PathLike[str] | None = None,
        folders: Sequence[str] = (),
        max_tasks: int = _MAX_TASKS,
        max_growth: int | Callable[[], int] = _MAX_GROWTH,
        idle_s: float | None = None,
        background: bool = False,
        turn: Turn | None = None,
        cage: Cage | None = None,
        keys: Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        self.tasks = tasks
        self.limits = limits or Limits()
        self._interpreter = interpreter
        self._folders = tuple(folders)
        self._max_tasks = max_tasks
        self._max_growth = max_growth
        self.peak = 0
        """The most memory beyond rest that the last call was seen to occupy, in bytes."""
        # Not re-entrant, and freed by whichever thread ends a batch.
        self._turn = threading.Lock()
        self._holder: int | None = None
        self._idle_s = idle_s
        self._idle_since = 0.0
        self._resting: threading.Timer | None = None
        self._background = background
        self._cage = cage
        self._keys = keys
        self._also: tuple[str, ...] = ()
        self._enter = turn or _at_once
        self._paused = False
        self._pausing = threading.Lock()
        self._process: WorkerProcess | None = None
        self._closer: weakref.finalize[..., Executor] | None = None
        self._done = 0

    @property
    def pid(self) -> int | None:
        """The number of the worker process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.alive else None

    @property
    def sealed(self) -> Sealed:
        """What the worker has given up; nothing while there is none."""
        process = self._process
        return Sealed() if process is None else process.sealed

    @property
    def grown(self) -> int:
        """Memory that the worker occupies beyond what it needs at rest, in bytes."""
        process = self._process
        if process is None or not process.alive or not process.at_rest:
            return 0
        return max(process.resident - process.at_rest, 0)

    def pause(self, paused: bool) -> None:
        """Hold what the worker does at its next look, or let it go on. From any thread.

        A task that is held stays where it is, can be cancelled, and the time
        does not count for its limits.
        """
        with self._pausing:
            self._paused, process = paused, self._process
            if process is not None:
                process.pause(paused)

    def start(self) -> None:
        """Start the worker now, so that the first task need not wait; does not wait itself."""
        with self._taking_turn():
            self._ensure()

    def wait_ready(self, cancel: Callable[[], bool] | None = None) -> None:
        """Start the worker and wait until it takes tasks; Unavailable or WorkerDied if it does not.

        After this an error of :meth:`run` is the task's, not the environment's.
        Cancelled when ``cancel`` says so; the worker goes on starting.
        """
        cancel = cancel or never
        with self._taking_turn():
            process = self._ensure()
            while not process.at_rest:
                if cancel():
                    raise Cancelled("the task is cancelled")
                try:
                    message = process.messages.get(timeout=_POLL_S)
                except Empty:
                    continue
                if isinstance(message, Ended):
                    self._drop()
                    raise message.error

    def run(
        self,
        name: str,
        payload: Payload,
        *,
        limits: Limits | None = None,
        progress: Callable[[float], object] | None = None,
        cancel: Callable[[], bool] | None = None,
        need: Need | None = None,
    ) -> Any:
        """What the task ``name`` makes of ``payload``; both are plain JSON data.

        ``need`` says what it is expected to take, where somebody admits by that.
        ``progress`` is called in this thread with fractions from 0 to 1.
        ``cancel`` is asked about every 20 ms; once it is true the task is asked
        to stop, and ended after 0.1 s if it does not. A task that finishes
        nevertheless has its result returned.

        Raises the task's own AudobonError; LimitExceeded; WorkerDied with what
        ended the process; Cancelled; Unavailable when no worker can be started.
        """
        batch = self.run_many(
            *(name, (payload,)),
            limits=limits,
            progress=progress,
            cancel=cancel,
            need=need,
            writes=written_by(payload),
        )
        try:
            _, outcome = next(batch)
        finally:
            batch.close()
        if isinstance(outcome, AudobonError):
            raise outcome
        return outcome

    def run_many(
        self,
        name: str,
        payloads: Iterable[Payload],
        *,
        limits: Limits | None = None,
        progress: Callable[[float], object] | None = None,
        cancel: Callable[[], bool] | None = None,
        part: Callable[[int, Any], object] | None = None,
        window: int = WINDOW,
        need: Need | None = None,
        writes: Sequence[str] = (),
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Run a task for each payload; gives ``(index, outcome)`` in order as they are done.

        One bad payload fails alone: when the worker dies only the payload it
        was at has an error, and the rest goes on in a fresh worker. Up to
        ``window`` requests are on their way at once, taken from ``payloads``
        as room is made. After ``cancel`` the results that are ready come, then
        Cancelled is raised. Leaving the loop early ends the worker. The
        executor is taken until the last outcome is given or the batch closed.

        ``part`` is called in this thread with the index and what a task has
        given of its result (``TaskContext.give``), in order and before the
        outcome; also with what a worker had given before it died.
        """
        with self._enter(need, cancel or never), self._taking_turn():
            self._allow(writes)
            batch = Batch(self._ensure, name, limits or self.limits)
            batch.progress, batch.cancel, batch.window = progress, cancel, window
            batch.part = part
            try:
                for index, outcome in batch.run(payloads):
                    self._done += 1
                    yield index, outcome
            finally:
                if batch.waiting or batch.overstayed:
                    self._forget(Cancelled("the batch is left early"))
                self._recycle(worn=batch.worn)
                self._rest()

    def close(self) -> None:
        """End the worker. Safe to call twice; a later task starts a new one."""
        with self._taking_turn():
            self._drop()

    def let_go(self) -> bool:
        """End the worker and free its memory if it is idle; whether it was. Does not wait."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            self._drop()
        finally:
            self._turn.release()
        return True

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _taking_turn(self) -> Iterator[None]:
        if self._holder == threading.get_ident():
            raise Conflict("the worker is in the middle of a batch of this very thread")
        with self._turn:
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None

    def _allow(self, writes: Sequence[str]) -> None:
        """A process that may write there; the one that there is cannot be given more."""
        if self._cage is None or self._cage.ajar:
            return
        mine = (*self._cage.writes, self._cage.temp, *self._also)
        lacking = tuple(path for path in writes if not below(path, mine))
        if lacking:
            self._drop()
            self._also = lacking

    def _ensure(self) -> WorkerProcess:
        """The living worker process, started if need be."""
        if self._process is not None and not self._process.alive:
            also = self._also
            self._drop()
            self._also = also
        if self._process is None:
            python = find_interpreter(self._interpreter)

            def command(lifeline: int | None) -> list[str]:
                return call_command(
                    *(python.path, "audobon.work.child:main", self.tasks, lifeline),
                    *("background" if self._background else "", lowered()),
                    None if self._cage is None else self._cage.plain(self._also),
                    first=self._folders,
                    path=python.folders,
                )

            with self._pausing:
                self._process = WorkerProcess(command, background=self._background)
                if self._keys is not None:
                    self._process.give(self._keys)
                self._process.pause(self._paused)
            self._closer = weakref.finalize(self, self._process.close)
            self._done = 0
        return self._process

    def _forget(self, reason: AudobonError) -> None:
        """End the worker without waiting for its end; its threads take it away."""
        if self._process is not None and self._closer is not None:
            self._closer.detach()
            self._process.kill(reason)
        self._process = self._closer = None

    def _drop(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._closer is not None:
            self._closer()  # closes the process, once
        self._process = self._closer = None
        self._also = ()

    def _rest(self) -> None:
        """Have the process end unless another task comes in time."""
        self._idle_since = time.monotonic()
        # One timer for many tasks: to start a thread takes as long as a short task and back.
        if self._resting is None and self._idle_s is not None and self._process is not None:
            self._look_again(self._idle_s)

    def _look_again(self, seconds: float) -> None:
        # Weak: an executor that is forgotten takes its process along at once.
        self._resting = threading.Timer(seconds, _rested, (weakref.ref(self),))
        self._resting.daemon = True
        self._resting.start()

    def _rested(self) -> None:
        """The timer's time is over: tasks may have come since it was started."""
        idle_s = self._idle_s or 0.0
        if not self._turn.acquire(blocking=False):  # busy
            self._look_again(idle_s)
            return
        try:
            left = self._idle_since + idle_s - time.monotonic()
            if left > 0 and self._process is not None:
                self._look_again(left)
            else:
                self._drop()
        finally:
            self._turn.release()

    def _recycle(self, *, worn: bool) -> None:
        process = self._process
        self.peak = 0
        if process is None:
            return
        grown = max(process.resident - process.at_rest, 0)
        self.peak = max(grown, process.peak - process.at_rest)
        most = self._max_growth if isinstance(self._max_growth, int) else self._max_growth()
        if worn or grown > most or self._done >= self._max_tasks:
            self._drop()
