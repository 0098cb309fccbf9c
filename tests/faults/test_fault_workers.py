"""Workers and runners that are killed in the middle of a job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fault_support import children, must_be_sound, waited_for
from PIL import Image

import audobon
from audobon.errors import WorkerDied
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def slow(lib: audobon.Library, folder: Path) -> Path:
    """A picture whose preview takes long enough to be killed in."""
    pixels = np.random.default_rng(1).integers(0, 256, (4500, 4500, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "slow.png", compress_level=1)
    lib.add([folder / "slow.png"])
    return folder / "slow.png"


def until(happens: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 240
    while not happens():
        assert time.monotonic() < deadline, f"{what} does not happen"
        time.sleep(0.005)


class Killer:
    """Kills whatever worker process below this one works on a file, again and again."""

    def __init__(self, path: Path, *, times: int) -> None:
        self.kills = 0
        self._path, self._times = str(path), times
        self._killed: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while self.kills < self._times and not self._ended.wait(0.002):
            for pid in children(os.getpid()):
                if pid not in self._killed and self._reads(pid):
                    os.kill(pid, signal.SIGKILL)
                    self._killed.add(pid)
                    self.kills += 1
                    break

    def _reads(self, pid: int) -> bool:
        try:
            return any(str(fd.readlink()) == self._path for fd in Path(f"/proc/{pid}/fd").iterdir())
        except OSError:
            return False


def test_a_worker_killed_once_is_given_another_try(lib: audobon.Library, slow: Path) -> None:
    lib.work()  # the background previews first
    lib.preview(slow, size=100)
    job = lib.jobs()[0]
    with Killer(slow, times=1) as killer:
        until(lambda: (lib.work(), job.state not in ("queued", "running"))[1], "the job's end")
    assert killer.kills == 1
    assert job.state == "done"
    assert job.row.attempts == 2
    assert lib.preview(slow, size=100)


def test_a_worker_killed_twice_fails_its_job_with_the_reason(
    lib: audobon.Library, slow: Path, folder: Path
) -> None:
    lib.work()
    stores = lib._stores
    from audobon.services.core.queue import queue_preview

    job = queue_preview(stores, lib.get(slow), 100)
    write_png(folder / "other.png", 40, 40)
    lib.add([folder / "other.png"])
    with Killer(slow, times=2) as killer:
        drained = lib.work()
    assert killer.kills == 2
    assert (drained.retried, drained.failed) == (1, 1)
    assert job.state == "failed"
    assert job.row.attempts == 2
    assert "SIGKILL" in job.reason
    with pytest.raises(WorkerDied, match="SIGKILL"):
        lib.preview(slow, size=100)
    assert lib.preview(folder / "other.png"), "another job suffers"
    must_be_sound(lib)


def test_a_worker_killed_in_a_batch_costs_one_preview(
    lib: audobon.Library, slow: Path, folder: Path
) -> None:
    """The batch goes on without the file at which its worker died."""
    with Killer(slow, times=1) as killer:
        drained = lib.work()
    assert killer.kills == 1
    assert drained.failed == 0
    (told,) = [one for job in lib.jobs("done") for one in (job.row.result or {}).get("failed", ())]
    assert told["path"] == str(slow)
    for hit in lib.search("tile").hits:
        assert lib.preview(hit.asset)


_RUNNER = """
import sys, audobon
with audobon.Library.open(sys.argv[1]) as lib:
    print("begun", flush=True)
    lib.work()
"""


def test_a_library_process_killed_in_a_job_leaves_it_to_the_next(
    lib: audobon.Library, slow: Path, folder: Path
) -> None:
    runner = subprocess.Popen([sys.executable, "-c", _RUNNER, str(folder)])
    try:
        until(lambda: lib.jobs("running"), "a running job")
        job = lib.jobs("running")[0]
        below = children(runner.pid)
    finally:
        runner.kill()
        runner.wait()
    assert lib.job(job.id).state == "running"  # nobody has noticed yet
    until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in below), "their end")
    drained = lib.work()
    assert drained.recovered == 1
    assert lib.job(job.id).state == "done"
    assert lib.job(job.id).row.attempts == 2
    assert waited_for(lib, slow)


def test_a_library_process_killed_in_the_same_job_twice_ends_it(
    lib: audobon.Library, slow: Path, folder: Path
) -> None:
    """A job that takes its whole process with it must not do so for ever."""
    job = lib.jobs("queued")[0]
    for attempt in (1, 2):
        runner = subprocess.Popen([sys.executable, "-c", _RUNNER, str(folder)])
        try:
            until(lambda: lib.job(job.id).row.attempts == attempt, f"attempt {attempt}")  # noqa: B023
        finally:
            runner.kill()
            runner.wait()
    lib.work()
    assert lib.job(job.id).state == "failed"
    assert "ended in the middle" in lib.job(job.id).reason
    assert lib.job(job.id).row.error is not None
    assert lib.job(job.id).row.error[0] == WorkerDied.code
    assert waited_for(lib, slow), "asking for it again is allowed"
