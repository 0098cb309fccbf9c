"""Runners take jobs out of a store; killing one at any time loses no job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from worksupport import FOLDER, TASKS, alive, wait_for

from audobon.errors import AudobonError, BadFile, Conflict, LimitExceeded, Unavailable, WorkerDied
from audobon.model.job import Limits
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.catalog.schema import migrate
from audobon.storage.sqlite import connect
from audobon.testing.jobs import MemoryJobStore
from audobon.work.presence import RunnerLock, runner_alive
from audobon.work.runner import Drained, Runner

posix = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture
def store() -> MemoryJobStore:
    return MemoryJobStore()


@pytest.fixture
def locks(tmp_path) -> Path:
    return tmp_path / "locks"


@pytest.fixture
def runner(store, locks) -> Runner:
    return Runner(store, TASKS, worker_locks=locks, workers=1, folders=[FOLDER])


@pytest.fixture
def catalog(tmp_path) -> Iterator[CatalogJobs]:
    database = connect(tmp_path / "catalog.db")
    migrate(database)
    yield CatalogJobs(database)
    database.close()


def _background(runner: Runner, **options) -> tuple[threading.Thread, list[Drained]]:
    reports: list[Drained] = []
    thread = threading.Thread(target=lambda: reports.append(runner.drain(**options)))
    thread.start()
    return thread, reports


def test_queue_is_drained_and_results_are_kept(store, runner, locks):
    jobs = [store.submit("echo", {"n": n}) for n in range(5)]
    assert runner.drain() == Drained(done=5)
    assert [store.get(job.id).result for job in jobs] == [{"n": n} for n in range(5)]
    assert runner.drain() == Drained()
    assert list(locks.iterdir()) == []


def test_click_goes_before_background(store, runner, tmp_path):
    path = str(tmp_path / "order")
    for n, priority in enumerate((90, 90, 50, 0)):
        store.submit("note", {"path": path, "n": n}, priority=priority)
    runner.drain()
    assert Path(path).read_text().split() == ["3", "2", "0", "1"]


def test_errors_fail_the_job_with_code_and_reason(store, runner):
    bad, bug, unknown = (store.submit(kind, {}) for kind in ("bad", "bug", "nonsense"))
    assert runner.drain() == Drained(failed=3)
    assert store.get(bad.id).error == (BadFile.code, "the picture is damaged")
    assert store.get(bad.id).attempts == 1
    assert "ZeroDivisionError" in store.get(bug.id).error[1]
    assert "nonsense" in store.get(unknown.id).error[1]


def test_limits_of_the_kind_hold(store, locks):
    runner = Runner(
        *(store, TASKS),
        worker_locks=locks,
        limits_for=lambda kind: Limits(wall_s=0.3) if kind == "sleep" else None,
        folders=[FOLDER],
    )
    job = store.submit("sleep", {"seconds": 600})
    assert runner.drain() == Drained(failed=1)
    assert store.get(job.id).error[0] == LimitExceeded.code


@posix
def test_died_worker_is_tried_once_more(store, runner, tmp_path):
    job = store.submit("once", {"path": str(tmp_path / "tried")})
    assert runner.drain() == Drained(done=1, retried=1)
    row = store.get(job.id)
    assert (row.result, row.attempts) == ("second attempt", 2)


@posix
def test_job_that_kills_every_worker_fails_with_the_reason(store, runner):
    job = store.submit("kill", {})
    other = store.submit("echo", {"n": 1})
    assert runner.drain() == Drained(done=1, failed=1, retried=1)
    row = store.get(job.id)
    assert (row.state, row.attempts, row.error[0]) == ("failed", 2, WorkerDied.code)
    assert "SIGKILL" in row.error[1]
    assert store.get(other.id).state == "done"


def test_progress_is_written_while_the_job_runs(store, runner, tmp_path):
    begun = tmp_path / "begun"
    job = store.submit("slow_progress", {"begun": str(begun)})
    thread, _ = _background(runner)
    wait_for(lambda: store.get(job.id).progress > 0, what="progress")
    assert store.get(job.id).state == "running"
    thread.join()
    assert store.get(job.id).progress == 1.0


def test_cancelled_job_stops(store, runner, tmp_path):
    begun = tmp_path / "begun"
    job = store.submit("polite", {"begun": str(begun)})
    thread, reports = _background(runner)
    wait_for(begun.exists, what="the task")
    store.cancel(job.id)
    thread.join()
    assert reports == [Drained(cancelled=1)]
    assert store.get(job.id).state == "cancelled"


def test_stop_gives_the_running_job_back(store, runner, tmp_path):
    begun, stop = tmp_path / "begun", threading.Event()
    job = store.submit("polite", {"begun": str(begun)})
    thread, reports = _background(runner, stop=stop, linger_s=600)
    wait_for(begun.exists, what="the task")
    stop.set()
    thread.join()
    row = store.get(job.id)
    assert (reports, row.state, row.attempts) == ([Drained()], "queued", 0)


def test_lingering_runner_takes_later_jobs(store, runner):
    stop = threading.Event()
    thread, reports = _background(runner, stop=stop, linger_s=600)
    for n in range(3):
        job = store.submit("echo", {"n": n})
        wait_for(lambda ident=job.id: store.get(ident).state == "done", what="the job")
    stop.set()
    thread.join()
    assert reports == [Drained(done=3)]


def test_only_the_kinds_asked_for(store, runner):
    other, job = store.submit("bad", {}), store.submit("echo", {})
    runner.drain(kinds=["echo"])
    assert (store.get(other.id).state, store.get(job.id).state) == ("queued", "done")


def test_runner_drains_in_one_thread_at_a_time(store, runner):
    stop = threading.Event()
    thread, _ = _background(runner, stop=stop, linger_s=600)
    job = store.submit("echo", {})
    wait_for(lambda: store.get(job.id).state == "done", what="the job")
    with pytest.raises(Conflict):
        runner.drain()
    stop.set()
    thread.join()


def test_missing_environment_is_raised_and_no_job_is_blamed(store, locks):
    job = store.submit("echo", {})
    with pytest.raises(Unavailable):
        Runner(store, "no_such_module:TASKS", worker_locks=locks, workers=1).drain()
    row = store.get(job.id)
    assert (row.state, row.attempts) == ("queued", 0)


def test_handler_does_the_job_its_own_way(store, locks):
    def handle(row, executor, progress, cancel):
        if row.kind == "broken":
            raise KeyError("a mistake")
        outcomes = dict(executor.run_many("echo", row.payload["items"], cancel=cancel))
        progress(1.0)
        return [outcomes[n]["n"] for n in sorted(outcomes)]

    job = store.submit("many", {"items": [{"n": n} for n in range(5)]})
    broken = store.submit("broken", {})
    runner = Runner(store, TASKS, worker_locks=locks, workers=1, handle=handle, folders=[FOLDER])
    assert runner.drain() == Drained(done=1, failed=1)
    assert store.get(job.id).result == [0, 1, 2, 3, 4]
    assert store.get(broken.id).error == (
        AudobonError.code,
        "the job stops with KeyError: 'a mistake'",
    )


def test_two_runners_share_a_queue(catalog, locks, tmp_path):
    path = str(tmp_path / "notes")
    for n in range(60):
        catalog.submit("note", {"path": path, "n": n})
    runners = [
        Runner(catalog, TASKS, worker_locks=locks, workers=1, folders=[FOLDER]) for _ in range(2)
    ]
    running = [_background(runner) for runner in runners]
    for thread, _ in running:
        thread.join()
    assert sorted(map(int, Path(path).read_text().split())) == list(range(60))
    assert sum(reports[0].done for _, reports in running) == 60
    assert all(row.attempts == 1 for row in catalog.list(limit=100))


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


@posix
def test_job_of_a_killed_runner_is_tried_again_then_fails(catalog, locks, tmp_path):
    begun = tmp_path / "begun"
    job = catalog.submit("gil", {"begun": str(begun)})
    for attempt in (1, 2):
        process = subprocess.Popen([sys.executable, "-c", _RUNNER, str(tmp_path), FOLDER])
        wait_for(lambda: begun.exists() and begun.read_text() != "", what="the task")
        worker = int(begun.read_text())
        row = catalog.get(job.id)
        assert (row.state, row.attempts) == ("running", attempt)
        assert runner_alive(locks, row.worker)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not runner_alive(locks, row.worker)
        wait_for(lambda pid=worker: not alive(pid), what="the end of the worker")
        begun.unlink()
    last = Runner(catalog, TASKS, worker_locks=locks, workers=1, folders=[FOLDER])
    assert last.drain() == Drained(failed=1)
    row = catalog.get(job.id)
    assert (row.state, row.error[0]) == ("failed", WorkerDied.code)
    assert "ended in the middle" in row.error[1]


def test_names_that_are_no_runners_are_dead(tmp_path):
    for name in ("", "../worker", "1-x", "12-0123456789ab"):
        assert not runner_alive(tmp_path, name)


def test_locks_of_dead_runners_are_swept_once_they_are_old(tmp_path):
    old, fresh = tmp_path / "runner-1-00000000000a.lock", tmp_path / "runner-2-00000000000b.lock"
    for path in (old, fresh):
        path.touch()
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    with RunnerLock(tmp_path) as lock:
        assert runner_alive(tmp_path, lock.ident)
        assert not old.exists()
        assert fresh.exists()
    assert not runner_alive(tmp_path, lock.ident)


@posix
def test_interrupted_runner_gives_its_job_back(catalog, tmp_path):
    begun = tmp_path / "begun"
    job = catalog.submit("polite", {"begun": str(begun)})
    process = subprocess.Popen(
        [sys.executable, "-c", _RUNNER, str(tmp_path), FOLDER], stderr=subprocess.PIPE
    )
    wait_for(begun.exists, what="the task")
    process.send_signal(signal.SIGINT)
    printed = process.communicate()[1]
    assert b"KeyboardInterrupt" in printed
    row = catalog.get(job.id)
    assert (row.state, row.attempts) == ("queued", 0)
