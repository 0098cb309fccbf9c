"""Cases about growth: what five versions take on the disk, at save and after the repack."""

from __future__ import annotations

from bench import peers
from bench.measure import Sample, tree_size
from bench.ours import Audobon, Repacked
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.storing import absent_note
from bench.tools import Tool, compare_trees
from bench.versions import Versions

__all__ = ["growth", "growth_compressed"]

_EDITS = (
    "v2 edits the large scene",
    "v3 both scenes and a painting in the session that made it",
    "v4 both scenes and the other painting, opened anew",
    "v5 everything",
)


def growth(run: Run) -> Result:
    """Bytes on disk from version 1 to the last, and the CPU of keeping all of them."""
    return _growth(run, run.versions, "growth", {"restic": 12, "git-lfs": 90})


def growth_compressed(run: Run) -> Result:
    """The same with scenes in Blender's own compression."""
    return _growth(run, run.compressed, "growth-compressed", {"restic": 15, "git-lfs": 35})


def _growth(run: Run, versions: Versions, case: str, promised: dict[str, int]) -> Result:
    source, last = run.place.fresh("source"), run.scale.grown
    repacked = Repacked(run.place, source)
    others, absent = peers.present(run.place, source, run.scale.peers)
    tools: list[Tool] = [Audobon(run.place, source), repacked, *others]
    figures, costs = _keep(run, versions, tools)
    _compare(run, versions, tools)
    rows = [
        Row(name, (*grown, sum(grown[1:]), sum(cost.cpu_s for cost in costs[name])))
        for name, grown in figures.items()
    ]
    goals = [
        Goal(
            f"growth after the repack, to {name}'s",
            sum(figures[repacked.name][1:]) / sum(figures[name][1:]),
            1 / share,
        )
        for name, share in promised.items()
        if name in figures
    ]
    goals += _costs(repacked, costs, plain=versions.form == "plain")
    return Result(
        case,
        ("v1 MB", *(f"v{n}" for n in range(2, last + 1)), f"v2 to v{last} MB", "CPU s of all"),
        tuple(rows),
        tuple(goals),
        (*_notes(versions, tree_size(source), repacked, last), *absent_note(absent)),
    )


def _keep(
    run: Run, versions: Versions, tools: list[Tool]
) -> tuple[dict[str, list[float]], dict[str, list[Sample]]]:
    """What each tool's store grew by in MB, and what each version cost it."""
    source = run.place.folder / "source"
    figures: dict[str, list[float]] = {tool.name: [] for tool in tools}
    costs: dict[str, list[Sample]] = {tool.name: [] for tool in tools}
    for number in range(1, run.scale.grown + 1):
        versions.advance(number, source)
        for tool in tools:
            run.say(f"growth, version {number}: {tool.name}")
            if number == 1:
                tool.start()
            before = tool.size() if number > 1 else 0
            costs[tool.name].append(tool.commit(number))
            figures[tool.name].append((tool.size() - before) / 1e6)
    return figures, costs


def _compare(run: Run, versions: Versions, tools: list[Tool]) -> None:
    for number in (1, run.scale.grown):
        wanted = run.place.fresh("wanted")
        versions.expected(number, wanted)
        for tool in tools:
            out = run.place.fresh("out")
            tool.restore(number, out)
            compare_trees(wanted, out)


def _costs(repacked: Repacked, costs: dict[str, list[Sample]], *, plain: bool) -> list[Goal]:
    taken = [*repacked.saves, *repacked.jobs]
    peak = max(sample.peak_mb for sample in taken)
    goals = [Goal("largest process of commits and repacks", peak, 300, "MB", strict=True)]
    if plain and "git-lfs" in costs:
        theirs = sum(sample.cpu_s for sample in costs["git-lfs"])
        ours = sum(sample.cpu_s for sample in repacked.jobs)
        goals.append(Goal("CPU of the repacks, to git-lfs's commits", ours / theirs, 2.0))
    return goals


def _notes(versions: Versions, size: int, repacked: Repacked, last: int) -> tuple[str, ...]:
    def row(samples: list[Sample]) -> str:
        return ", ".join(f"{sample.cpu_s:.2f}" for sample in samples)

    return (
        f"{size / 1e6:.0f} MB of files; {versions.made_by}",
        f"{'; '.join(_EDITS[: last - 1])}. Every version of a scene is saved by a session of its "
        "own",
        f"versions 1 and {last} were restored by every tool and compared byte for byte",
        f"CPU s of the repacks, v1 to v{last}, as the process that runs the jobs with its worker "
        f"and the start of both: {row(repacked.jobs)}; of the commits {row(repacked.saves)}; of "
        f"the collections {row(repacked.collections)}; peak MB of the jobs "
        f"{max(sample.peak_mb for sample in repacked.jobs):.0f}",
    )
