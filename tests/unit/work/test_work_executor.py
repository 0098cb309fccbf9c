"""A worker process does tasks, and whatever goes wrong there is an error here."""

from __future__ import annotations

import os
import threading

import pytest
from worksupport import FOLDER, TASKS, alive, wait_for

from audobon.errors import (
    AudobonError,
    BadFile,
    Conflict,
    Invalid,
    LimitExceeded,
    NotFound,
    Unavailable,
    Unsupported,
    WorkerDied,
)
from audobon.work.executor import Executor


def test_result_comes_back(shared):
    payload = {"text": "Ünï", "lone": "\udc80", "numbers": [1, 2.5, None], "deep": {"a": True}}
    assert shared.run("echo", payload) == payload


def test_payload_may_be_any_mapping(shared):
    from types import MappingProxyType

    assert shared.run("echo", MappingProxyType({"a": 1})) == {"a": 1}


def test_one_process_does_many_tasks(executor):
    first = executor.run("niceness", {})["pid"]
    assert executor.run("niceness", {})["pid"] == first == executor.pid
    assert first != os.getpid()


@pytest.mark.skipif(os.name == "nt", reason="POSIX niceness and process groups")
def test_worker_gives_way_and_is_out_of_reach_of_ctrl_c(shared):
    told = shared.run("niceness", {})
    assert told["nice"] >= min(os.nice(0) + 10, 19)
    assert told["group"] == told["pid"] != os.getpgid(0)


def test_hosts_environment_does_not_come_in(monkeypatch):
    names = ("LD_PRELOAD", "PYTHONPATH", "PYTHONHOME", "QT_PLUGIN_PATH", "DYLD_INSERT_LIBRARIES")
    for name in names:
        monkeypatch.setenv(name, "/nonsense/lib.so")
    monkeypatch.setenv("VIRTUAL_ENV", "/nonsense")
    monkeypatch.setenv("LANG_OF_ARTIST", "kept")
    with Executor(TASKS, folders=[FOLDER]) as executor:
        told = executor.run("environment", {})
    assert not {*names, "VIRTUAL_ENV"} & set(told["environ"])
    assert told["environ"]["LANG_OF_ARTIST"] == "kept"
    assert not any("nonsense" in folder for folder in told["path"])
    assert told["path"][0] == FOLDER


def test_printing_does_not_disturb_the_messages(shared):
    assert shared.run("prints", {}) == {"stdin": ""}
    assert shared.run("echo", {"n": 1}) == {"n": 1}


def test_tasks_own_error_comes_back_whole(shared):
    with pytest.raises(BadFile, match="the picture is damaged") as caught:
        shared.run("bad", {})
    assert (caught.value.subject, caught.value.hint) == ("a.png", "restore it")


def test_operating_systems_error_is_translated(shared, tmp_path):
    with pytest.raises(NotFound, match="does not exist"):
        shared.run("missing", {"path": str(tmp_path / "no")})


def test_bug_in_a_task_names_itself_and_its_place(shared):
    with pytest.raises(AudobonError, match="ZeroDivisionError: a bug") as caught:
        shared.run("bug", {})
    assert "worktasks.py" in caught.value.hint
    with pytest.raises(AudobonError, match="SystemExit"):
        shared.run("exits", {})


def test_unknown_task_is_unsupported(shared):
    with pytest.raises(Unsupported, match="no task nonsense"):
        shared.run("nonsense", {})


def test_only_json_goes_in_and_out(shared):
    with pytest.raises(Invalid):
        shared.run("echo", {"a": {1, 2}})
    with pytest.raises(Invalid):
        shared.run("strange_result", {})


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_worker_is_an_error_and_the_next_task_runs(shared):
    with pytest.raises(WorkerDied, match="SIGKILL"):
        shared.run("kill", {})
    assert shared.run("echo", {"n": 1}) == {"n": 1}


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_crash_in_native_code_names_the_signal_and_the_line(shared):
    with pytest.raises(WorkerDied, match="SIGSEGV") as caught:
        shared.run("crash", {})
    assert "worktasks.py" in caught.value.hint


def test_worker_that_leaves_tells_its_last_words(shared):
    with pytest.raises(WorkerDied, match="status 3") as caught:
        shared.run("leave", {"status": 3})
    assert "the last words" in caught.value.hint
    with pytest.raises(WorkerDied, match="status 0"):
        shared.run("leave", {"status": 0})


@pytest.mark.skipif(os.name == "nt", reason="a process that holds inherited pipes")
def test_process_that_a_dead_worker_left_behind_is_ended(executor, tmp_path):
    begun = tmp_path / "begun"
    with pytest.raises(WorkerDied):
        executor.run("orphan", {"begun": str(begun)})
    wait_for(lambda: not alive(int(begun.read_text())), what="the end of the process")


def test_garbage_on_the_pipe_is_an_error(executor):
    with pytest.raises(WorkerDied, match="no message"):
        executor.run("garbage", {})
    assert executor.run("echo", {"n": 1}) == {"n": 1}


def test_long_result_passes_and_a_boundless_one_is_refused(shared):
    assert len(shared.run("long_result", {"length": 8 << 20})) == 8 << 20
    with pytest.raises(LimitExceeded, match="result of"):
        shared.run("long_result", {"length": 65 << 20})


def test_progress_is_told_in_order(shared):
    seen: list[float] = []
    assert shared.run("progress", {}, progress=seen.append) == "done"
    assert seen[:5] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert len(seen) < 1000


def test_tasks_that_cannot_be_loaded_are_unavailable():
    with Executor("no_such_module:TASKS") as executor:
        with pytest.raises(Unavailable, match="no_such_module"):
            executor.run("echo", {})
        with pytest.raises(Unavailable, match="no_such_module"):
            executor.wait_ready()


def test_threads_take_turns(shared):
    results: list[int] = []

    def ask(number):
        results.append(shared.run("echo", {"n": number})["n"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(16))


def test_worker_outlives_the_thread_that_started_it(executor):
    pids: list[int] = []
    thread = threading.Thread(target=lambda: pids.append(executor.run("niceness", {})["pid"]))
    thread.start()
    thread.join()
    assert executor.run("niceness", {})["pid"] == pids[0]


def test_close_ends_the_process_and_a_later_task_starts_another(executor):
    executor.start()
    pid = executor.pid
    executor.close()
    executor.close()
    assert executor.pid is None
    wait_for(lambda: not alive(pid), what="the end of the worker")
    assert executor.run("niceness", {})["pid"] != pid


def test_forgotten_executor_takes_its_process_along():
    executor = Executor(TASKS, folders=[FOLDER])
    pid = executor.run("niceness", {})["pid"]
    del executor
    wait_for(lambda: not alive(pid), what="the end of the worker")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_idle_worker_that_was_killed_is_replaced(executor):
    os.kill(executor.run("niceness", {})["pid"], 9)
    assert executor.run("echo", {"n": 1}) == {"n": 1}


def test_worker_is_replaced_after_many_tasks():
    with Executor(TASKS, folders=[FOLDER], max_tasks=3) as executor:
        pids = [executor.run("niceness", {})["pid"] for _ in range(7)]
    assert pids[0] == pids[2] != pids[3]
    assert len(set(pids)) == 3


@pytest.mark.skipif(os.name == "nt", reason="resident memory is not asked there")
def test_worker_that_has_grown_is_replaced():
    with Executor(TASKS, folders=[FOLDER], max_growth=32 << 20) as executor:
        pids = [executor.run("leaks", {"bytes": 20 << 20}) for _ in range(3)]
    assert pids[0] == pids[1] != pids[2]


def test_worker_that_had_nothing_to_do_ends_and_is_started_again():
    with Executor(TASKS, folders=[FOLDER], idle_s=0.2) as executor:
        first = executor.run("who", {})[0]
        wait_for(lambda: executor.pid is None and not alive(first), what="the end of the worker")
        assert executor.run("sleep", {"seconds": 0.5}) == "slept"
        assert executor.run("who", {})[0] != first


def test_one_timer_watches_over_many_tasks():
    with Executor(TASKS, folders=[FOLDER], idle_s=1.0) as executor:
        first = executor.run("who", {})[0]
        timer = executor._resting
        assert executor.run("sleep", {"seconds": 0.5}) == "slept"
        assert executor._resting is timer
        wait_for(lambda: executor.pid is None and not alive(first), what="the end of the worker")
        assert executor._resting is None


def test_task_inside_ones_own_batch_is_refused(executor):
    batch = executor.run_many("echo", [{"n": 1}, {"n": 2}])
    next(batch)
    with pytest.raises(Conflict):
        executor.run("echo", {})
    batch.close()
    assert executor.run("echo", {"n": 3}) == {"n": 3}
