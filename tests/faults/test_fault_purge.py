"""``kill -9`` at random instants of a purge: the next one finishes it, and nothing else is lost."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sys
from pathlib import Path

import pytest
from fault_support import git, killed_after, must_be_sound

import audobon
from audobon.errors import NotFound
from audobon.storage.objects import open_store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is killed with a signal")

_KILLS = 4
"""In an ordinary run; 40 in a soak, and AUDOBON_KILLS says another number."""
_PURGE = """
import sys, audobon
from audobon.services.purge import doing
from audobon.storage.chunks import erasing, packs
from audobon.storage.history import purging, unpacking
with audobon.Library.open(sys.argv[1], author="Ada <ada@example.org>") as lib:
    lib.stats(), lib.log(), lib.search("work")
    print("begun", flush=True)
    done = lib.purge([sys.argv[2]], remotes=["nas"])
    assert done.ok, done
    print("done", flush=True)
"""
_SECRET = [random.Random(number).randbytes(150_000) for number in (1, 2)]
_WORK = [random.Random(number).randbytes(60_000) for number in range(10, 14)]


def _made(home: Path) -> str:
    """A library with four versions and a remote that has them; the id of what will be purged."""
    folder = home / "Lib"
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        for number, data in enumerate(_WORK):
            (folder / "work.bin").write_bytes(data)
            if number in (1, 2):
                (folder / "secretface.bin").write_bytes(_SECRET[number - 1])
            lib.add(folder)
            lib.commit(f"v{number} with secretface.bin" if number == 2 else f"v{number}")
            if number == 1:
                lib.branch("night")
        lib.keep_point("a point")
        lib.remotes.add("nas", str(home / "nas"))
        lib.push("nas", branches=["main", "night"])
        return lib.get("secretface.bin").id


def test_killed_at_any_instant(tmp_path: Path, soak: int) -> None:
    chance, kills = random.Random(11), int(os.environ.get("AUDOBON_KILLS", _KILLS * soak))
    made = tmp_path / "made"
    ident = _made(made)
    killed, took = 0, 0.0
    for number in range(kills + 1):
        home = tmp_path / "home"  # the remote's address holds it, so it is always the same
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(made, home)
        _point_at(home)
        delay = None if number == 0 else chance.uniform(0, took)
        was_killed, lasted = killed_after(_PURGE, [home / "Lib", Path(ident)], delay)
        took = lasted if not was_killed else took
        killed += was_killed
        _finish(home, ident)
        _must_hold(home, tmp_path / "out")
    assert killed >= kills // 2


def _point_at(home: Path) -> None:
    book = home / "Lib" / ".audobon" / "remotes.json"
    text = book.read_text().replace(str(home.parent / "made" / "nas"), str(home / "nas"))
    book.write_text(text)


def _finish(home: Path, ident: str) -> None:
    with audobon.Library.open(home / "Lib", author="Ada <ada@example.org>") as lib:
        try:
            done = lib.purge([ident], remotes=["nas"])
        except NotFound:  # it was killed after the last step
            done = lib.purge(remotes=["nas"])
        assert done.ok, (done.places, done.proof)
        assert not (lib.state_path / "purging.json").exists()


def _must_hold(home: Path, out: Path) -> None:
    folder = home / "Lib"
    with audobon.Library.open(folder, author="Ada <ada@example.org>") as lib:
        log = lib.log()
        assert [version.message for version in log] == ["v3", "v2 with [purged]", "v1", "v0"]
        for version, data in zip(reversed(log), _WORK, strict=True):
            lib.restore("work.bin", version.id, out)
            assert out.read_bytes() == data
        assert [branch.name for branch in lib.branches()] == ["main", "night"]
        assert len(lib.recovery_points()) == 1
        must_be_sound(lib)
        assert lib.audit.verify().problems == ()
        assert git(lib, "fsck", "--strict", "--full", "--unreachable").strip() == ""
        assert not (folder / "secretface.bin").exists()
        assert (folder / "work.bin").read_bytes() == _WORK[-1]
        needles = _needles()
        for path in lib.state_path.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            assert not any(needle in data for needle in needles), path
        assert lib.push("nas").nothing
    store = open_store(str(home / "nas"))
    for stat in store.list():
        data = store.get(stat.key)
        assert not any(needle in data for needle in needles), stat.key
    store.close()


def _needles() -> list[bytes]:
    found = [b"secretface"]
    for data in _SECRET:
        digest = hashlib.sha256(data)
        found += [digest.digest(), digest.hexdigest().encode()]
        found += [data[at : at + 32] for at in range(0, len(data) - 32, 9_973)]
    return found
