"""A copy on a disk that can share blocks takes no space, and is nobody else's file."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import audobon
from audobon.system.clones import clone_file

_SIZE = 24 << 20


@pytest.fixture
def disk(mounts: object, tmp_path: Path) -> Iterator[Path]:
    """An XFS disk of its own; ``mounts`` says whether anything may be mounted at all."""
    if shutil.which("mkfs.xfs") is None:
        told = "mkfs.xfs is missing (Debian: xfsprogs)"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    image, point = tmp_path / "disk.img", tmp_path / "disk"
    point.mkdir()
    with image.open("wb") as stream:
        stream.truncate(400 << 20)
    subprocess.run(["mkfs.xfs", "-q", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(point)], check=True)
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)


def _used(disk: Path) -> int:
    os.sync()
    info = os.statvfs(disk)
    return (info.f_blocks - info.f_bfree) * info.f_frsize


def _growth(disk: Path, work: Callable[[], object]) -> int:
    before = _used(disk)
    work()
    return _used(disk) - before


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def lib(disk: Path) -> Iterator[audobon.Library]:
    folder = disk / "MyAssets"
    folder.mkdir()
    (folder / "large.bin").write_bytes(random.Random(1).randbytes(_SIZE))
    with audobon.Library.create(folder) as library:
        library.add([folder])
        library.commit("one")
        yield library


def test_a_restored_copy_shares_its_blocks(lib: audobon.Library, disk: Path) -> None:
    original, copy = lib.path / "large.bin", disk / "copy.bin"
    wanted = _digest(original)
    assert _growth(disk, lambda: lib.restore(original, "HEAD", copy)) < _SIZE // 4
    assert _digest(copy) == wanted
    assert copy.stat().st_nlink == original.stat().st_nlink == 1
    with copy.open("r+b") as stream:  # as a program does that writes in place
        stream.write(b"mine")
    assert _digest(original) == wanted
    assert not list(disk.glob(".audobon-*"))


def test_an_original_that_has_changed_is_not_taken(lib: audobon.Library, disk: Path) -> None:
    """Even where size and time say that nothing happened."""
    original, copy = lib.path / "large.bin", disk / "copy.bin"
    wanted, info = _digest(original), original.stat()
    with original.open("r+b") as stream:
        stream.write(b"other")
    os.utime(original, ns=(info.st_atime_ns, info.st_mtime_ns))
    lib.restore(original, "HEAD", copy)
    assert _digest(copy) == wanted
    assert not list(disk.glob(".audobon-*"))


def test_a_switch_to_where_the_file_lies_elsewhere_copies_nothing(
    lib: audobon.Library, disk: Path
) -> None:
    """A file that a branch has under another name, beside an equal one that stays."""
    shutil.copy(lib.path / "large.bin", lib.path / "second.bin")
    lib.add([lib.path])
    lib.commit("two")
    lib.branch("renamed")
    lib.switch("renamed")
    (lib.path / "second.bin").rename(lib.path / "third.bin")
    lib.add([lib.path])
    lib.commit("three")
    assert _growth(disk, lambda: lib.switch("main")) < _SIZE // 4
    assert _digest(lib.path / "second.bin") == _digest(lib.path / "large.bin")
    assert not (lib.path / "third.bin").exists()


def test_where_nothing_can_be_cloned_nothing_is_changed(tmp_path: Path, disk: Path) -> None:
    """Different disks, no original, a target that is there already."""
    source = tmp_path / "source.bin"
    source.write_bytes(b"x" * 100_000)
    assert not clone_file(source, disk / "target.bin")
    assert not (disk / "target.bin").exists()
    assert not clone_file(disk / "nothing.bin", disk / "target.bin")
    assert not (disk / "target.bin").exists()
    (disk / "here.bin").write_bytes(b"x")
    (disk / "there.bin").write_bytes(b"y")
    assert not clone_file(disk / "here.bin", disk / "there.bin")
    assert (disk / "there.bin").read_bytes() == b"y"
