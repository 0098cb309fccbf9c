"""What is noted while a library is open, and where that is kept."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from audobon.errors import Cancelled, WorkerDied
from audobon.model.tally import Tally
from audobon.services.core.stores import Stores
from audobon.services.files.following import is_on
from audobon.system.processes import resident_bytes

if TYPE_CHECKING:
    from audobon.model.job import JobRow

__all__ = ["begin", "job"]


def begin(stores: Stores, process: str = "program") -> None:
    """From now on what is noted of these stores is kept. ``process`` says what this one is."""
    stores.meter.sink = partial(_keep, stores)
    stores.meter.before = partial(_look, stores, process)


def _keep(stores: Stores, tallies: Iterable[Tally]) -> None:
    """Reading, and where it is switched off, nothing is written."""
    if not stores.read_only and is_on(stores, "metrics"):
        stores.metrics.add(tallies, int(stores.now().timestamp()))


def _look(stores: Stores, process: str) -> None:
    stores.meter.level("memory", resident_bytes(os.getpid()), process=process)
    stores.meter.level("disk", shutil.disk_usage(stores.place.state).free, part="state")


@contextlib.contextmanager
def job(stores: Stores, row: JobRow) -> Iterator[None]:
    """Time what is done inside as this job, with how long it has waited before."""
    from audobon.model.job import MAX_ATTEMPTS

    meter, begun, state = stores.meter, time.perf_counter(), "done"
    if row.started is not None and row.attempts == 1:  # later ones wait for themselves
        waited = (row.started - row.created).total_seconds()
        meter.timing("job_wait", max(0.0, waited), kind=row.kind)
    try:
        yield
    except Cancelled:
        state = "cancelled"
        raise
    except Exception as error:
        again = isinstance(error, WorkerDied) and row.attempts < MAX_ATTEMPTS
        state = "retried" if again else "failed"
        meter.error(f"job {row.kind}", error)
        raise
    finally:
        meter.timing("job", time.perf_counter() - begun, kind=row.kind, state=state)
