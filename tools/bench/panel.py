"""The case about Blender's panel: what its main thread notices of us with a library of 100,000."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.display import SHADERS, display
from bench.measure import Failed
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["panel"]

_DRIVER = Path(__file__).resolve().parents[2] / "tests/hosts/blender_window/driver.py"
_SCRIPT = Path(__file__).with_name("panel_drive.py")
_TIMEOUT_S = 3600.0
_P99_MS, _WORST_MS, _REGISTER_MS = 8.0, 30.0, 100.0
_PICTURES_MB, _ICONS, _TEXTURES = 64.0 * 1.048576, 192, 224
_LATER_MB = 32.0
"""Of the process, while pages are turned that were not seen before: noise of its allocator."""
_ASSETS = 100_000
"""What the goals are about, whatever the scale."""
_COLUMNS = ("p50", "p99", "max", "CPU p50", "CPU p99", "CPU max", "count")
_ASKED = "asking whether"
"""Blender asks thousands of times whether something can be clicked: they would hide the rest."""
_BESIDE = "beside work"

Calls = Mapping[str, Sequence[Sequence[float]]]


def panel(run: Run) -> Result:
    """Calls of the add-on in Blender's main thread, alone and beside a scan and a network."""
    if missing := [name for name in ("blender", "Xvfb") if not shutil.which(name)]:
        raise Failed(f"not installed: {', '.join(missing)}")
    library = run.place.folder / "library"
    count = _ASSETS if run.scale.real_files else run.scale.assets
    run.say(f"filling a library with {count} assets")
    drive(run.place, "fill", library=library, count=count, files=True)
    words: dict[str, Any] = {"seed": SEED}
    pictures, notes = library / "real pictures", library / "notes"
    made = {"path": pictures, "count": run.scale.pictures, "kind": "pictures", **words}
    drive(run.place, "make_corpus", **made)
    drive(run.place, "extend", library=library, source=pictures)
    run.say("the previews")
    drive(run.place, "work", library=library)
    # The scan finds them, beside all that it knows.
    made = {"path": notes, "count": run.scale.tiny_files, "kind": "text_files", **words}
    drive(run.place, "make_corpus", **made)
    network, note = _network(run, library)
    run.say("Blender")
    told = _in_blender(run, {"library": str(library), **network})
    drive(run.place, "gone", library=library)
    return _result(run, told, note)


def _network(run: Run, library: Path) -> tuple[dict[str, Any], str]:
    """The pipeline, and its parameters as first value and step: a new question each time."""
    palette = {"network": "palette", "parameters": {"count": (2, 1)}}
    if not run.scale.real_files:
        return palette, "palette stands for a network"
    _, told = drive(run.place, "install_network", library=library)
    if told["why"]:
        return palette, f"palette stands for a network: {told['why']}"
    tags = {"network": "tags", "parameters": {"threshold": (0.2, 1e-4)}}
    return tags, "the network is efficientnet-lite0, as tags takes it"


def _result(run: Run, told: Mapping[str, Any], note: str) -> Result:
    calls: Mapping[str, Calls] = told["calls"]
    rows = [
        _row(f"{name}: {kind}", values)
        for name, of in calls.items()
        for kind, values in sorted(of.items())
    ]
    every = {name: _together(of) for name, of in calls.items()}
    rows += [_row(f"{name}: all but {_ASKED}", values) for name, values in every.items()]
    rows += [_row(f"a timer of 60 Hz, ms late: {n}", _plain(v)) for n, v in told["late"].items()]
    rows.append(_row("enabling", _plain(told["register"])))
    beside = [clock for clock, _ in every[_BESIDE]]
    own = [cpu for _, cpu in every[_BESIDE]]
    memory = told["memory"]
    goals = (
        Goal("a call beside work, p99", _percentile(beside, 99), _P99_MS, "ms"),
        Goal("a call beside work, the worst", max(beside), _WORST_MS, "ms"),
        Goal("its CPU time, p99", _percentile(own, 99), _P99_MS, "ms"),
        Goal("its CPU time, the worst", max(own), _WORST_MS, "ms"),
        Goal("enabling, the worst after the first", max(told["register"][1:]), _REGISTER_MS, "ms"),
        Goal("pictures in Python", memory["pictures_mb"], _PICTURES_MB, "MB"),
        Goal("icons in Blender", memory["icons"], _ICONS),
        Goal("pictures on the graphics card", memory["textures"], _TEXTURES),
        Goal("growth over the last 6 of 12 pages of 96", memory["later_mb"], _LATER_MB, "MB"),
    )
    work = told["work"]
    notes = (
        f"{told['total']} assets; {run.scale.rounds} rounds in the sidebar and in the large grid:"
        " typed letter by letter, pages turned, an asset chosen, the grid scrolled by the wheel",
        f"the work: {work['scans']} scans of the whole library, {work['jobs']} jobs over"
        f" {run.scale.pictures} pictures, {work['done']} of which ended meanwhile; {note}",
        "milliseconds by the clock, and of the thread's own CPU time; a call is whatever Blender"
        f" calls of the add-on: drawing, the timer, operators, handlers. '{_ASKED}' are polls",
        f"Blender {told['version']} with software OpenGL; its memory grew by"
        f" {memory['grown_mb']:.0f} MB from before the library was opened, {memory['seen']}"
        " pictures of pages seen",
    )
    return Result("panel", _COLUMNS, tuple(rows), goals, notes, {"worst": _worst(calls)})


def _in_blender(run: Run, words: dict[str, Any]) -> dict[str, Any]:
    from devtools import addons

    place = run.place
    data = place.home / ".local" / "share" / "audobon"
    data.mkdir(parents=True, exist_ok=True)
    registered = json.dumps({"python": sys.executable})
    (data / "worker-environment.json").write_text(registered, "utf-8")
    for name in ("scripts", "runtime"):
        (place.home / name).mkdir(mode=0o700, exist_ok=True)
    result = place.folder / "blender.json"
    words |= {"zip": str(addons.build_legacy("linux-x64")), "rounds": run.scale.rounds}
    # Smooth lines are eight times the drawing: only where figures mean something.
    words["smooth"] = run.scale.real_files
    names = {
        "AUDOBON_SCRIPT": str(_SCRIPT),
        "AUDOBON_RESULT": str(result),
        "AUDOBON_PICTURES": str(place.folder / "screenshots"),
        "AUDOBON_BENCH": json.dumps(words),
        "BLENDER_USER_SCRIPTS": str(place.home / "scripts"),
        "BLENDER_USER_CONFIG": str(place.home / "config"),
        "XDG_RUNTIME_DIR": str(place.home / "runtime"),
        "MESA_SHADER_CACHE_DIR": str(SHADERS),
        "PATH": os.defpath,
    }
    kept = {key: word for key, word in place.env.items() if not key.startswith("PYTHON")}
    command = ["blender", "--factory-startup", "--enable-event-simulate"]
    command += ["-p", "0", "0", "1600", "900", "--python", str(_DRIVER)]
    with display() as screen:
        said = _run(command, {**kept, **names, "DISPLAY": screen})
    if not result.exists():
        raise Failed(f"Blender left no figures: {said[-2000:]}")
    told: dict[str, Any] = json.loads(result.read_text("utf-8"))
    if "error" in told:
        raise Failed(f"inside Blender: {told['error']}")
    value: dict[str, Any] = told["value"]
    return value


def _run(command: list[str], env: Mapping[str, str]) -> str:
    """What it printed; whatever it started goes with it."""
    # What it has to say of its progress goes to stderr at once.
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE}
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, start_new_session=True, **pipes
    ) as process:
        try:
            said, _ = process.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Failed(f"Blender was not ready after {_TIMEOUT_S:.0f} s") from None
    return bytes(said).decode("utf-8", "replace")


def _together(calls: Calls) -> list[tuple[float, float]]:
    return [
        (each[0], each[1]) for kind, values in calls.items() if kind != _ASKED for each in values
    ]


def _worst(calls: Mapping[str, Calls]) -> dict[str, list[list[float]]]:
    """The longest calls of each kind, for whoever looks for a reason."""
    return {
        f"{name}: {kind}": sorted((list(one) for one in values), reverse=True)[:10]
        for name, of in calls.items()
        for kind, values in of.items()
    }


def _plain(values: Iterable[float]) -> list[tuple[float, float | None]]:
    return [(value, None) for value in values]


def _row(name: str, values: Sequence[Sequence[float | None]]) -> Row:
    if not values:
        raise Failed(f"nothing was measured for {name}")
    figures: list[float | str | None] = []
    for at in (0, 1):
        one = [each[at] for each in values]
        known = [value for value in one if value is not None]
        shares = (_percentile(known, 50), _percentile(known, 99), max(known)) if known else ()
        figures += shares or (None,) * 3
    return Row(name, (*figures, str(len(values))))


def _percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that ``share`` percent are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
