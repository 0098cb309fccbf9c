"""One kind of task over many payloads, in several worker processes at once."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from audobon.errors import Cancelled
from audobon.model.job import Limits
from audobon.work.executor import Executor, Outcome

__all__ = ["ExecutorPool", "default_workers"]

Payload = Mapping[str, Any]

_WINDOW = 4  # requests on their way to one worker: it never waits, and none hoards the slow ones
_BUFFERED = 64  # outcomes that wait for the caller, for each worker


def default_workers() -> int:
    """How many workers leave a core to the host: all cores but one, and at least one."""
    return max(1, (os.cpu_count() or 1) - 1)


class ExecutorPool:
    """``workers`` executors with the same tasks, limits and interpreter (see Executor).

    Processes start as they are needed. Calls of several threads share them.
    """

    def __init__(
        self,
        tasks: str,
        limits: Limits | None = None,
        *,
        workers: int | None = None,
        interpreter: str | os.PathLike[str] | None = None,
        folders: Sequence[str] = (),
    ) -> None:
        self.executors = tuple(
            Executor(tasks, limits, interpreter=interpreter, folders=folders)
            for _ in range(workers or default_workers())
        )

    def run_many(
        self,
        name: str,
        payloads: Iterable[Payload],
        *,
        limits: Limits | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Generator[tuple[int, Outcome], None, None]:
        """Run a task for each payload; gives ``(index, outcome)`` as they are done.

        An outcome is what the task gave, or its AudobonError: one bad payload
        fails alone. ``payloads`` is read in other threads, one item at a time,
        and only as far as workers and the caller keep up. Raises Cancelled after ``cancel``,
        and whatever reading ``payloads`` or starting workers raises.
        """
        run = _Run(name, payloads, limits, cancel)
        threads = [
            threading.Thread(target=run.work, args=(executor,), name="audobon-pool", daemon=True)
            for executor in self.executors
        ]
        run.alive = len(threads)
        for thread in threads:
            thread.start()
        try:
            yield from run.outcomes()
        finally:
            run.stop.set()
            run.drain()
            for thread in threads:
                thread.join()

    def close(self) -> None:
        """End all workers. Safe to call twice."""
        for executor in self.executors:
            executor.close()

    def __enter__(self) -> ExecutorPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Run:
    """One call of run_many: a shared source, a bounded queue of outcomes."""

    def __init__(
        self,
        name: str,
        payloads: Iterable[Payload],
        limits: Limits | None,
        cancel: Callable[[], bool] | None,
    ) -> None:
        self.alive = 0
        self.stop = threading.Event()
        self._name = name
        self._limits = limits
        self._cancel = cancel
        self._source = enumerate(payloads)
        self._taking = threading.Lock()
        self._ready: queue.Queue[tuple[int, Outcome] | BaseException | None] = queue.Queue(
            _BUFFERED
        )

    def work(self, executor: Executor) -> None:
        taken: list[int] = []  # the executor numbers its own payloads from 0
        end: BaseException | None = None
        try:
            batch = executor.run_many(
                *(self._name, self._take(taken)),
                limits=self._limits,
                cancel=self._asked,
                window=_WINDOW,
            )
            for index, outcome in batch:
                self._ready.put((taken[index], outcome))
        except BaseException as error:  # noqa: BLE001  # handed to the thread that asked
            end = error
        self._ready.put(end)

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        cancelled: Cancelled | None = None
        while self.alive:
            item = self._ready.get()
            if isinstance(item, tuple):
                yield item
                continue
            self.alive -= 1
            if isinstance(item, Cancelled):
                cancelled = item
            elif item is not None:
                raise item
        if cancelled is not None:
            raise cancelled

    def drain(self) -> None:
        """Let threads that wait for room go on until they have ended."""
        while self.alive:
            if not isinstance(self._ready.get(), tuple):
                self.alive -= 1

    def _asked(self) -> bool:
        return self.stop.is_set() or (self._cancel is not None and self._cancel())

    def _take(self, taken: list[int]) -> Iterator[Payload]:
        while True:
            with self._taking:
                item = next(self._source, None)
            if item is None:
                return
            taken.append(item[0])
            yield item[1]
