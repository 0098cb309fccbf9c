"""Jobs on what is being purged: none begins in any process, and those at work are stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from purge_support import found_in

import audobon
from audobon.errors import Busy, Cancelled, Purged
from audobon.model.job import JobRow
from audobon.services.core.queue import queue_facts, queue_preview
from audobon.services.jobs.workers import TASKS
from audobon.testing.pictures import write_png
from audobon.work.executor import Executor
from audobon.work.presence import RunnerLock
from audobon.work.runner import Runner

_NAME = "portrait-of-hér.png"
_PATIENCE_S = 60.0


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[audobon.Library]:
    folder = tmp_path / "Lib"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        write_png(folder / _NAME, 64, 64, color=(200, 10, 20))
        write_png(folder / "wall.png", 64, 64, color=(20, 10, 200))
        lib.add(folder)
        lib.commit("two pictures")
        for job in lib.jobs():
            job.cancel()
        yield lib


def _ask(lib: audobon.Library, name: str, size: int) -> int:
    """As a panel does that shows it: the number of the job."""
    assert lib.preview(name, size) is None
    return max(job.id for job in lib.jobs(state="queued"))


def test_a_job_at_work_is_stopped_and_waited_for(lib: audobon.Library) -> None:
    ident = _ask(lib, _NAME, 128)
    begun, stopped = threading.Event(), threading.Event()

    def handle(
        row: JobRow, executor: Executor, report: Callable[[float], None], cancel: Callable[[], bool]
    ) -> Any:
        begun.set()
        while not cancel():
            stopped.wait(0.01)
        stopped.set()
        raise Cancelled("the task is cancelled")

    with audobon.Library.open(lib.path) as other:
        runner = Runner(
            other._stores.jobs, TASKS, worker_locks=other._stores.place.locks, handle=handle
        )
        working = threading.Thread(target=runner.drain)
        working.start()
        assert begun.wait(_PATIENCE_S)
        plan = lib.purge(_NAME, dry_run=True)
        assert plan.assets
        assert not stopped.is_set(), "a plan stops nothing"
        said: list[str] = []
        done = lib.purge(_NAME, progress=lambda _done, _total, text: said.append(text))
        assert stopped.is_set()
        working.join(_PATIENCE_S)
        assert not working.is_alive()
    assert done.ok, done.proof
    assert f"until job {ident} has stopped" in said
    assert found_in(lib.state_path, [b"portrait-of-h"]) == []


def test_a_job_of_a_process_that_was_killed_holds_nothing_up(lib: audobon.Library) -> None:
    _ask(lib, _NAME, 128)
    assert lib._stores.jobs.claim("999999-000000000000") is not None
    assert lib.purge(_NAME).ok
    assert lib.jobs(state="running") == ()


def test_a_job_that_is_asked_for_meanwhile_does_not_begin(lib: audobon.Library) -> None:
    asset = lib.get(_NAME)
    began: list[JobRow | None] = []
    looked: list[int] = []
    with audobon.Library.open(lib.path) as other:  # a host that still shows it

        def progress(_done: int, _total: int | None, step: str) -> None:
            if step == "versions":  # it is gone from the list by now, which this host did not hear
                asked = queue_preview(other._stores, asset, 128)
                queue_facts(other._stores, asset.key, asset.file)
                began.append(other._stores.jobs.claim("another"))
                assert not other._stores.jobs.waiting()
                asked.cancel()
                with pytest.raises(Purged):  # who waits for it is not left waiting
                    asked.result(_PATIENCE_S)
            if step == "caches":  # and it counts what it cannot show, for the index has it yet
                looked.append(other.clock)
                assert other.search('name:"wall.png"').total == 1
            if step == "remotes":  # its row is gone too
                queue_preview(other._stores, asset, 192)
                began.append(other._stores.jobs.claim("another"))

        done = lib.purge(asset, progress=progress)
        assert began == [None, None]
        assert other.clock > looked[0], "so it looks once more"
        assert other.search("").total == 1
        assert done.ok, done.proof
        assert found_in(lib.state_path, [b"portrait-of-h", asset.digest.encode()]) == []
        # A new asset at its place is another matter.
        write_png(lib.path / _NAME, 64, 64, color=(1, 2, 3))
        ident = queue_preview(other._stores, lib.add(lib.path).added[0], 128).id
        claimed = other._stores.jobs.claim("another")
        assert claimed is not None
        assert claimed.id == ident


def test_who_follows_a_job_hears_that_it_went(lib: audobon.Library) -> None:
    ident = _ask(lib, _NAME, 128)
    with audobon.Library.open(lib.path) as other:
        asked, late = other.job(ident), other.job(ident)
        assert lib.purge(_NAME).ok
        assert asked.state == "cancelled"
        assert "removed for good" in asked.reason
        asked.cancel()
        with pytest.raises(Purged, match="removed for good"):
            asked.result(_PATIENCE_S)
        with pytest.raises(Cancelled):
            late.follow()
        assert asked.row.state == "cancelled"


def test_where_a_job_does_not_stop_nothing_is_removed(lib: audobon.Library) -> None:
    ident = _ask(lib, _NAME, 128)
    with RunnerLock(lib._stores.place.locks) as alive:
        assert lib._stores.jobs.claim(alive.ident) is not None
        with pytest.raises(Busy, match=f"job {ident} works on"):
            lib.purge(_NAME, timeout=0.2)
        with pytest.raises(Cancelled):
            lib.purge(_NAME, cancel=lambda: True)
        assert (lib.path / _NAME).exists()
        assert lib.get(_NAME)
        assert not (lib.state_path / "purging.json").exists()
        lib._stores.jobs.release(ident)
        assert lib._stores.jobs.claim(alive.ident) is not None, "it is held no more"
        lib._stores.jobs.release(ident)
    assert lib.purge(_NAME).ok


def test_others_who_write_are_waited_for(lib: audobon.Library) -> None:
    waits = threading.Event()
    with audobon.Library.open(lib.path) as other:
        held = other._stores.commit_lock()
        held.acquire()
        with pytest.raises(Busy, match=r"commit\.lock"):
            lib.purge(_NAME, dry_run=True, timeout=0.0)
        with pytest.raises(Cancelled):
            lib.purge(_NAME, timeout=None, cancel=waits.is_set, progress=lambda *_: waits.set())
        waits.clear()
        letting = threading.Thread(target=lambda: waits.wait(_PATIENCE_S) and held.release())
        letting.start()
        done = lib.purge(_NAME, timeout=None, progress=lambda *_: waits.set())
        letting.join(_PATIENCE_S)
    assert done.ok
