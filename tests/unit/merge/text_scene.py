"""A merger of a format of lines ``name: value``, for tests: as real as one for scenes, and small.

A part is a line; its kind is ``line``. A file with the word ``UNMERGEABLE`` cannot be merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from audobon.model.merge import SceneMerge
from audobon.model.parts import PartChange, PartConflict
from audobon.services.core.stores import Stores

__all__ = ["merge_lines"]


def _read(path: Path) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in path.read_text().splitlines())


def _status(base: str | None, side: str | None) -> str:
    if base is None:
        return "added"
    return "removed" if side is None else "modified"


def merge_lines(
    stores: Stores,
    base: Path,
    ours: Path,
    theirs: Path,
    to: Path,
    *,
    takes: Mapping[tuple[str, str], str],
) -> SceneMerge:
    """See ``ContentMerger``."""
    if any("UNMERGEABLE" in path.read_text() for path in (base, ours, theirs)):
        return SceneMerge(merged=False, reason="a line cannot be read")
    was, mine, other = (_read(path) for path in (base, ours, theirs))
    merged: dict[str, str | None] = {}
    taken, conflicts = [], []
    for name in sorted({*was, *mine, *other}):
        values = was.get(name), mine.get(name), other.get(name)
        take = takes.get(("line", name), "")
        if values[1] == values[2] or values[2] == values[0]:
            merged[name] = values[1]
        elif values[1] == values[0] or take == "theirs":
            merged[name] = values[2]
            taken.append(PartChange("line", name, _status(values[0], values[2])))
        elif take in ("ours", "both"):
            merged[name] = values[1]
            if take == "both":
                merged[f"{name} 2"] = values[2]
        else:
            status = _status(values[0], values[1]), _status(values[0], values[2])
            conflicts.append(PartConflict("line", name, *status))
    if conflicts:
        return SceneMerge(merged=False, conflicts=tuple(conflicts))
    to.write_text("".join(f"{name}: {value}\n" for name, value in merged.items() if value))
    return SceneMerge(merged=True, taken=tuple(taken))
