"""The case ``inference``: pictures through a network, against the machine's limits and peers."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.measure import Failed, Sample, interleaved
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["inference"]

_RUNTIMES = {
    "audobon": ("audobon", "auto"),
    "benchmark_app": ("benchmark_app", "auto"),
    "audobon, f32": ("audobon", "f32"),
    "benchmark_app, f32": ("benchmark_app", "f32"),
    "onnxruntime, f32": ("onnxruntime", "f32"),
    "torch, f32": ("torch", "f32"),
    "torch, bf16": ("torch", "bf16"),
}
_NAMES = ("efficientnet-lite0", "imagenet-names", "span-x4")
_FEW = 5  # pictures of a job that goes in batches and is mostly the start of its worker
_SMALL = 128  # pixels of whatever picture, where no figure means anything
_EVERY_S = 3.0  # between two kills
_OURS, _LIMIT = 1 / 0.95, 1 / 0.8  # of the times a picture takes: 95 % and 80 % of the speed
_PEAK_MB = 1500.0


@frozen
class _Speed:
    """What one measurement answered."""

    per_s: float
    cpu_ms: float


def inference(run: Run) -> Result:
    """Decoded pictures, whole files, kills, and one texture four times as large."""
    drive(run.place, "install", names=_NAMES)
    raw = _raw(run)

    def cpu(name: str) -> float:
        pairs = zip(raw[name], raw["benchmark_app"], strict=True)
        return statistics.median(own.cpu_ms / theirs.cpu_ms for own, theirs in pairs)

    rows = [
        Row(
            f"decoded pictures: {name}",
            (*_medians(speeds), _slower(speeds, raw["benchmark_app"]), cpu(name), None),
        )
        for name, speeds in raw.items()
    ]
    absent = [name for name in _RUNTIMES if name not in raw]
    goals = [
        _goal(
            "decoded pictures, time to benchmark_app's", raw["audobon"], raw["benchmark_app"], _OURS
        )
    ]
    few = {"JPEG": max(6, min(2000, run.scale.pictures // 2))}
    if run.scale.real_files:  # PNG goes the same way; no figure of a small run means anything
        few["PNG"] = max(6, few["JPEG"] // 4)
    for form, count in few.items():
        made, promised = _files(run, form, count)
        rows += made
        goals += promised
    rows.append(_kills(run))
    larger, peak = _upscale(run)
    rows.append(larger)
    goals.append(Goal("upscale, largest process", peak, _PEAK_MB, "MB", strict=True))
    threads = max(1, (os.cpu_count() or 1) - 1)
    notes = [
        "efficientnet-lite0 at 224 pixels, one picture at a time, in as many streams of one thread "
        f"as there are cores but one ({threads}); peers have as many threads; bf16 inside where "
        "nothing else is said and the processor has it",
        "files have 1.2 and 1.9 million pixels in turn, "
        + " and ".join(f"{count} as {form}" for form, count in few.items())
        + "; 'embed' is the whole job by public calls, less a job over five pictures where "
        "nothing else is said; 'decoding' is what its threads do, alone; the limit of its time is "
        "the slower of decoding and benchmark_app, that of its CPU the sum of both",
        "upscale and killed workers: time by the clock in place of the speed",
    ]
    if absent:
        notes.append(f"absent: {', '.join(absent)} (pip install --target .cache/peers)")
    return Result(
        "inference",
        ("pictures/s", "CPU ms a picture", "time to the limit", "CPU to the limit", "peak MB"),
        tuple(rows),
        tuple(goals),
        tuple(notes),
    )


def _medians(speeds: list[_Speed]) -> tuple[float, float]:
    return (
        statistics.median(speed.per_s for speed in speeds),
        statistics.median(speed.cpu_ms for speed in speeds),
    )


def _slower(mine: list[_Speed], limit: list[_Speed]) -> float:
    """How much longer a picture takes: the median of the ratios within a round."""
    pairs = zip(mine, limit, strict=True)
    return statistics.median(theirs.per_s / own.per_s for own, theirs in pairs)


def _goal(name: str, mine: list[_Speed], limit: list[_Speed], most: float) -> Goal:
    return Goal(name, _slower(mine, limit), round(most, 2))


def _asked(run: Run, tools: dict[str, Callable[[int], tuple[Sample, Any]]]) -> dict[str, list[Any]]:
    """The answers of interleaved measurements, one a round."""
    answers: dict[str, list[Any]] = {name: [] for name in tools}

    def take(name: str, number: int) -> Sample:
        run.say(f"inference {number + 1}: {name}")
        sample, answer = tools[name](number)
        answers[name].append(answer)
        return sample

    interleaved(run.scale.rounds, {name: lambda n, name=name: take(name, n) for name in tools})
    return answers


def _raw(run: Run) -> dict[str, list[_Speed]]:
    count = max(10, min(600, run.scale.pictures))
    tools = {
        name: lambda _, runtime=runtime, precision=precision: drive(
            run.place, "rate", runtime=runtime, precision=precision, count=count
        )
        for name, (runtime, precision) in _RUNTIMES.items()
    }
    answers = _asked(run, tools)
    return {
        name: [_Speed(**each) for each in given]
        for name, given in answers.items()
        if not any("absent" in each for each in given)
    }


def _library(run: Run, name: str, **words: Any) -> tuple[Path, Path]:
    """A library with pictures that have their previews."""
    source, library = run.place.folder / name, run.place.folder / f"library-{name}"
    run.say(f"making the pictures of {name}")
    if "form" in words:
        drive(run.place, "photographs", folder=source, seed=SEED, **words)
    else:
        drive(run.place, "make_corpus", kind="pictures", path=source, seed=SEED, **words)
    drive(run.place, "create", library=library, source=source)
    drive(run.place, "work", library=library)
    return source, library


def _files(run: Run, form: str, count: int) -> tuple[list[Row], list[Goal]]:
    size = {} if run.scale.real_files else {"edge": _SMALL}
    source, library = _library(run, form.lower(), form=form, count=count, **size)

    def embed(number: int, *, anew: bool = True) -> tuple[Sample, Any]:
        return drive(run.place, "embed", library=library, anew=anew, count=number)

    embed(_FEW)  # compiles the network, once
    raw = {"runtime": "benchmark_app", "precision": "auto"}
    answers = _asked(
        run,
        {
            "a few": lambda _: embed(_FEW),
            "embed": lambda _: embed(0),
            "decoding": lambda _: drive(run.place, "decoding", source=source),
            "benchmark_app": lambda _: drive(run.place, "rate", count=count, **raw),
        },
    )
    alone = {
        name: [_Speed(**each) for each in answers[name]] for name in ("decoding", "benchmark_app")
    }
    pairs = list(zip(alone["decoding"], alone["benchmark_app"], strict=True))
    limits = [min(pair, key=lambda each: each.per_s) for pair in pairs]
    ours = [
        _Speed(
            (count - _FEW) / max(each["wall_s"] - few["wall_s"], 1e-3),
            (each["cpu_s"] - few["cpu_s"]) * 1000 / (count - _FEW),
        )
        for few, each in zip(answers["a few"], answers["embed"], strict=True)
    ]
    whole = [
        _Speed(count / each["wall_s"], each["cpu_s"] * 1000 / count) for each in answers["embed"]
    ]
    again = embed(0, anew=False)[1]
    kept = _Speed(count / again["wall_s"], again["cpu_s"] * 1000 / count)
    cpu = statistics.median(
        own.cpu_ms / (one.cpu_ms + other.cpu_ms)
        for own, (one, other) in zip(ours, pairs, strict=True)
    )
    rows = [
        Row(f"{form}: embed", (*_medians(ours), _slower(ours, limits), cpu, None)),
        Row(
            f"{form}: embed, with the start of its worker",
            (*_medians(whole), _slower(whole, limits), None, None),
        ),
        Row(f"{form}: decoding alone", (*_medians(alone["decoding"]), None, None, None)),
        Row(f"{form}: benchmark_app alone", (*_medians(alone["benchmark_app"]), None, None, None)),
        Row(
            f"{form}: embed again, from the kept results",
            (kept.per_s, kept.cpu_ms, None, None, None),
        ),
    ]
    goals = [
        _goal(f"{form} files, time to the limit", ours, limits, _LIMIT),
        Goal(f"{form} files, CPU to decoding and benchmark_app together", cpu, _LIMIT),
    ]
    return rows, goals


def _kills(run: Run) -> Row:
    count = run.scale.pictures
    if not Path("/proc/self/stat").exists():
        raise Failed(f"workers are looked for in /proc, which {sys.platform} does not have")
    _, library = _library(run, "small", count=count)
    run.say("killing workers")
    taken, answer = drive(run.place, "killed", library=library, every_s=_EVERY_S)
    if (answer["computed"], answer["failed"], answer["again"]) != (count, 0, 0):
        raise Failed(f"killed workers lost something: {answer}")
    name = f"{count} small PNG files, {answer['kills']} kills, none computed twice"
    return Row(
        name, (f"{answer['wall_s']:.1f} s", taken.cpu_s * 1000 / count, None, None, taken.peak_mb)
    )


def _upscale(run: Run) -> tuple[Row, float]:
    edge = 2048 if run.scale.real_files else _SMALL
    _, library = _library(run, "texture", form="PNG", count=1, edge=edge)
    run.say(f"enlarging {edge} pixels")
    taken, answer = drive(run.place, "upscale", library=library)
    if answer["width"] != edge * 4:
        raise Failed(f"{answer['width']} pixels came of {edge}")
    name = f"upscale {edge} x {edge} four times (span-x4)"
    return Row(
        name, (f"{answer['wall_s']:.1f} s", taken.cpu_s * 1000, None, taken.peak_mb)
    ), taken.peak_mb
