"""The case ``panel``: which calls are timed, and how they become figures."""

from __future__ import annotations

import threading
import time
from typing import Any

from bench import panel
from bench.panel_watch import Watch


class Base:
    def draw(self, what: str) -> str:
        return f"drawn {what}"

    @classmethod
    def poll(cls) -> str:
        return cls.__name__


class Panel(Base):
    def execute(self) -> str:
        return self.draw("inside")


def test_methods_are_timed_once_and_give_what_they_gave() -> None:
    watch = Watch()
    watch.methods("drawing", Panel, ("draw", "nowhere"), package=__name__)
    watch.methods("asking", Panel, ("poll",), package=__name__)
    watch.methods("operators", Panel, ("execute",), package=__name__)
    watch.methods("foreign", Panel, ("__init__",), package=__name__)
    one = Panel()
    assert (one.draw("well"), Panel.poll(), one.execute()) == (
        "drawn well",
        "Panel",
        "drawn inside",
    )
    counts = {kind: len(calls) for kind, calls in watch.take().items()}
    assert counts == {"drawing": 1, "asking": 1, "operators": 1}, "a call inside is a part of it"
    assert Base().draw("before") == "drawn before"
    assert watch.take() == {}


def test_the_clock_and_the_own_time_are_told_apart() -> None:
    watch = Watch()
    watch.wrap("sleeping", time.sleep)(0.05)
    [(clock, own)] = watch.take()["sleeping"]
    assert clock >= 50
    assert own < clock / 2


def test_other_threads_are_not_counted() -> None:
    watch = Watch()
    timed = watch.wrap("call", lambda: None)
    thread = threading.Thread(target=timed)
    thread.start()
    thread.join()
    assert watch.take() == {}
    timed()
    assert len(watch.take()["call"]) == 1


def test_functions_in_a_list_of_the_host() -> None:
    def ours() -> int:
        return 7

    several: list[Any] = [print, ours]
    watch = Watch()
    assert watch.listed("handlers", several, __name__) == 1
    assert several[0] is print
    assert several[1]() == 7
    assert len(watch.take()["handlers"]) == 1


def test_polls_do_not_hide_the_rest() -> None:
    calls = {"asking whether": [[0.1, 0.1]] * 1000, "operators": [[9.0, 2.0], [40.0, 3.0]]}
    assert panel._together(calls) == [(9.0, 2.0), (40.0, 3.0)]
    row = panel._row("x", panel._together(calls))
    assert row.figures == (9.0, 40.0, 40.0, 2.0, 3.0, 3.0, "2")
    assert panel._row("y", panel._plain([3.0])).figures[:4] == (3.0, 3.0, 3.0, None)
