"""What somebody waits for goes first; what is held meanwhile goes on where it was."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from worksupport import FOLDER, TASKS, Counting, alive, done, wait_for

from audobon.model.job import PRIORITIES, Limits, Need
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.catalog.schema import migrate
from audobon.storage.sqlite import connect
from audobon.testing.jobs import MemoryJobStore
from audobon.work.executor import Executor
from audobon.work.runner import Drained, Runner

CLICK, BACKGROUND = PRIORITIES["click"], PRIORITIES["background"]


@pytest.fixture
def store() -> MemoryJobStore:
    return MemoryJobStore()


@pytest.fixture
def serving(store: MemoryJobStore, tmp_path: Path) -> Iterator[Callable[..., list[Drained]]]:
    """Start a runner over the store in a thread, which ends with the test."""
    stop, threads = threading.Event(), []

    def start(**words: Any) -> list[Drained]:
        reports: list[Drained] = []
        runner = Runner(
            *(store, TASKS), worker_locks=tmp_path / "locks", workers=1, folders=[FOLDER], **words
        )
        thread = threading.Thread(
            target=lambda: reports.append(runner.drain(linger_s=600, stop=stop))
        )
        thread.start()
        threads.append(thread)
        return reports

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def test_click_holds_the_background_which_then_goes_on_where_it_was(store, serving, tmp_path):
    serving()
    scan = Counting(store, tmp_path, "scan", BACKGROUND)
    scan.grows()
    click = store.submit("until_still", {"path": str(scan.path)}, priority=CLICK)
    row = done(store, click.id)
    assert row.state == "done"
    assert scan.row.state == "running"
    scan.grows()
    scan.end()
    result = done(store, scan.job.id).result
    assert result > row.result
    assert scan.row.attempts == 1
    assert list(map(int, scan.path.read_text().split())) == list(range(result))


def handle_with_networks(row: Any, executor: Executor, progress: Any, cancel: Any) -> Any:
    """Counting is as if a network did it, the rest is not."""
    need = Need("a picture", row.kind, device="CPU") if row.kind == "count_up" else None
    return executor.run(row.kind, row.payload, progress=progress, cancel=cancel, need=need)


def test_click_goes_before_a_network_that_takes_long(store, serving, tmp_path):
    serving(handle=handle_with_networks)
    scan = Counting(store, tmp_path, "scan", BACKGROUND)
    scan.grows()
    long = Counting(store, tmp_path, "long", CLICK)
    wait_for(lambda: long.lines() > 200, what="a second of counting")
    for counted in (scan, long):
        quick = store.submit("until_still", {"path": str(counted.path)}, priority=CLICK)
        assert done(store, quick.id).state == "done"
    assert (scan.row.state, long.row.state) == ("running", "running")
    long.grows()
    long.end()
    assert done(store, long.job.id).result == long.lines()
    scan.grows()
    scan.end()
    assert done(store, scan.job.id).result == scan.lines()


def test_network_of_a_newer_click_holds_that_of_an_older_one(store, serving, tmp_path):
    serving(handle=handle_with_networks)
    older = Counting(store, tmp_path, "older", CLICK)
    older.grows()
    newer = Counting(store, tmp_path, "newer", CLICK)
    newer.grows()  # once the older one is long

    def held() -> bool:
        before = older.lines()
        newer.grows()
        return older.lines() == before

    wait_for(held, what="the hold of the older one")
    newer.end()
    assert done(store, newer.job.id).state == "done"
    older.grows()
    older.end()
    assert done(store, older.job.id).result == older.lines()


def test_short_clicks_are_done_side_by_side(store, serving, tmp_path):
    serving()
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    jobs = [
        store.submit("meet", {"mine": mine, "other": other}, priority=CLICK)
        for mine, other in ((here, there), (there, here))
    ]
    assert [done(store, job.id).result for job in jobs] == ["met", "met"]


def test_held_job_can_be_cancelled(store, serving, tmp_path):
    serving()
    scan = Counting(store, tmp_path, "scan", BACKGROUND)
    scan.grows()
    click = Counting(store, tmp_path, "click", CLICK)
    click.grows()
    store.cancel(scan.job.id)
    assert done(store, scan.job.id).state == "cancelled"
    assert click.row.state == "running"
    click.end()
    assert done(store, click.job.id).state == "done"


def test_job_is_cancelled_while_its_worker_starts(store, tmp_path):
    slow = tmp_path / "slow"
    slow.mkdir()
    # A worker that is not ready before somebody says so, as a slow disk may make one.
    (slow / "slowtasks.py").write_text(
        "import time\nfrom pathlib import Path\n"
        f"while not Path({str(tmp_path / 'go')!r}).exists():\n    time.sleep(0.01)\n"
        "TASKS = {'echo': lambda payload, context: dict(payload)}\n"
    )
    runner = Runner(
        *(store, "slowtasks:TASKS"), worker_locks=tmp_path / "locks", workers=1, folders=[str(slow)]
    )
    thread = threading.Thread(target=runner.drain)
    job = store.submit("echo", {}, priority=CLICK)
    after = store.submit("echo", {"n": 1}, priority=CLICK)
    thread.start()
    wait_for(lambda: store.get(job.id).state == "running", what="the job")
    store.cancel(job.id)
    assert done(store, job.id).state == "cancelled"
    (tmp_path / "go").touch()
    assert done(store, after.id).result == {"n": 1}
    thread.join()


def test_nothing_is_begun_in_the_background_while_a_click_is_at_work(store, serving, tmp_path):
    serving()
    click = Counting(store, tmp_path, "click", CLICK)
    click.grows()
    scan = store.submit("who", {}, priority=BACKGROUND)
    click.grows()
    assert store.get(scan.id).state == "queued"
    click.end()
    assert done(store, scan.id).state == "done"


def test_time_in_which_a_task_is_held_does_not_count(store, serving, tmp_path):
    serving(limits_for=lambda kind: Limits(wall_s=1.0) if kind == "count_up" else None)
    scan = Counting(store, tmp_path, "scan", BACKGROUND)
    scan.grows()
    click = store.submit("sleep", {"seconds": 1.5}, priority=CLICK)
    assert done(store, click.id).state == "done"
    scan.end()
    assert done(store, scan.job.id).state == "done"


def test_workers_know_whether_somebody_waits(store, serving):
    serving()
    told = {
        name: done(store, store.submit("who", {}, priority=value).id).result
        for name, value in PRIORITIES.items()
    }
    assert [told[name][2] for name in ("click", "visible", "normal", "background")] == [
        *(False, False, True, True)
    ]
    assert told["click"][0] == told["visible"][0] != told["normal"][0] == told["background"][0]
    if os.name != "nt":
        assert told["click"][1] <= told["background"][1]


def test_idle_workers_end_and_one_is_ready_for_a_click_while_there_is_work(
    store, serving, tmp_path
):
    serving(rest_s=0.3)
    scan = Counting(store, tmp_path, "scan", BACKGROUND)
    # Whatever it has grown by is gone with its process, and another one is there.
    grown = store.submit("leaks", {"bytes": 100 << 20}, priority=CLICK)
    first = done(store, grown.id).result
    wait_for(lambda: not alive(first), what="the end of the worker that has grown")
    scan.end()
    done(store, scan.job.id)
    last = done(store, store.submit("who", {}, priority=CLICK).id).result[0]
    background = done(store, store.submit("who", {}, priority=BACKGROUND).id).result[0]
    assert last != first
    for pid in (last, background):
        wait_for(lambda pid=pid: not alive(pid), what="the end of an idle worker")


_RUNNER = """
import sys
from pathlib import Path
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.sqlite import connect
from audobon.work.runner import Runner
folder = Path(sys.argv[1])
store = CatalogJobs(connect(folder / "catalog.db"))
locks, tests = folder / "locks", sys.argv[2]
Runner(store, "worktasks:TASKS", worker_locks=locks, workers=1, folders=[tests]).drain()
"""


def test_click_of_another_process_goes_first(tmp_path):
    database = connect(tmp_path / "catalog.db")
    migrate(database)
    catalog = CatalogJobs(database)
    scan = Counting(catalog, tmp_path, "scan", BACKGROUND)
    process = subprocess.Popen([sys.executable, "-c", _RUNNER, str(tmp_path), FOLDER])
    scan.grows()
    click = catalog.submit("until_still", {"path": str(scan.path)}, priority=CLICK)
    assert done(catalog, click.id).state == "done"
    assert scan.row.state == "running"
    scan.grows()
    scan.end()
    assert process.wait() == 0
    assert scan.row.result == scan.lines()
    database.close()


def test_worker_of_a_cancelled_click_that_does_not_listen_is_started_anew(store, serving, tmp_path):
    serving()
    begun = tmp_path / "begun"
    job = store.submit("gil", {"begun": str(begun)}, priority=CLICK)
    wait_for(lambda: begun.exists() and begun.read_text() != "", what="the task")
    store.cancel(job.id)
    assert done(store, job.id).state == "cancelled"
    wait_for(lambda: not alive(int(begun.read_text())), what="the end of the worker")
    after = done(store, store.submit("who", {}, priority=CLICK).id)
    assert after.result[0] != int(begun.read_text())
    assert store.counts()["running"] == store.counts()["queued"] == 0
