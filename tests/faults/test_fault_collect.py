"""``kill -9`` at random instants of collecting: nothing that a version needs is lost."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from fault_support import killed_after

import audobon

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is killed with a signal")

_KILLS = 30
_COLLECT = """
import sys, datetime, audobon
from audobon.services.versioning import collecting
from audobon.storage import chunks, history
from audobon.storage.chunks import collect, reader, packs
with audobon.Library.open(sys.argv[1]) as lib:
    lib.stats()
    print("begun", flush=True)
    lib.collect(grace=datetime.timedelta(0), keep_last=6)
    print("done", flush=True)
"""


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def collect(lib: audobon.Library, delay: float | None) -> tuple[bool, float]:
    """Collect in a process that is killed after ``delay`` seconds: whether it was, and its time."""
    return killed_after(_COLLECT, [lib.path], delay)


def test_killed_at_any_instant(tmp_path: Path, soak: int) -> None:
    chance = random.Random(5)
    folder = tmp_path / "Lib"
    killed = 0
    with audobon.Library.create(folder, author="Ada <ada@example.org>") as lib:
        base = noise(1_500_000, 0)
        contents: dict[str, bytes] = {}
        took = 0.0
        for number in range(_KILLS * soak + 8):
            # Half of each version is in the one before: packs are written anew, not only removed.
            cut = chance.randrange(len(base) - 300_000)
            data = base[cut : cut + 300_000] + noise(150_000, number)
            (folder / "work.bin").write_bytes(data)
            (folder / f"small{number % 7}.bin").write_bytes(noise(3_000, number))
            lib.add(folder)
            contents[lib.commit(f"v{number}").id] = data
            if number < 7:
                continue
            if number == 7:
                _, took = collect(lib, None)
                continue
            was_killed, lasted = collect(lib, chance.uniform(0, took * 1.1))
            killed += was_killed
            if not was_killed:  # the machine is quicker now than when it was measured
                took = lasted
            _must_hold(folder, contents, tmp_path / "out", full=number % 6 == 0)
    assert killed > _KILLS * soak // 2
    with audobon.Library.open(folder) as lib:
        collect(lib, None)
        assert len(lib.log()) == 6
        _must_hold(folder, contents, tmp_path / "out", full=True)
        assert not list((lib.state_path / "chunks" / "packs").glob("*.tmp"))


def _must_hold(folder: Path, contents: dict[str, bytes], out: Path, *, full: bool) -> None:
    """Everything that the log lists comes back, in a library opened anew."""
    with audobon.Library.open(folder) as lib:
        log = lib.log()
        assert len(log) >= 6
        assert list(contents)[-len(log) :] == [version.id for version in reversed(log)]
        for version in log if full else log[:2]:
            lib.restore("work.bin", version.id, out)
            assert out.read_bytes() == contents[version.id]
        assert lib.verify().problems == ()
    history = lib.state_path / "history.git"
    done = subprocess.run(
        ["git", "-C", str(history), "fsck", "--strict"], capture_output=True, text=True, check=True
    )
    assert "missing" not in done.stdout
