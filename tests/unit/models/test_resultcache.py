"""Results on disk keep to their budget; the oldest go, whole, and the newest stays."""

from __future__ import annotations

import os
from pathlib import Path

from audobon.services.resultcache import trim, used


def result(folder: Path, name: str, size: int, age: int) -> Path:
    note = folder / name[:2] / f"{name}.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.with_suffix(".png").write_bytes(bytes(size))
    note.write_bytes(b"{}")
    for path in (note, note.with_suffix(".png")):
        os.utime(path, (1000 - age, 1000 - age))
    return note


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*/*")}


def test_the_oldest_go_and_the_used_stay(tmp_path: Path) -> None:
    notes = [result(tmp_path, f"a{number}", 1000, 10 - number) for number in range(5)]
    assert trim(tmp_path, 1 << 20) == 0
    used(notes[0])
    assert trim(tmp_path, 2500) == 3
    assert names(tmp_path) == {"a0.json", "a0.png", "a4.json", "a4.png"}


def test_the_newest_stays_and_what_a_kill_left_goes(tmp_path: Path) -> None:
    left = result(tmp_path, "b0", 500, 50)
    left.unlink()
    result(tmp_path, "b1", 5000, 1)
    assert trim(tmp_path, 100) == 1
    assert names(tmp_path) == {"b1.json", "b1.png"}
    assert trim(tmp_path / "absent", 100) == 0
