"""Runs inside Krita: uses the docker as a person does, and tells what its calls took.

``AUDOBON_BENCH_DOCKER`` has, as JSON, the ``library``, a folder of ``notes`` that are looked for,
the ``pipeline`` of the job and how many ``rounds`` there are; empty for a start alone.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from krita import Krita  # type: ignore[import-not-found]
from PyQt5.QtCore import QPoint, Qt  # type: ignore[import-not-found]
from PyQt5.QtTest import QTest  # type: ignore[import-not-found]
from PyQt5.QtWidgets import QDockWidget  # type: ignore[import-not-found]

_WORDS = ("oak", "rust", "metal 0", "tag:wood", "moss", "kind:image", "rating:>=3", "stone")
_PATIENCE_S = 600.0  # a library of 100,000 on a busy machine


def main() -> dict[str, Any]:
    bench = sys.modules["audobon_bench"]
    _until(lambda: "ready" in bench.TOLD, "Krita's window")
    told: dict[str, Any] = {"told": bench.TOLD, "times": {}}
    told["made"] = [clock for clock, _ in bench.TIMES.get("docker made", [])]
    if text := os.environ.get("AUDOBON_BENCH_DOCKER"):
        _use(bench, json.loads(text), told)
    return told


def _use(bench: Any, words: dict[str, Any], told: dict[str, Any]) -> None:
    docker = next(
        each
        for each in Krita.instance().activeWindow().qwindow().findChildren(QDockWidget)
        if each.windowTitle() == "Audobon"
    )
    docker.show()
    docker.raise_()
    panel = docker.widget()
    _until(lambda: panel.app.session is not None, "the SDK")
    session = panel.app.session
    bench.TIMES["step"].clear()
    panel.app.open(words["library"])
    _until(lambda: session.state.found.total and len(panel.assets.grid.seen()), "the library")
    QTest.qWait(2000)
    told["total"] = session.state.found.total
    told["times"]["opening"] = _taken(bench)
    _work_through(panel, session, words["rounds"])
    told["times"]["alone"] = _taken(bench)
    stop = threading.Event()
    job = _begin(session, words, stop)
    _work_through(panel, session, words["rounds"])
    told["times"]["beside"] = _taken(bench)
    told["progress"], told["state"] = job["job"].progress, job["job"].state
    job["job"].cancel()
    stop.set()
    _until(lambda: session.state.doing is None, "the scan's end")
    told["scans"], told["scanned"] = job["scans"], job["scanned"]
    told["rows"] = panel.assets.grid.model().rowCount()


def _begin(session: Any, words: dict[str, Any], stop: threading.Event) -> dict[str, Any]:
    """A job in the worker, and files that are looked for again and again."""
    told: dict[str, Any] = {"job": None, "scans": 0, "scanned": 0}

    def ask(library: Any, _report: Any) -> None:
        root = Path(words["library"], "real pictures")
        pictures = [library.get(path) for path in sorted(root.rglob("*.png"))]
        more = {} if words["pipeline"] != "palette" else {"count": 17}
        told["job"] = library.run(words["pipeline"], pictures, **more)
        told["job"].start()

    def scan(library: Any, report: Any) -> None:
        while not stop.is_set() and not report.cancelled():
            done = library.add(words["notes"], progress=report.progress, cancel=report.cancelled)
            told["scans"] += 1
            told["scanned"] += len(done.added)

    session.do("run", ask)
    _until(lambda: told["job"] is not None and told["job"].state != "queued", "the job to begin")
    if told["job"].state not in ("running", "done"):
        raise RuntimeError(f"the job is {told['job'].state}: {told['job'].reason}")
    session.do("scan", scan)
    _until(lambda: session.state.doing is not None, "the scan to begin")
    return told


def _work_through(panel: Any, session: Any, rounds: int) -> None:
    """Type, scroll, choose, select, and look at what is under the mouse."""
    grid, search = panel.assets.grid, panel.assets.search
    bar, view = grid.verticalScrollBar(), grid.viewport()
    for number, word in zip(range(rounds), itertools.cycle(_WORDS), strict=False):
        search.clear()
        for letter in word:
            QTest.keyClicks(search, letter)
            QTest.qWait(60)
        _until(lambda: not session.state.searching, "an answer")
        if number % 2:
            search.clear()
            _until(lambda: not session.state.searching, "all of it")
        for _ in range(25):
            bar.setValue(bar.value() + 120)
            QTest.qWait(40)
        if grid.model().rowCount():
            place = grid.visualRect(grid.model().index(grid.seen()[0])).center()
            QTest.mouseClick(view, Qt.LeftButton, Qt.NoModifier, place)
            QTest.mouseMove(view, place + QPoint(2, 2))
            QTest.keyClick(grid, Qt.Key_Right)
            QTest.keyClick(grid, Qt.Key_Down, Qt.ShiftModifier)
            QTest.qWait(600)


def _taken(bench: Any) -> dict[str, list[list[float]]]:
    """What was noted since the last time, by what it was of."""
    found = {name: [list(each) for each in taken] for name, taken in bench.TIMES.items()}
    for taken in bench.TIMES.values():
        taken.clear()
    return found


def _until(asked: Any, what: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not asked():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        QTest.qWait(20)
