"""Lanes: what somebody waits for is computed first, in workers of its own.

While an urgent lane computes, the workers of the background are held: they
stop at their next look (see ``TaskContext.check``) and go on afterwards where
they were, so nothing is computed twice. In the same way a newer click holds a
network that an older one has been computing with for long.
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

_LEAST_URGENT = 2  # lanes: one click may take long, and the next is not to wait for it
_LONG_S = 0.5
# After this time work is long: a newer click goes before it, and a worker for the next click is
# started beforehand. Short jobs in a row are quicker one after the other.
_SMALL = 64 << 20  # what a worker has grown by without any network, in bytes
_POLL_S = (
    0.02  # between two looks for a click: it waits 10 ms, and an idle runner takes 1 % of a core
)
_IDLE_S = 0.1  # the same of lanes that are not next, or for which nobody waits


class MakeExecutor(Protocol):
    """Makes the worker of a lane."""

    def __call__(self, *, background: bool, turn: Turn) -> Executor: ...


class Lane:
    """A place for one job at a time. ``since`` when it is at work, None while it is free."""

    def __init__(
        self, lanes: Lanes, make: MakeExecutor, rest_s: float, *, urgent: bool, first: bool
    ) -> None:
        self.urgent = urgent
        self.since: float | None = None
        self.computing_since: float | None = None
        self.network = False
        """Whether it computes with a network, which takes all that a device has."""
        self.looked_in_vain = False
        self.executor = make(background=not urgent, turn=self._turn)
        self._lanes = lanes
        self._rest_s = rest_s
        self._first = first
        self._free_since = time.monotonic()
        self._wanted = False

    @property
    def poll_s(self) -> float:
        """Seconds between two looks for a job."""
        return _POLL_S if self._lanes.may_be_next(self) else _IDLE_S

    @property
    def long(self) -> bool:
        """Whether it has been at work for so long that a click could come in between."""
        return self.since is not None and time.monotonic() - self.since >= _LONG_S

    @property
    def computes_long(self) -> bool:
        since = self.computing_since
        return since is not None and time.monotonic() - since >= _LONG_S

    def begin(self) -> None:
        self.since, self._wanted = time.monotonic(), True

    def end(self) -> None:
        self.since, self._free_since = None, time.monotonic()
        self._lanes.changed()

    @contextlib.contextmanager
    def _turn(self, need: Need | None, cancel: Callable[[], bool]) -> Iterator[None]:
        network = need is not None and bool(need.device)
        self._lanes.wait_for_turn(self, cancel, network=network)
        with contextlib.ExitStack() as stack:
            if need is not None:
                # Others are not held meanwhile: they may be what has to end first.
                admission = self._lanes.admission
                stack.enter_context(
                    admission.admitted(self.executor, need, cancel, urgent=self.urgent)
                )
            self.computing_since, self.network = time.monotonic(), network
            self._lanes.hold_others()
            try:
                yield
            finally:
                self.computing_since = None
                self._lanes.hold_others()

    def tend(self) -> None:
        """Between two jobs: let go of memory after a while, and have a worker ready for a click."""
        if time.monotonic() - self._free_since > self._rest_s and self.executor.pid is not None:
            self._wanted = False
            if self.executor.grown > _SMALL or not self._expected():
                self.executor.close()
        if self._first and self.executor.pid is None and self._expected():
            # Whoever then wants it is told why it does not start.
            with contextlib.suppress(AudobonError):
                self.executor.start()

    def _expected(self) -> bool:
        return self._first and (self._wanted or self._lanes.any_long())


class Lanes:
    """The lanes of one runner: ``workers`` for the background, and as many urgent ones, or two.

    A worker that had nothing to do for ``rest_s`` seconds ends; the one for the next click
    is started anew, without any network, as long as there is other work.
    """

    def __init__(
        self, workers: int, make: MakeExecutor, admission: Admission, *, rest_s: float
    ) -> None:
        self.admission = admission
        self._changed = threading.Condition(threading.RLock())
        many = max(workers, _LEAST_URGENT)
        self._urgent = tuple(
            Lane(self, make, rest_s, urgent=True, first=not number) for number in range(many)
        )
        self._background = tuple(
            Lane(self, make, rest_s, urgent=False, first=False) for _ in range(workers)
        )
        self.all = (*self._urgent, *self._background)
        admission.executors = tuple(lane.executor for lane in self.all)

    def busy(self) -> bool:
        """Whether any job is at work."""
        return any(lane.since is not None for lane in self.all)

    def any_long(self) -> bool:
        """Whether a job has been at work for so long that a click could come in between."""
        return any(lane.long for lane in self.all)

    def may_be_next(self, lane: Lane) -> bool:
        """Whether the next click is for this lane, so that it looks often."""
        if not lane.urgent:
            return False
        place = self._urgent.index(lane)
        return place == 0 or self._urgent[place - 1].since is not None

    def may_begin(self, lane: Lane) -> bool:
        """Whether a lane is to look for a job now.

        One of the background not while an urgent one is at work. Of the urgent
        ones the first goes first, as its networks are warm; a later one that
        has no worker yet only when the others are busy at two looks in a row.
        """
        if not lane.urgent:
            return not any(other.since is not None for other in self._urgent)
        before = self._urgent[: self._urgent.index(lane)]
        if any(other.since is None for other in before):
            lane.looked_in_vain = False
            return False
        ready = not before or lane.looked_in_vain or lane.executor.pid is not None
        lane.looked_in_vain = True
        return ready

    def wait_for_turn(self, lane: Lane, cancel: Callable[[], bool], *, network: bool) -> None:
        """Wait as long as what another lane does comes first. Cancelled when ``cancel`` says so."""
        with self._changed:
            while self._comes_after(lane, network=network):
                if cancel():
                    raise Cancelled("the task is cancelled")
                self._changed.wait(_POLL_S)

    def _comes_after(self, lane: Lane, *, network: bool) -> bool:
        others = [other for other in self._urgent if other is not lane]
        if not lane.urgent:
            return any(other.since is not None for other in others)
        return network and any(
            other.network and other.computing_since is not None and not other.computes_long
            for other in others
        )

    def hold_others(self) -> None:
        """Pause the workers that give way to what is computed now; let the others go on."""
        with self._changed:
            begun = [each.computing_since for each in self._urgent]
            newest = max((since for since in begun if since is not None), default=None)
            for lane in self._background:
                lane.executor.pause(newest is not None)
            for lane in self._urgent:
                since = lane.computing_since
                older = since is not None and newest is not None and since < newest
                lane.executor.pause(older and lane.network and lane.computes_long)

    def changed(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End all workers."""
        for lane in self.all:
            lane.executor.close()
