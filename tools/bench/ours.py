"""Audobon as a tool that keeps versions, by its command line and by its Python interface."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from attrs import evolve

from bench.measure import Failed, Sample, run, tree_size
from bench.tools import Place, python

__all__ = ["Audobon", "Repacked", "drive"]


def drive(place: Place, name: str, **words: object) -> tuple[Sample, dict[str, Any]]:
    """Run a function of ``bench.drive`` in a process; what it cost and what it answered."""
    plain = {key: str(word) if isinstance(word, Path) else word for key, word in words.items()}
    taken = python(place, "bench.drive", name, json.dumps(plain))
    return taken, json.loads(taken.out)


class Audobon:
    """A library in a folder of its own that indexes the source where it lies."""

    name = "audobon"

    def __init__(self, place: Place, source: Path) -> None:
        self.place, self.source = place, source
        self.store = place.folder / f"{self.name.replace(', ', '-')}-library"
        self.versions: list[str] = []
        self.in_process: list[Sample] = []
        """The same commits without the start of Python and the opening of the library."""

    def start(self) -> None:
        drive(self.place, "create", library=self.store, source=self.source)

    def commit(self, number: int) -> Sample:
        taken, answer = drive(self.place, "commit", library=self.store, message=f"version {number}")
        self.versions.append(answer["version"])
        self.in_process.append(Sample(answer["cpu_s"], answer["wall_s"], taken.peak_mb))
        return taken

    def commit_by_command(self, number: int) -> Sample:
        """The same through ``audobon commit``."""
        command = ["-m", "audobon", "commit", "--json", "--library", str(self.store)]
        taken = run(
            [sys.executable, *command, "--message", f"version {number}"],
            env=self.place.env,
            cwd=self.place.folder,
        )
        self.versions.append(json.loads(taken.out)["id"])
        return taken

    def restore(self, number: int, to: Path, *, durable: bool = False) -> Sample:
        taken, answer = drive(
            self.place,
            "restore",
            library=self.store,
            revision=self.versions[number - 1],
            to=to,
            durable=durable,
        )
        return evolve(taken, out=json.dumps(answer))

    def size(self) -> int:
        return tree_size(self.store)


class Repacked(Audobon):
    """The same with its background jobs run after each version, and what they replaced collected.

    ``commit`` is the sum of it all; ``saves``, ``jobs`` and ``collections`` have the parts.
    """

    name = "audobon, repacked"

    def __init__(self, place: Place, source: Path) -> None:
        super().__init__(place, source)
        self.saves: list[Sample] = []
        self.jobs: list[Sample] = []
        self.collections: list[Sample] = []

    def start(self) -> None:
        super().start()
        drive(self.place, "work", library=self.store)  # previews: no part of any version

    def commit(self, number: int) -> Sample:
        self.saves.append(super().commit(number))
        taken, answer = drive(self.place, "work", library=self.store)
        if answer["failed"]:
            raise Failed(f"{answer['failed']} jobs failed after version {number}")
        self.jobs.append(taken)
        self.collections.append(drive(self.place, "collect", library=self.store)[0])
        return self.saves[-1] + self.jobs[-1] + self.collections[-1]
