"""Names, depths, links and roots that programs stumble over."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest
from fault_support import must_be_sound

import audobon
from audobon.testing.pictures import png_bytes, write_png

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps such names apart")


def all_come_back(lib: audobon.Library, files: list[Path], tmp_path: Path) -> None:
    """Commit, change every file, and put each back bit for bit, each as itself."""
    version = lib.commit("names")
    data = {file: file.read_bytes() for file in files}
    idents = {file: lib.get(file).id for file in files}
    assert len(set(idents.values())) == len(files)
    for file in files:
        file.write_bytes(b"something else")
    lib.commit("other bytes")
    for file in files:
        lib.restore(idents[file], version.id)
        assert file.read_bytes() == data[file]
    assert all(file.read_bytes() == data[file] for file in files)
    must_be_sound(lib)


@linux_only
def test_names_that_differ_in_case_or_composition_only(tmp_path: Path) -> None:
    names = ["Oak.txt", "oak.txt", "OAK.txt", "Straße.txt", "STRASSE.txt", "strasse.txt"]
    composed = "caf\u00e9.txt"
    names += [composed, unicodedata.normalize("NFD", composed)]
    names += ["ﬁne.txt", "fine.txt", "K.txt", "\u212a.txt", "İ.txt", "i̇.txt"]
    folder = tmp_path / "Names"
    (folder / "Sub").mkdir(parents=True)
    (folder / "sub").mkdir()
    files = [folder / name for name in names]
    files += [folder / "Sub" / "a.txt", folder / "sub" / "a.txt"]
    for number, file in enumerate(files):
        file.write_text(f"file {number}\n")
    with audobon.Library.create(folder) as lib:
        report = lib.add([folder])
        assert not report.failed
        assert len(report.added) == len(files)
        lib.edit(files[0], add_tags=["only"])
        assert [hit.asset.path for hit in lib.search("tag:only").hits] == ["Oak.txt"]
        all_come_back(lib, files, tmp_path)
        assert len(lib.add([folder]).unchanged) == len(files)


@linux_only
def test_a_rename_that_changes_case_or_composition_only(tmp_path: Path) -> None:
    folder = tmp_path / "Names"
    write_png(folder / "Oak.png", 7, 7)
    write_png(folder / "caf\u00e9.png", 8, 8)
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        oak, cafe = lib.get("Oak.png"), lib.get("caf\u00e9.png")
        (folder / "Oak.png").rename(folder / "oak.png")
        (folder / "caf\u00e9.png").rename(folder / "cafe\u0301.png")
        report = lib.add([folder])
        assert (len(report.moved), len(report.added), len(report.missing)) == (2, 0, 0)
        assert lib.get("oak.png").id == oak.id
        assert lib.get("cafe\u0301.png").id == cafe.id


def _deep(folder: Path, length: int) -> Path:
    """A file whose path has ``length`` bytes, made step by step as programs must."""
    here = os.open(folder, os.O_RDONLY)
    path, name = str(folder), "d" * 200
    while len(path) + 201 + 9 < length:
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here, path = below, f"{path}/{name}"
    last = "f" * (length - len(path) - 5) + ".txt"
    file = os.open(last, os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, b"deep down\n")
    os.close(file)
    os.close(here)
    return Path(path, last)


@linux_only
def test_a_path_of_four_thousand_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "Deep"
    folder.mkdir()
    file = _deep(folder, 4000)
    assert len(str(file)) == 4000
    with audobon.Library.create(folder) as lib:
        report = lib.add([folder])
        assert not report.failed
        assert [asset.file for asset in report.added] == [str(file)]
        assert lib.search("deep").total <= 1
        version = lib.commit("deep")
        data = file.read_bytes()
        file.write_bytes(b"other")
        lib.restore(file, version.id)
        assert file.read_bytes() == data
        must_be_sound(lib)


@linux_only
def test_a_path_longer_than_the_system_opens_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "Deep"
    folder.mkdir()
    write_png(folder / "shallow.png", 5, 5)
    _deep(folder, 4400)
    with audobon.Library.create(folder) as lib:
        report = lib.add([folder])
        assert [asset.path for asset in report.added] == ["shallow.png"]
        assert len(report.failed) == 1
        assert lib.commit("one").stats.added == 1


def test_links_that_run_in_circles_across_roots(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_png(first / "a.png", 1, 2)
    write_png(second / "b.png", 3, 4)
    (first / "to second").symlink_to(second, target_is_directory=True)
    (second / "to first").symlink_to(first, target_is_directory=True)
    (first / "self").symlink_to(first / "self")
    with audobon.Library.create(first) as lib:
        report = lib.add([first, second])
        assert {Path(path).name for path, _ in report.failed} <= {"self"}
        again = lib.add([second, first])
        assert not again.added
        assert not again.moved
        assert not again.missing
        files = [Path(asset.file) for asset in lib.assets()]
        # Reached by a link or directly, each picture is there, and no loop made it endless.
        assert {file.name for file in files} == {"a.png", "b.png"}
        assert len(files) <= 4
        lib.commit("one")
        must_be_sound(lib)


def test_a_root_inside_a_root_and_a_parent_of_a_root(tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    inner = outer / "inner"
    innermost = inner / "deep" / "innermost"
    for number, place in enumerate((outer, inner, innermost)):
        write_png(place / f"own{number}.png", 5 + number, 5)
    with audobon.Library.create(tmp_path / "lib") as lib:
        first = lib.add([inner])
        assert len(first.added) == 2
        lib.edit(inner / "own1.png", add_tags=["kept"])
        parent = lib.add([outer])
        assert [Path(asset.file).name for asset in parent.added] == ["own0.png"]
        assert len(parent.unchanged) == 2
        child = lib.add([innermost])
        assert not child.added
        assert len(child.unchanged) == 1
        everything = lib.add([outer, inner, innermost, inner / "own1.png"])
        assert len(everything.unchanged) >= 3
        assert [*everything.added, *everything.moved, *everything.missing] == []
        assert lib.search("").total == 3
        assert lib.get(inner / "own1.png").tags == ("kept",)
        version = lib.commit("one")
        assert version.stats.added == 3
        (inner / "own1.png").rename(outer / "own1.png")
        moved = lib.add([outer])
        assert [asset.tags for asset in moved.moved] == [("kept",)]
        assert not moved.added
        assert not moved.missing
        lib.restore(lib.get(innermost / "own2.png"), version.id, tmp_path / "back.png")
        assert (tmp_path / "back.png").read_bytes() == png_bytes(7, 5)


def test_a_library_inside_a_root_of_another_library(tmp_path: Path) -> None:
    """The state of a library is nobody's asset."""
    inside = tmp_path / "outer" / "project"
    write_png(inside / "a.png", 5, 5)
    with audobon.Library.create(inside) as lib:
        lib.add([inside])
        lib.commit("one")
    with audobon.Library.create(tmp_path / "outer") as lib:
        report = lib.add([tmp_path / "outer"])
        assert [asset.path for asset in report.added] == ["project/a.png"]
        lib.add([tmp_path])
        assert lib.search("").total == 1
    assert audobon.find_library(inside / "deeper") == inside
