"""The case ``finding``: every kind of question over very many assets, next to its peers."""

from __future__ import annotations

import shutil
import statistics
from typing import Any

from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run

__all__ = ["finding"]

_NETWORKS = ("efficientnet-lite0", "imagenet-names", "minilm-words", "minilm-int8")
_ROUNDS = 20
_MANY = 500_000  # assets from which the goals of a million hold
_GOALS = {
    "words, two filters": (4, 20),
    "words, five facets": (10, 60),
    "prefix": (3, 60),
    "color:": (None, 60),
    "like:": (10, 60),
    "meaning:": (None, 60),
}
_THEIRS = {
    "words, two filters": "words, two filters",
    "words, five facets": "words, facets",
    "prefix": "prefix",
}
_BRUTE = {"like:": "like:", "color:": "color:"}


def finding(run: Run) -> Result:
    """Words, filters, facets, prefixes, colours and likeness; what is saved; the index anew."""
    count, queries = run.scale.assets, run.scale.queries
    library = (run.kept or run.place.folder) / f"library-{count}"
    drive(run.place, "install", names=_NETWORKS)
    run.say(f"finding: a library with {count} assets")
    _, filled = drive(run.place, "find_filled", library=library, count=count)
    run.say("finding: asking Audobon")
    taken, ours = drive(run.place, "find_ours", library=library, queries=queries)
    run.say("finding: asking FTS5")
    database = run.place.folder / "fts.db"
    _, theirs = drive(run.place, "fts", database=database, count=count, queries=min(queries, 60))
    run.say("finding: looking at everything")
    _, brute = drive(
        run.place, "find_brute", count=count, queries=min(queries, 60), asked=ours["asked"]
    )
    _, saved = drive(run.place, "find_saved", library=library, rounds=_ROUNDS)
    run.say("finding: the index anew")
    _, anew = drive(
        run.place, "find_begin_anew", library=library, folder=run.place.folder / "index"
    )
    recall = _recall(ours["found"], brute["found"])
    if run.kept is None:
        shutil.rmtree(library)
    return Result(
        "finding",
        ("p50 ms", "p95 ms", "p95 CPU ms", "mean matches", "FTS5 p95 ms", "brute force p95 ms"),
        (
            *(_row(name, mine, theirs, brute["times"]) for name, mine in ours["times"].items()),
            _waits("saved, found by itself", saved["own"]),
            _waits("saved, found by another process", saved["other"]),
        ),
        _goals(count, ours, recall, saved, anew),
        (
            f"{count} assets, {filled['pictures']} pictures with a vector of 1,280 numbers, "
            f"{filled['texts']} texts with one of 384; "
            f"{queries} questions each, {taken.peak_mb:.0f} MB at most with mapped files",
            f"likeness: way {ours['plan'][0]}, {ours['plan'][1]} vectors, "
            f"{ours['plan'][2]} of them in full; the first question of all took "
            f"{filled['matrix_s']:.1f} s",
            f"the index anew: {anew['assets'] / anew['wall_s']:.0f} assets a second, "
            f"{anew['cpu_s']:.1f} CPU s, {anew['mb']:.0f} MB",
            "brute force: every row by LIKE, every vector in 32 bits (numpy), every colour (numpy)",
        ),
        {"memory": ours["memory"], "recall": recall},
    )


def _row(name: str, mine: Any, theirs: Any, brute: Any) -> Row:
    other = theirs[_THEIRS[name]]["p95_ms"] if name in _THEIRS else None
    slow = brute[_BRUTE[name]]["p95_ms"] if name in _BRUTE else None
    if name == "words, two filters":
        slow = theirs["looking at every row"]["p95_ms"]
    figures = (mine["p50_ms"], mine["p95_ms"], mine["cpu_p95_ms"], mine["found"], other, slow)
    return Row(name, figures)


def _waits(name: str, waits: list[float]) -> Row:
    return Row(name, (statistics.median(waits), waits[-1], None, None, None, None))


def _recall(found: list[list[int]], exact: list[list[int]]) -> float:
    pairs = list(zip(found, exact, strict=False))
    return sum(len(set(a) & set(b)) / len(b) for a, b in pairs) / len(pairs)


def _goals(count: int, ours: Any, recall: float, saved: Any, anew: Any) -> tuple[Goal, ...]:
    at = 1 if count >= _MANY else 0
    goals = [
        Goal(f"{name}, p95", ours["times"][name]["p95_ms"], limits[at], "ms", strict=True)
        for name, limits in _GOALS.items()
        if limits[at] is not None
    ]
    return (
        *goals,
        Goal("of the ten nearest, missed", 1 - recall, 0.02),
        Goal("memory beside mapped files", ours["memory"]["own"], 300, "MB", strict=True),
        Goal("saved to found by another process", saved["other"][-1], 100, "ms", strict=True),
        Goal("time of an asset in a new index", anew["wall_s"] / anew["assets"] * 1e6, 50, "us"),
    )
