"""What the measured processes of the case about waiting do. Each is a host with a library open."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audobon import Job, Library
from audobon.errors import AudobonError, Cancelled
from audobon.system.folders import cache_folder
from audobon.system.processes import resident_bytes
from audobon.work.background import worker_present

__all__ = ["busy", "cancels", "clicks", "first_result", "gone", "install_network", "ticks"]

Answer = dict[str, Any]
_OPEN = ("queued", "running")
_CANCELLED = ("normal", "seamless", "palette")
"""Pipelines that need no network; the first does not look whether to stop, the others now and
then."""


def install_network(words: Mapping[str, Any]) -> Answer:
    """The network of ``tags``; ``why`` it is not there, else empty."""
    with Library.open(words["library"]) as library:
        try:
            library.models.install("tags", accept=True)
        except AudobonError as error:
            return {"why": str(error)}
    return {"why": ""}


def first_result(words: Mapping[str, Any]) -> Answer:
    """The time from a click in a new host, without any worker, to its result."""
    if words["forget"]:
        shutil.rmtree(cache_folder() / "compiled", ignore_errors=True)
    with Library.open(words["library"]) as library:
        asset = library.assets()[0]
        until(lambda: not worker_present(library.state_path / "lock"), "the last worker to end")
        start = time.perf_counter()
        _work(library, [asset], words["network"], 1000 + words["number"]).result(timeout=120)
        return {"wall_s": time.perf_counter() - start}


def gone(words: Mapping[str, Any]) -> Answer:
    """Wait until no worker of the library is there: one that lost its host ends by itself."""
    with Library.open(words["library"]) as library:
        until(lambda: not worker_present(library.state_path / "lock"), "the last worker to end")
    return {}


def clicks(words: Mapping[str, Any]) -> Answer:
    """Previews and pipelines clicked on while a background works through all pictures."""
    figures: dict[str, list[float]] = {}
    with Library.open(words["library"]) as library:
        assets = library.assets(limit=1 << 20)
        with background(library, words["network"], 0) as keep:
            until(lambda: keep().state == "running", "the background to begin")
            time.sleep(1.0)  # from when on a click finds a worker ready
            for number in range(int(words["count"])):
                keep()
                asset = assets[number % len(assets)]
                start = time.perf_counter()
                library.preview(asset, size=300 + number)
                called = (time.perf_counter() - start) * 1000
                figures.setdefault("preview: the call itself", []).append(called)
                _note(figures, "preview", library.jobs(limit=1)[0])
                if number % 4 == 0:
                    name = "tags" if words["network"] else "palette"
                    start = time.perf_counter()
                    job = _work(library, [asset], words["network"], 2000 + number)
                    called = (time.perf_counter() - start) * 1000
                    figures.setdefault(f"{name}: the call itself", []).append(called)
                    _note(figures, name, job)
                time.sleep(0.1 + number % 7 / 20)  # at no fixed distance to anybody's looks
            memory = _memory(library)
        jobs_end(library)
        if words["linger"]:
            until(lambda: not _tree(library), "the worker to end after its linger")
            memory["all of them after the linger"] = sum(_memory(library).values())
        return {"figures": figures, "memory": memory}


def _note(figures: dict[str, list[float]], name: str, job: Job) -> None:
    until(lambda: job.state not in _OPEN, f"the {name}")
    row = job.row
    if row.state != "done" or row.started is None or row.ended is None:
        raise SystemExit(f"the click on {name} ended as {row.state}: {job.reason}")
    for what, moment in (("begun", row.started), ("done", row.ended)):
        waited = (moment - row.created).total_seconds() * 1000
        figures.setdefault(f"{name}: queued to {what}", []).append(waited)


def cancels(words: Mapping[str, Any]) -> Answer:
    """The time from a cancel in the middle of large pictures to the job's end."""
    figures: dict[str, list[float]] = {name: [] for name in _CANCELLED}
    with Library.open(words["library"]) as library:
        asset = library.assets()[-1]
        for number in range(int(words["rounds"])):
            for name in _CANCELLED:
                words_of = {
                    "palette": {"count": 20 + number % 13},
                    "normal": {"detail": 1 + number / 99},
                    "seamless": {},
                }
                job = library.run(name, asset, **words_of[name])
                job.start()
                until(lambda job=job: job.state != "queued", "the job to begin")
                time.sleep(0.05 * (1 + number % 4))
                start = time.perf_counter()
                job.cancel()
                try:
                    job.result(timeout=60)
                except Cancelled:
                    figures[name].append((time.perf_counter() - start) * 1000)
    return {"figures": {f"cancel of {name}": times for name, times in figures.items() if times}}


def busy(words: Mapping[str, Any]) -> Answer:
    """Another program at the same library: keeps a background at work, and clicks once a second.

    Ends when its standard input does.
    """
    begin = 100 * (1 + int(words["turn"]))
    with Library.open(words["library"]) as library:
        assets = library.assets(limit=1 << 20)
        with background(library, words["network"], begin) as keep:
            until(lambda: keep().state == "running", "the background to begin")
            print("busy", file=sys.stderr, flush=True)
            for number in itertools.count(50 * begin):
                if select.select([sys.stdin], [], [], 1.0)[0]:
                    break
                keep()
                if words["clicks"]:
                    asset = assets[number % len(assets)]
                    _work(library, [asset], words["network"], number)
    return {}


@contextmanager
def _beside(words: Mapping[str, Any]) -> Iterator[None]:
    if not words["work"]:
        yield
        return
    command = [sys.executable, "-m", "bench.drive", "busy", json.dumps(dict(words))]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        if process.stderr.readline() != b"busy\n":
            raise SystemExit(f"nothing is at work: {process.stderr.read().decode()[-500:]}")
        yield
        process.communicate()


def ticks(words: Mapping[str, Any]) -> Answer:
    """How late each tick of a loop of 60 Hz is, in ms, in a host that has the library open."""
    late = []
    with Library.open(words["library"]), _beside(words):
        due = time.perf_counter() + 0.1
        for _ in range(int(words["ticks"])):
            time.sleep(max(0.0, due - time.perf_counter()))
            late.append((time.perf_counter() - due) * 1000)
            due = max(due + 1 / 60, time.perf_counter())
    return {"late_ms": late}


def _work(library: Library, assets: list[Any], network: bool, number: int) -> Job:
    """A pipeline that was not run with this number before (without a network: lately)."""
    if network:
        job = library.run("tags", assets, threshold=0.2 + number / 100_000)
    else:
        job = library.run("palette", assets, count=1 + number % 32)
    job.start()
    return job


@contextmanager
def background(library: Library, network: bool, begin: int) -> Iterator[Callable[[], Job]]:
    """Work through all pictures, again and again: whoever calls sees that there is some left."""
    numbers = itertools.count(begin)
    assets = list(library.assets(limit=1 << 20))
    jobs: list[Job] = []

    def keep() -> Job:
        if not jobs or jobs[-1].state not in _OPEN:
            jobs.append(_work(library, assets, network, next(numbers)))
        return jobs[-1]

    try:
        yield keep
    finally:
        for job in jobs[-1:]:
            job.cancel()
        jobs_end(library)


def jobs_end(library: Library) -> None:
    """Wait until nothing is queued or at work."""
    until(lambda: not library.jobs("running") and not library.jobs("queued"), "the jobs to end")


def _tree(library: Library) -> dict[str, int]:
    """The processes of the library's worker, by what they are for."""
    found: dict[str, int] = {}
    lines = {}
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            lines[int(entry.name)] = (line, parent)
        except (OSError, ValueError, IndexError):
            continue
    for pid, (line, _) in lines.items():
        if "audobon.services.jobs.workers:main" in line and str(library.path) in line:
            found["the library's process"] = pid
            for child, (words, parent) in lines.items():
                if parent == pid:
                    lane = "the background" if '"background"' in words else "clicks"
                    found[f"its worker for {lane}"] = child
    return found


def _memory(library: Library) -> dict[str, float]:
    return {name: resident_bytes(pid) / 1e6 for name, pid in _tree(library).items()}


def until(condition: Callable[[], object], what: str, *, patience_s: float = 120.0) -> None:
    end = time.perf_counter() + patience_s
    while not condition():
        if time.perf_counter() > end:
            raise SystemExit(f"{what} takes more than {patience_s:g} s (load {os.getloadavg()[0]})")
        time.sleep(0.002)
