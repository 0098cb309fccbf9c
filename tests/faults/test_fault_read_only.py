"""A disk that cannot be written: read a library on it, and keep one for it elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fault_support import Mounts, digest_of, must_be_sound, must_work, picture_folder

import audobon
from audobon.errors import ReadOnly, Unavailable
from audobon.testing.folders import tree


@pytest.fixture
def disk(mounts: Mounts) -> Path:
    """A disk with a folder of assets on it."""
    point = mounts.disk("disk", "16m")
    picture_folder(point / "MyAssets")
    return point


def test_a_library_on_a_read_only_disk_is_read(disk: Path, mounts: Mounts, tmp_path: Path) -> None:
    folder = disk / "MyAssets"
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        lib.edit("notes.txt", add_tags=["paper"])
        version = lib.commit("one")
        lib.work()
        wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
    mounts.set_read_only(disk, on=True)
    with audobon.Library.open(folder, read_only=True) as lib:
        _reads(lib, version.id, wanted, tmp_path)
        assert lib.preview("set0/tile0.png")
        with pytest.raises(ReadOnly):
            lib.preview("set0/tile0.png", size=100)
        with pytest.raises(ReadOnly):
            lib.restore("notes.txt", version.id)
        with pytest.raises(ReadOnly):
            lib.add([folder])
        assert lib.stats().versions == 1
        assert lib.doctor().ok
    with pytest.raises(ReadOnly) as caught:
        audobon.Library.open(folder)
    assert "read_only=True" in caught.value.hint


def _reads(lib: audobon.Library, version: str, wanted: dict[str, str], scratch: Path) -> None:
    assert lib.search("tag:paper").total == 1
    assert lib.search("tile").total == 9
    assert len(lib.find_ids("kind:image")) == 9
    assert [one.id for one in lib.log()] == [version]
    assert not lib.diff(version, "HEAD")
    for ident, digest in wanted.items():
        back = lib.restore(ident, version, scratch / "back")
        assert digest_of(Path(back)) == digest
    must_be_sound(lib)


_KILLED = """
import os, signal, sys, audobon
lib = audobon.Library.open(sys.argv[1])
lib.edit("notes.txt", add_tags=["last words"])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_read_from_a_read_only_disk(
    disk: Path, mounts: Mounts, tmp_path: Path
) -> None:
    """Changes that are in the catalog's log but not in its file yet count too."""
    folder = disk / "MyAssets"
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        version = lib.commit("one")
        wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
        lib.edit("notes.txt", add_tags=["paper"])
    done = subprocess.run([sys.executable, "-c", _KILLED, str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    mounts.set_read_only(disk, on=True)
    with audobon.Library.open(folder, read_only=True) as lib:
        assert lib.get("notes.txt").tags == ("last words", "paper")
        _reads(lib, version.id, wanted, tmp_path)


def test_a_library_for_a_read_only_folder_lies_in_the_data_folder(
    disk: Path, mounts: Mounts, tmp_path: Path, data_home: Path
) -> None:
    folder = disk / "MyAssets"
    before = tree(folder)
    mounts.set_read_only(disk, on=True)
    with audobon.Library.create(folder, "Archive") as lib:
        assert data_home in lib.state_path.parents
        report = lib.add([folder])
        assert not report.failed
        assert len(report.added) == len(before)
        lib.edit("notes.txt", add_tags=["paper"])
        version = lib.commit("one")
        wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
    with audobon.Library.open(folder) as lib:
        assert lib.name == "Archive"
        _reads(lib, version.id, wanted, tmp_path)
        assert lib.preview("set0/tile0.png", size=64) is None
        lib.work()
        assert lib.preview("set0/tile0.png", size=64)
        with pytest.raises((ReadOnly, Unavailable)):
            lib.restore("notes.txt", version.id)
        must_work(lib, picture_folder(tmp_path / "more", seed=2), tmp_path / "scratch")
        assert audobon.find_library(folder / "set0") == folder
        assert lib.doctor().ok
    mounts.set_read_only(disk, on=False)
    assert tree(folder) == before
    assert not (folder / ".audobon").exists()
    assert os.access(folder, os.W_OK)
