"""Branches: the library becomes what each of them says, and no work is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, Invalid, NotFound
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes, write_png

OAK, WALL, SEAT = "textures/oak_planks.png", "textures/BrickWall.png", "props/chair/seat.png"


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def state(lib: audobon.Library) -> dict[str, tuple[str, tuple[str, ...], int]]:
    """State, tags and rating of every asset."""
    return {one.path: (one.state, one.tags, one.rating) for one in lib.assets()}


@pytest.fixture
def two(lib: audobon.Library, folder: Path) -> audobon.Library:
    """``main``, and ``side`` with a change of every kind; on side now."""
    lib.commit("main one")
    lib.branch("side")
    lib.switch("side")
    write_png(folder / OAK, 40, 40)
    (folder / WALL).unlink()
    (folder / SEAT).rename(folder / "seat.png")
    write_png(folder / "new.png", 5, 5)
    lib.add(folder)
    lib.edit("textures/mossy_stone_01.png", add_tags=["moss"], rating=4)
    lib.remove("readme.txt")
    (folder / "readme.txt").unlink()
    lib.commit("side one")
    return lib


def test_there_and_back(two: audobon.Library, folder: Path) -> None:
    before, side, side_state = tree(folder), content(folder), state(two)
    plan = two.plan_switch("main")
    assert tree(folder) == before, "a plan changes nothing"
    done = two.switch("main")
    assert done == plan
    assert set(done.written) == {f"MyAssets/{path}" for path in (SEAT, WALL, OAK, "readme.txt")}
    assert set(done.removed) == {"MyAssets/new.png", "MyAssets/seat.png"}
    assert not (folder / "new.png").exists()
    assert two.diff("HEAD", "WORKING").entries == ()
    assert two.get("textures/mossy_stone_01.png").tags == ()
    assert two.get("readme.txt").state == "present"
    assert two.get(WALL).state == "present"
    two.switch("side")
    assert content(folder) == side
    assert state(two) == side_state
    assert two.diff("HEAD", "WORKING").entries == ()
    assert two.verify().problems == ()


def test_only_files_that_differ_are_touched(two: audobon.Library, folder: Path) -> None:
    same = folder / "textures" / "rust_metal_04_4k.png"
    before = same.stat()
    two.switch("main")
    after = same.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_an_asset_stays_itself(two: audobon.Library) -> None:
    ident = two.get("seat.png").id
    two.switch("main")
    assert two.get(SEAT).id == ident
    assert [hit.asset.path for hit in two.search("seat").hits] == [SEAT]
    assert two.undo() is None


def test_uncommitted_work_in_the_way_is_not_overwritten(two: audobon.Library, folder: Path) -> None:
    work = png_bytes(77, 77)
    (folder / OAK).write_bytes(work)
    before = tree(folder)
    assert two.plan_switch("main").blocked == (f"MyAssets/{OAK}",)
    with pytest.raises(Conflict, match="uncommitted work"):
        two.switch("main")
    assert tree(folder) == before
    assert [one.name for one in two.branches() if one.current] == ["side"]
    done = two.switch("main", force=True)
    assert done.rescued
    assert (folder / OAK).read_bytes() != work
    two.restore(OAK, done.rescued)
    assert (folder / OAK).read_bytes() == work


def test_uncommitted_work_elsewhere_comes_along(two: audobon.Library, folder: Path) -> None:
    metal = folder / "textures" / "rust_metal_04_4k.png"
    metal.write_bytes(png_bytes(70, 70))
    two.edit("textures/rust_metal_04_4k.png", add_tags=["mine"])
    two.switch("main")
    assert metal.read_bytes() == png_bytes(70, 70)
    assert two.get("textures/rust_metal_04_4k.png").tags == ("mine",)
    entries = two.diff("HEAD", "WORKING").entries
    assert [entry.path for entry in entries] == ["MyAssets/textures/rust_metal_04_4k.png"]
    assert two.commit("with it").stats.modified == 1


def test_a_strangers_file_in_the_way(two: audobon.Library, folder: Path) -> None:
    (folder / WALL).write_bytes(b"not an asset")
    with pytest.raises(Conflict, match="BrickWall"):
        two.switch("main")
    done = two.switch("main", force=True)
    assert (folder / WALL).read_bytes() != b"not an asset"
    two.restore(f"MyAssets/{WALL}", done.rescued, folder / "kept")
    assert (folder / "kept").read_bytes() == b"not an asset"


def test_a_new_file_where_another_branch_has_one(two: audobon.Library, folder: Path) -> None:
    """It is an asset of its own; the other branch's comes back with its branch."""
    theirs = two.get("new.png").id
    two.switch("main")
    write_png(folder / "new.png", 9, 9)
    (added,) = two.add(folder).added
    assert (added.path, added.state) == ("new.png", "present")
    assert added.id != theirs
    two.commit("another one")
    assert two.get(theirs).state == "removed"
    two.switch("side")
    assert two.get("new.png").id == theirs
    assert (two.get("new.png").width, two.diff("HEAD", "WORKING").entries) == (5, ())
    two.switch("main")
    assert two.get("new.png").id == added.id
    assert two.get("new.png").width == 9


def test_what_a_person_took_out_stays_out(lib: audobon.Library, folder: Path) -> None:
    lib.remove("readme.txt")
    assert lib.add(folder).added == ()
    assert lib.add(folder / "readme.txt").updated[0].path == "readme.txt"


def test_the_same_bytes_are_not_in_the_way(two: audobon.Library, folder: Path) -> None:
    (folder / "readme.txt").write_text("about these assets\n")
    assert "MyAssets/readme.txt" in two.plan_switch("main").edited
    two.switch("main")
    assert two.get("readme.txt").state == "present"


def test_ahead_and_behind(two: audobon.Library) -> None:
    two.switch("main")
    two.edit(OAK, rating=1)
    two.commit("main two")
    two.edit(OAK, rating=2)
    two.commit("main three")
    found = {one.name: (one.current, one.ahead, one.behind) for one in two.branches()}
    assert found == {"main": (True, 0, 0), "side": (False, 1, 2)}
    assert [version.message for version in two.log(revision="side")] == ["side one", "main one"]


def test_removing(two: audobon.Library) -> None:
    with pytest.raises(Invalid, match="current branch"):
        two.remove_branch("side", force=True)
    two.switch("main")
    with pytest.raises(Conflict, match="no other branch"):
        two.remove_branch("side")
    two.branch("side-2", at="side")
    two.remove_branch("side")
    assert [one.name for one in two.branches()] == ["main", "side-2"]
    gone = two.remove_branch("side-2", force=True)
    two.branch("back", at=gone.id)
    assert two.log(revision="back")[0].message == "side one"


def test_names(lib: audobon.Library) -> None:
    assert lib.branches() == ()
    lib.commit("one")
    lib.branch("a/b")
    with pytest.raises(Conflict):
        lib.branch("a/b")
    for name in ("", "-x", "refs/heads/x", "a..b", "HEAD"):
        with pytest.raises(Invalid):
            lib.branch(name)
    with pytest.raises(NotFound):
        lib.switch("nowhere")
    with pytest.raises(NotFound):
        lib.remove_branch("nowhere")
    assert lib.switch("main").written == ()


def test_the_commands(two: audobon.Library) -> None:
    def run(*arguments: str) -> str:
        env = {**os.environ, "PYTHONPATH": str(Path(audobon.__file__).parents[1])}
        command = [sys.executable, "-m", "audobon", *arguments, "--library", str(two.path)]
        return subprocess.run(command, capture_output=True, text=True, env=env, check=True).stdout

    assert "4 files written, 2 removed" in run("switch", "main", "--plan")
    assert "switched to main" in run("switch", "main")
    assert "1 ahead, 0 behind" in run("branch")
    assert "more begins at" in run("branch", "more", "--at", "side")
    assert "side was at" in run("branch", "side", "--remove")


def test_a_file_saved_during_a_switch_is_still_work_for_the_next_version(
    two: audobon.Library, folder: Path
) -> None:
    other = folder / "textures" / "rust_metal_04_4k.png"
    data = png_bytes(9, 9)

    def save(*_: object) -> None:
        other.write_bytes(data)

    two.switch("main", progress=save)
    two.commit("what was saved meanwhile")
    two.restore("textures/rust_metal_04_4k.png", "HEAD", folder.parent / "back.png")
    assert (folder.parent / "back.png").read_bytes() == data
