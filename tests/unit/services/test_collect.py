"""Versions are pruned, and what nothing needs any more leaves history and store."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import audobon
from audobon.errors import Corrupt, Invalid, NotFound, ReadOnly

NOW = timedelta(0)


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def git(lib: audobon.Library, *arguments: str) -> str:
    command = ["git", "-C", str(lib.state_path / "history.git"), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[audobon.Library]:
    """Six versions of one file that share nothing, and one file that stays."""
    with audobon.Library.create(tmp_path / "Lib", author="Ada <ada@example.org>") as library:
        (library.path / "stays.bin").write_bytes(noise(50_000, 100))
        for number in range(6):
            (library.path / "work.bin").write_bytes(noise(200_000, number))
            library.add(library.path)
            library.commit(f"v{number}")
        yield library


def contents(lib: audobon.Library, to: Path) -> dict[str, int]:
    """Message of each version to the number of the file that it gives back."""
    known = {noise(200_000, number): number for number in range(6)}
    found = {}
    for version in lib.log():
        lib.restore("work.bin", version.id, to)
        found[version.message] = known[to.read_bytes()]
    return found


def must_be_sound(lib: audobon.Library) -> None:
    assert lib.verify().problems == ()
    assert "error" not in git(lib, "fsck", "--strict", "--full")
    lib_again = audobon.Library.open(lib.path)
    with lib_again as again:
        assert again.verify().problems == ()
        assert [v.id for v in again.log()] == [v.id for v in lib.log()]


def test_nothing_goes_while_versions_need_it(lib: audobon.Library, tmp_path: Path) -> None:
    before = lib.log()
    done = lib.collect(grace=NOW)
    assert (done.files, done.waiting, done.pruned, done.objects) == (0, 0, 0, 0)
    assert done.versions == 6
    assert lib.log() == before
    assert contents(lib, tmp_path / "out") == {f"v{n}": n for n in range(6)}
    must_be_sound(lib)


def test_old_versions_are_pruned_and_their_bytes_go(lib: audobon.Library, tmp_path: Path) -> None:
    before = lib.log()
    told = lib.collect(grace=NOW, keep_last=2, dry_run=True)
    assert lib.log() == before
    assert (told.pruned, told.files, told.versions) == (4, 4, 2)
    done = lib.collect(grace=NOW, keep_last=2)
    assert (done.pruned, done.files, done.versions) == (4, 4, 2)
    assert done.objects >= 12  # a commit, a manifest and a pointer of each, and trees
    assert done.freed > 700_000
    assert abs(told.chunks_after - done.chunks_after) < 2_000
    assert told.objects == done.objects
    left = lib.log()
    assert [version.id for version in left] == [version.id for version in before[:2]]
    assert left[1].parents == ()
    assert contents(lib, tmp_path / "out") == {"v5": 5, "v4": 4}
    with pytest.raises(NotFound):
        lib.restore("work.bin", before[3].id, tmp_path / "out")
    must_be_sound(lib)


def test_bytes_wait_for_the_grace_period(lib: audobon.Library) -> None:
    size = lib.stats().stored_bytes
    done = lib.collect(keep_last=1)
    assert (done.pruned, done.files, done.waiting) == (5, 0, 5)
    assert lib.stats().stored_bytes == size
    assert len(lib.log()) == 1
    # The file that git itself reads is all that hides them until then.
    (lib.state_path / "history.git" / "shallow").unlink()
    with audobon.Library.open(lib.path) as again:
        assert len(again.log()) == 6
        assert again.collect().waiting == 0
        assert again.verify().problems == ()


def test_tips_and_tags_stay_whatever_the_policy(lib: audobon.Library, tmp_path: Path) -> None:
    log = lib.log()
    git(lib, "tag", "release", log[4].id)
    named = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git(lib, *named, "tag", "-a", "-m", "noted", "noted", log[3].id)
    git(lib, "branch", "side", log[2].id)
    (lib.path / "work.bin").write_bytes(b"never committed")
    lib.restore("work.bin", "HEAD~5")  # keeps what it replaces in refs/audobon/rescue
    lib.collect(grace=NOW, keep_last=1)
    for name, number in (("release", 1), ("noted", 2), ("side", 3), ("HEAD", 5)):
        lib.restore("work.bin", name, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == noise(200_000, number), name
    rescued = git(lib, "show", "refs/audobon/rescue:Lib/work.bin")
    digest = rescued.partition("sha256:")[2].split()[0]
    with audobon.Library.open(lib.path) as again:
        assert again._stores.chunks.read(digest) == b"never committed"
    assert len(lib.log()) == 1
    must_be_sound(lib)


def test_the_young_stay(lib: audobon.Library) -> None:
    assert lib.collect(grace=NOW, keep_for=timedelta(days=1)).pruned == 0
    lib.commit("nothing new")
    assert lib.collect(grace=NOW, keep_for=timedelta(0), keep_last=3).pruned == 3
    assert [version.message for version in lib.log()] == ["v5", "v4", "v3"]


def test_a_missing_file_keeps_its_last_bytes(lib: audobon.Library) -> None:
    (lib.path / "stays.bin").unlink()
    lib.commit("gone")
    lib.collect(grace=NOW, keep_last=1)
    must_be_sound(lib)
    digest = lib.get("stays.bin").digest
    assert lib._stores.chunks.read(digest) == noise(50_000, 100)


def test_work_goes_on_after_pruning(lib: audobon.Library, tmp_path: Path) -> None:
    lib.collect(grace=NOW, keep_last=1)
    (lib.path / "work.bin").write_bytes(noise(200_000, 2))  # bytes that have just gone
    lib.commit("again")
    assert contents(lib, tmp_path / "out") == {"again": 2, "v5": 5}
    assert [entry.status for entry in lib.diff("HEAD~1").entries] == ["modified"]
    lib.collect(grace=NOW, keep_last=1)
    assert contents(lib, tmp_path / "out") == {"again": 2}
    must_be_sound(lib)


def test_a_clone_of_what_is_left(lib: audobon.Library, tmp_path: Path) -> None:
    lib.collect(grace=NOW, keep_last=2)
    work = str(tmp_path / "work")
    env = {**os.environ, "GIT_LFS_SKIP_SMUDGE": "1"}
    source = str(lib.state_path / "history.git")
    subprocess.run(["git", "clone", "-q", source, work], check=True, env=env, capture_output=True)
    listed = subprocess.run(
        ["git", "-C", work, "log", "--format=%s"], check=True, capture_output=True, text=True
    )
    assert listed.stdout.split() == ["v5", "v4"]


def test_damage_stops_it(lib: audobon.Library) -> None:
    commit = lib.log()[3].id
    lib.close()
    folder = lib.state_path / "history.git" / "objects"
    file = folder / commit[:2] / commit[2:]
    kept = file.read_bytes()
    file.unlink()
    with audobon.Library.open(lib.path) as again:
        packs = sorted((lib.state_path / "chunks" / "packs").iterdir())
        with pytest.raises(Corrupt):
            again.collect(grace=NOW, keep_last=6)
        assert sorted((lib.state_path / "chunks" / "packs").iterdir()) == packs
    file.write_bytes(kept)
    with audobon.Library.open(lib.path) as again:
        assert again.verify().problems == ()


def test_what_makes_no_sense_is_refused(lib: audobon.Library) -> None:
    with pytest.raises(Invalid):
        lib.collect(grace=timedelta(days=-1))
    with pytest.raises(Invalid):
        lib.collect(keep_last=0)
    with audobon.Library.open(lib.path, read_only=True) as reading, pytest.raises(ReadOnly):
        reading.collect()
    assert len(lib.log()) == 6


def test_versions_are_made_meanwhile(lib: audobon.Library, tmp_path: Path) -> None:
    """Another process makes versions while this one collects without any grace."""
    code = f"""
import audobon, random
with audobon.Library.open({str(lib.path)!r}) as lib:
    for number in range(8):
        (lib.path / "busy.bin").write_bytes(random.Random(number % 5).randbytes(90_000))
        lib.add(lib.path / "busy.bin")
        print(lib.commit(f"busy {{number}}").id, flush=True)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(audobon.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env
    )
    told: list[str] = []
    assert process.stdout is not None
    stream = process.stdout
    reader = threading.Thread(target=lambda: told.extend(line.strip() for line in stream))
    reader.start()
    rounds = 0
    try:
        while reader.is_alive():
            lib.collect(grace=NOW, keep_last=3)
            rounds += 1
            reader.join(0.02)  # the lock is not given in turn
    finally:
        status = process.wait()
        reader.join()
        stream.close()
    assert status == 0
    assert len(told) == 8
    assert rounds > 1
    assert lib.log()[0].id == told[-1]
    for version in lib.log():
        if version.message.startswith("busy"):
            number = int(version.message.split()[1])
            lib.restore("busy.bin", version.id, tmp_path / "out")
            assert (tmp_path / "out").read_bytes() == noise(90_000, number % 5)
    must_be_sound(lib)


def test_the_command(lib: audobon.Library) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(Path(audobon.__file__).parents[1])}
        command = [sys.executable, "-m", "audobon", "collect", *arguments]
        command += ["--library", str(lib.path)]
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False)

    assert "4 versions to prune" in run("--dry-run", "--keep-last", "2").stdout
    assert len(lib.log()) == 6
    assert "4 contents in the grace period" in run("--keep-last", "2").stdout
    assert json.loads(run("--grace", "0d", "--json").stdout)["files"] == 4
    assert run("--grace", "soon").returncode == 10
    must_be_sound(lib)
