"""A request begins when the machine has the memory for it; what can never fit is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from worksupport import FOLDER, TASKS, Counting, alive, done, wait_for

from audobon.errors import Cancelled, LimitExceeded
from audobon.model.job import PRIORITIES, Need
from audobon.system.memory import Memory, machine_memory
from audobon.testing.jobs import MemoryJobStore
from audobon.work.admission import Admission
from audobon.work.executor import Executor
from audobon.work.needs import Needs
from audobon.work.runner import Runner
from audobon.work.tokens import device_turn

CLICK, BACKGROUND = PRIORITIES["click"], PRIORITIES["background"]
GIB = 1 << 30


@pytest.fixture
def store() -> MemoryJobStore:
    return MemoryJobStore()


@pytest.fixture
def serving(store: MemoryJobStore, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Start a runner whose jobs need what their payload says in GiB, on a machine as told."""
    stop, threads = threading.Event(), []

    def handle(row: Any, executor: Executor, progress: Any, cancel: Any) -> Any:
        size = int(float(row.payload.get("gib", 0)) * GIB)
        need = Need(f"{row.kind} of a picture", row.kind, least=size)
        return executor.run(row.kind, row.payload, progress=progress, cancel=cancel, need=need)

    def start(machine: Callable[[], Memory], folder: Path | None = None) -> None:
        runner = Runner(
            *(store, TASKS),
            worker_locks=tmp_path / "locks",
            workers=1,
            folders=[FOLDER],
            handle=handle,
            admission=Admission(folder, machine=machine),
        )
        thread = threading.Thread(target=lambda: runner.drain(linger_s=600, stop=stop))
        thread.start()
        threads.append(thread)

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def test_memory_of_this_machine_is_known():
    memory = machine_memory()
    assert 0 < memory.free <= memory.total
    if hasattr(os, "sysconf"):
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        assert abs(memory.total - pages) < pages // 8


def test_what_can_never_fit_is_refused_with_what_there_is(store, serving):
    serving(lambda: Memory(8 * GIB, 7 * GIB))
    row = done(store, store.submit("echo", {"gib": 7.75}, priority=CLICK).id)
    assert row.error == (
        LimitExceeded.code,
        "echo of a picture needs about 7.8 GiB of memory; this machine has 8.0 GiB, "
        "of which 0.5 GiB stay free",
    )
    assert done(store, store.submit("echo", {"gib": 6}, priority=CLICK).id).state == "done"


def test_request_waits_until_another_has_ended_and_does_not_hold_it(store, serving, tmp_path):
    serving(lambda: Memory(8 * GIB, 3 * GIB))
    scan = Counting(store, tmp_path, "scan", BACKGROUND, gib=2)
    scan.grows()
    click = Counting(store, tmp_path, "click", CLICK, gib=2)
    wait_for(lambda: click.row.state == "running", what="the click")
    scan.grows()
    assert not click.path.exists()
    small = store.submit("echo", {"gib": 0.25}, priority=CLICK)  # there is room for it meanwhile
    assert done(store, small.id).state == "done"
    scan.end()
    click.grows()
    click.end()
    assert done(store, click.job.id).state == done(store, scan.job.id).state == "done"


def test_waiting_request_can_be_cancelled(store, serving, tmp_path):
    serving(lambda: Memory(8 * GIB, 1 * GIB))
    job = store.submit("echo", {"gib": 4}, priority=BACKGROUND)
    wait_for(lambda: store.get(job.id).state == "running", what="the job")
    store.cancel(job.id)
    assert done(store, job.id).state == "cancelled"


@pytest.mark.skipif(os.name == "nt", reason="resident memory is not asked there")
def test_idle_worker_lets_go_of_its_memory_for_another_request(store, serving):
    pids: list[int] = []

    def machine() -> Memory:
        return Memory(8 * GIB, 2 * GIB if any(map(alive, pids)) else 4 * GIB)

    serving(machine)
    pids.append(done(store, store.submit("leaks", {"bytes": 100 << 20}, priority=CLICK).id).result)
    assert alive(pids[0])
    row = done(store, store.submit("who", {"gib": 3}, priority=BACKGROUND).id)
    assert row.state == "done"
    assert not alive(pids[0])


@pytest.mark.skipif(os.name == "nt", reason="resident memory is not asked there")
def test_what_a_request_took_is_remembered_by_name_and_size(tmp_path):
    taken = 100 << 20
    admission = Admission(tmp_path)
    need = Need("a picture", "grow", size=1000, least=1 << 20)

    def turn(wanted: Any, cancel: Any) -> Any:
        return admission.admitted(executor, wanted, cancel, urgent=True)

    with Executor(TASKS, folders=[FOLDER], turn=turn) as executor:
        executor.run("leaks", {"bytes": taken}, need=need)
        executor.run("leaks", {"bytes": 1 << 20}, need=need)  # less, as later ones take
    known = Needs(tmp_path / "needs.json")
    assert 0.9 * taken < known.expected(need) < 2 * taken
    larger = Need("a picture", "grow", size=4000, least=5 << 20)
    assert known.expected(larger) == known.expected(need) + (4 << 20)
    other = Need("a picture", "other", size=1000, least=7)
    assert known.expected(other) == 7
    (tmp_path / "needs.json").write_text("[]")
    assert Needs(tmp_path / "needs.json").expected(need) == need.least


def test_workers_keep_their_memory_as_long_as_the_machine_has_enough():
    assert Admission(machine=lambda: Memory(32 * GIB, 20 * GIB)).may_keep() == 8 * GIB
    assert Admission(machine=lambda: Memory(32 * GIB, 3 * GIB)).may_keep() == GIB // 2
    kept = [30 << 20]
    with Executor(TASKS, folders=[FOLDER], max_growth=lambda: kept[0]) as executor:
        first = executor.run("leaks", {"bytes": 20 << 20})
        kept[0] = 400 << 20
        assert executor.run("leaks", {"bytes": 20 << 20}) == first
        kept[0] = 1
        assert executor.run("leaks", {"bytes": 1}) == first  # after it the worker goes
        assert executor.run("leaks", {"bytes": 1}) != first


_HOLDER = """
import sys, time
from pathlib import Path
from audobon.work.tokens import device_turn
with device_turn(Path(sys.argv[1]), "CPU", lambda: False):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_one_process_at_a_time_has_a_device_and_a_killed_one_frees_it(tmp_path):
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        asked: list[int] = []

        def cancel() -> bool:
            asked.append(1)
            return len(asked) == 3

        with pytest.raises(Cancelled), device_turn(tmp_path, "CPU", cancel):
            pass
        with device_turn(tmp_path, "GPU.0", cancel):
            pass
        process.send_signal(signal.SIGKILL)
        with device_turn(tmp_path, "CPU", lambda: False):
            pass


def test_those_who_wait_for_a_device_come_before_those_who_ask_again(tmp_path):
    order: list[str] = []
    waits = threading.Event()

    def other() -> None:
        waits.set()
        with device_turn(tmp_path, "CPU", lambda: False):
            order.append("other")

    thread = threading.Thread(target=other)
    with device_turn(tmp_path, "CPU", lambda: False):
        thread.start()
        waits.wait()
        entrance = tmp_path / "CPU-next.lock"
        wait_for(lambda: entrance.exists() and _is_held(entrance), what="the other at the entrance")
    with device_turn(tmp_path, "CPU", lambda: False):
        order.append("again")
    thread.join()
    assert order == ["other", "again"]


def _is_held(path: Path) -> bool:
    from audobon.system.locks import is_held

    return is_held(path)
