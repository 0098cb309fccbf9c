"""``kill -9`` at random instants of snapshot, recover and forget: then every byte is verified."""

from __future__ import annotations

import os
import random
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fault_support import killed_after

import audobon
from audobon.model.snapshot import Retention
from audobon.testing.folders import tree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is killed with a signal")

_KILLS = 2
"""Of each sort in an ordinary run; 20 in a soak, and AUDOBON_KILLS says another number."""

_BEGIN = """
import datetime, sys, audobon
from audobon.model.snapshot import Retention
from audobon.services.snapshots import forgetting, placeverify, recovering, snapshotting
from audobon.services.depot import fetching, sending, sweeping
from audobon.storage import chunks, history
from audobon.storage.chunks import packs, parcels, reader, taking, writer
from audobon.storage.history import unpacking
place, folder = sys.argv[1:3]
print("begun", flush=True)
"""
_SNAPSHOT = """
with audobon.Library.open(folder) as lib:
    lib.snapshot(place)
"""
_FORGET = """
with audobon.Library.open(folder) as lib:
    for _ in range(2):
        lib.snapshots.forget(place, Retention(2, 0, 0, 0, 0), grace=datetime.timedelta(0))
"""
_RECOVER = """
audobon.Library.recover(place, folder, author="Ada <ada@example.org>").close()
"""


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def call(code: str, place: Path, folder: Path, delay: float | None) -> tuple[bool, float]:
    """Run code in a process that is killed after a time: whether it was, and how long it took."""
    whole = f"{_BEGIN}{code}print('done', flush=True)"
    home = str(folder.parent / "home")
    return killed_after(whole, [place, folder], delay, XDG_DATA_HOME=home)


@pytest.fixture
def kills(soak: int) -> int:
    return int(os.environ.get("AUDOBON_KILLS", _KILLS * soak))


def changed(folder: Path, chance: random.Random, number: int) -> None:
    base = random.Random(0).randbytes(1_200_000)
    cut = chance.randrange(len(base) - 300_000)
    data = base[cut : cut + 300_000] + random.Random(number).randbytes(150_000)
    (folder / "work.bin").write_bytes(data)
    (folder / f"small{number % 5}.bin").write_bytes(random.Random(number).randbytes(3_000))


def test_killed_while_making_and_forgetting(tmp_path: Path, kills: int) -> None:
    chance = random.Random(11)
    folder, place = tmp_path / "Lib", tmp_path / "disk"
    took = {_SNAPSHOT: 0.0, _FORGET: 0.0}
    killed = {_SNAPSHOT: 0, _FORGET: 0}
    tries = 0
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        changed(folder, chance, 0)
        lib.add([folder])
        lib.commit("one")
        lib.snapshot(str(place))
    for code in (_SNAPSHOT, _FORGET):
        changed(folder, chance, 0)
        _, took[code] = call(code, place, folder, None)
    while min(killed.values()) < kills and tries < kills * 6:
        tries += 1
        changed(folder, chance, tries + 2)
        with audobon.Library.open(folder) as lib:
            lib.add([folder])
        code = _SNAPSHOT if killed[_SNAPSHOT] <= killed[_FORGET] else _FORGET
        if code is _FORGET:
            call(_SNAPSHOT, place, folder, None)
        was_killed, lasted = call(code, place, folder, chance.uniform(0, took[code]))
        killed[code] += was_killed
        if not was_killed:
            took[code] = lasted
        with audobon.Library.open(folder) as lib:
            assert lib.snapshots.verify(str(place)).problems == ()
            assert lib.verify().problems == ()
    assert min(killed.values()) >= kills
    with audobon.Library.open(folder) as lib:
        lib.snapshot(str(place))
        for _ in range(2):
            lib.snapshots.forget(str(place), Retention(2, 0, 0, 0, 0), grace=timedelta(0))
        there = lib.snapshots.list(str(place))
        assert len(there) == 2
    expected = content(folder)
    shutil.rmtree(folder)
    with audobon.Library.recover(str(place), tmp_path / "back") as back:
        assert content(tmp_path / "back") == expected
        assert back.verify().problems == ()
        assert back.snapshots.verify(str(place)).problems == ()


def test_killed_while_recovering(tmp_path: Path, kills: int) -> None:
    chance = random.Random(12)
    folder, place = tmp_path / "Lib", tmp_path / "disk"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        for number in range(6):
            changed(folder, chance, number)
            (folder / f"more{number}.bin").write_bytes(random.Random(number).randbytes(200_000))
            lib.add([folder])
            lib.commit(f"v{number}")
        changed(folder, chance, 7)  # not committed
        lib.snapshot(str(place))
        log = lib.log()
    expected = content(folder)
    _, took = call(_RECOVER, place, tmp_path / "first", None)
    killed = tries = 0
    while killed < kills and tries < kills * 5:
        tries += 1
        home = tmp_path / "empty" / str(tries)
        was_killed = True
        for _ in range(8):  # cut off again and again, it goes on
            was_killed, _ = call(_RECOVER, place, home, chance.uniform(0, took))
            killed += was_killed
            if not was_killed:
                break
        if was_killed and not (home / ".audobon" / "library.toml").exists():
            assert call(_RECOVER, place, home, None)[0] is False
        with audobon.Library.open(home) as back:
            assert content(home) == expected
            assert back.log() == log
            assert back.verify().problems == ()
        shutil.rmtree(home)
    assert killed >= kills
