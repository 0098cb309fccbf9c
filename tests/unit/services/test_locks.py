"""Who works on what: told, shown, and over when the process or the lease is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, Invalid, ReadOnly

OAK = "textures/oak_planks.png"
WALL = "textures/BrickWall.png"


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The platform's data folder, in which the machine has its id."""
    home = tmp_path / "data home"
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    return home


@pytest.fixture
def other(lib: audobon.Library) -> Iterator[audobon.Library]:
    with audobon.Library.open(lib.path, author="Grace <grace@example.org>") as opened:
        yield opened


def test_a_lock_is_seen_and_let_go(lib: audobon.Library, other: audobon.Library) -> None:
    made = lib.lock(OAK, program="Blender")
    assert made.mine
    assert made.program == "Blender"
    (seen,) = other.locks()
    assert (seen.asset_id, seen.path, seen.mine) == (lib.get(OAK).id, f"MyAssets/{OAK}", False)
    assert seen.since == made.since
    with pytest.raises(Conflict, match=r"is open on .* since [0-9]+:[0-9]+ \(.*, Blender\)"):
        other.lock(OAK)
    with pytest.raises(Conflict, match="is locked by"):
        other.unlock(OAK)
    assert lib.unlock(OAK)
    assert not lib.unlock(OAK)
    assert other.lock(OAK).mine
    assert [lock.mine for lock in lib.locks()] == [False]


def test_again_renews_it(lib: audobon.Library) -> None:
    first = lib.lock(OAK, lease=timedelta(minutes=1))
    again = lib.lock(OAK, lease=timedelta(hours=2))
    assert again.since == first.since
    assert again.until > first.until + timedelta(hours=1)
    assert len(lib.locks()) == 1


def test_a_kept_lock_stays_kept_when_a_host_renews_it(lib: audobon.Library) -> None:
    kept = lib.lock(OAK, lease=timedelta(hours=5), keep=True)
    again = lib.lock(OAK, program="Blender", lease=timedelta(minutes=30))
    assert (again.kept, again.until, again.since) == (True, kept.until, kept.since)
    [seen] = lib.locks()
    assert (seen.kept, seen.mine, seen.here, seen.carried) == (True, True, True, False)
    lib.lock(OAK, lease=timedelta(minutes=1), keep=True)
    assert lib.locks()[0].until < kept.until, "whoever keeps it says for how long"


def test_force_takes_it_away(lib: audobon.Library, other: audobon.Library) -> None:
    lib.lock(OAK)
    assert other.unlock(OAK, force=True)
    assert other.lock(OAK).mine
    with pytest.raises(Conflict):
        lib.lock(OAK)


def test_whoever_lost_a_lock_is_told_who_broke_it(
    lib: audobon.Library, other: audobon.Library
) -> None:
    since = lib.lock(OAK, program="Blender").since
    lib.lock(WALL)
    assert lib.broken_locks() == ()
    assert other.unlock(OAK, force=True)
    (lost,) = lib.broken_locks()
    assert (lost.path, lost.program, lost.since) == (f"MyAssets/{OAK}", "Blender", since)
    assert lost.by.startswith("Grace")
    assert lost.by_machine
    assert other.broken_locks() == (), "it was nobody else's"
    # It is over for whoever locks or lets go of it again, not for others.
    other.lock(OAK)
    other.unlock(OAK)
    assert lib.broken_locks() == (lost,)
    assert not lib.unlock(OAK)
    assert lib.broken_locks() == ()
    other.unlock(WALL, force=True)
    lib.lock(WALL)
    assert lib.broken_locks() == ()
    assert lib.unlock(WALL, force=True), "one's own is let go of, not broken"
    assert lib.broken_locks() == ()


def test_what_tells_of_a_broken_lock_ends_and_may_be_damaged(
    lib: audobon.Library, other: audobon.Library
) -> None:
    for name in (OAK, WALL):
        lib.lock(name)
        other.unlock(name, force=True)
    folder = lib.state_path / "lock" / "broken"
    old, damaged = (folder / f"{lib.get(name).id}.json" for name in (OAK, WALL))
    data = json.loads(old.read_text("utf-8"))
    data["at"] = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    old.write_text(json.dumps(data), "utf-8")
    damaged.write_text('{"at": 3', "utf-8")
    assert lib.broken_locks() == ()
    assert not old.exists()


def test_closing_ends_it(lib: audobon.Library) -> None:
    with audobon.Library.open(lib.path) as short:
        short.lock(OAK)
        short.lock(WALL)
        assert len(lib.locks()) == 2
    assert lib.locks() == ()
    assert list((lib.state_path / "lock" / "assets").iterdir()) == []
    assert list((lib.state_path / "lock" / "holders").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="it is killed with a signal")
def test_a_killed_process_holds_nothing(lib: audobon.Library) -> None:
    code = f"""
import audobon, time
lib = audobon.Library.open({str(lib.path)!r})
lib.lock({OAK!r}, program="Krita")
print("locked", flush=True)
time.sleep(600)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(audobon.__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"locked\n"
        assert [lock.program for lock in lib.locks()] == ["Krita"]
        with pytest.raises(Conflict, match="Krita"):
            lib.lock(OAK)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert lib.lock(OAK).mine


def test_another_machine_holds_it_for_its_lease(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setenv("XDG_DATA_HOME", str(tmp_path / "workstation-2"))
        with audobon.Library.open(lib.path, author="Grace <grace@example.org>") as remote:
            remote.lock(OAK, lease=timedelta(hours=1))
    # Its process is gone, and here nobody can know.
    with pytest.raises(Conflict, match="Grace"):
        lib.lock(OAK)
    file = next((lib.state_path / "lock" / "assets").glob("*.json"))
    data = json.loads(file.read_text())
    data["until"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    file.write_text(json.dumps(data))
    assert lib.locks() == ()
    assert lib.lock(OAK).mine


def test_a_kept_lock_outlives_its_process(lib: audobon.Library, other: audobon.Library) -> None:
    with audobon.Library.open(lib.path, author="Ada <ada@example.org>") as short:
        short.lock(OAK, keep=True)
    with pytest.raises(Conflict, match="Ada"):
        other.lock(OAK)
    with audobon.Library.open(lib.path, author="Ada <ada@example.org>") as again:
        assert again.locks()[0].mine
        assert again.unlock(OAK)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"asset_id": 1}'])
def test_a_damaged_lock_is_no_lock(lib: audobon.Library, text: str) -> None:
    lib.lock(OAK)
    file = next((lib.state_path / "lock" / "assets").glob("*.json"))
    file.write_text(text)
    assert lib.locks() == ()
    assert lib.lock(OAK).mine


def test_a_hostile_holder_is_no_path(lib: audobon.Library, tmp_path: Path) -> None:
    lib.lock(OAK)
    file = next((lib.state_path / "lock" / "assets").glob("*.json"))
    target = tmp_path / "made.lock"
    data = {**json.loads(file.read_text()), "holder": str(target.with_suffix(""))}
    file.write_text(json.dumps(data))
    assert lib.locks() == ()
    assert not target.exists()


def test_nonsense_is_refused(lib: audobon.Library) -> None:
    with pytest.raises(Invalid, match="lease"):
        lib.lock(OAK, lease=timedelta(0))
    with audobon.Library.open(lib.path, read_only=True) as reading:
        lib.lock(OAK)
        assert len(reading.locks()) == 1
        with pytest.raises(ReadOnly):
            reading.lock(WALL)


def test_the_commands(lib: audobon.Library) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(Path(audobon.__file__).parents[1])}
        command = [sys.executable, "-m", "audobon", *arguments, "--library", str(lib.path)]
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False)

    assert "nothing is locked" in run("lock").stdout
    assert "open on" in run("lock", OAK, "--program", "Krita").stdout
    assert "Krita" in run("show", OAK).stdout
    assert json.loads(run("show", OAK, "--json").stdout)["lock"]["program"] == "Krita"
    assert json.loads(run("show", WALL, "--json").stdout)["lock"] is None
    assert f"MyAssets/{OAK}" in run("lock").stdout
    assert "1 unlocked" in run("unlock", OAK).stdout
    assert "locked" not in run("show", OAK).stdout
    assert run("lock", OAK, "--for", "ever").returncode == 10
    run("lock", OAK)
    with audobon.Library.open(lib.path, author="Grace <grace@example.org>") as other:
        other.unlock(OAK, force=True)
    assert f"MyAssets/{OAK}  yours was broken by Grace on " in run("lock").stdout
    assert "nothing is locked" in (run("unlock", OAK), run("lock"))[1].stdout
