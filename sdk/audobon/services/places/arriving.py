"""Files that came are taken in while others are still coming."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.services.core.stores import Stores

__all__ = ["Arriving"]


class Arriving:
    """Has a library know the files that it is told of, in a thread. They are told in any thread.

    Together as many as there are by then: so a single one does not wait, and of many each costs
    little. What a library is told of before its :meth:`end` it knows after that.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._waiting: list[Path] = []
        self._takings: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(1, "audobon-arriving")

    def tell(self, paths: Iterable[Path]) -> None:
        with self._lock:
            self._waiting += paths
            if self._waiting and all(taking.done() for taking in self._takings):
                self._takings = [one for one in self._takings if one.exception() is not None]
                self._takings.append(self._pool.submit(self._take))

    def end(self) -> None:
        """Wait for all of them. What went wrong in the thread is raised here."""
        self._pool.shutdown()
        self._take()
        for taking in self._takings:
            taking.result()

    def _take(self) -> None:
        from audobon.services.files.ingest import add

        while True:
            with self._lock:
                paths, self._waiting = self._waiting, []
            if not paths:
                return
            add(self._stores, paths)
