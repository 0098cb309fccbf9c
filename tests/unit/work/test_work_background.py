"""One worker process for a library: started when needed, gone when idle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from worksupport import FOLDER, TASKS, alive, wait_for

from audobon.errors import NotFound, Unavailable
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.catalog.schema import migrate
from audobon.storage.sqlite import connect
from audobon.system.locks import FileLock
from audobon.testing.jobs import MemoryJobStore
from audobon.work.background import ensure_worker, release_worker, serve, worker_present
from audobon.work.bootstrap import call_command, module_command
from audobon.work.runner import Drained, Runner


@pytest.fixture
def catalog(tmp_path) -> Iterator[CatalogJobs]:
    database = connect(tmp_path / "catalog.db")
    migrate(database)
    yield CatalogJobs(database)
    database.close()


def _serving(folder: Path, *, linger_s: float = 0.0) -> list[str]:
    return call_command(sys.executable, "workserver:main", str(folder), linger_s, first=[FOLDER])


def test_worker_is_started_does_the_jobs_and_ends(catalog, tmp_path):
    locks, log = tmp_path / "locks", tmp_path / "log"
    locks.mkdir()
    for _ in range(2):  # it can be had again after it has ended
        job = catalog.submit("echo", {"n": 1})
        wait_for(
            lambda: ensure_worker(_serving(tmp_path), locks=locks, log=log),
            what="the end of the last worker",
        )
        wait_for(lambda ident=job.id: catalog.get(ident).state == "done", what="the job")
    wait_for(lambda: not worker_present(locks), what="the end of the worker")
    assert log.read_text() == ""


@pytest.mark.skipif(os.name == "nt", reason="POSIX niceness")
def test_librarys_process_gives_way_to_hosts_and_its_workers_to_it(catalog, tmp_path):
    locks, own = tmp_path / "locks", os.nice(0)
    locks.mkdir()
    begun = tmp_path / "begun"
    jobs = [catalog.submit("who", {}, priority=priority) for priority in (0, 90)]
    held = catalog.submit("polite", {"begun": str(begun)}, priority=90)
    ensure_worker(_serving(tmp_path), locks=locks)
    wait_for(begun.exists, what="the last job")
    process = int(catalog.get(held.id).worker.partition("-")[0])
    assert os.getpriority(os.PRIO_PROCESS, process) == min(own + 5, 19)
    told = [catalog.get(job.id).result[1] for job in jobs]
    assert told == [min(own + 10, 19), min(own + 19, 19)]
    catalog.cancel(held.id)
    wait_for(lambda: not worker_present(locks), what="the end of the worker")


def test_only_one_worker_is_started(catalog, tmp_path):
    locks = tmp_path / "locks"
    locks.mkdir()
    begun = tmp_path / "begun"
    job = catalog.submit("polite", {"begun": str(begun)})
    assert ensure_worker(lambda: _serving(tmp_path), locks=locks)
    assert not ensure_worker(["/no/such/program"], locks=locks)
    wait_for(begun.exists, what="the task")
    assert worker_present(locks)
    assert not ensure_worker(["/no/such/program"], locks=locks)
    catalog.cancel(job.id)
    wait_for(lambda: not worker_present(locks), what="the end of the worker")
    assert catalog.get(job.id).state == "cancelled"


def test_program_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(NotFound, match="does not exist"):
        ensure_worker([str(tmp_path / "no")], locks=tmp_path)


def test_reason_why_no_worker_was_found_is_written_down(tmp_path):
    log = tmp_path / "log"

    def command():
        raise Unavailable("no Python works", hint="install one")

    assert ensure_worker(command, locks=tmp_path, log=log)
    wait_for(lambda: log.exists() and "install one" in log.read_text(), what="the note")
    assert "no Python works" in log.read_text()


def test_second_server_ends_at_once(tmp_path):
    store = MemoryJobStore()
    job = store.submit("echo", {})
    runner = Runner(store, TASKS, worker_locks=tmp_path, workers=1, folders=[FOLDER])
    with FileLock(tmp_path / "worker.lock"):
        assert serve(runner, store, locks=tmp_path, linger_s=0) is None
    assert store.get(job.id).state == "queued"
    assert serve(runner, store, locks=tmp_path, linger_s=0) == Drained(done=1)


_HOST = """
import sys, time
from pathlib import Path
from audobon.work.background import ensure_worker
import json
ensure_worker(json.loads(sys.argv[1]), locks=Path(sys.argv[2]), tied=sys.argv[3] == "tied")
print("started", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell of the parent's end")
def test_worker_finishes_the_queue_after_its_host_then_does_not_linger(catalog, tmp_path):
    locks = tmp_path / "locks"
    locks.mkdir()
    jobs = [catalog.submit("sleep", {"seconds": 0.2}) for _ in range(5)]
    command = json.dumps(_serving(tmp_path, linger_s=600))
    host = subprocess.Popen(
        [sys.executable, "-c", _HOST, command, str(locks), "free"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert host.stdout.readline() == b"started\n"
    wait_for(lambda: catalog.counts()["running"] == 1, what="the first job")
    worker = int(catalog.list(state="running")[0].worker.partition("-")[0])
    host.kill()
    host.communicate()
    wait_for(lambda: not alive(worker), what="the end of the worker")
    assert [catalog.get(job.id).state for job in jobs] == ["done"] * 5


def _starters():
    return {thread for thread in threading.enumerate() if thread.name == "audobon-starter"}


def test_a_released_worker_does_not_linger_and_leaves_no_thread(catalog, tmp_path):
    before = _starters()  # of tests that ran here earlier
    locks = tmp_path / "locks"
    locks.mkdir()
    assert release_worker(locks), "there is none"
    job = catalog.submit("echo", {"n": 1})
    command = call_command(
        *(sys.executable, "workserver:main", str(tmp_path), 600, 0), first=[FOLDER]
    )
    assert ensure_worker(lambda: command, locks=locks)
    wait_for(lambda: catalog.get(job.id).state == "done", what="the job")
    assert worker_present(locks)
    assert release_worker(locks)
    assert not worker_present(locks)
    assert not _starters() - before
    again = catalog.submit("sleep", {"seconds": 5})
    assert ensure_worker(command, locks=locks), "it can be had again at once"
    wait_for(lambda: catalog.get(again.id).state == "running", what="the second job")
    assert not release_worker(locks), "it still works"
    assert not _starters() - before
    wait_for(lambda: catalog.get(again.id).state == "done", what="the end of the work")
    wait_for(lambda: not worker_present(locks), what="the end of the worker")


def test_a_tied_worker_gives_back_what_it_does_when_it_is_released(catalog, tmp_path):
    before = _starters()
    locks = tmp_path / "locks"
    locks.mkdir()
    jobs = [catalog.submit("sleep", {"seconds": 600}) for _ in range(3)]
    command = call_command(
        *(sys.executable, "workserver:main", str(tmp_path), 600, 0), first=[FOLDER]
    )
    assert ensure_worker(lambda: command, locks=locks, tied=True)
    wait_for(lambda: catalog.counts()["running"] == 1, what="the first job")
    worker = int(catalog.list(state="running")[0].worker.partition("-")[0])
    assert release_worker(locks)
    assert not alive(worker)
    assert not _starters() - before
    rows = [catalog.get(job.id) for job in jobs]
    assert [(row.state, row.attempts) for row in rows] == [("queued", 0)] * 3


@pytest.mark.skipif(os.name == "nt", reason="a host is killed by a POSIX signal")
def test_a_tied_worker_goes_with_a_host_that_is_killed(catalog, tmp_path):
    locks = tmp_path / "locks"
    locks.mkdir()
    jobs = [catalog.submit("sleep", {"seconds": 600}) for _ in range(2)]
    words = (sys.executable, "workserver:main", str(tmp_path), 600, 0)
    command = json.dumps(call_command(*words, first=[FOLDER]))
    host = subprocess.Popen(
        [sys.executable, "-c", _HOST, command, str(locks), "tied"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert host.stdout.readline() == b"started\n"
    wait_for(lambda: catalog.counts()["running"] == 1, what="the first job")
    worker = int(catalog.list(state="running")[0].worker.partition("-")[0])
    host.kill()
    host.communicate()
    wait_for(lambda: not alive(worker), what="the end of the worker")
    wait_for(lambda: catalog.counts()["queued"] == 2, what="both jobs in the queue again")
    assert [catalog.get(job.id).attempts for job in jobs] == [0, 0]


_SHOWN = """
import sys
from audobon.work.bootstrap import call_command
print([word for word in call_command("p", "t:f") if "pycache" in word], sys.argv[1])
"""

_KEEPER = """
import subprocess, sys
from audobon.work.bootstrap import keep_bytecode_in, module_command
keep_bytecode_in(sys.argv[1])
command = module_command(sys.executable, "shown", "x", path=[sys.argv[2]])
subprocess.run(command, check=True)
"""


def test_bytecode_goes_where_it_is_told_also_by_workers_of_workers(tmp_path):
    (tmp_path / "shown.py").write_text(_SHOWN)
    kept = tmp_path / "kept"
    command = [sys.executable, "-c", _KEEPER, str(kept), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"['pycache_prefix={kept}'] x\n"
    assert list(kept.rglob("bootstrap*.pyc"))
    assert not list(tmp_path.glob("__pycache__"))


def test_module_is_run_with_its_arguments(tmp_path):
    (tmp_path / "shown.py").write_text("import sys, audobon\nprint(sys.argv[1:], __name__)\n")
    command = module_command(sys.executable, "shown", "a b", "--c", path=[str(tmp_path)])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "['a b', '--c'] __main__\n"


def test_a_stand_in_finds_libraries_in_the_order_of_the_host(tmp_path: Path) -> None:
    """Those of the host before those beside the new Python, whose own modules come first."""
    for name in ("iniconfig", "colorsys", "shown"):
        (tmp_path / f"{name}.py").write_text("where = 'host'\n")
    (tmp_path / "shown.py").write_text(
        "import colorsys, iniconfig\nprint(iniconfig.where, hasattr(colorsys, 'where'))\n"
    )
    command = module_command(sys.executable, "shown", path=[str(tmp_path), *sys.path])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["host", "False"]
