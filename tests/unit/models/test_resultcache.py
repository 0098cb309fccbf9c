"""Results on disk keep to their budget; the oldest go, whole, and the newest stays."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from audobon.services.core.resultcache import due, trim, used


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
    for path in (notes[0], notes[4]):
        used(path)
    assert trim(tmp_path, 10) == 0  # somebody reads them just now
    assert names(tmp_path) == {"a0.json", "a0.png", "a4.json", "a4.png"}


def test_the_newest_stays_and_what_a_kill_left_goes(tmp_path: Path) -> None:
    left = result(tmp_path, "b0", 500, 50)
    left.unlink()
    result(tmp_path, "b1", 5000, 1)
    assert trim(tmp_path, 100) == 1
    assert names(tmp_path) == {"b1.json", "b1.png"}
    assert trim(tmp_path / "absent", 100) == 0


def test_all_are_looked_through_once_in_64_mib(tmp_path: Path) -> None:
    notes = [tmp_path / f"{sha256(b'%d' % number).hexdigest()}.json" for number in range(40_000)]
    size = 7000  # an embedding
    times = sum(due(note, size) for note in notes)
    assert 1 <= times <= 12  # 280 MB: four times, as chance has it
    assert sum(due(note, 32 << 20) for note in notes) / len(notes) == pytest.approx(0.5, abs=0.02)
    assert all(due(note, 64 << 20) for note in notes)
