"""Tasks in a child process: whatever happens there is an error here, never a crash."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from queue import Empty
from types import TracebackType
from typing import Any

from audobon.errors import AudobonError, Cancelled, Conflict, Invalid, LimitExceeded, Unavailable
from audobon.model.job import Limits
from audobon.work.bootstrap import call_command
from audobon.work.interpreter import find_interpreter
from audobon.work.messages import unpack_error
from audobon.work.process import Ended, WorkerProcess

__all__ = ["Executor", "Outcome"]

Payload = Mapping[str, Any]
Outcome = Any
"""What a task gave (plain JSON data), or the AudobonError that it failed with."""

_WINDOW = 32  # requests on their way at once; more gains nothing measurable
_GRACE_S = 2.0  # how long a task may take to notice that it is cancelled
_POLL_S = 0.05  # how often a caller's own cancel is asked
_DEATHS = 2  # of workers in a row that had begun nothing, before a payload is blamed for it
# A fresh process now and then keeps slow leaks of decoders small. A start costs 0.25 s of
# CPU, as much as 150 small previews: after 2,000 it was 6 % of all, after 20,000 it is 0.6.
_MAX_TASKS = 20_000
_MAX_GROWTH = 512 << 20  # memory that a worker has not given back after its tasks, in bytes


class Executor:
    """Runs the tasks of one registry in a worker process, one after another.

    ``tasks`` names the registry as ``module:ATTRIBUTE``, a mapping of names to
    :data:`audobon.work.child.Task`; it is imported in the worker only.
    ``limits`` hold for each task unless the call gives others. ``interpreter``
    is the Python to use (see ``work.interpreter``), ``folders`` go first on
    its ``sys.path``.

    The process is started at the first task, started again after it died, and
    replaced after many tasks or when its memory has grown. May be used from
    several threads; their calls take turns.
    """

    def __init__(
        self,
        tasks: str,
        limits: Limits | None = None,
        *,
        interpreter: str | os.PathLike[str] | None = None,
        folders: Sequence[str] = (),
        max_tasks: int = _MAX_TASKS,
        max_growth: int = _MAX_GROWTH,
    ) -> None:
        self.tasks = tasks
        self.limits = limits or Limits()
        self._interpreter = interpreter
        self._folders = tuple(folders)
        self._max_tasks = max_tasks
        self._max_growth = max_growth
        # Not re-entrant, and freed by whichever thread ends a batch.
        self._turn = threading.Lock()
        self._holder: int | None = None
        self._process: WorkerProcess | None = None
        self._closer: weakref.finalize[..., Executor] | None = None
        self._done = 0

    @property
    def pid(self) -> int | None:
        """The number of the worker process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.alive else None

    def start(self) -> None:
        """Start the worker now, so that the first task need not wait; does not wait itself."""
        with self._taking_turn():
            self._ensure()

    def wait_ready(self) -> None:
        """Start the worker and wait until it takes tasks; Unavailable or WorkerDied if it does not.

        After this an error of :meth:`run` is the task's, not the environment's.
        """
        with self._taking_turn():
            process = self._ensure()
            while not process.at_rest:
                message = process.messages.get()
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
    ) -> Any:
        """What the task ``name`` makes of ``payload``; both are plain JSON data.

        ``progress`` is called in this thread with fractions from 0 to 1.
        ``cancel`` is asked about every 50 ms; once it is true the task is asked
        to stop, and ended after 2 s if it does not. A task that finishes
        nevertheless has its result returned.

        Raises the task's own AudobonError; LimitExceeded; WorkerDied with what
        ended the process; Cancelled; Unavailable when no worker can be started.
        """
        batch = self.run_many(name, (payload,), limits=limits, progress=progress, cancel=cancel)
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
        window: int = _WINDOW,
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Run a task for each payload; gives ``(index, outcome)`` in order as they are done.

        One bad payload fails alone: when the worker dies only the payload it
        was at has an error, and the rest goes on in a fresh worker. Up to
        ``window`` requests are on their way at once, taken from ``payloads``
        as room is made. After ``cancel`` the results that are ready come, then
        Cancelled is raised. Leaving the loop early ends the worker. The
        executor is taken until the last outcome is given or the batch closed.
        """
        with self._taking_turn():
            batch = _Batch(self._ensure, name, limits or self.limits)
            batch.progress, batch.cancel, batch.window = progress, cancel, window
            try:
                for index, outcome in batch.run(payloads):
                    self._done += 1
                    yield index, outcome
            finally:
                if batch.waiting:
                    self._forget(Cancelled("the batch is left early"))
                self._recycle(worn=batch.worn)

    def close(self) -> None:
        """End the worker. Safe to call twice; a later task starts a new one."""
        with self._taking_turn():
            self._drop()

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

    def _ensure(self) -> WorkerProcess:
        """The living worker process, started if need be."""
        if self._process is not None and not self._process.alive:
            self._drop()
        if self._process is None:
            python = find_interpreter(self._interpreter)

            def command(lifeline: int | None) -> list[str]:
                return call_command(
                    *(python.path, "audobon.work.child:main", self.tasks, lifeline),
                    first=self._folders,
                    last=python.folders,
                )

            self._process = WorkerProcess(command)
            self._closer = weakref.finalize(self, self._process.close)
            self._done = 0
        return self._process

    def _forget(self, reason: AudobonError) -> None:
        """End the worker without waiting for what it is doing."""
        if self._process is not None:
            self._process.kill(reason)
            self._drop()

    def _drop(self) -> None:
        if self._closer is not None:
            self._closer()  # closes the process, once
        self._process = self._closer = None

    def _recycle(self, *, worn: bool) -> None:
        process = self._process
        if process is None:
            return
        grown = process.resident - process.at_rest > self._max_growth
        if worn or grown or self._done >= self._max_tasks:
            self._drop()


class _Batch:
    """The tasks of one call: which are on their way, and what became of them."""

    def __init__(
        self,
        ensure: Callable[[], WorkerProcess],
        name: str,
        limits: Limits,
    ) -> None:
        self.waiting: OrderedDict[int, tuple[int, Payload]] = OrderedDict()
        self.progress: Callable[[float], object] | None = None
        self.cancel: Callable[[], bool] | None = None
        self.window = _WINDOW
        self.worn = False
        self._ensure = ensure
        self._name = name
        self._limits = limits
        self._process: WorkerProcess | None = None
        self._stopping = False
        self._deaths = 0

    def run(self, payloads: Iterable[Payload]) -> Iterator[tuple[int, Outcome]]:
        source = enumerate(payloads)
        while True:
            yield from self._fill(source)
            if not self.waiting:
                break
            message = self._next()
            if isinstance(message, Ended):
                yield from self._after_death(message)
            elif "progress" in message:
                if self.progress is not None and message["progress"][0] in self.waiting:
                    self.progress(float(message["progress"][1]))
            elif "done" in message or "failed" in message:
                yield from self._settle(message)
        if self._stopping:
            raise Cancelled("the task is cancelled")

    def _fill(self, source: Iterator[tuple[int, Payload]]) -> Iterator[tuple[int, Outcome]]:
        if self._asked_to_stop():
            return
        while len(self.waiting) < self.window:
            item = next(source, None)
            if item is None:
                return
            try:
                self._send(*item)
            except (Invalid, LimitExceeded) as error:  # of this payload alone
                yield item[0], error

    def _send(self, index: int, payload: Payload) -> None:
        # A process that has died keeps its place until its last message is read.
        if self._process is None:
            self._process = self._ensure()
        ident = self._process.next_id()
        self.waiting[ident] = (index, payload)
        try:
            self._process.send(ident, self._name, payload, limits=self._limits)
        except BaseException:
            del self.waiting[ident]
            raise

    def _asked_to_stop(self) -> bool:
        if not self._stopping and self.cancel is not None and self.cancel():
            self._stopping = True
            if self.waiting and self._process is not None:
                self._process.cancel(next(reversed(self.waiting)), grace_s=_GRACE_S)
        return self._stopping

    def _next(self) -> dict[str, Any] | Ended:
        assert self._process is not None
        while True:
            try:
                return self._process.messages.get(timeout=_POLL_S if self.cancel else None)
            except Empty:
                self._asked_to_stop()

    def _settle(self, message: Mapping[str, Any]) -> Iterator[tuple[int, Outcome]]:
        self._deaths = 0
        index, _ = self.waiting.pop(message["done" if "done" in message else "failed"], (-1, None))
        if index < 0:
            return
        if "done" in message:
            yield index, message.get("result")
            return
        error = unpack_error(message["error"])
        if isinstance(error, LimitExceeded):
            self.worn = True  # an allocation that failed can leave libraries in a strange state
        if not (self._stopping and isinstance(error, Cancelled)):
            yield index, error

    def _after_death(self, ended: Ended) -> Iterator[tuple[int, Outcome]]:
        """Blame the task that was running and send the others again."""
        self._process = None
        if isinstance(ended.error, Unavailable) and ended.begun is None:
            self.waiting.clear()
            raise ended.error  # it cannot even start
        self._deaths += 1
        culprit = ended.begun
        if culprit not in self.waiting and self._deaths >= _DEATHS:
            culprit = next(iter(self.waiting), None)
        index, _ = self.waiting.pop(culprit, (-1, None)) if culprit is not None else (-1, None)
        again = list(self.waiting.values())
        self.waiting.clear()
        if not self._stopping:
            for item in again:
                self._send(*item)
        if index >= 0 and not (self._stopping and isinstance(ended.error, Cancelled)):
            yield index, ended.error
