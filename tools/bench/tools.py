"""What every program under measurement is asked to do: keep versions and give them back."""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
from pathlib import Path
from typing import Protocol

from bench.measure import Failed, Sample, run

__all__ = ["Place", "Tool", "compare_trees", "python"]

TOOLS = Path(__file__).resolve().parents[1]


class Place:
    """A temporary folder to measure in, with a home of its own.

    Nothing there knows the user's settings, and nothing is written into the
    user's home: caches of borg, restic and git land in the folder too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        self.env = {
            **kept,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(TOOLS),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Bench",
            "GIT_AUTHOR_EMAIL": "bench@localhost",
            "GIT_COMMITTER_NAME": "Bench",
            "GIT_COMMITTER_EMAIL": "bench@localhost",
        }

    def fresh(self, name: str) -> Path:
        """An empty folder of this name, whatever was there before."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


class Tool(Protocol):
    """A program that keeps versions of all files of one folder, in a store of its own."""

    name: str
    store: Path

    def start(self) -> None:
        """Make the store. Not measured."""

    def commit(self, number: int) -> Sample:
        """Keep the folder as version ``number``, counted from 1."""

    def restore(self, number: int, to: Path) -> Sample:
        """Write version ``number`` into the empty folder ``to``."""

    def size(self) -> int:
        """Bytes that the store takes on disk."""


def python(place: Place, module: str, *words: str | Path) -> Sample:
    """Run one of the benchmark's own modules in a process of its own."""
    return run([sys.executable, "-m", module, *map(str, words)], env=place.env, cwd=place.folder)


def compare_trees(wanted: Path, given: Path) -> None:
    """Failed unless both folders hold the same files with the same bytes."""
    names = sorted(str(p.relative_to(wanted)) for p in wanted.rglob("*") if p.is_file())
    other = sorted(str(p.relative_to(given)) for p in given.rglob("*") if p.is_file())
    if names != other:
        raise Failed(f"{given} holds {other}, {names} were kept")
    for name in names:
        if not filecmp.cmp(wanted / name, given / name, shallow=False):
            raise Failed(f"{name} came back with other bytes")
