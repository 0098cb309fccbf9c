"""The case about waiting: how soon a click is at work, and what a host notices of all the work."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from bench.measure import Failed
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["latency"]

_BEGIN_MS, _TICK_MS, _CANCEL_MS = 100.0, 8.0, 200.0
_READY_S, _COLD_S = 1.5, 4.0
_LARGE = 1500
"""Pixels of the pictures that are cancelled: seconds of work in each pipeline."""
_COLUMNS = ("p50", "p95", "p99", "max", "count")


def latency(run: Run) -> Result:
    """Clicks, cancels and a 60 Hz loop while pictures are worked through; starts; memory."""
    many, few = run.place.folder / "many", run.place.folder / "few"
    library = run.place.folder / "library"
    run.say(f"making {run.scale.pictures} pictures")
    words: dict[str, Any] = {"kind": "pictures", "seed": SEED}
    drive(run.place, "make_corpus", path=many, count=run.scale.pictures, **words)
    large = {**words, "edge": _LARGE}
    drive(run.place, "make_corpus", path=few, count=8 if run.scale.real_files else 2, **large)
    drive(run.place, "create", library=library, source=many)
    drive(run.place, "create", library=f"{library}-few", source=few)
    for each in (library, f"{library}-few"):
        drive(run.place, "work", library=each)  # the previews
    network, note = _installed(run, library)
    rows: list[Row] = []
    goals: list[Goal] = []
    _starts(run, f"{library}-few", network, rows, goals)
    run.say("clicks beside a background")
    words = {"library": library, "network": network, "count": run.scale.queries}
    _, told = drive(run.place, "clicks", linger=run.scale.real_files, **words)
    rows += _spread(told["figures"], "ms")
    begun = _percentile(told["figures"]["preview: queued to begun"], 95)
    goals.append(Goal("a click is begun, p95", begun, _BEGIN_MS, "ms"))
    empty = (None,) * (len(_COLUMNS) - 1)
    rows += [Row(f"memory: {name}, MB", (size, *empty)) for name, size in told["memory"].items()]
    run.say("cancels")
    _, told = drive(run.place, "cancels", library=f"{library}-few", rounds=run.scale.rounds)
    rows += _spread(told["figures"], "ms")
    slowest = max(max(each) for each in told["figures"].values())
    goals.append(Goal("a cancel, the slowest", slowest, _CANCEL_MS, "ms"))
    run.say("a loop of 60 Hz")
    late = _loops(run, library, network)
    rows += _spread(late, "ms late")
    beside = _percentile(late["60 Hz loop beside work and clicks"], 99)
    goals.append(Goal("a tick of 60 Hz beside work and clicks, p99", beside, _TICK_MS, "ms late"))
    for each in (library, f"{library}-few"):
        drive(run.place, "gone", library=each)
    notes = (
        note,
        "begun: a worker that is ready is given the click; done: its result is in the queue. The "
        "preview is of a picture of 128 to 512 pixels, the background works through all pictures",
        "the loop is in a program that has the library open; it sleeps until each tick is due and "
        "does nothing else. Another program keeps the work going and clicks once a second",
        "first results: a host that has just started, no worker there",
    )
    return Result("latency", _COLUMNS, tuple(rows), tuple(goals), notes)


def _installed(run: Run, library: object) -> tuple[bool, str]:
    if not run.scale.real_files:
        return False, "without a network: palette stands for it"
    _, told = drive(run.place, "install_network", library=library)
    if told["why"]:
        return False, f"without a network, palette stands for it: {told['why']}"
    return True, "the network is efficientnet-lite0, as tags takes it"


def _starts(run: Run, library: object, network: bool, rows: list[Row], goals: list[Goal]) -> None:
    """First results in hosts that have just started."""
    run.say("first results")
    cold: list[float] = []
    warm: list[float] = []
    for number in range(2 * run.scale.rounds):
        words = {"library": library, "network": network, "number": number}
        # Each second time the network is compiled as it was by the one before.
        times = warm if number % 2 else cold
        _, told = drive(run.place, "first_result", forget=not number % 2, **words)
        times.append(told["wall_s"])
    rows += _spread({"first result, compiled before": warm}, "s")
    goals.append(Goal("first result, network compiled before", _middle(warm), _READY_S, "s"))
    if network:
        rows += _spread({"first result, never compiled": cold}, "s")
        goals.append(Goal("first result, network never compiled", _middle(cold), _COLD_S, "s"))


def _loops(run: Run, library: object, network: bool) -> dict[str, list[float]]:
    names = ("60 Hz loop alone", "60 Hz loop beside work", "60 Hz loop beside work and clicks")
    late: dict[str, list[float]] = {name: [] for name in names}
    for number in range(min(3, run.scale.rounds)):
        for kind, name in enumerate(names):
            words = {"library": library, "network": network, "ticks": run.scale.queries * 10}
            words |= {"work": kind > 0, "clicks": kind > 1, "turn": number}
            _, told = drive(run.place, "ticks", **words)
            late[name] += told["late_ms"]
    return late


def _spread(figures: dict[str, list[float]], unit: str) -> list[Row]:
    rows = []
    for name, values in figures.items():
        if not values:
            raise Failed(f"nothing was measured for {name}")
        shares = tuple(_percentile(values, share) for share in (50, 95, 99))
        rows.append(Row(f"{name}, {unit}", (*shares, max(values), str(len(values)))))
    return rows


def _percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that ``share`` percent are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)
