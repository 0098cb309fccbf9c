"""Limits and cancelling: a task that wants too much is ended, the host lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from worksupport import FOLDER, alive, wait_for

from audobon.errors import AudobonError, Cancelled, LimitExceeded
from audobon.model.job import Limits
from audobon.work.limits import active_protections

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces or tells this")


@linux
def test_memory_hog_is_stopped(shared):
    with pytest.raises(LimitExceeded, match="256 MiB"):
        shared.run("hog", {"bytes": 1 << 30}, limits=Limits(memory=256 << 20))
    assert shared.run("hog", {"bytes": 64 << 20}, limits=Limits(memory=256 << 20)) == 64 << 20


@linux
def test_address_space_is_set_aside_without_being_used(shared):
    asked, roomy = {"bytes": 1 << 30, "filled": 0}, Limits(memory=128 << 20, reserve=2 << 30)
    with pytest.raises(AudobonError, match="memory"):
        shared.run("reserve", asked, limits=Limits(memory=128 << 20))
    assert shared.run("reserve", asked, limits=roomy) == 1 << 30
    with pytest.raises(LimitExceeded, match="128 MiB"):
        shared.run("reserve", {**asked, "filled": 512 << 20}, limits=roomy)


@linux
def test_allocation_that_aborts_counts_as_memory(shared):
    with pytest.raises(LimitExceeded, match="memory"):
        shared.run("native_hog", {})


@posix
def test_spinning_task_is_stopped(shared):
    with pytest.raises(LimitExceeded, match="processor time"):
        shared.run("spin", {}, limits=Limits(cpu_s=0.2))


@posix
def test_processor_time_is_counted_for_each_task_anew(executor):
    # More tasks than seconds: with a sum over the process's life the last ones would fail.
    pids = {executor.run("niceness", {}, limits=Limits(cpu_s=0.1))["pid"] for _ in range(30)}
    assert len(pids) == 1


def test_sleeping_task_is_stopped_by_the_clock(shared):
    with pytest.raises(LimitExceeded, match=r"longer than the 0\.3 s"):
        shared.run("sleep", {"seconds": 600}, limits=Limits(wall_s=0.3))
    assert shared.run("echo", {"n": 1}) == {"n": 1}


@posix
def test_file_beyond_its_limit_is_not_written(shared, tmp_path):
    path = str(tmp_path / "big")
    with pytest.raises(LimitExceeded, match="file"):
        shared.run("writes", {"path": path, "bytes": 2 << 20}, limits=Limits(file=1 << 20))
    assert shared.run("writes", {"path": path, "bytes": 2 << 20}) == 2 << 20


def _cancel_when(path: Path):
    """Cancel once the task has begun."""
    return path.exists


def test_cancelled_task_stops_by_itself_and_its_process_stays(executor, tmp_path):
    begun = tmp_path / "begun"
    pid = executor.run("niceness", {})["pid"]
    with pytest.raises(Cancelled):
        executor.run("polite", {"begun": str(begun)}, cancel=_cancel_when(begun))
    assert executor.run("niceness", {})["pid"] == pid


def test_task_that_does_not_listen_is_ended(executor, tmp_path):
    begun = tmp_path / "begun"
    with pytest.raises(Cancelled):
        executor.run("stubborn", {"begun": str(begun)}, cancel=_cancel_when(begun))
    assert executor.run("echo", {"n": 1}) == {"n": 1}


def test_cancelled_before_it_begins_never_runs(executor, tmp_path):
    path = tmp_path / "note"
    with pytest.raises(Cancelled):
        executor.run("note", {"path": str(path), "n": 1}, cancel=lambda: True)
    assert not path.exists()
    assert executor.pid is None


def test_close_from_another_thread_waits_for_its_turn(executor):
    results: list[object] = []
    thread = threading.Thread(
        target=lambda: results.append(executor.run("sleep", {"seconds": 0.3}))
    )
    thread.start()
    wait_for(lambda: executor.pid is not None, what="the start of the worker")
    executor.close()
    thread.join()
    assert results == ["slept"]


_PARENT = """
import sys
sys.path[:0] = [{sdk!r}]
from audobon.work.executor import Executor
executor = Executor("worktasks:TASKS", folders=[{folder!r}])
executor.run({task!r}, {{"begun": {begun!r}}})
"""


@posix
@pytest.mark.parametrize("task", ["gil", "stubborn"])
def test_killed_host_leaves_no_worker_behind(task, tmp_path):
    begun = tmp_path / "begun"
    import audobon

    sdk = str(Path(audobon.__file__).parents[1])
    script = _PARENT.format(sdk=sdk, folder=FOLDER, task=task, begun=str(begun))
    parent = subprocess.Popen([sys.executable, "-c", script])
    try:
        wait_for(begun.exists, what="the task")
        children = _children(parent.pid)
        assert children
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not any(map(alive, children)), what="the end of the workers")


def _children(pid: int) -> list[int]:
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def test_protections_are_named():
    assert "separate process" in active_protections()
    assert any("memory" in name for name in active_protections())
