"""Contents of parts: merged by whoever can, and asked part by part where both changed one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from merge_support import both_sides, only
from text_scene import merge_lines

import audobon
from audobon.services.merge.mergers import register_merger


@pytest.fixture
def lines() -> Iterator[None]:
    """The format ``text`` can be merged line by line."""
    register_merger("text", merge_lines)
    yield
    register_merger("text", None)


def write_lines(folder: Path, **values: str) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in sorted(values.items()))
    (folder / "scene.txt").write_text(text)


@pytest.fixture
def scene(lib: audobon.Library, folder: Path, lines: None) -> audobon.Library:
    """A file of parts, on both branches."""
    write_lines(folder, cube="1", lamp="1", sun="1")
    lib.add(folder)
    lib.commit("scene")
    lib.remove_branch("side", force=True)
    lib.branch("side")
    return lib


def test_contents_merge_part_by_part(scene: audobon.Library, folder: Path) -> None:
    both_sides(
        scene,
        ours=lambda lib, folder: write_lines(folder, cube="2", lamp="1", sun="1", cone="1"),
        theirs=lambda lib, folder: write_lines(folder, cube="1", lamp="7", ball="3"),
    )
    plan = scene.plan_merge("side")
    done = scene.merge("side")
    assert done.merged
    assert plan.written == done.written == ("MyAssets/scene.txt",)
    text = (folder / "scene.txt").read_text()
    assert text == "ball: 3\ncone: 1\ncube: 2\nlamp: 7\n"
    [(path, taken)] = done.parts
    assert path == "MyAssets/scene.txt"
    assert {(one.name, one.status) for one in taken} == {
        ("lamp", "modified"),
        ("ball", "added"),
        ("sun", "removed"),
    }
    assert scene.diff("HEAD", "WORKING").entries == ()
    assert scene.verify().problems == ()
    assert not (scene.state_path / "derived" / "merges").exists()


def test_parts_that_collide_are_decided_one_by_one(scene: audobon.Library, folder: Path) -> None:
    both_sides(
        scene,
        ours=lambda lib, folder: write_lines(folder, cube="2", lamp="2", sun="2"),
        theirs=lambda lib, folder: write_lines(folder, cube="3", lamp="3", sun="1", ball="3"),
    )
    report = scene.merge("side")
    found = [(one.what, one.base, one.ours, one.theirs) for one in report.conflicts]
    assert found == [
        ("part", "line cube", "modified", "modified"),
        ("part", "line lamp", "modified", "modified"),
    ]
    assert report.conflicts[0].parts[0].name == "cube"
    report = scene.resolve(report.conflicts[0], "ours")
    assert not report.merged
    assert scene.resolve(report.conflicts[0], "theirs").merged
    assert (folder / "scene.txt").read_text() == "ball: 3\ncube: 2\nlamp: 3\nsun: 2\n"


def test_both_parts_in_one_file(scene: audobon.Library, folder: Path) -> None:
    both_sides(
        scene,
        ours=lambda lib, folder: write_lines(folder, cube="2", lamp="2", sun="1"),
        theirs=lambda lib, folder: write_lines(folder, cube="3", lamp="1"),
    )
    report = scene.merge("side")
    assert report.conflicts[0].takes == ("ours", "theirs", "both")
    assert scene.resolve(report.conflicts, "both").merged
    assert (folder / "scene.txt").read_text() == "cube: 2\ncube 2: 3\nlamp: 2\n"


def test_a_removed_part_cannot_be_kept_twice(scene: audobon.Library, folder: Path) -> None:
    both_sides(
        scene,
        ours=lambda lib, folder: write_lines(folder, cube="2"),
        theirs=lambda lib, folder: write_lines(folder, lamp="1", sun="1"),
    )
    conflict = only(scene.merge("side"))
    assert (conflict.ours, conflict.theirs, conflict.takes) == (
        "modified",
        "removed",
        ("ours", "theirs"),
    )
    assert scene.resolve(conflict, "theirs").merged
    assert (folder / "scene.txt").read_text() == ""


def test_the_whole_file_instead_of_its_parts(scene: audobon.Library, folder: Path) -> None:
    both_sides(
        scene,
        ours=lambda lib, folder: write_lines(folder, cube="2", lamp="2"),
        theirs=lambda lib, folder: write_lines(folder, cube="3", lamp="3"),
    )
    report = scene.merge("side")
    assert scene.resolve(report.conflicts[0], "both", whole=True).merged
    assert (folder / "scene.txt").read_text() == "cube: 2\nlamp: 2\n"
    assert (folder / "scene (theirs).txt").read_text() == "cube: 3\nlamp: 3\n"


def test_what_cannot_be_merged_by_parts_says_why(scene: audobon.Library) -> None:
    both_sides(
        scene,
        ours=lambda lib, folder: (folder / "scene.txt").write_text("UNMERGEABLE\n"),
        theirs=lambda lib, folder: write_lines(folder, cube="3"),
    )
    conflict = only(scene.merge("side"))
    assert (conflict.what, conflict.reason) == ("content", "a line cannot be read")
    assert scene.resolve(conflict, "theirs").merged
