"""Cases about size: many versions of one asset, many assets, two branches of many assets."""

from __future__ import annotations

import statistics
from pathlib import Path

from bench.measure import Failed, Sample, medians
from bench.ours import drive
from bench.plot import Line, svg
from bench.report import Goal, Result, Row
from bench.run import Run

__all__ = ["CHART", "scaling", "switch"]

CHART = Path(__file__).resolve().parents[2] / "out" / "bench" / "scaling.svg"
_STEPS = 100
_DIFFERING = 20
_TENTHS = 10


def scaling(run: Run) -> Result:
    """What a version costs after many others, and an asset among many in one version."""
    count, step = run.scale.versions, max(1, run.scale.versions // _STEPS)
    run.say(f"scaling: {count} versions of one asset")
    taken, answer = drive(
        *(run.place, "many_commits"),
        library=run.place.folder / "versions",
        count=count,
        step=step,
    )
    points = answer["points"]
    rows = [_tenth(points, number) for number in range(min(_TENTHS, len(points)))]
    goals = [_flat(points)]
    for assets in (run.scale.many_assets // 10, run.scale.many_assets):
        run.say(f"scaling: {assets} assets in one version")
        _, one = drive(
            run.place, "many_assets", library=run.place.folder / f"assets-{assets}", count=assets
        )
        rows.append(
            Row(
                f"one version of {assets} assets, for each",
                (one["cpu_ms"], one["wall_ms"], None, None),
            )
        )
    few, many = (float(row.figures[0] or 0) for row in rows[-2:])
    goals.append(Goal("CPU of an asset among ten times as many", many / few, 1.2))
    CHART.parent.mkdir(parents=True, exist_ok=True)
    CHART.write_text(chart(points), "utf-8")
    return Result(
        "scaling",
        ("CPU ms", "wall ms", "CPU ms of the jobs", "CPU ms in a new library"),
        tuple(rows),
        tuple(goals),
        (
            f"{count} versions of one small file in a row; {answer['compared']} of them were "
            f"restored and compared; the process peaked at {taken.peak_mb:.0f} MB",
            "the jobs gather loose objects and small packs; they were run after each hundredth",
            "the chart is out/bench/scaling.svg",
        ),
        {"points": points},
    )


def _tenth(points: list[list[float]], number: int) -> Row:
    """The medians of one tenth of the run."""
    size = max(1, len(points) // _TENTHS)
    part = points[number * size : (number + 1) * size]
    return Row(
        f"a version, up to {part[-1][0]:.0f}",
        tuple(statistics.median(point[at] for point in part) for at in (1, 2, 3, 4)),
    )


def _flat(points: list[list[float]]) -> Goal:
    """The last fifth to the first, jobs included, each to what a new library cost just then."""
    size = max(1, len(points) // 5)
    first, last = (
        statistics.median((cpu + jobs) / new for _, cpu, _, jobs, new in part)
        for part in (points[:size], points[-size:])
    )
    return Goal("CPU of a version in the last fifth, to the first", last / first, 1.2)


def chart(points: list[list[float]]) -> str:
    """CPU of a version over how many there are."""
    return svg(
        "What a version of one asset costs after many others",
        "versions so far",
        "CPU ms a version",
        (
            Line("with the jobs after it", "#d62728", [(p[0], p[1] + p[3]) for p in points]),
            Line("making it", "#1f77b4", [(p[0], p[1]) for p in points]),
            Line("in a new library, just then", "#777777", [(p[0], p[4]) for p in points]),
        ),
    )


def switch(run: Run) -> Result:
    """From one branch to another and back, in a library of many assets."""
    count = run.scale.many_assets
    words = {"library": run.place.folder / "library", "count": count, "differing": _DIFFERING}
    run.say(f"switch: {count} assets")
    drive(run.place, "branches", **words)
    calls: list[Sample] = []
    for number in range(2 * run.scale.rounds):
        taken, answer = drive(run.place, "switch", branch=("main", "other")[number % 2], **words)
        if answer["written"] != _DIFFERING:
            raise Failed(f"{answer['written']} files were written, {_DIFFERING} differ")
        calls.append(Sample(answer["cpu_s"], answer["wall_s"], taken.peak_mb))
    middle = medians(calls)
    return Result(
        "switch",
        ("CPU s", "wall s", "peak MB"),
        (Row("within an open library", (middle.cpu_s, middle.wall_s, middle.peak_mb)),),
        (Goal("wall time of a switch", middle.wall_s, 1.0, "s", strict=True),),
        (
            f"{count} assets, {_DIFFERING} of which differ; medians of {len(calls)} switches, "
            "after each of which every file was read and compared; the first look at the history "
            "and all modules loaded are in it",
        ),
    )
