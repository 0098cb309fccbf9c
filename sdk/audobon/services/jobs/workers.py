"""The process that runs a library's jobs, and the call that drains the queue in this one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.model.job import JobRow
from audobon.services.core.caging import cage_of
from audobon.services.core.printed import print_sealed
from audobon.services.core.stores import Stores
from audobon.services.health import metering
from audobon.services.jobs.handlers import HANDLERS
from audobon.system.folders import cache_folder
from audobon.work.admission import Admission
from audobon.work.background import serve, take_given
from audobon.work.executor import Executor
from audobon.work.runner import Drained, Runner

if TYPE_CHECKING:
    from audobon.storage.vault.library import LibraryKeys

__all__ = ["drain", "given_keys", "main"]

_LINGER_S = 20.0
# An artist who scrolls asks for the next preview well within this time; a
# process that waits costs 30 MB.
_POLL_S = 0.1
_KEPT = timedelta(days=30)
# Ended jobs are kept this long, for those who ask later why something failed.
TASKS = "audobon.services.jobs.tasks:TASKS"


def runner(stores: Stores) -> Runner:
    """A runner over the library's queue, with its handlers."""

    def handle(
        row: JobRow,
        executor: Executor,
        progress: Callable[[float], None],
        cancel: Callable[[], bool],
    ) -> Any:
        with metering.job(stores, row):
            return HANDLERS[row.kind](stores, row, executor, progress, cancel)

    return Runner(
        stores.jobs,
        TASKS,
        worker_locks=stores.place.locks,
        interpreter=stores.interpreter,
        handle=handle,
        admission=Admission(cache_folder() / "devices"),
        cage=cage_of(stores),
    )


def drain(
    stores: Stores, *, linger_s: float = 0.0, cancel: Callable[[], bool] = lambda: False
) -> Drained:
    """Run queued jobs until none was queued for ``linger_s`` seconds, or ``cancel`` says so."""
    stores.need_writable("run jobs")
    stop, ended = threading.Event(), threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_S):
            if cancel():
                stop.set()

    watcher = threading.Thread(target=watch, name="audobon-cancel", daemon=True)
    watcher.start()
    try:
        return runner(stores).drain(linger_s=linger_s, kinds=tuple(HANDLERS), stop=stop)
    finally:
        ended.set()
        watcher.join()


def given_keys() -> LibraryKeys:
    """The keys that the process which started this one has written into its standard input."""
    from audobon.storage.vault.library import LibraryKeys

    return LibraryKeys.taken(take_given(sys.stdin.fileno()))


def main(folder: str, under_keys: bool = False) -> None:
    """The library's worker process: begun by ``ensure_worker``, ends when it is not needed.

    ``under_keys``: it is encrypted, and the keys come through standard input.
    """
    from audobon.services.versioning.opening import open_stores
    from audobon.system.processes import lower_library_process
    from audobon.system.user import user_name
    from audobon.work.interpreter import take_own

    take_own()
    lower_library_process()

    keys = given_keys() if under_keys else None
    stores = open_stores(Path(folder), user_name(), read_only=False, keys=keys)
    print_sealed(stores.place, "worker")
    metering.begin(stores, "worker")
    try:
        stores.jobs.purge(stores.now() - _KEPT)
        locks, lifeline = stores.place.locks, sys.stdin.fileno()
        serve(runner(stores), stores.jobs, locks=locks, linger_s=_LINGER_S, lifeline=lifeline)
    finally:
        stores.close()
