"""Many payloads: one bad one fails alone, in one worker and in several."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from worksupport import FOLDER, TASKS

from audobon.errors import AudobonError, Cancelled, Invalid, LimitExceeded, Unavailable, WorkerDied
from audobon.model.job import Limits
from audobon.work.pool import ExecutorPool, default_workers

posix = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture
def pool() -> Iterator[ExecutorPool]:
    with ExecutorPool(TASKS, workers=2, folders=[FOLDER]) as pool:
        yield pool


def test_outcomes_come_in_order(shared):
    outcomes = list(shared.run_many("echo", ({"n": n} for n in range(200))))
    assert outcomes == [(n, {"n": n}) for n in range(200)]


@posix
def test_only_the_payload_that_kills_is_blamed(shared):
    deadly = {0, 7, 8, 39}
    payloads = [{"n": n, "die": n in deadly} for n in range(40)]
    outcomes = dict(shared.run_many("kill", payloads))
    assert len(outcomes) == 40
    for n, outcome in outcomes.items():
        if n in deadly:
            assert isinstance(outcome, WorkerDied)
        else:
            assert outcome == n


def test_bad_payloads_fail_alone(shared):
    payloads = [{"n": 0}, {"n": {1}}, {"n": 2}]
    outcomes = dict(shared.run_many("echo", payloads))
    assert outcomes[0] == {"n": 0}
    assert isinstance(outcomes[1], Invalid)
    assert outcomes[2] == {"n": 2}


def test_slow_payload_fails_alone(shared):
    payloads = [{"seconds": seconds} for seconds in (0, 600, 0)]
    outcomes = dict(shared.run_many("sleep", payloads, limits=Limits(wall_s=0.5)))
    assert isinstance(outcomes[1], LimitExceeded)
    assert (outcomes[0], outcomes[2]) == ("slept", "slept")


def test_payloads_are_taken_as_room_is_made(shared):
    taken: list[int] = []

    def payloads():
        for n in range(100):
            taken.append(n)
            yield {"n": n}

    batch = shared.run_many("echo", payloads(), window=5)
    next(batch)
    assert len(taken) <= 6
    batch.close()


def test_batch_left_early_frees_the_worker(shared):
    for index, _ in shared.run_many("echo", ({"n": n} for n in range(1000))):
        if index == 3:
            break
    assert shared.run("echo", {"n": 1}) == {"n": 1}


def test_cancelled_batch_gives_what_is_ready_then_raises(shared):
    seen: list[int] = []

    def run():
        payloads = ({"n": n} for n in range(1000))
        for index, _ in shared.run_many("echo", payloads, cancel=lambda: len(seen) >= 10):
            seen.append(index)

    with pytest.raises(Cancelled):
        run()
    assert seen == list(range(len(seen)))
    assert 10 <= len(seen) < 1000


def test_error_of_the_source_of_payloads_is_raised(shared):
    def payloads():
        yield {"n": 1}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(shared.run_many("echo", payloads()))
    assert shared.run("echo", {"n": 1}) == {"n": 1}


def test_pool_does_each_payload_once(pool):
    outcomes = list(pool.run_many("echo", ({"n": n} for n in range(300))))
    assert sorted(outcomes, key=lambda item: item[0]) == [(n, {"n": n}) for n in range(300)]


@posix
def test_pool_blames_only_the_culprits(pool):
    payloads = [{"n": n, "die": n % 10 == 0} for n in range(40)]
    outcomes = dict(pool.run_many("kill", payloads))
    died = {n for n, outcome in outcomes.items() if isinstance(outcome, AudobonError)}
    assert died == {0, 10, 20, 30}
    assert len(outcomes) == 40


def test_pool_uses_its_workers_at_once(pool, tmp_path):
    # Each waits for the other: done one after the other they would never end.
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    payloads = [{"mine": a, "other": b}, {"mine": b, "other": a}]
    assert dict(pool.run_many("meet", payloads, limits=Limits(wall_s=30))) == {0: "met", 1: "met"}


def test_pool_left_early_or_cancelled_works_again(pool):
    for index, _ in pool.run_many("echo", ({"n": n} for n in range(1000))):
        if index >= 5:
            break
    with pytest.raises(Cancelled):
        list(pool.run_many("echo", ({"n": n} for n in range(10)), cancel=lambda: True))
    assert len(list(pool.run_many("echo", ({"n": n} for n in range(10))))) == 10


def test_pool_without_tasks_is_unavailable():
    with ExecutorPool("no_such_module:TASKS", workers=2) as pool, pytest.raises(Unavailable):
        list(pool.run_many("echo", [{"n": 1}]))


def test_a_core_is_left_to_the_host():
    assert 1 <= default_workers() <= max(1, (os.cpu_count() or 1) - 1)


@posix
def test_what_was_given_before_a_worker_died_is_kept(shared):
    given: list[tuple[int, list[int]]] = []
    payloads = [{"n": n, "count": 300, "die": n == 1} for n in range(3)]
    outcomes = dict(
        shared.run_many("parts", payloads, part=lambda n, part: given.append((n, part)))
    )
    assert isinstance(outcomes[1], WorkerDied)
    assert (outcomes[0], outcomes[2]) == (0, 2)
    assert given == [(n, [number, n]) for n in range(3) for number in range(300)]
