"""``audobon snapshot``, ``recover`` and ``verify --place``: the whole way on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.testing.folders import tree


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def test_snapshots_from_the_first_to_a_recovery(
    folder: Path, tmp_path: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    disk = tmp_path / "disk"
    assert verb("snapshot", disk, "--dry-run").stdout.startswith("would send ")
    assert not disk.exists()
    data("snapshot", disk, "--list", "--dry-run", status=Invalid.code)
    assert verb("snapshot", disk, "--tag", "first").stdout.startswith("snapshot ")
    before = content(folder)
    (folder / "notes.txt").write_text("changed")
    made = data("snapshot", disk, "--reason", "before lunch")["snapshot"]
    assert made["files"] == len(before)
    listed = verb("snapshot", disk, "--list").stdout.splitlines()
    assert made["id"] in listed[0]
    assert "before lunch" in listed[0]
    assert "[first]" in listed[1]
    capped = verb("snapshot", disk, "--limit", "900MB/s").stdout
    assert capped.endswith("at most 900.0 MB/s\n")
    first = data("snapshot", disk, "--list")["snapshots"][1]["id"]
    assert "textures/oak_planks.png" in verb("snapshot", disk, "--files", "-").stdout
    out = tmp_path / "old notes.txt"
    verb("snapshot", disk, "--restore", first, "--ref", "notes.txt", "--out", out)
    assert out.read_bytes() == before["notes.txt"]
    verb("snapshot", disk, "--restore", first, "--out", tmp_path / "all")
    assert content(tmp_path / "all") == before
    assert "back on main" in verb("snapshot", disk, "--restore", first).stdout
    assert content(folder) == before
    told = verb("snapshot", disk, "--forget", "--keep", "last=1").stdout
    assert told.startswith("0 snapshots forgotten, 2 kept"), "one is the newest, one has a tag"
    assert data("verify", "--place", disk, "--part", "1/2")["ok"]
    assert data("verify", "--place", disk)["problems"] == []
    assert data("recover", disk, tmp_path / "home", "--dry-run")["files"] > 5
    told = verb("recover", disk, tmp_path / "home", "--limit", "900MB/s").stdout
    assert told.startswith("Test: 5 files")
    data("recover", disk, tmp_path / "home", status=Conflict.code)
    data("recover", tmp_path / "nothing", tmp_path / "other", status=NotFound.code)


def test_damage_is_told_and_made_good(
    folder: Path, tmp_path: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    disk = tmp_path / "disk"
    verb("snapshot", disk)
    pack = max((path for path in disk.rglob("*") if "packs" in path.parts), key=_size)
    raw = bytearray(pack.read_bytes())
    raw[60] ^= 0xFF
    pack.chmod(0o600)
    pack.write_bytes(raw)
    assert not data("verify", "--place", disk, status=Corrupt.code)["ok"]
    assert "replaced" in verb("snapshot", disk, "--repair").stdout
    assert data("verify", "--place", disk)["ok"]


def test_by_itself(
    folder: Path, tmp_path: Path, verb: Callable[..., Any], data: Callable[..., dict[str, Any]]
) -> None:
    disk = tmp_path / "disk"
    assert verb("snapshot", "--due").stdout == "none is due\n"
    told = verb("snapshot", disk, "--every", "12h", "--keep", "last=2").stdout
    assert told == f"every 12 hours into {disk}\n"
    assert data("snapshot", "--due")["snapshot"]["files"] == 5
    assert data("snapshot", "--due")["snapshot"] is None
    assert verb("snapshot").stdout.startswith("snapshot "), "the place of the schedule"
    verb("snapshot", "--every", "off")
    data("snapshot", status=Invalid.code)


def test_refusals(folder: Path, tmp_path: Path, data: Callable[..., dict[str, Any]]) -> None:
    disk = tmp_path / "disk"
    data("snapshot", disk, "--list", "--due", status=Invalid.code)
    data("snapshot", disk, "--every", "often", status=Invalid.code)
    data("snapshot", disk, "--forget", "--keep", "best=1", status=Invalid.code)
    data("recover", disk, tmp_path / "home", "--root", "far", status=Invalid.code)


def _size(path: Path) -> int:
    return path.stat().st_size
