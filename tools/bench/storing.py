"""Cases about keeping versions: the cost of a commit and of a restore, and memory."""

from __future__ import annotations

import filecmp
import shutil
from functools import partial
from pathlib import Path

from bench import peers
from bench.measure import (
    Failed,
    Sample,
    interleaved,
    median_ratio,
    medians,
    tree_size,
)
from bench.ours import Audobon, Repacked, drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.tools import Tool, compare_trees

__all__ = ["absent_note", "commit", "memory", "restore"]


def _tools(run: Run, source: Path) -> tuple[Audobon, list[Tool], list[str]]:
    """All tools with version 1 of the whole corpus in their stores, and what is absent."""
    ours = Audobon(run.place, source)
    others, absent = peers.present(run.place, source, run.scale.peers)
    run.versions.advance(1, source)
    for tool in (ours, *others):
        run.say(f"{tool.name}: version 1")
        tool.start()
    return ours, [ours, *others], absent


def absent_note(names: list[str]) -> tuple[str, ...]:
    """What a table says of peers that are not there."""
    return (f"not installed here: {', '.join(names)}",) if names else ()


def commit(run: Run) -> Result:
    """A new version after the large file was edited; all other files are unchanged."""
    source = run.place.fresh("source")
    ours, tools, absent = _tools(run, source)
    for tool in tools:
        tool.commit(1)
    samples: dict[str, list[Sample]] = {tool.name: [] for tool in tools}
    command: list[Sample] = []
    for number in range(2, run.scale.rounds + 2):
        run.versions.put("hero", number, source)
        turn = number % len(tools)
        for tool in tools[turn:] + tools[:turn]:
            run.say(f"commit {number - 1}: {tool.name}")
            samples[tool.name].append(tool.commit(number))
    later, _ = drive(run.place, "work", library=ours.store)
    for number in range(run.scale.rounds + 2, 2 * run.scale.rounds + 2):
        run.versions.put("hero", number, source)
        command.append(ours.commit_by_command(number))
    samples["audobon, within an open library"] = ours.in_process[1 : run.scale.rounds + 1]
    base = samples.get("borg")
    rows = [
        Row(name, (*_figures(medians(taken)), median_ratio(taken, base) if base else None))
        for name, taken in samples.items()
    ]
    rows.append(Row("audobon, as a command", (*_figures(medians(command)), None)))
    rows.append(Row("audobon, its jobs after all commits", (*_figures(later), None)))
    goals = [
        Goal(f"CPU of {what}, to {peer}'s", median_ratio(samples[name], samples[peer]), limit)
        for peer, limit in (("borg", 0.7), ("git-lfs", 0.5))
        for what, name in (
            ("a commit", "audobon"),
            ("a commit in an open library", "audobon, within an open library"),
        )
        if peer in samples
    ]
    out = run.place.fresh("out")
    ours.restore(run.scale.rounds + 1, out)
    newest = run.versions.state("hero", run.scale.rounds + 1)
    if not filecmp.cmp(out / "hero.blend", newest, shallow=False):
        raise Failed("the last measured commit came back with other bytes")
    size = run.versions.state("hero", 1).stat().st_size / 1e6
    return Result(
        "commit",
        ("CPU s", "wall s", "peak MB", "CPU to borg"),
        tuple(rows),
        tuple(goals),
        (
            f"the edited file has {size:.0f} MB; {run.versions.made_by}; "
            f"medians of {run.scale.rounds} edits in turn",
            "Audobon reads the headers of the edited file later, in a job; the row of the jobs "
            "holds also the first previews",
            *absent_note(absent),
        ),
    )


def _figures(sample: Sample) -> tuple[float, float, float]:
    return sample.cpu_s, sample.wall_s, sample.peak_mb


def restore(run: Run) -> Result:
    """The whole of version 1 into an empty folder, while version 2 is the newest."""
    source = run.place.fresh("source")
    _, tools, absent = _tools(run, source)
    repacked = Repacked(run.place, source)
    repacked.start()
    tools.insert(1, repacked)
    for tool in tools:
        tool.commit(1)
    run.versions.advance(2, source)
    for tool in tools:
        tool.commit(2)
    wanted = run.place.fresh("wanted")
    run.versions.expected(1, wanted)

    def take(tool: Tool, _: int) -> Sample:
        run.say(f"restore: {tool.name}")
        out = run.place.fresh("out")
        taken = tool.restore(1, out)
        compare_trees(wanted, out)
        return taken

    def take_durable(_: int) -> Sample:
        run.say(f"restore: {repacked.name}, on the disk")
        return repacked.restore(1, run.place.fresh("out"), durable=True)

    asked = {tool.name: partial(take, tool) for tool in tools}
    asked[f"{repacked.name}, waits for the disk"] = take_durable
    samples = interleaved(run.scale.rounds, asked)
    base = samples.get("git-lfs")
    rows = []
    for name, taken in samples.items():
        ratio = median_ratio(taken, base, wall=True) if base else None
        rows.append(Row(name, (*_figures(medians(taken)), ratio)))
    goals = []
    for name in ("audobon", repacked.name):
        if base:
            ratio = median_ratio(samples[name], base, wall=True)
            goals.append(Goal(f"wall time of a restore ({name}), to git-lfs's", ratio, 1.0))
    size = tree_size(wanted) / 1e6
    return Result(
        "restore",
        ("CPU s", "wall s", "peak MB", "wall to git-lfs"),
        tuple(rows),
        tuple(goals),
        (
            f"{size:.0f} MB in four files; every byte was compared with what had been kept",
            "git, git-lfs and borg do not wait until their files are on the disk (as strace "
            "shows), nor does an export of Audobon but in the row that says so",
            "Audobon proves each digest before a file has its name",
            *absent_note(absent),
        ),
    )


def memory(run: Run) -> Result:
    """The largest process while one file is kept and brought back."""
    rows = []
    peak = 0.0
    for size_mb in run.scale.memory_mb:
        source, out = run.place.fresh("source"), run.place.fresh("out")
        words = {"kind": "hero_blend", "size": size_mb * 1_000_000, "seed": size_mb}
        run.say(f"memory: {size_mb} MB")
        shutil.rmtree(run.place.folder / "audobon-library", ignore_errors=True)
        drive(run.place, "make_corpus", path=source / "hero.blend", **words)
        ours = Audobon(run.place, source)
        ours.start()
        first = ours.commit(1)
        drive(run.place, "make_corpus", path=source / "hero.blend", edit=1, **words)
        second = ours.commit(2)
        back = ours.restore(1, out)
        drive(run.place, "make_corpus", path=source / "hero.blend", **words)
        compare_trees(source, out)
        peak = max(peak, first.peak_mb, second.peak_mb, back.peak_mb)
        rows.append(Row(f"{size_mb} MB", (first.peak_mb, second.peak_mb, back.peak_mb)))
    return Result(
        "memory",
        ("first commit, peak MB", "commit of an edit", "restore"),
        tuple(rows),
        (Goal("largest process", peak, 250, "MB", strict=True),),
        ("one generated .blend; the peak is that of the largest process, Python included",),
    )
