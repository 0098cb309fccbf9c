"""Kills, rivals, stale locks and packing: nothing committed is ever lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon.errors import Busy
from audobon.model.version import Version
from audobon.storage.history import History
from audobon.storage.history.packs import PackWriter, read_index
from audobon.storage.history.trees import BLOB, object_id
from audobon.system.locks import FileLock

Git = Callable[..., bytes]
Commit = Callable[..., Version]

# Commits for ever, small ones, bulk ones and packing in turn, and says so after each. Every
# version adds a file that is never removed again, named by its number and worker.
_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from audobon.errors import Conflict
from audobon.storage.history import Author, History, TreeChange

history = History.open(Path(sys.argv[1]))
name, count = sys.argv[2], int(sys.argv[3])
number = 0
while number < count:
    files = [TreeChange(f"{name}/{number}".encode(), f"{name} {number}".encode())]
    if number % 4 == 3:
        files += [TreeChange(f"bulk/{n % 7}/{n}".encode(), f"{name} {number} {n}".encode())
                  for n in range(250)]
    try:
        version = history.commit(files, message=name, author=Author(name),
                                 time=datetime.now(UTC), expected=history.head())
    except Conflict:
        continue
    print(version.id, f"{name}/{number}", flush=True)
    number += 1
    if number % 6 == 5 and name.startswith("kill"):
        history.pack()
"""


def _start(history: History, name: str, *, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(history.folder), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def _reported(output: str) -> dict[str, bytes]:
    """Version id to the path it added, from complete lines only."""
    lines = output[: output.rfind("\n") + 1].splitlines()
    return {id: path.encode() for id, path in (line.split() for line in lines)}


@pytest.mark.slow
def test_kills_lose_nothing(history: History, commit: Commit, git: Git) -> None:
    commit({b"start": b"1"})
    seed = random.Random(7)
    done: dict[str, bytes] = {}
    for number in range(20):
        with _start(history, f"kill{number}", count=10_000) as process:
            assert process.stdout is not None
            first = process.stdout.readline()  # it is at work now
            time.sleep(seed.uniform(0, 0.15))
            process.kill()
            done |= _reported(first + process.stdout.read())
        with History.open(history.folder) as again:
            versions = {version.id for version in again.log(limit=100_000)}
            assert done.keys() <= versions
            assert again.check() == ()
            found = again.read_many("HEAD", done.values())
            assert found.keys() == set(done.values())
    assert history.check(full=True) == ()
    commit({b"end": b"1"})
    history.pack()
    git("fsck", "--strict", "--full")
    assert len(done) > 20


def test_two_writers_keep_every_version(history: History, git: Git) -> None:
    with _start(history, "left", count=40) as left, _start(history, "right", count=40) as right:
        outputs = [process.communicate(timeout=120)[0] for process in (left, right)]
    assert (left.returncode, right.returncode) == (0, 0)
    reported = _reported("".join(outputs))
    log = history.log(limit=1000)
    assert {version.id for version in log} == reported.keys()
    assert all(len(version.parents) <= 1 for version in log)
    assert len(history.read_many("HEAD", reported.values())) == 80
    assert git("rev-list", "--count", "HEAD") == b"80\n"
    git("fsck", "--strict")


def test_a_lock_that_a_dead_git_left_is_removed(history: History, commit: Commit) -> None:
    commit({b"a": b"1"})
    stale = history.folder / "refs" / "heads" / "main.lock"
    stale.touch()
    os.utime(stale, (time.time() - 60, time.time() - 60))
    version = commit({b"a": b"2"})
    assert history.head() == version.id
    assert not stale.exists()


def test_a_fresh_lock_of_git_is_waited_for(history: History, commit: Commit) -> None:
    commit({b"a": b"1"})
    lock = history.folder / "refs" / "heads" / "main.lock"
    lock.touch()
    script = "import sys, time, os; time.sleep(0.3); os.unlink(sys.argv[1])"
    with subprocess.Popen([sys.executable, "-c", script, str(lock)]) as holder:
        version = commit({b"a": b"2"})
        assert holder.wait() == 0  # it could still unlink its own lock
    assert history.head() == version.id


def test_one_writer_at_a_time(
    history: History, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon.storage.history.history._LOCK_TIMEOUT_S", 0.05)
    with FileLock(history.folder / "audobon.lock"), pytest.raises(Busy):
        commit({b"a": b"1"})
    commit({b"a": b"1"})


def test_packing_keeps_every_object(history: History, commit: Commit, git: Git) -> None:
    for number in range(30):
        commit({b"a/%d" % (number % 7): b"%d" % number, b"b/%d" % number: b"x" * number})
    reader = History.open(history.folder, read_only=True)
    with reader:
        log = reader.log()
        before = git("rev-list", "--objects", "--all")
        stats = history.stats()
        report = history.pack()
        assert report.packed == report.removed == stats.loose > 100
        assert report.damaged == ()
        after = history.stats()
        assert (after.loose, after.packs, after.packed) == (0, 1, stats.loose)
        assert after.packs_size < stats.loose_size
        assert git("rev-list", "--objects", "--all") == before
        git("fsck", "--strict", "--full")
        # A reader that was open all the while finds the objects where they are now.
        assert reader.log() == log
        assert reader.check(full=True) == ()
    assert history.pack().packed == 0
    commit({b"a/0": b"after"})
    assert history.pack().packed == 4  # file, folder, root, version
    assert history.check(full=True) == ()


def test_packing_leaves_damaged_objects_alone(history: History, commit: Commit) -> None:
    commit({b"a": b"some data", b"b": b"other"})
    id = dict(history.walk("HEAD"))[b"a"]
    hurt = history.folder / "objects" / id[:2] / id[2:]
    hurt.chmod(0o600)
    hurt.write_bytes(b"nonsense")
    with History.open(history.folder) as again:
        assert again.pack().damaged == (id,)
        assert hurt.read_bytes() == b"nonsense"
        assert again.read("HEAD", b"b") == b"other"


def test_packing_sweeps_what_killed_writers_left(history: History, commit: Commit) -> None:
    commit({b"a": b"1"})
    place = history.folder / "objects" / "pack"
    old, new = place / "tmp_pack_old", place / "tmp_pack_new"
    for path in (old, new):
        path.touch()
    os.utime(old, (1, 1))
    history.pack()
    assert not old.exists()
    assert new.exists()


def test_plain_git_may_collect_garbage(history: History, commit: Commit, git: Git) -> None:
    for number in range(10):
        commit({b"a/%d" % number: b"%d" % number})
    log = history.log()
    git("gc", "-q", "--prune=now")
    assert history.log() == log
    commit({b"b": b"1"})
    assert history.check(full=True) == ()


def test_a_pack_is_what_git_writes(tmp_path: Path, history: History, git: Git) -> None:
    data = [b"", b"x", b"y" * 15, b"z" * 16, os.urandom(70_000), b"w" * 5000]
    pack = PackWriter(history.folder / "objects" / "pack")
    ids = [object_id(BLOB, item) for item in data]
    for oid, item in zip(ids * 2, data * 2, strict=True):
        pack.add(BLOB, oid, item)
    path = pack.finish()
    assert path is not None
    assert read_index(path.with_suffix(".idx")) == sorted(ids)
    assert path.stat().st_mode == path.with_suffix(".idx").stat().st_mode
    ours = path.with_suffix(".idx").read_bytes()
    again = tmp_path / "again.idx"
    git("index-pack", "-o", str(again), str(path))
    assert again.read_bytes() == ours
    for oid, item in zip(ids, data, strict=True):
        assert git("cat-file", "blob", oid.hex()) == item
        assert history.blob(oid.hex()) == item
    assert PackWriter(history.folder / "objects" / "pack").finish() is None


def test_importing_the_room_does_not_import_pygit2() -> None:
    code = "import sys, audobon.storage.history; sys.exit('pygit2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_disk_that_fills_up_during_a_bulk_commit_changes_nothing(
    history: History, commit: Commit
) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are a POSIX thing")
    signal = pytest.importorskip("signal")
    first = commit({b"a": b"1"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(Exception, match=r"cannot be used|no space"):
            commit({b"b/%d" % n: os.urandom(200) for n in range(300)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert history.head() == first.id
    assert history.stats().packs == 0

    assert not list((history.folder / "objects" / "pack").iterdir())
    assert history.check(full=True) == ()
