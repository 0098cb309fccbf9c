"""Lanes: what somebody waits for is computed first, in a worker of its own.

Lane 0 is for work in the background, with one worker or several. A lane of a
higher rank holds the workers of all lower ones while it computes: they stop
at their next look (see ``TaskContext.check``) and go on afterwards where they
were, so nothing is computed twice.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from audobon.errors import AudobonError, Cancelled
from audobon.model.job import PRIORITIES, Need
from audobon.work.admission import Admission
from audobon.work.executor import Executor, Turn

__all__ = ["URGENT", "Lane", "Lanes"]

URGENT = PRIORITIES["visible"]
"""The last priority of jobs that somebody waits for."""

_RANKS = (1, 2)
# Of urgent lanes. The second serves a click while an older one takes long; a third would
# hold another network in memory for what hardly happens.
_LONG_S = 0.5
# After this time a job is a long one: a click need not wait for it, and the worker for the
# next click is started beforehand. Short jobs in a row are quicker one after the other.
_SMALL = 64 << 20  # what a worker has grown by without any network, in bytes
_POLL_S = 0.02  # between two looks, of urgent lanes: 0.2 % of a core, and a click waits 10 ms
_IDLE_S = 0.1  # the same of the lanes for which nobody waits


class MakeExecutor(Protocol):
    """Makes the worker of a lane."""

    def __call__(self, *, background: bool, turn: Turn) -> Executor: ...


class Lane:
    """A place for one job at a time. ``since`` when it is at work, None while it is free."""

    def __init__(self, lanes: Lanes, rank: int, make: MakeExecutor, rest_s: float) -> None:
        self.rank = rank
        self.since: float | None = None
        self.computing = False
        self.executor = make(background=rank == 0, turn=self._turn)
        self._lanes = lanes
        self._rest_s = rest_s
        self._free_since = time.monotonic()
        self._wanted = False

    @property
    def poll_s(self) -> float:
        """Seconds between two looks for a job."""
        return _POLL_S if self.rank else _IDLE_S

    def at_work_for(self, seconds: float) -> bool:
        return self.since is not None and time.monotonic() - self.since >= seconds

    def begin(self) -> None:
        self.since, self._wanted = time.monotonic(), True

    def end(self) -> None:
        self.since, self._free_since = None, time.monotonic()
        self._lanes.changed()

    @contextlib.contextmanager
    def _turn(self, need: Need | None, cancel: Callable[[], bool]) -> Iterator[None]:
        self._lanes.let_urgent_pass(self, cancel)
        with contextlib.ExitStack() as stack:
            if need is not None:
                # Others are not held meanwhile: they may be what has to end first.
                admission, urgent = self._lanes.admission, self.rank > 0
                stack.enter_context(admission.admitted(self.executor, need, cancel, urgent=urgent))
            self.computing = True
            self._lanes.hold_lower()
            try:
                yield
            finally:
                self.computing = False
                self._lanes.hold_lower()

    def tend(self) -> None:
        """Between two jobs: let go of memory after a while, and have a worker ready for a click."""
        if time.monotonic() - self._free_since > self._rest_s and self.executor.pid is not None:
            self._wanted = False
            if self.executor.grown > _SMALL or not self._expected():
                self.executor.close()
        if self.rank == 1 and self.executor.pid is None and self._expected():
            # Whoever then wants it is told why it does not start.
            with contextlib.suppress(AudobonError):
                self.executor.start()

    def _expected(self) -> bool:
        return self.rank == 1 and (self._wanted or self._lanes.any_long())


class Lanes:
    """The lanes of one runner: ``background`` places of rank 0, and those of higher ranks.

    A worker that had nothing to do for ``rest_s`` seconds ends; the one for the next click
    is started anew, without any network, as long as there is other work.
    """

    def __init__(
        self, background: int, make: MakeExecutor, admission: Admission, *, rest_s: float
    ) -> None:
        self.admission = admission
        self._changed = threading.Condition(threading.RLock())
        self.all = tuple(Lane(self, rank, make, rest_s) for rank in (*(0,) * background, *_RANKS))
        admission.executors = tuple(lane.executor for lane in self.all)

    def busy(self) -> bool:
        """Whether any job is at work."""
        return any(lane.since is not None for lane in self.all)

    def any_long(self) -> bool:
        """Whether a job has been at work for so long that a click could come in between."""
        return any(lane.at_work_for(_LONG_S) for lane in self.all)

    def may_begin(self, lane: Lane) -> bool:
        """Whether a lane is to look for a job now."""
        if lane.rank == 0:
            return not any(other.rank and other.since is not None for other in self.all)
        return all(other.at_work_for(_LONG_S) for other in self.all if 0 < other.rank < lane.rank)

    def let_urgent_pass(self, lane: Lane, cancel: Callable[[], bool]) -> None:
        """Wait while a job of a higher rank is at work. Cancelled when ``cancel`` says so."""
        with self._changed:
            while any(other.rank > lane.rank and other.since is not None for other in self.all):
                if cancel():
                    raise Cancelled("the task is cancelled")
                self._changed.wait(_POLL_S)

    def hold_lower(self) -> None:
        """Pause the workers below the highest lane that computes; let the others go on."""
        with self._changed:
            top = max((lane.rank for lane in self.all if lane.computing), default=0)
            for lane in self.all:
                lane.executor.pause(lane.rank < top)

    def changed(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End all workers."""
        for lane in self.all:
            lane.executor.close()
