"""Cases about a host's waiting: how quick a search answers, and what the import costs."""

from __future__ import annotations

import json
import sys

from bench.measure import Sample, interleaved, medians
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run

__all__ = ["imports", "search"]


def search(run: Run) -> Result:
    """Words, filters, facets, prefixes and pages over many assets, next to FTS5."""
    library, count = run.place.folder / "library", run.scale.assets
    run.say(f"filling a library with {count} assets")
    _, filled = drive(run.place, "fill", library=library, count=count)
    run.say("asking Audobon")
    taken, ours = drive(run.place, "search", library=library, queries=run.scale.queries)
    run.say("asking FTS5")
    database = run.place.folder / "fts.db"
    _, theirs = drive(run.place, "fts", database=database, count=count, queries=run.scale.queries)
    rows = []
    for name, mine in ours.items():
        other = theirs[name]
        rows.append(Row(f"{name}: audobon", _times(mine)))
        rows.append(Row(f"{name}: FTS5", _times(other)))
    return Result(
        "search",
        ("p50 ms", "p95 ms", "p95 CPU ms", "mean CPU ms", "mean matches"),
        tuple(rows),
        (
            Goal(
                "words, filters and facets, p95",
                *(ours["words, filters, facets"]["p95_ms"], 10, "ms"),
                strict=True,
            ),
            Goal("prefix, p95", ours["prefix"]["p95_ms"], 5, "ms", strict=True),
        ),
        (
            f"{count} assets, {run.scale.queries} questions each, {taken.peak_mb:.0f} MB at most; "
            f"the index was made in {filled['index_cpu_s']:.2f} CPU s",
            "an answer is fifty ranked hits with their rows, and the number of all matches; "
            "facets are the counts of kind, ext, rating and tag over all matches",
            "the two take names apart differently, so their matches differ",
        ),
    )


def _times(answer: dict[str, float]) -> tuple[float, ...]:
    return tuple(answer[key] for key in ("p50_ms", "p95_ms", "cpu_p95_ms", "cpu_ms", "found"))


def imports(run: Run) -> Result:
    """What a host pays before its first result."""
    library = run.place.folder / "library"
    drive(run.place, "fill", library=library, count=min(1000, run.scale.assets))
    heavy: set[str] = set()

    def bare(_: int) -> Sample:
        from bench.measure import run as start

        code = "import json, os, resource, sys, time, pathlib, typing, collections.abc"
        return start([sys.executable, "-c", code], env=run.place.env)

    def imported(_: int) -> Sample:
        taken, answer = drive(run.place, "imported")
        heavy.update(answer["heavy"])
        return taken

    def opened(_: int) -> Sample:
        taken, answer = drive(run.place, "imported", library=library, query="wood")
        heavy.update(answer["heavy"])
        return taken

    tools = {"Python alone": bare, "import audobon": imported, "and open, search": opened}
    samples = interleaved(max(3, run.scale.rounds), tools)
    base = medians(samples["Python alone"]).cpu_s
    rows = []
    for name, all_taken in samples.items():
        taken = medians(all_taken)
        figures = (taken.cpu_s * 1000, (taken.cpu_s - base) * 1000, taken.peak_mb)
        rows.append(Row(name, figures))
    return Result(
        "import",
        ("CPU ms", "more than Python", "peak MB"),
        tuple(rows),
        (),
        (f"heavy modules loaded on the way: {json.dumps(sorted(heavy)) if heavy else 'none'}",),
    )
