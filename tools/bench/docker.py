"""The case about Krita's docker: what its main thread notices of it, and what its start does."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.krita import Krita
from bench.measure import Failed, Sample, interleaved
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["docker"]

_SCRIPT = Path(__file__).with_name("docker_drive.py")
_P99_MS, _WORST_MS, _START_MS = 8.0, 30.0, 100.0
_ASSETS = 100_000
"""What the goals are about."""
_COLUMNS = ("p50", "p99", "max", "own p50", "own p99", "own max", "count")
_STARTS = ("without the plugin", "with it", "with it and a library")


def docker(run: Run) -> Result:
    """The docker's calls in Krita's main thread, alone and beside work; Krita's start."""
    if not Krita.is_here():
        raise Failed("Krita and Xvfb are not here")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from devtools import addons

    folder = run.place.folder
    library, notes = folder / "library", folder / "notes"
    count = _ASSETS if run.scale.real_files else run.scale.assets
    run.say(f"filling a library with {count} assets")
    drive(run.place, "fill", library=library, count=count)
    words: dict[str, Any] = {"seed": SEED, "kind": "pictures"}
    pictures = library / "real pictures"
    drive(run.place, "make_corpus", path=pictures, count=run.scale.pictures, **words)
    drive(run.place, "extend", library=library, source=pictures)
    words["kind"] = "text_files"
    drive(run.place, "make_corpus", path=notes, count=run.scale.tiny_files, **words)
    pipeline, remark = _pipeline(run, library)
    run.say("Krita")
    krita = Krita(folder)
    krita.bring_plugin(addons.build_krita("linux-x64", ("3.11",)), run.place.home)
    names = {"AUDOBON_BENCH_PLUGIN": "1"}
    asked = {"library": str(library), "notes": str(notes), "pipeline": pipeline}
    asked_text = json.dumps({**asked, "rounds": max(2, run.scale.queries // 4)})
    told, _ = krita.script(_SCRIPT, {**names, "AUDOBON_BENCH_DOCKER": asked_text})
    rows = [
        _row(f"{what}, {name}, ms", taken)
        for name, kinds in told["times"].items()
        for what, taken in kinds.items()
        if taken and what != "docker made"
    ]
    starts, loads = _starts(run, krita)
    rows += [_start_row(name, starts[name]) for name in _STARTS]
    rows += [_plain(f"{name}, ms", values) for name, values in loads.items() if values]
    more = _middle(starts["with it"]) - _middle(starts["without the plugin"])
    beside = told["times"]["beside"]
    goals = []
    for what in ("step", "paint"):
        own = [own for _, own in beside[what]]
        goals.append(Goal(f"a {what} beside the work, own p99", _share(own, 99), _P99_MS, "ms"))
        goals.append(Goal(f"a {what} beside the work, own worst", max(own), _WORST_MS, "ms"))
    goals.append(Goal("Krita's start with the plugin, more", more * 1000, _START_MS, "ms"))
    notes_ = (
        f"{told['total']} assets; {remark}; the scan was done {told['scans']} times and added"
        f" {told['scanned']} files; the job was {told['state']} at {told['progress']:.0%}",
        "a step is one turn of the docker's timer, a paint one drawing of the grid; own is the"
        " CPU time of Krita's main thread, the rest by the clock",
        "typing, scrolling, clicking and the large picture all the while",
        "Krita's start: from its process to a window in its main loop; interleaved",
        f"all of Krita's CPU until it ends again: {_cpu(starts)}",
    )
    return Result("docker", _COLUMNS, tuple(rows), tuple(goals), notes_)


def _pipeline(run: Run, library: Path) -> tuple[str, str]:
    if not run.scale.real_files:
        return "palette", "a job of palette"
    _, told = drive(run.place, "install_network", library=library)
    if told["why"]:
        return "palette", f"a job of palette, as there is no network: {told['why']}"
    return "tags", "a job of tags"


def _starts(run: Run, krita: Krita) -> tuple[dict[str, list[Sample]], dict[str, list[float]]]:
    """Krita's starts by what is in it, and what the plugin's own parts of them took, in ms."""
    loads: dict[str, list[float]] = {"import and register": [], "the docker is made": []}
    loads["import and register, own"] = []
    memory = krita.memory()
    kept = memory.read_bytes()

    def begin(plugin: bool, library: bool) -> Sample:
        memory.unlink(missing_ok=True)
        if library:
            memory.write_bytes(kept)
        told, cost = krita.script(_SCRIPT, {"AUDOBON_BENCH_PLUGIN": "1"} if plugin else {})
        if plugin:
            for name in ("import and register", "import and register, own"):
                loads[name].append(told["told"][name])
            loads["the docker is made"] += told["made"]
        return Sample(cost.cpu_s, told["told"]["ready"] / 1000, cost.peak_mb)

    ways = ((False, False), (True, False), (True, True))
    tools = {
        name: lambda _number, way=way: begin(*way) for name, way in zip(_STARTS, ways, strict=True)
    }
    rounds = run.scale.rounds if run.scale.rounds == 1 else 2 * run.scale.rounds
    return interleaved(rounds, tools), loads


def _row(name: str, taken: Sequence[Sequence[float]]) -> Row:
    figures: list[float] = []
    for values in ([clock for clock, _ in taken], [own for _, own in taken]):
        figures += [_share(values, 50), _share(values, 99), max(values)]
    return Row(name, (*figures, str(len(taken))))


def _start_row(name: str, samples: Sequence[Sample]) -> Row:
    return _plain(f"Krita's start {name}, ms", [each.wall_s * 1000 for each in samples])


def _plain(name: str, values: Sequence[float]) -> Row:
    shares = (statistics.median(values), _share(values, 99), max(values))
    return Row(name, (*shares, None, None, None, str(len(values))))


def _middle(samples: Sequence[Sample]) -> float:
    return statistics.median(each.wall_s for each in samples)


def _cpu(starts: dict[str, list[Sample]]) -> str:
    middles = {name: statistics.median(each.cpu_s for each in of) for name, of in starts.items()}
    return ", ".join(f"{seconds:.2f} s {name}" for name, seconds in middles.items())


def _share(values: Sequence[float], share: int) -> float:
    """The smallest value that ``share`` percent are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
