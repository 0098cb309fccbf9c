"""Who watches: a thread of a script, or a process that hosts share."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from audobon.errors import AudobonError
from audobon.model.asset import AddReport
from audobon.model.watch import WatchState
from audobon.services.core.printed import log_for, print_sealed
from audobon.services.core.stores import Stores
from audobon.services.files.following import is_on
from audobon.services.watch.watching import LOCK, Watcher

__all__ = ["Watching", "main", "release", "start", "watch"]

_IDLE_S = 20.0  # files that come one after another are read by one worker process
_END_S = 10.0  # for the batch at hand, 256 files at most


class Watching:
    """Watching on a thread, until it is closed, the library is, or the process ends."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="audobon-watcher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._watcher.run(self._stop)
        except (AudobonError, OSError) as error:
            self._error = error
        finally:
            self._watcher.ready.set()

    @property
    def state(self) -> WatchState:
        """How it stands now, here or in the process that watches instead."""
        if self._error is not None:
            hint = getattr(self._error, "hint", "")
            return WatchState("unable", problem=str(self._error), hint=hint)
        return self._watcher.state

    def wait_ready(self, timeout_s: float = 60.0) -> WatchState:
        """Wait until everything was looked at once and changes are seen; how it stands then."""
        self._watcher.ready.wait(timeout_s)
        return self.state

    def close(self) -> bool:
        """Stop and let go of the folders; whether the thread has ended. Safe to call twice."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_END_S)
        return not self._thread.is_alive()

    def __enter__(self) -> Watching:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def watch(stores: Stores, told: Callable[[AddReport], None] | None) -> Watching:
    """See ``Library.watch``."""
    watcher = Watcher(stores, told or (lambda _report: None))
    watching = Watching(watcher)
    stores.before_close.append(watching.close)
    return watching


def start(stores: Stores) -> bool:
    """See ``Library.start_watcher``."""
    from audobon.work.background import ensure_worker
    from audobon.work.bootstrap import call_command
    from audobon.work.interpreter import find_interpreter

    stores.need_writable("watch its folders")
    if not is_on(stores, "watch"):
        return False

    keys = stores.place.keys

    def command() -> list[str]:
        python = find_interpreter(stores.interpreter)
        return call_command(
            *(python.path, "audobon.services.watch.watchers:main", str(stores.place.folder)),
            *(() if keys is None else (True,)),
            path=python.folders,
        )

    log = log_for(stores.place, "watcher")
    given = None if keys is None else keys.handed
    return ensure_worker(
        *(command,), locks=stores.place.locks, log=log, tied=True, presence=LOCK, given=given
    )


def release(stores: Stores) -> bool:
    """See ``Library.release_watcher``."""
    from audobon.work.background import release_worker

    return release_worker(stores.place.locks, LOCK)


def main(folder: str, under_keys: bool = False) -> None:
    """The process that watches a library, for as long as the host that has begun it wants it.

    ``under_keys``: it is encrypted, and the keys come through standard input.
    """
    from audobon.services.jobs.workers import given_keys
    from audobon.services.versioning.opening import open_stores
    from audobon.system.processes import lower_library_process
    from audobon.system.user import user_name
    from audobon.work.background import orphaned
    from audobon.work.interpreter import take_own

    take_own()
    lower_library_process()
    keys = given_keys() if under_keys else None
    stop = threading.Event()
    gone = orphaned(sys.stdin.fileno(), stop)

    def end() -> None:
        gone.wait()
        stop.set()

    threading.Thread(target=end, name="audobon-end", daemon=True).start()
    stores = open_stores(Path(folder), user_name(), read_only=False, keys=keys)
    print_sealed(stores.place, "watcher")
    stores.idle_s = _IDLE_S
    try:
        Watcher(stores).run(stop, wait=False)
    finally:
        stores.close()
