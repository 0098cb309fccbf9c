"""Files that vanish or change at the worst moment: told, never stored as something they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fault_support import digest_of, git, must_be_sound

import audobon
from audobon.errors import Conflict, NotFound
from audobon.testing.pictures import write_png


def paths(assets: tuple[audobon.Asset, ...]) -> list[str]:
    return sorted(asset.path for asset in assets)


def test_a_file_that_vanishes_between_scan_and_read(tmp_path: Path) -> None:
    for number in range(300):
        write_png(tmp_path / f"{number:03}.png", 1 + number % 50, 2 + number // 50)
    victim = tmp_path / "299.png"
    with audobon.Library.create(tmp_path) as lib:
        report = lib.add(
            [tmp_path], progress=lambda done, total, path: total and victim.unlink(missing_ok=True)
        )
        assert len(report.added) == 299
        ((path, error),) = report.failed
        assert path == str(victim)
        assert isinstance(error, NotFound)
        assert lib.commit("one").stats.added == 299
        must_be_sound(lib)


def test_a_file_that_vanishes_between_add_and_commit(lib: audobon.Library, folder: Path) -> None:
    (folder / "notes.txt").unlink()
    shutil.rmtree(folder / "set1")
    version = lib.commit("one")
    assert version.stats.added == 8
    listed = git(lib, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert "MyAssets/notes.txt" not in listed
    assert lib.get("notes.txt").state == "missing"
    with pytest.raises(NotFound):
        lib.restore("notes.txt", version.id)
    must_be_sound(lib)


def test_a_file_that_vanishes_while_a_version_is_made(lib: audobon.Library, folder: Path) -> None:
    data = (folder / "notes.txt").read_bytes()

    def vanish(done: int, total: int | None, path: str) -> None:
        if path == "notes.txt":
            (folder / path).unlink()

    version = lib.commit("one", progress=vanish)
    assert version.stats.added == 11
    ((path, error),) = version.stats.skipped
    assert path == str(folder / "notes.txt")
    assert isinstance(error, NotFound)
    (folder / "notes.txt").write_bytes(data)
    lib.add([folder])
    assert lib.commit("two").stats.added == 1
    must_be_sound(lib)


def test_files_and_folders_that_vanish_after_a_commit_come_back(
    lib: audobon.Library, folder: Path
) -> None:
    version = lib.commit("one")
    wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
    for entry in folder.iterdir():
        if entry.name.startswith("set"):
            shutil.rmtree(entry)
        elif entry.is_file():
            entry.unlink()
    for ident, digest in wanted.items():
        assert digest_of(Path(lib.restore(ident, version.id))) == digest
    assert all(asset.state == "present" for asset in lib.assets())


def test_a_root_that_vanishes_as_a_whole(lib: audobon.Library, tmp_path: Path) -> None:
    away = tmp_path / "stick"
    for number in range(3):
        write_png(away / f"{number}.png", 5 + number, 5)
    lib.add([away])
    version = lib.commit("one")
    unplugged = away.rename(tmp_path / "unplugged")
    report = lib.add([away])
    assert [type(error) for _, error in report.failed] == [NotFound]
    (away.parent / "MyAssets" / "notes.txt").write_text("changed meanwhile")
    second = lib.commit("two")
    assert (second.stats.removed, second.stats.modified) == (0, 1)
    assert [path for path, _ in second.stats.skipped] == [str(away)]
    assert lib.get("stick/1.png").state == "present", "it is away, and not gone"
    away.mkdir()  # an empty place to mount it
    assert lib.commit("three").stats.skipped[0][0] == str(away)
    away.rmdir()
    unplugged.rename(away)
    assert lib.add([away]).unchanged_count == 3
    assert lib.commit("four").id == second.id
    assert [entry.path for entry in lib.diff(version.id, "HEAD").entries] == ["MyAssets/notes.txt"]
    must_be_sound(lib)


_SAVER = """
import itertools, os, sys, time
print("begun", flush=True)
for number in itertools.count():
    with open(sys.argv[1], "r+b", buffering=0) as stream:
        for _ in range(8):
            stream.write(bytes([number % 251]) * 40_000)
        # Longer and shorter by turns, as a program that saves in place does it.
        stream.truncate(320_000 - number % 3)
    time.sleep(0.004 * (number % 12))
"""


def test_a_file_that_is_written_all_the_time(
    lib: audobon.Library, folder: Path, tmp_path: Path, soak: int
) -> None:
    target = folder / "noise.bin"
    saver = subprocess.Popen(
        [sys.executable, "-c", _SAVER, str(target)], stdout=subprocess.PIPE, text=True
    )
    made = []
    try:
        assert saver.stdout is not None
        assert saver.stdout.readline() == "begun\n"
        for number in range(20 * soak):
            report = lib.add([folder])
            told = [error for _, error in report.failed]
            version = lib.commit(f"round {number}")
            told += [error for _, error in version.stats.skipped]
            assert all(isinstance(error, Conflict) for error in told)
            made.append(version)
    finally:
        saver.kill()
        saver.communicate()
    # The time stamp of the last write may be older than what it wrote by one tick.
    report = lib.add([folder])
    assert not report.failed
    last = lib.commit("at rest")
    assert lib.get(target).digest == digest_of(target)
    asset = lib.get(target)
    for version in {one.id: one for one in [*made, last]}.values():
        try:
            back = Path(lib.restore(asset.id, version.id, tmp_path / "back.bin"))
        except NotFound:
            continue  # it could not be read whole until that version
        pointer = git(lib, "show", f"{version.id}:MyAssets/noise.bin")
        assert f"oid sha256:{digest_of(back)}\nsize {back.stat().st_size}\n" in pointer
    back = Path(lib.restore(asset.id, last.id, tmp_path / "back.bin"))
    assert back.read_bytes() == target.read_bytes()
    must_be_sound(lib)


def test_a_file_that_changes_right_before_a_version_is_made(
    lib: audobon.Library, folder: Path, tmp_path: Path, soak: int
) -> None:
    """Saved again within the same tick of the clock, with the same size."""
    target = folder / "noise.bin"
    for number in range(40 * soak):
        target.write_bytes(bytes([number % 256]) * 1000)
        if number % 2:
            lib.add([target])
        target.write_bytes(bytes([(number + 1) % 256]) * 1000)
        version = lib.commit(f"round {number}")
        back = Path(lib.restore(target, version.id, tmp_path / "back.bin"))
        assert back.read_bytes() == target.read_bytes()


def test_a_file_that_becomes_something_else_while_a_version_is_made(
    lib: audobon.Library, folder: Path
) -> None:
    def become_a_pipe(done: int, total: int | None, path: str) -> None:
        if path == "cloud.bin":
            (folder / path).unlink()
            (folder / path).mkdir()
        elif path == "notes.txt" and hasattr(os, "mkfifo"):
            (folder / path).unlink()
            os.mkfifo(folder / path)

    version = lib.commit("one", progress=become_a_pipe)
    skipped = {Path(path).name for path, _ in version.stats.skipped}
    assert skipped >= {"cloud.bin"}
    assert version.stats.added == 12 - len(skipped)
    must_be_sound(lib)
