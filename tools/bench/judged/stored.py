"""The judged library as two files of JSON lines beside its sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.judged.judging import graded, queries
from bench.judged.making import FOLDER, Made, make

__all__ = ["ASSETS", "JUDGEMENTS", "assets", "judgements", "lines", "write"]

ASSETS = FOLDER / "assets.jsonl"
JUDGEMENTS = FOLDER / "judgements.jsonl"
_HELD = ("path", "kind", "tags", "note", "text", "seen", "used", "rating")


def _asset(made: Made) -> dict[str, Any]:
    """What a library knows of it: no facts, and nothing that is empty."""
    held = {name: getattr(made, name) for name in _HELD}
    return {name: value for name, value in held.items() if value}


def lines() -> dict[Path, list[str]]:
    """What stands in the two files."""
    made = make()
    place = {asset.path: number for number, asset in enumerate(made)}
    judged = []
    for query in queries():
        by_grade: dict[str, list[int]] = {"3": [], "2": [], "1": []}
        for path, grade in graded(query, made).items():
            by_grade[str(grade)].append(place[path])
        judged.append(
            {"kind": query.kind, "query": query.text, "half": query.half, "grades": by_grade}
        )

    def told(rows: list[dict[str, Any]]) -> list[str]:
        return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]

    return {ASSETS: told(list(map(_asset, made))), JUDGEMENTS: told(judged)}


def write() -> None:
    for path, rows in lines().items():
        path.write_text("\n".join(rows) + "\n", "utf-8")


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def assets() -> list[dict[str, Any]]:
    """The assets: path, kind, and where there are some tags, note, text, seen, used, rating."""
    return _read(ASSETS)


def judgements() -> list[dict[str, Any]]:
    """The queries: kind, query, half, and ``grades``, a grade for each path that has one."""
    paths = [asset["path"] for asset in assets()]
    return [
        row
        | {
            "grades": {
                paths[number]: int(grade)
                for grade, numbers in row["grades"].items()
                for number in numbers
            }
        }
        for row in _read(JUDGEMENTS)
    ]
