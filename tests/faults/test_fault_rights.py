"""Folders that this user may not enter, and disks that are away: nothing of them counts as gone."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fault_support import must_be_sound

import audobon
from audobon.errors import Unavailable
from audobon.testing.pictures import write_png

_MAY_ALL = 24  # PR_CAPBSET_DROP of linux/prctl.h: what root may do is given up for good

_COMMITS = """
import sys, audobon
with audobon.Library.open(sys.argv[1]) as lib:
    one = lib.commit("locked")
    made = lib.snapshot(sys.argv[2])
    print(one.stats.removed, one.stats.modified, [path for path, _ in one.stats.skipped])
    print(made.files, list(made.skipped), lib.get("locked/a.png").state)
    print([entry.path for entry in lib.diff("HEAD", "WORKING").entries])
"""


def without_rights() -> None:
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for right in range(64):
            libc.prctl(_MAY_ALL, right, 0, 0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no modes there")
def test_what_may_not_be_entered_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "MyAssets"
    write_png(folder / "locked" / "a.png", 4, 4)
    write_png(folder / "open.png", 4, 5)
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        lib.commit("one")
    write_png(folder / "open.png", 6, 5)
    (folder / "locked").chmod(0)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _COMMITS, str(folder), str(tmp_path / "place")],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=without_rights if sys.platform == "linux" else None,
        )
    finally:
        (folder / "locked").chmod(0o755)
    path = str(folder / "locked" / "a.png")
    assert done.stdout.splitlines() == [f"0 1 [{path!r}]", f"2 [{path!r}] present", "[]"], (
        done.stderr
    )
    with audobon.Library.open(folder) as lib:
        assert lib.get("locked/a.png").state == "present"
        must_be_sound(lib)


def test_what_lies_on_a_disk_that_is_away_stays_as_it_was(tmp_path: Path) -> None:
    folder, disk = tmp_path / "MyAssets", tmp_path / "disk" / "scans"
    folder.mkdir()
    write_png(disk / "a.png", 4, 4)
    (folder / "note.txt").write_text("a note")
    with audobon.Library.create(folder) as lib:
        lib.add([folder, disk])
        first = lib.commit("one")
        shutil.move(disk, tmp_path / "pulled out")
        again = lib.commit("two")
        assert again.id == first.id
        ((path, error),) = again.stats.skipped
        assert (path, type(error)) == (str(disk), Unavailable)
        assert "1 file of it stay" in str(error)
        assert "relink" in error.hint  # type: ignore[attr-defined]
        assert not lib.diff("HEAD", "WORKING").entries
        made = lib.snapshot(str(tmp_path / "place"))
        assert (made.files, made.skipped) == (2, (str(disk),))
        shutil.move(tmp_path / "pulled out", disk)
        assert lib.commit("three").stats.skipped == ()
        must_be_sound(lib)
        shutil.move(disk, folder / "scans")
        assert [asset.path for asset in lib.relink().moved] == ["scans/a.png"]


_SWITCHES = """
import sys, audobon
with audobon.Library.open(sys.argv[1]) as lib:
    try:
        lib.switch("main")
    except audobon.AudobonError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no modes there")
def test_a_switch_that_may_not_write_one_file_changes_none(tmp_path: Path) -> None:
    folder = tmp_path / "MyAssets"
    names = ("a.png", "locked/b.png", "z.png")
    with audobon.Library.create(folder) as lib:
        for side, name in enumerate(names):
            write_png(folder / name, 4, 4 + side)
        lib.add([folder])
        lib.commit("one")
        lib.branch("side")
        lib.switch("side")
        for side, name in enumerate(names):
            write_png(folder / name, 5, 4 + side)
        write_png(folder / "more" / "new.png", 7, 7)
        lib.add([folder])
        lib.commit("two")
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    (folder / "locked").chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _SWITCHES, str(folder)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=without_rights if sys.platform == "linux" else None,
        )
    finally:
        (folder / "locked").chmod(0o755)
    assert done.stdout.rstrip().endswith("switching to 'main' has changed nothing"), done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before
    with audobon.Library.open(folder) as lib:
        head = lib.log()[0].id
        assert lib.commit("nothing new").id == head
        lib.switch("main")
        assert not (folder / "more" / "new.png").exists()
        must_be_sound(lib)


_KILLED = """
import os, sys, audobon
from audobon.services.versioning import adopt
done = adopt._write
def killed(*args):
    done(*args)
    os._exit(9)
adopt._write = killed
with audobon.Library.open(sys.argv[1]) as lib:
    lib.switch("main")
"""


@pytest.mark.parametrize("way", ["commit", "snapshot", "switch back", "switch on"])
def test_what_a_killed_switch_has_written_is_nobodys_work(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "MyAssets"
    with audobon.Library.create(folder) as lib:
        for name in ("a.png", "b.png", "c.png"):
            write_png(folder / name, 4, 4)
        lib.add([folder])
        one = lib.commit("one")
        lib.branch("side")
        lib.switch("side")
        for name in ("a.png", "b.png", "c.png"):
            write_png(folder / name, 5, 5)
        two = lib.commit("two")
    theirs = (folder / "a.png").read_bytes()
    assert subprocess.run([sys.executable, "-c", _KILLED, str(folder)], check=False).returncode == 9
    assert (folder / "a.png").read_bytes() != theirs, "it was killed amid the files"
    write_png(folder / "c.png", 6, 6)  # somebody goes on working
    work = (folder / "c.png").read_bytes()
    with audobon.Library.open(folder) as lib:
        if way == "switch on":
            lib.switch("main", force=True)
            assert lib.log()[0].id == one.id
            assert not lib.diff("HEAD", "WORKING").entries
        else:
            if way == "commit":
                assert lib.commit("work").stats.modified == 1
            elif way == "snapshot":
                lib.snapshot(str(tmp_path / "place"))
            else:
                lib.switch("side")
            assert (folder / "a.png").read_bytes() == theirs
            assert (folder / "c.png").read_bytes() == work
            assert [entry.path for entry in lib.diff(two.id, "WORKING").entries] == [
                "MyAssets/c.png"
            ]
        must_be_sound(lib)
