"""The case about Blender: what its main thread notices of the add-on, beside other work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.measure import Failed
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.versions import SEED

__all__ = ["blender"]

_DRIVER = Path(__file__).resolve().parents[2] / "tests/hosts/blender_window/driver.py"
_SCRIPT = Path(__file__).with_name("blender_drive.py")
_TIMEOUT_S = 1800.0
_P99_MS, _WORST_MS, _REGISTER_MS = 8.0, 30.0, 100.0
_PICTURES_MB, _ICONS = 64.0 * 1.048576, 192
_ASSETS = 100_000
"""What the goals are about, whatever the scale."""
_COLUMNS = ("p50", "p99", "max", "count")


def blender(run: Run) -> Result:
    """Calls of the add-on in Blender's main thread with many assets, alone and beside work."""
    if not all(shutil.which(name) for name in ("blender", "xvfb-run")):
        raise Failed("Blender and xvfb-run are not here")
    library = run.place.folder / "library"
    count = _ASSETS if run.scale.real_files else run.scale.assets
    run.say(f"filling a library with {count} assets")
    drive(run.place, "fill", library=library, count=count)
    words: dict[str, Any] = {"seed": SEED}
    pictures, notes = library / "real pictures", library / "notes"
    drive(
        *(run.place, "make_corpus"),
        **{"path": pictures, "count": run.scale.pictures, "kind": "pictures", **words},
    )
    drive(run.place, "extend", library=library, source=pictures)
    drive(
        *(run.place, "make_corpus"),
        **{"path": notes, "count": run.scale.tiny_files, "kind": "text_files", **words},
    )
    network = "palette" if not run.scale.real_files else "embed"
    note = "palette stands for a network"
    if network == "embed":
        _, told = drive(run.place, "install_network", library=library, pipeline="embed")
        network, note = (
            ("palette", f"palette stands for a network: {told['why']}")
            if told["why"]
            else ("embed", "the job computes embeddings of the pictures")
        )
    run.say("Blender")
    told = _in_blender(run, {"library": str(library), "notes": str(notes), "network": network})
    rows = [_spread(name, values) for name, values in told["times"].items()]
    rows.append(_spread("enabling", told["register"]))
    beside = told["times"][f"beside a scan and {network}"]
    goals = (
        Goal("a call beside the work, p99", _percentile(beside, 99), _P99_MS, "ms"),
        Goal("a call beside the work, the worst", max(beside), _WORST_MS, "ms"),
        Goal("enabling, the worst after the first", max(told["register"][1:]), _REGISTER_MS, "ms"),
        Goal("pictures in Python", told["pictures_mb"], _PICTURES_MB, "MB"),
        Goal("icons in Blender", told["icons"], _ICONS),
    )
    remarks = (
        f"{told['total']} assets, {run.scale.queries} rounds of typing, turning pages and choosing",
        f"a call is a step of the timer or the drawing of a panel; {note}",
        f"the scan added {told['scanned']} files, the job was at {told['progress']:.0%} at the end",
        f"Blender {told['version']}, software OpenGL; its memory grew by {told['grown_mb']:.0f} MB",
    )
    return Result("blender", _COLUMNS, tuple(rows), goals, remarks)


def _in_blender(run: Run, words: dict[str, Any]) -> dict[str, Any]:
    from devtools import addons

    place = run.place
    data = place.home / ".local" / "share" / "audobon"
    data.mkdir(parents=True, exist_ok=True)
    registered = json.dumps({"python": sys.executable})
    (data / "worker-environment.json").write_text(registered, "utf-8")
    (place.home / "scripts").mkdir(exist_ok=True)
    result = place.folder / "blender.json"
    words |= {"zip": str(addons.build_legacy("linux-x64")), "rounds": run.scale.queries}
    names = {
        "AUDOBON_SCRIPT": str(_SCRIPT),
        "AUDOBON_RESULT": str(result),
        "AUDOBON_PICTURES": str(place.folder / "screenshots"),
        "AUDOBON_BENCH": json.dumps(words),
        "BLENDER_USER_SCRIPTS": str(place.home / "scripts"),
        "BLENDER_USER_CONFIG": str(place.home / "config"),
    }
    kept = {key: word for key, word in place.env.items() if not key.startswith("PYTHON")}
    command = ["xvfb-run", "-a", "-s", "-screen 0 1600x900x24", "blender"]
    done = subprocess.run(
        [
            *command,
            "--factory-startup",
            "--enable-event-simulate",
            "-p",
            "0",
            "0",
            "1600",
            "900",
            "--python",
            str(_DRIVER),
        ],
        env={**kept, **names, "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if not result.exists():
        raise Failed(f"Blender left no figures: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    told: dict[str, Any] = json.loads(result.read_text("utf-8"))
    if "error" in told:
        raise Failed(f"inside Blender: {told['error']}")
    value: dict[str, Any] = told["value"]
    return value


def _spread(name: str, values: list[float]) -> Row:
    if not values:
        raise Failed(f"nothing was measured for {name}")
    shares = (_percentile(values, 50), _percentile(values, 99), max(values))
    return Row(f"{name}, ms", (*shares, str(len(values))))


def _percentile(values: list[float], share: int) -> float:
    """The smallest value that ``share`` percent are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
