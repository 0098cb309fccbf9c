"""The case ``snapshots``: a library kept in another place and brought back, next to backups.

Commands from start to end: ``audobon snapshot`` and ``audobon recover``, ``restic``, ``borg``. The
first snapshot of ours also takes the files into the library's own stores, which a backup does not
have.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import peers
from bench.measure import Sample, median_ratio, medians, run, tree_size
from bench.ours import drive
from bench.report import Goal, Result, Row
from bench.run import Run
from bench.storing import absent_note
from bench.tools import Place, Tool, compare_trees

__all__ = ["Snapshots", "snapshots"]

_FILES = 20
_EDIT = 1000  # bytes that are replaced in one file
_EDITS = 9  # of each kind, each in another file: what a tool sends goes by where it cuts
_RATIOS = ("CPU", "wall", "grown")
_PEERS = ("restic", "borg")
_WORDS = tuple(f"{one}{two}{three}" for one in "bdfgk" for two in "aeiou" for three in "lmnrst")


class Snapshots:
    """Audobon as a tool that keeps snapshots of a library, in a folder of their own."""

    name = "audobon"

    def __init__(self, place: Place, source: Path) -> None:
        self.place, self.source = place, source
        self.library = place.folder / "audobon-library"
        self.store = place.folder / "audobon-place"

    def start(self) -> None:
        drive(self.place, "create", library=self.library, source=self.source)

    def _audobon(self, *words: str | Path) -> Sample:
        command = [sys.executable, "-m", "audobon", *words]
        return run(command, env=self.place.env, cwd=self.place.folder)

    def commit(self, number: int) -> Sample:
        words = ("--tag", f"v{number}", "--json", "--library", self.library)
        return self._audobon("snapshot", self.store, *words)

    def restore(self, number: int, to: Path) -> Sample:
        """The newest one: a version is named by its id, which nobody needs here."""
        del number
        home = self.place.folder / "audobon-home"
        return self._audobon("recover", self.store, home, "--root", f"{self.source.name}={to}")

    def size(self) -> int:
        return tree_size(self.store)


def snapshots(run: Run) -> Result:
    """First, after small edits, and all back: bytes, CPU and wall time."""
    source = run.place.fresh("source")
    size = int(run.place_mb * 1e6)
    make(source, size)
    wanted = [name for name in _PEERS if name in run.scale.peers]
    others, absent = peers.present(run.place, source, wanted)
    tools: list[Tool] = [Snapshots(run.place, source), *others]
    for tool in tools:
        tool.start()
    taken: dict[str, dict[str, list[tuple[Sample, int]]]] = {}
    number = 0
    edits = {"text": _EDITS, "noise": _EDITS} if run.scale.rounds > 1 else {"text": 1}
    for step in ("first", *edits):
        for _ in range(edits.get(step, 1)):
            number += 1
            if step != "first":
                edit(source, step, number)
            for tool in _in_turn(tools, number):
                run.say(f"snapshot {number} ({step}): {tool.name}")
                before = tree_size(tool.store) if tool.store.exists() else 0
                sample = tool.commit(number)
                grown = tree_size(tool.store) - before
                taken.setdefault(step, {}).setdefault(tool.name, []).append((sample, grown))
    back: dict[str, list[tuple[Sample, int]]] = {}
    for turn in range(run.scale.rounds):
        for tool in _in_turn(tools, turn):
            run.say(f"back {turn + 1}: {tool.name}")
            run.place.fresh("audobon-home")
            out = run.place.fresh("out")
            back.setdefault(tool.name, []).append((tool.restore(number, out), 0))
            compare_trees(source, out)
    taken["back"] = back
    return Result(
        "snapshots",
        ("CPU s", "wall s", "peak MB", "grown KB", *(f"{each} to restic" for each in _RATIOS)),
        tuple(row for step, by in taken.items() for row in _rows(_STEPS[step], by)),
        _goals(taken),
        (
            f"{size / 1e6:.0f} MB in {_FILES} files, half of them noise; medians of "
            f"{max(edits.values())} edits of each kind and {run.scale.rounds} restores, in turn; "
            "grown is what the store grew by",
            "commands from start to end, Python's start included; Audobon's first one also takes "
            "every file into the library's own stores",
            "restic encrypts, borg (zstd level 3) and Audobon do not",
            *absent_note(absent),
        ),
    )


_STEPS = {
    "first": "first",
    "text": f"{_EDIT} bytes of a text replaced",
    "noise": f"{_EDIT} bytes of noise replaced",
    "back": "all back",
}


def _in_turn(tools: Sequence[Tool], number: int) -> list[Tool]:
    turn = number % len(tools)
    return [*tools[turn:], *tools[:turn]]


def _rows(step: str, by: Mapping[str, Sequence[tuple[Sample, int]]]) -> list[Row]:
    base = by.get("restic")
    rows = []
    for name, taken in by.items():
        middle = medians(_samples(taken))
        grown = _grown(taken)
        ratios: tuple[float | None, ...] = (None, None, None)
        if base is not None and name != "restic":
            pair = _samples(taken), _samples(base)
            theirs = _grown(base)
            ratios = (
                median_ratio(*pair),
                median_ratio(*pair, wall=True),
                grown / theirs if theirs else None,
            )
        figures = (middle.cpu_s, middle.wall_s, middle.peak_mb, grown / 1000 or None, *ratios)
        rows.append(Row(f"{step}: {name}", figures))
    return rows


def _goals(taken: Mapping[str, Mapping[str, Sequence[tuple[Sample, int]]]]) -> tuple[Goal, ...]:
    if "restic" not in taken["first"]:
        return ()
    goals = []
    for step in [one for one in ("text", "noise") if one in taken]:
        ours, theirs = taken[step]["audobon"], taken[step]["restic"]
        ratio = median_ratio(_samples(ours), _samples(theirs))
        what = _STEPS[step]
        goals.append(Goal(f"grown, {what}, to restic's", _grown(ours) / _grown(theirs), 0.1))
        goals.append(Goal(f"CPU, {what}, to restic's", ratio, 0.8))
    ours, theirs = taken["back"]["audobon"], taken["back"]["restic"]
    wall = median_ratio(_samples(ours), _samples(theirs), wall=True)
    return (*goals, Goal("wall time of all back, to restic's", wall, 1.0))


def _samples(taken: Sequence[tuple[Sample, int]]) -> list[Sample]:
    return [sample for sample, _ in taken]


def _grown(taken: Sequence[tuple[Sample, int]]) -> float:
    sizes = sorted(grown for _, grown in taken)
    return sizes[len(sizes) // 2]


def make(folder: Path, size: int) -> None:
    """Files of ``size`` bytes in all, one half texts and one half noise, the same every time."""
    each = size // _FILES
    for number in range(_FILES):
        chance = random.Random(number)
        if number % 2:
            (folder / f"noise{number:02}.bin").write_bytes(chance.randbytes(each))
        else:
            (folder / f"text{number:02}.txt").write_bytes(_text(chance, each))


def edit(folder: Path, kind: str, number: int) -> None:
    """Replace some bytes in the middle of a file, as ``text`` or ``noise``, in place."""
    chance = random.Random(1000 + number)
    file = sorted(folder.glob(f"{kind}*"))[number % (_FILES // 2)]
    data = _text(chance, _EDIT) if kind == "text" else chance.randbytes(_EDIT)
    with file.open("r+b") as out:
        out.seek(file.stat().st_size // 2 if file.stat().st_size > _EDIT else 0)
        out.write(data[: os.path.getsize(file)])


def _text(chance: random.Random, size: int) -> bytes:
    """Made-up words, of which zstd leaves about a third."""
    parts: list[str] = []
    length = 0
    while length < size:
        line = " ".join(chance.choices(_WORDS, k=200))
        parts.append(line)
        length += len(line) + 1
    return "\n".join(parts).encode()[:size]
