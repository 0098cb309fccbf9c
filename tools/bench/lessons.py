"""The case ``teach``: tags taught on real pictures, against what needs no learning."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import Failed
from bench.ours import drive
from bench.plot import Dot, Line, dots, svg
from bench.report import Goal, Result, Row
from bench.run import Run

__all__ = ["charts", "teach"]

CHARTS = Path(__file__).resolve().parents[2] / "out" / "bench"

_NAMES = ("efficientnet-lite0", "imagenet-names")
_EXAMPLES = 20
_CURVE = (5, 10, 40)
_CLICK_S = 60.0
_ASKED = 0.8
_RIVALS = ("zero-shot", "nearest", "neighbours", "everything")
_COLORS = {
    "head": "#c0392b", "zero-shot": "#8e44ad", "nearest": "#2471a3", "neighbours": "#148f77",
    "everything": "#999999",
}  # fmt: skip
_SHOWN = {
    "head": "taught", "zero-shot": "zero-shot", "nearest": "nearest", "neighbours": "five nearest",
    "everything": "the tag for all",
}  # fmt: skip


def teach(run: Run) -> Result:
    """Twenty yes and twenty no of each tag, five times; and the whole lesson from the click."""
    place, real = run.place, run.scale.real_files
    drive(place, "install", names=_NAMES)
    run.say("fetching and sorting pictures")
    folder, cache = place.folder / "pictures", place.folder / "seen.json"
    most = max(60, run.scale.pictures // 40) if real else 9
    _, found = drive(place, "teach_pictures", folder=folder, most=most, real=real)
    said: dict[str, dict[str, bool]] = found["said"]
    if not said:
        raise Failed(f"no pictures: {', '.join(found['absent'])} can neither be found nor fetched")
    count = _EXAMPLES if real else 6
    run.say(f"looking at the pictures of {len(said)} tags")
    _, seen = drive(
        place, "teach_looked", library=place.folder / "all", folder=folder, cache=cache, said=said
    )
    told: dict[str, Any] = {}
    clicks: dict[str, tuple[dict[str, Any], float]] = {}
    curve = _CURVE if run.scale.rounds >= 5 else ()
    for number, (name, paths) in enumerate(said.items()):
        run.say(f"teaching {name}")
        words: dict[str, Any] = {"tag": name, "said": paths, "cache": cache}
        counts = [count, *curve]
        _, told[name] = drive(place, "teach_judged", **words, seeds=run.scale.rounds, counts=counts)
        if not told[name]["seeds"]:
            raise Failed(f"{name} has too few different pictures: {told[name]}")
        if number == 0 or curve:
            taken, answer = drive(
                *(place, "teach_taught"), **words, count=count, folder=folder,
                library=place.folder / f"click-{number}",
            )  # fmt: skip
            clicks[name] = answer, taken.peak_mb
    return _result(run, told, clicks, found, seen)


def _result(
    run: Run,
    told: dict[str, Any],
    clicks: dict[str, tuple[dict[str, Any], float]],
    found: dict[str, Any],
    seen: dict[str, Any],
) -> Result:
    rows = [_row(name, each) for name, each in told.items()]
    longest = max(each["first"]["wall_s"] for each, _ in clicks.values())
    known = max(each["again"]["wall_s"] for each, _ in clicks.values())
    peak = max(each["worker_mb"] for each, _ in clicks.values())
    cpu = max(each["first"]["cpu_s"] for each, _ in clicks.values())
    goals = [Goal("from the click to the result, longest", longest, _CLICK_S, "s", strict=True)]
    goals += [
        Goal(f"mean F1 of {rival} to that of what was taught", *_shares(told, rival), strict=True)
        for rival in _RIVALS
        if any(rival in each["seeds"][0] for each in told.values())
    ]
    shown = [each for one in told.values() for each in one["seeds"] if each["promised"]]
    right, of = sum(each["right"] for each in shown), sum(each["shown"] for each in shown)
    lessons = sum(len(each["seeds"]) for each in told.values())
    goals.append(Goal("promised precision less what was reached", _ASKED - right / max(of, 1), 0))
    learning = max(each["cpu_s"] for one in told.values() for each in one["seeds"])
    notes = [
        f"{_EXAMPLES} yes and {_EXAMPLES} no, {run.scale.rounds} draws; mean and deviation of F1 "
        "on held-out pictures, as many yes as no; 'of ten' with one yes in ten; thresholds of "
        "zero-shot by the same examples; near pictures are one, and on one side",
        f"{len(shown)} of {lessons} lessons promised a precision of {_ASKED}: {right} of {of} "
        "held-out pictures above their thresholds are right",
        f"a lesson of pictures that nobody has looked at: {longest:.1f} s, {cpu:.1f} CPU s; of "
        f"known ones {known:.1f} s; the learning alone {learning:.2f} CPU s; largest worker "
        f"{peak:.0f} MB, on {os.cpu_count()} cores",
        f"{seen['seen']} pictures were looked at in {seen['wall_s']:.0f} s",
    ]
    apart = [
        abs(each["f1"] - told[name]["seeds"][0]["head"]["f1"]) for name, (each, _) in clicks.items()
    ]
    notes.append(
        f"heads of whole lessons are {statistics.mean(apart):.3f} of F1 from those of the same "
        f"examples by the learning alone, {max(apart):.3f} at most: they hold out other parts"
    )
    refused = sum(bool(each["refused"]) for one in told.values() for each in one["seeds"])
    notes.append(f"{refused} of {lessons} heads were refused by the product's own comparison")
    notes.append("the charts are out/bench/teach-tags.svg and teach-examples.svg")
    if found["absent"]:
        left = ", ".join(found["left"])
        notes.append(f"absent: {', '.join(found['absent'])}; so nothing was taught of: {left}")
    columns = (
        *("pictures", "taught", "zero-shot", "nearest", "five nearest", "the tag for all"),
        *("average precision", "of ten: taught", "of ten: best rival", "right of promised"),
    )
    details = {"told": told, "clicks": {name: each for name, (each, _) in clicks.items()}}
    CHARTS.mkdir(parents=True, exist_ok=True)
    for name, chart in charts(details).items():
        (CHARTS / f"{name}.svg").write_text(chart, "utf-8")
    return Result("teach", columns, tuple(rows), tuple(goals), tuple(notes), details)


def _of(seeds: Sequence[dict[str, Any]], who: str, what: str = "f1") -> list[float]:
    return [each[who][what] for each in seeds if who in each]


def _mean(values: Sequence[float]) -> str | None:
    if not values:
        return None
    return f"{statistics.mean(values):.2f} ± {statistics.pstdev(values):.2f}"


def _row(name: str, told: dict[str, Any]) -> Row:
    seeds = told["seeds"]
    rare = {who: statistics.mean([each[who]["rare"]["f1"] for each in seeds if who in each] or [0])
            for who in ("head", *_RIVALS)}  # fmt: skip
    best = max(_RIVALS, key=lambda who: rare[who])
    shown = [each for each in seeds if each["promised"]]
    promised = f"{sum(e['right'] for e in shown)} of {sum(e['shown'] for e in shown)}"
    figures = (
        f"{told['yes']} + {told['no']}",
        *(_mean(_of(seeds, who)) for who in ("head", *_RIVALS)),
        f"{statistics.mean(_of(seeds, 'head', 'ranked')):.2f}",
        f"{rare['head']:.2f}",
        f"{rare[best]:.2f} ({_SHOWN[best]})",
        promised if shown else "nothing promised",
    )
    return Row(name, figures)


def _shares(told: dict[str, Any], rival: str) -> tuple[float, float]:
    """The rival's mean F1 to the head's, over the tags that it takes part in; and the goal."""
    some = [each["seeds"] for each in told.values() if rival in each["seeds"][0]]
    theirs = statistics.mean(value for seeds in some for value in _of(seeds, rival))
    own = statistics.mean(value for seeds in some for value in _of(seeds, "head"))
    return theirs / own, 1.0


def charts(details: dict[str, Any]) -> dict[str, str]:
    """Pictures for the docs by their names: F1 of each tag, and by the number of examples."""
    told = details["told"]
    found = {
        name: [
            Dot(_SHOWN[who], _COLORS[who], values)
            for who in ("head", *_RIVALS)
            if (values := _of(each["seeds"], who))
        ]
        for name, each in told.items()
    }
    made = {"teach-tags": dots("Held-out F1 of twenty yes and twenty no, five draws", found)}
    full = [each["curve"] for each in told.values() if each["curve"]]
    if full:
        most = max(len(each) for each in full)
        whole = [each for each in full if len(each) == most]
        lines = [
            Line(_SHOWN[who], _COLORS[who], [
                (float(count), statistics.mean(e[who] for one in whole for e in one[count]))
                for count in sorted(whole[0], key=int)
            ])
            for who in ("head", "nearest", "neighbours")
        ]  # fmt: skip
        title = f"Held-out F1 by the number of examples, mean of {len(whole)} tags"
        made["teach-examples"] = svg(title, "examples of yes, and as many of no", "F1", lines)
    return made
