"""The case ``objects``: bytes to a bucket and back, next to the client's own transfer manager.

The bucket is fake-gcs-server on this machine, in its memory, begun anew for each process. So it
tells what the client side costs, and nothing of a line or of Google.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from audobon.testing.gcs_server import gcs_server
from bench.measure import run as start
from bench.report import Goal, Result, Row
from bench.run import Run

__all__ = ["objects"]

_OBJECT = 32_000_000  # as large as the packs that a push sends
_STEPS = {
    "put": ("transfer_manager: up", "audobon, put_all"),
    "fetch": ("transfer_manager: down", "audobon, fetch_all"),
    "push": ("transfer_manager: up", "audobon, a push"),
    "clone": ("transfer_manager: down", "audobon, a clone of all"),
}
"""Our steps: what of the transfer manager each is held against, and how it is called."""


def objects(run: Run) -> Result:
    """Wall time and CPU of bytes that move, in an open process."""
    source = run.place.fresh("source")
    size = int(run.place_mb * 1e6)
    _make(source, size)
    taken: dict[str, list[dict[str, Any]]] = {"ours": [], "theirs": []}
    for turn in range(run.scale.rounds):
        for name in (("ours", "theirs"), ("theirs", "ours"))[turn % 2]:
            run.say(f"objects {turn + 1}: {name}")
            taken[name].append(_drive(run, name, source))
    rows, goals = [], []
    for key, name in (("put", "up"), ("fetch", "down")):
        theirs = [one[key] for one in taken["theirs"]]
        rows.append(_row(f"transfer_manager: {name}", theirs, theirs, size))
    for step, (base, label) in _STEPS.items():
        key = "put" if base.endswith("up") else "fetch"
        mine = [one[step] for one in taken["ours"]]
        theirs = [one[key] for one in taken["theirs"]]
        rows.append(_row(label, mine, theirs, size))
        goals.append(
            Goal(f"wall time of {label.partition(', ')[2]}, to {base}", _ratio(mine, theirs), 1.25)
        )
    return Result(
        "objects",
        ("MB/s", "CPU s", "wall to transfer_manager"),
        tuple(rows),
        tuple(goals),
        (
            f"{size / 1e6:.0f} MB of noise in objects of up to {_OBJECT / 1e6:.0f} MB, eight at "
            f"once on both sides; medians of {run.scale.rounds} rounds; 1.25 is 80 % of its speed",
            "fake-gcs-server on the same machine takes CPU beside both; what starts a process is "
            "not counted; every byte that came back was compared",
            "a push and a clone read and prove the library's chunks as well; a clone writes each "
            "file and keeps its chunks",
        ),
    )


def _row(
    name: str,
    mine: Sequence[Mapping[str, float]],
    theirs: Sequence[Mapping[str, float]],
    size: int,
) -> Row:
    wall = median(one["wall_s"] for one in mine)
    cpu = median(one["cpu_s"] for one in mine)
    return Row(name, (size / 1e6 / wall, cpu, None if mine is theirs else _ratio(mine, theirs)))


def _ratio(mine: Sequence[Mapping[str, float]], theirs: Sequence[Mapping[str, float]]) -> float:
    return median(a["wall_s"] / b["wall_s"] for a, b in zip(mine, theirs, strict=True))


def _make(folder: Path, size: int) -> None:
    chance = random.Random(7)
    for number, at in enumerate(range(0, size, _OBJECT)):
        data = chance.randbytes(min(_OBJECT, size - at))
        (folder / f"object{number:03}.bin").write_bytes(data)


def _drive(run: Run, name: str, source: Path) -> dict[str, Any]:
    work = run.place.fresh("work")
    with gcs_server() as url:
        done = start(
            [sys.executable, "-m", "bench.objects_drive", name, str(source), str(work)],
            env={**run.place.env, "STORAGE_EMULATOR_HOST": url},
            cwd=run.place.folder,
        )
    answer: dict[str, Any] = json.loads(done.out)
    return answer
