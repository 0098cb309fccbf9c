"""The tasks of one call to an executor: which are on their way, and what became of them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from queue import Empty
from typing import Any

from audobon.errors import Cancelled, Invalid, LimitExceeded, Unavailable
from audobon.model.job import Limits
from audobon.work.messages import unpack_error
from audobon.work.process import Ended, WorkerProcess

__all__ = ["WINDOW", "Batch", "Outcome", "Payload"]

Payload = Mapping[str, Any]
Outcome = Any
"""What a task gave (plain JSON data), or the AudobonError that it failed with."""

WINDOW = 32  # requests on their way at once; more gains nothing measurable
_GRACE_S = 0.1
# How long a task may take to notice that it is cancelled. Who cancels is to see it within 0.2 s;
# starting a worker anew takes less than that, loading its networks again up to a second.
_POLL_S = 0.02  # how often a caller's own cancel is asked
_DEATHS = 2  # of workers in a row that had begun nothing, before a payload is blamed for it


class Batch:
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
        self.part: Callable[[int, Any], object] | None = None
        self.window = WINDOW
        self.worn = False
        self.overstayed = False
        self._ensure = ensure
        self._name = name
        self._limits = limits
        self._process: WorkerProcess | None = None
        self._stopping = False
        self._until = 0.0
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
            elif "part" in message:
                if self.part is not None and message["part"][0] in self.waiting:
                    self.part(self.waiting[message["part"][0]][0], message["part"][1])
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
            self._stopping, self._until = True, time.monotonic() + _GRACE_S
            if self.waiting and self._process is not None:
                self._process.cancel(next(reversed(self.waiting)), grace_s=_GRACE_S)
        return self._stopping

    def _next(self) -> dict[str, Any] | Ended:
        assert self._process is not None
        while True:
            try:
                return self._process.messages.get(timeout=_POLL_S if self.cancel else None)
            except Empty:
                if self._asked_to_stop() and time.monotonic() >= self._until:
                    # Not waited for: a process with much memory takes long to end.
                    self.overstayed = True
                    return Ended(Cancelled("the task is cancelled"), None)

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
