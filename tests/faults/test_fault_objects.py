"""Objects in a folder: ``kill -9`` amid compare-and-swap, full and read-only disks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from fault_support import Mounts

from audobon.errors import DiskFull, ReadOnly
from audobon.storage.objects import ABSENT, FolderStore
from audobon.system.exclusive import CLAIM, LINK, RENAME


@pytest.mark.skipif(sys.platform == "win32", reason="the killed children are forked")
@pytest.mark.parametrize("way", [LINK, RENAME, CLAIM])
def test_killed_writers_lose_nothing_and_hold_nobody_up(
    tmp_path: Path, way: str, soak: int
) -> None:
    folder = tmp_path / "objects"
    store = FolderStore(folder, create=True, ways=(way,), lease_s=0.5)
    store.put("refs/main", b"")
    script = Path(__file__).with_name("objectmembers.py")
    command = [sys.executable, str(script), str(folder), way, "4", str(40 * soak), "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    acks = [
        line.split() for path in tmp_path.glob("acks-*") for line in path.read_text().splitlines()
    ]

    lines = store.get("refs/main").decode().split()
    told = [ack[1] for ack in acks if ack[0] == "line"]
    assert len(told) > 10
    assert set(told) <= set(lines), "a write that was told to be done is lost"
    assert len(lines) == len(set(lines)), "a write was done twice"
    assert len(lines) - len(told) <= 40 * soak + 4, "killed between the write and the telling"

    made = Counter((ack[1], ack[2]) for ack in acks if ack[0] == "made")
    assert made
    assert max(made.values()) == 1, "two were told that they made one object"
    gone = Counter((ack[1], ack[2]) for ack in acks if ack[0] == "gone")
    assert max(gone.values(), default=1) == 1
    there = {each.key: each for each in store.list("once/")}
    owner = {(ack[1], ack[2]): ack[3] for ack in acks if ack[0] == "made"}
    for key, found in there.items():
        data = store.get(key)  # whole, or Corrupt
        name = owner.get((key, found.generation))
        assert name is None or data == name.encode() * 500

    left = folder / "@part"
    past = time.time() - 7200
    for path in left.iterdir():
        os.utime(path, (past, past))
    FolderStore(folder)
    assert list(left.iterdir()) == []
    store.put("refs/main", b"the last")  # also what killed writers did not clear away goes
    alive = [path for path in (folder / "refs").iterdir() if path.stat().st_size > 32]
    assert len(alive) == 1


def _fill(store: FolderStore) -> None:
    for number in range(40):
        store.put(f"packs/{number}", bytes(100_000), ABSENT)


def test_a_full_disk_loses_nothing(mounts: Mounts, tmp_path: Path) -> None:
    disk = mounts.disk("usb", "1m")
    store = FolderStore(disk / "objects", create=True)
    first = store.put("refs/main", b"1")
    with pytest.raises(DiskFull):
        _fill(store)
    assert store.get("refs/main") == b"1"
    assert store.stat("refs/main") == first
    whole = [store.get(each.key) for each in store.list("packs/")]
    assert whole == [bytes(100_000)] * len(whole)
    assert list((disk / "objects" / "@part").iterdir()) == []
    for number in range(5):
        assert store.delete(f"packs/{number}")
    assert store.put("refs/main", b"2", first.generation).size == 1
    store.put("packs/0", bytes(1000), ABSENT)
    small = mounts.disk("small", "256k")
    store.put("big", bytes(300_000))
    with pytest.raises(DiskFull):
        store.fetch("big", small / "copy")
    assert not [
        path for path in small.iterdir() if path.name.startswith(".") and path.stat().st_size
    ]


def test_a_read_only_disk_can_be_read(mounts: Mounts, tmp_path: Path) -> None:
    disk = mounts.disk("share", "1m")
    FolderStore(disk, create=True).put("refs/main", b"1")
    mounts.set_read_only(disk, on=True)
    store = FolderStore(disk)
    assert store.get("refs/main") == b"1"
    store.fetch("refs/main", tmp_path / "copy")
    for call in (lambda: store.put("refs/main", b"2"), lambda: store.delete("refs/main")):
        with pytest.raises(ReadOnly):
            call()
    mounts.set_read_only(disk, on=False)
    store.put("refs/main", b"2")
