"""How a running job tells of its progress, and learns that it is to stop."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from audobon.errors import Busy, NotFound
from audobon.work.queue import JobStore

__all__ = ["Watch"]

_PROGRESS_S = 0.2  # between two writes of a job's progress: what a progress bar needs
_CANCEL_S = 0.02  # between two looks whether a running job is cancelled; a look takes 4 µs


class Watch:
    """A running job's progress and cancel flag, without asking the store too often."""

    def __init__(self, store: JobStore, ident: int, stopping: Callable[[], bool]) -> None:
        self.wanted = True
        self._store = store
        self._ident = ident
        self._stopping = stopping
        self._written = self._asked = time.monotonic()

    def progress(self, fraction: float) -> None:
        now = time.monotonic()
        if now - self._written >= _PROGRESS_S:
            self._written = now
            with contextlib.suppress(Busy):  # the next one will tell
                self._store.progress(self._ident, fraction)

    def cancelled(self) -> bool:
        """Whether the task is to stop; ``wanted`` is false then when it is for the job's sake."""
        now = time.monotonic()
        if now - self._asked >= _CANCEL_S:
            self._asked = now
            try:
                self.wanted = not self._store.cancelled(self._ident)
            except NotFound:  # purged by somebody with a wrong clock
                self.wanted = False
        return not self.wanted or self._stopping()
