"""Clicks, cancels, kills and a background, all at once: each job ends once, with what it had to."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from worksupport import FOLDER, wait_for

from audobon.errors import WorkerDied
from audobon.model.job import PRIORITIES, JobRow
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.catalog.schema import migrate
from audobon.storage.sqlite import Database, connect
from audobon.work.background import ensure_worker
from audobon.work.bootstrap import call_command

ENDS = ("done", "failed", "cancelled")
_TRIGGERS = """
CREATE TABLE ends (job INTEGER, state TEXT);
CREATE TRIGGER ends AFTER UPDATE OF state ON job WHEN new.state <> old.state
AND (new.state IN ('done', 'failed', 'cancelled') OR old.state IN ('done', 'failed', 'cancelled'))
BEGIN INSERT INTO ends VALUES (new.id, new.state); END
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A catalog that notes each end of a job, and each job that leaves its end again."""
    made = connect(tmp_path / "catalog.db")
    migrate(made)
    made.execute(_TRIGGERS)
    yield made
    made.close()


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(words[1]) == parent:
                found.append(int(entry.name))
    return found


class Play:
    """What happens to a queue, at random; remembers what each job may end with."""

    def __init__(self, store: CatalogJobs, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.jobs: dict[int, Any] = {}
        self.cancelled: set[int] = set()
        self.kills = 0
        self.enough = folder / "enough"
        self._store, self._folder = store, folder
        self._command = call_command(
            sys.executable, "workserver:main", str(folder), 0.5, first=[FOLDER]
        )

    def serve(self) -> None:
        ensure_worker(self._command, locks=self._folder / "locks", log=self._folder / "log")

    def scan(self, number: int) -> None:
        path = str(self._folder / f"count-{number}")
        payload = {"path": path, "enough": str(self.enough)}
        self._submit("count_up", payload, PRIORITIES["background"], int)

    def click(self) -> None:
        number = len(self.jobs)
        kind, payload, result = self.chance.choice((
            ("echo", {"n": number}, {"n": number}),
            ("sleep", {"seconds": 0.03}, "slept"),
            ("bad", {}, None),
            ("polite", {"begun": str(self._folder / "begun")}, None),
            ("stubborn", {"begun": str(self._folder / "begun")}, None),
        ))  # fmt: skip
        job = self._submit(
            kind, payload, PRIORITIES[self.chance.choice(("click", "visible"))], result
        )
        if kind in ("polite", "stubborn"):  # they do not end by themselves
            time.sleep(self.chance.random() * 0.3)
            self.cancel(job)

    def cancel(self, ident: int | None = None) -> None:
        chosen = self.chance.choice(sorted(self.jobs)) if ident is None else ident
        self.cancelled.add(chosen)
        self._store.cancel(chosen)

    def kill(self, *, runner: bool) -> None:
        running = self._store.list(state="running")
        if running:
            process = int(running[0].worker.partition("-")[0])
            targets = [process] if runner else children(process)
            if targets:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.chance.choice(targets), signal.SIGKILL)
                    self.kills += 1

    def _submit(self, kind: str, payload: dict[str, Any], priority: int, result: Any) -> int:
        job = self._store.submit(kind, payload, priority=priority)
        self.jobs[job.id] = result
        return job.id

    def check(self, row: JobRow) -> None:
        wanted = self.jobs[row.id]
        if row.state == "cancelled":
            assert row.id in self.cancelled
        elif row.state == "failed" and row.kind != "bad":
            assert row.error is not None
            assert (row.error[0], row.attempts) == (WorkerDied.code, 2)
            assert self.kills >= 2
        elif row.state == "done":
            assert row.kind not in ("bad", "polite", "stubborn")
            assert isinstance(row.result, int) if wanted is int else row.result == wanted


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for workers in /proc")
@pytest.mark.parametrize("seed", [1, 2])
def test_each_job_ends_once_with_what_it_had_to(
    database: Database, tmp_path: Path, seed: int
) -> None:
    (tmp_path / "locks").mkdir()
    store = CatalogJobs(database)
    play = Play(store, tmp_path, seed)
    for number in range(3):
        play.scan(number)
    for _ in range(40):
        play.serve()
        play.chance.choices(
            (
                play.click,
                play.cancel,
                lambda: play.kill(runner=False),
                lambda: play.kill(runner=True),
            ),
            (12, 2, 2, 1),
        )[0]()
        time.sleep(play.chance.random() * 0.1)
    play.enough.touch()

    def ended() -> bool:
        play.serve()
        return not store.waiting() and not store.counts()["running"]

    wait_for(ended, what="the end of all jobs", patience_s=120)
    rows = store.list(limit=1000)
    assert {row.id for row in rows} == set(play.jobs)
    for row in rows:
        play.check(row)
    noted = Counter(ident for (ident, _) in database.rows("SELECT job, state FROM ends"))
    assert noted == dict.fromkeys(play.jobs, 1)
    assert {row.state for row in rows} <= set(ENDS)
