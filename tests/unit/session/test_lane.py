"""A lane does tasks in turn, the latest of a key only, and ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from audobon.session.lane import Lane

WAIT_S = 30.0


class Bench:
    """A lane, what was done on it, and what failed."""

    def __init__(self) -> None:
        self.failed: list[Exception] = []
        self.done: list[str] = []
        self.lane = Lane("audobon-test", self.failed.append)

    def put(self, name: str, *, key: str = "", delay_s: float = 0.0) -> bool:
        return self.lane.put(lambda: self.done.append(name), key=key, delay_s=delay_s)

    def settle(self) -> None:
        event = threading.Event()
        self.lane.put(event.set)
        assert event.wait(WAIT_S)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.lane.end()
    assert made.lane.join(WAIT_S)


def test_tasks_are_done_in_turn_on_one_other_thread(bench: Bench) -> None:
    threads: set[int] = set()
    for number in range(20):
        bench.lane.put(lambda: threads.add(threading.get_ident()))
        bench.put(str(number))
    bench.settle()
    assert bench.done == [str(number) for number in range(20)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_of_one_key_only_the_latest_that_waits_is_done(bench: Bench) -> None:
    begun, free = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert free.wait(WAIT_S)

    bench.lane.put(hold, key="search")
    assert begun.wait(WAIT_S)
    for text in ("r", "ru", "rus"):
        bench.put(text, key="search")
    bench.put("other")
    assert bench.lane.waits("search")
    free.set()
    bench.settle()
    assert bench.done == ["rus", "other"]
    assert not bench.lane.waits("search")


def test_what_is_due_later_lets_others_pass(bench: Bench) -> None:
    bench.put("later", delay_s=0.2)
    bench.put("now")
    bench.settle()
    assert bench.done == ["now"]
    event = threading.Event()
    bench.lane.put(event.set, delay_s=0.3)
    assert event.wait(WAIT_S)
    assert bench.done == ["now", "later"]


def test_a_task_that_raises_is_told_and_the_next_one_follows(bench: Bench) -> None:
    def broken() -> None:
        raise ValueError("no")

    bench.lane.put(broken)
    bench.put("after")
    bench.settle()
    assert bench.done == ["after"]
    assert [str(error) for error in bench.failed] == ["no"]


def test_an_ended_lane_takes_nothing_and_drops_what_waits(bench: Bench) -> None:
    bench.put("never", delay_s=60)
    bench.lane.end()
    assert bench.lane.join(WAIT_S)
    assert not bench.put("too late")
    assert bench.done == []
