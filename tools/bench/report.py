"""Results: plain data, a table for people, and what machine they come from."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from attrs import asdict, field, frozen

__all__ = ["Goal", "Result", "Row", "machine", "markdown", "write_json"]

_PACKAGES = ("apsw-sqlite3mc", "tantivy", "pygit2", "pyfastcdc", "blake3", "zstandard", "pillow")


@frozen
class Row:
    """One line: what was measured and its figures, in the order of the result's columns."""

    name: str
    figures: tuple[float | str | None, ...]


@frozen
class Goal:
    """A promise and what was found. ``limit`` is what ``value`` should be at most, or be under."""

    name: str
    value: float
    limit: float
    unit: str = ""
    strict: bool = False

    @property
    def met(self) -> bool:
        return self.value < self.limit if self.strict else self.value <= self.limit

    def text(self) -> str:
        sign = "<" if self.strict else "<="
        said = "met" if self.met else "missed"
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name}: {_shown(self.value)}{unit}, goal {sign} {_shown(self.limit)}: {said}"


@frozen
class Result:
    """One case: its table, its goals, and notes that a reader of the figures needs."""

    case: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = field(factory=dict)


def _shown(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value == int(value) and abs(value) >= 100:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def markdown(result: Result) -> str:
    """The result as a heading, a table, goals and notes."""
    lines = [f"### {result.case}", "", f"| | {' | '.join(result.columns)} |"]
    lines.append("|---" * (len(result.columns) + 1) + "|")
    lines += [f"| {row.name} | {' | '.join(map(_shown, row.figures))} |" for row in result.rows]
    for lines_of in (tuple(goal.text() for goal in result.goals), result.notes):
        if lines_of:
            lines += ["", *(f"- {line}" for line in lines_of)]
    return "\n".join(lines) + "\n"


def machine() -> dict[str, Any]:
    """Processor, memory, system and the versions of what decides the figures."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "absent"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": _line_of("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(_memory() / 1e9, 1),
        "system": platform.platform(terse=True),
        "python": sys.version.split()[0],
        "load_average": load,
        "packages": versions,
    }


def _line_of(path: str, key: str) -> str:
    file = Path(path)
    if not file.exists():
        return ""
    found = (line for line in file.read_text("utf-8").splitlines() if line.startswith(key))
    return next(found, "").partition(":")[2].strip()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def write_json(path: Path, results: Sequence[Result], *, scale: str, when: str) -> None:
    """All results of a run with the machine they were measured on."""
    held = {
        "when": when,
        "scale": scale,
        "machine": machine(),
        "results": [
            asdict(result) | {"goals": [asdict(g) | {"met": g.met} for g in result.goals]}
            for result in results
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held, indent=1) + "\n", "utf-8")
