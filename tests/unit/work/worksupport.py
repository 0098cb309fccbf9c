"""What the tests of workers share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon.model.job import JobRow
from audobon.work.queue import JobStore

FOLDER = str(Path(__file__).parent)
TASKS = "worktasks:TASKS"


def wait_for(condition: Callable[[], bool], *, what: str, patience_s: float = 240.0) -> None:
    """Wait until something has happened; the patience only bounds a failing test."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what} has not happened after {patience_s} s")
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether process ``pid`` runs; one that has ended and is not taken away does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def done(store: JobStore, ident: int) -> JobRow:
    wait_for(lambda: store.get(ident).state not in ("queued", "running"), what="the job")
    return store.get(ident)


class Counting:
    """A job that counts up until it is told that it is enough."""

    def __init__(
        self, store: JobStore, folder: Path, name: str, priority: int, **words: object
    ) -> None:
        self.path, self.enough = folder / name, folder / f"{name}-enough"
        payload = {"path": str(self.path), "enough": str(self.enough), **words}
        self.job = store.submit("count_up", payload, priority=priority)
        self._store = store

    @property
    def row(self) -> JobRow:
        return self._store.get(self.job.id)

    def lines(self) -> int:
        return len(self.path.read_text().splitlines()) if self.path.exists() else 0

    def grows(self) -> None:
        """Wait until it has counted on."""
        before = self.lines()
        wait_for(lambda: self.lines() > before + 5, what="the count")

    def end(self) -> None:
        self.enough.touch()
