"""Nobody works on what is being purged: jobs that name it do not begin, in no process, and those
that had begun are stopped and waited for. Else they would leave traces behind the purge's back.
Others who just write in the library are waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from audobon.errors import Busy, Cancelled
from audobon.services.core.purges import PurgeJournal
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress
from audobon.work.presence import runner_alive

__all__ = ["Patience"]

_POLL_S = 0.05
_TURN_S = 0.2  # between two looks whether a purge that waits for its turn is cancelled
_DEAD_S = 1.0  # between two looks for jobs of killed processes
_STEPS = ("files", "versions", "catalog", "chunks", "caches", "remotes", "search")

T = TypeVar("T")


class Patience:
    """Tells how far a purge is, and waits for others: for so many seconds each time, None for as
    long as it takes. Busy when they have not let go by then, Cancelled when ``cancel`` says so."""

    def __init__(
        self, progress: Progress | None, cancel: Callable[[], bool], wait_s: float | None
    ) -> None:
        self._progress = progress
        self._cancel = cancel
        self._wait_s = wait_s
        self._at = 0

    def step(self, name: str) -> None:
        """A step begins."""
        self._at = _STEPS.index(name)
        self._tell(name)

    def until_free(self, call: Callable[[], T]) -> T:
        """What a call gives that may be made twice, once it is not Busy any more."""
        begun = time.monotonic()
        while True:
            try:
                return call()
            except Busy as error:
                self._wait(error, begun)

    @contextmanager
    def turn(self, stores: Stores) -> Iterator[None]:
        """Nobody else makes versions meanwhile."""
        lock = stores.commit_lock()
        self.until_free(lambda: lock.acquire(timeout_s=_TURN_S))
        try:
            yield
        finally:
            lock.release()

    def hush(self, stores: Stores, journal: PurgeJournal) -> None:
        """Return when no job works on it; none begins until ``forget_jobs`` of the catalog."""
        jobs, locks = stores.jobs, stores.place.locks
        begun = looked = time.monotonic()
        while at_work := self.until_free(lambda: jobs.hold(journal.named)):
            # Each time anew: who asks for the same job once more takes a cancel back.
            for ident in at_work:
                jobs.cancel(ident)
            busy = Busy(
                f"job {at_work[0]} works on what is to be purged, and does not stop",
                subject=str(at_work[0]),
                hint="wait until it is done, then purge again",
            )
            self._wait(busy, begun, f"until job {at_work[0]} has stopped")
            if time.monotonic() - looked > _DEAD_S:
                looked = time.monotonic()
                jobs.recover(lambda worker: runner_alive(locks, worker))

    def _tell(self, text: str) -> None:
        if self._progress is not None:
            self._progress(self._at, len(_STEPS), text)

    def _wait(self, busy: Busy, begun: float, what: str = "until others are done") -> None:
        self._tell(what)
        if self._cancel():
            raise Cancelled("the purge is cancelled while it waits for others") from busy
        if self._wait_s is not None and time.monotonic() - begun > self._wait_s:
            raise busy
        time.sleep(_POLL_S)
