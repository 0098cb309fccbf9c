"""Nobody works on what is being purged: jobs that name it do not begin, in no process, and those
that had begun are stopped and waited for. Else they would leave traces behind the purge's back."""

from __future__ import annotations

import time
from collections.abc import Callable

from audobon.errors import Busy, Cancelled
from audobon.services.purge.journal import PurgeJournal
from audobon.services.stores import Stores
from audobon.work.presence import runner_alive

__all__ = ["hush"]

_POLL_S = 0.05
_DEAD_S = 1.0  # between two looks for jobs of killed processes
_WAIT_S = 60.0
# A task is stopped within a second; a handler that puts away what came back takes some more.


def hush(
    stores: Stores,
    journal: PurgeJournal,
    *,
    tell: Callable[[str], None],
    cancel: Callable[[], bool],
) -> None:
    """Return when no job works on it; none begins until ``forget_jobs`` of the catalog. Busy."""
    jobs, locks = stores.jobs, stores.place.locks
    begun = looked = time.monotonic()
    while at_work := jobs.hold(journal.named):
        # Each time anew: who asks for the same job once more takes a cancel back.
        for ident in at_work:
            jobs.cancel(ident)
        tell(f"until job {at_work[0]} has stopped")
        if cancel():
            raise Cancelled("the purge is cancelled before it began")
        now = time.monotonic()
        if now - begun > _WAIT_S:
            raise Busy(
                f"job {at_work[0]} works on what is to be purged, and does not stop",
                subject=str(at_work[0]),
                hint="wait until it is done, then purge again",
            )
        if now - looked > _DEAD_S:
            looked = now
            jobs.recover(lambda worker: runner_alive(locks, worker))
        time.sleep(_POLL_S)
