"""Merging two branches through the facade: what combines, and what the history holds then."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from merge_support import OAK, SEAT, STONE, WALL, both_sides, content, git, state

import audobon
from audobon.errors import Conflict, NotFound
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes, write_png


def test_what_does_not_collide_combines(lib: audobon.Library, folder: Path) -> None:
    def theirs(lib: audobon.Library, folder: Path) -> None:
        write_png(folder / OAK, 40, 40)
        (folder / "new.png").write_bytes(png_bytes(5, 5))
        lib.edit(STONE, add_tags=["moss"], remove_tags=["texture"], rating=4)
        lib.edit(WALL, attributes={"artist": "Ada"})

    def ours(lib: audobon.Library, folder: Path) -> None:
        (folder / OAK).rename(folder / "oak.png")
        lib.edit(STONE, add_tags=["stone"], note="wet")
        lib.edit(WALL, attributes={"scale": 2}, catalog="Walls/Brick")
        lib.remove("readme.txt")
        (folder / "readme.txt").unlink()

    both_sides(lib, ours=ours, theirs=theirs)
    before = tree(folder)
    plan = lib.plan_merge("side")
    assert tree(folder) == before, "a plan changes nothing"
    assert (plan.kind, plan.merged, plan.conflicts) == ("merge", False, ())
    done = lib.merge("side")
    assert done.merged
    assert (done.written, done.removed) == (plan.written, plan.removed)
    assert (done.edited, done.kind) == (plan.edited, "merge")
    assert set(done.written) == {"MyAssets/oak.png", "MyAssets/new.png"}
    assert (folder / "oak.png").read_bytes() == png_bytes(40, 40)
    assert (folder / "new.png").read_bytes() == png_bytes(5, 5)
    assert not (folder / "readme.txt").exists()
    stone, wall = lib.get(STONE), lib.get(WALL)
    assert (stone.tags, stone.rating, stone.note) == (("moss", "stone"), 4, "wet")
    assert wall.attributes["artist"] == "Ada"
    assert (wall.attributes["scale"], wall.catalog) == (2, "Walls/Brick")
    assert lib.get("oak.png").width == 40
    assert lib.diff("HEAD", "WORKING").entries == ()
    assert lib.log()[0].id == done.version
    assert lib.verify().problems == ()


def test_only_what_differs_is_touched(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: write_png(folder / WALL, 9, 9),
        theirs=lambda lib, folder: write_png(folder / OAK, 40, 40),
    )
    before = {path: (folder / path).stat() for path in (WALL, STONE, SEAT)}
    lib.merge("side")
    for path, stat in before.items():
        after = (folder / path).stat()
        assert (after.st_ino, after.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


def test_the_version_has_two_parents_and_git_reads_it(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: write_png(folder / OAK, 40, 40),
    )
    ours, theirs = lib.log()[0].id, lib.log(revision="side")[0].id
    done = lib.merge("side", message="Both of them")
    version = lib.log()[0]
    assert version.parents == (ours, theirs)
    assert version.message == "Both of them"
    assert (version.stats.modified, version.stats.added) == (1, 0)
    assert git(lib, "fsck", "--strict", "--full") == ""
    graph = git(lib, "log", "--graph", "--format=%s", done.version)
    assert "Both of them" in graph
    assert "|\\" in graph
    assert git(lib, "show-ref").count("refs/audobon/merge") == 0
    oak = lib.get(OAK)
    assert f"oid sha256:{oak.digest}" in git(lib, "show", f"HEAD:MyAssets/{OAK}")
    assert {one.name: one.ahead for one in lib.branches()} == {"main": 0, "side": 0}


def test_fast_forward_and_nothing_to_do(lib: audobon.Library, folder: Path) -> None:
    lib.switch("side")
    write_png(folder / OAK, 40, 40)
    lib.edit(WALL, rating=5)
    tip = lib.commit("theirs").id
    side = content(folder)
    lib.switch("main")
    assert lib.plan_merge("side").kind == "fast-forward"
    done = lib.merge("side")
    assert (done.kind, done.merged, done.version) == ("fast-forward", True, tip)
    assert content(folder) == side
    assert lib.get(WALL).rating == 5
    assert lib.log()[0].id == tip
    again = lib.merge("side")
    assert (again.kind, again.merged, again.written) == ("nothing", True, ())
    lib.switch("side")
    assert lib.merge("main").kind == "nothing"


def test_vocabulary_is_merged_too(lib: audobon.Library, folder: Path) -> None:
    lib.tags.add("wood")
    lib.tags.add("old")
    lib.sets.add("best", "rating:5")
    lib.commit("words")
    lib.remove_branch("side", force=True)
    lib.branch("side")

    def theirs(lib: audobon.Library, folder: Path) -> None:
        lib.tags.add("material")
        lib.tags.move("wood", parent="material")
        lib.tags.alias("timber", "wood")
        lib.tags.remove("old")
        lib.catalogs.add("Props/Chairs")
        lib.sets.add("new", "added:<7d")
        lib.edit(SEAT, rating=1)

    def ours(lib: audobon.Library, folder: Path) -> None:
        lib.tags.add("rock")
        lib.tags.alias("holz", "wood")
        lib.sets.remove("best")
        lib.edit(WALL, rating=1)

    both_sides(lib, ours=ours, theirs=theirs)
    assert lib.merge("side").merged
    tags = {row.name: (row.parent, set(row.aliases)) for row in lib.tags.list()}
    assert tags["wood"] == ("material", {"timber", "holz"})
    assert "rock" in tags
    assert "old" not in tags
    assert {row.path for row in lib.catalogs.list()} == {"Props", "Props/Chairs"}
    assert {row.name for row in lib.sets.list()} == {"new"}
    head = lib.log()[0].id
    assert lib.commit("nothing").id == head, "the record of the version is the catalog's own"


def test_a_tag_that_theirs_removed_stays_where_ours_gave_it(
    lib: audobon.Library, folder: Path
) -> None:
    lib.tags.add("keep")
    lib.commit("words")
    lib.remove_branch("side", force=True)
    lib.branch("side")
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, add_tags=["keep"]),
        theirs=lambda lib, folder: (lib.tags.remove("keep"), lib.edit(SEAT, rating=2)),
    )
    assert lib.merge("side").merged
    assert "keep" in lib.get(WALL).tags
    assert "keep" in {row.name for row in lib.tags.list()}


@pytest.mark.parametrize("mover", ["ours", "theirs"])
def test_a_renamed_catalog_takes_along_what_is_put_into_it(
    lib: audobon.Library, folder: Path, mover: str
) -> None:
    lib.edit([OAK, WALL], catalog="Materials/Wood")
    lib.commit("shelved")
    lib.remove_branch("side", force=True)
    lib.branch("side")

    def move(lib: audobon.Library, folder: Path) -> None:
        lib.catalogs.rename("Materials", "Stuff")

    def put(lib: audobon.Library, folder: Path) -> None:
        lib.edit(STONE, catalog="Materials/Wood")

    sides = {"ours": move, "theirs": put} if mover == "ours" else {"ours": put, "theirs": move}
    both_sides(lib, **sides)
    assert lib.merge("side").merged
    assert {lib.get(path).catalog for path in (OAK, WALL, STONE)} == {"Stuff/Wood"}
    assert {row.path for row in lib.catalogs.list()} == {"Stuff", "Stuff/Wood"}
    assert lib.diff("HEAD", "WORKING").entries == ()


def test_swapped_and_replaced_files(lib: audobon.Library, folder: Path) -> None:
    """Two assets trade places on one side, while the other edits one of them."""

    def theirs(lib: audobon.Library, folder: Path) -> None:
        for source, target in ((OAK, "x.png"), (WALL, OAK), ("x.png", WALL)):
            (folder / source).rename(folder / target)
            lib.add(folder)

    both_sides(lib, ours=lambda lib, folder: lib.edit(OAK, note="the oak"), theirs=theirs)
    oak, wall = lib.get(OAK).id, lib.get(WALL).id
    done = lib.merge("side")
    assert done.merged
    assert lib.get(WALL).id == oak
    assert lib.get(OAK).id == wall
    assert lib.get(WALL).note == "the oak"
    assert lib.diff("HEAD", "WORKING").entries == ()


def test_uncommitted_work_in_the_way(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: write_png(folder / OAK, 40, 40),
    )
    work = png_bytes(77, 77)
    (folder / OAK).write_bytes(work)
    before, head = tree(folder), lib.log()[0].id
    assert lib.plan_merge("side").blocked == (f"MyAssets/{OAK}",)
    with pytest.raises(Conflict, match="uncommitted work"):
        lib.merge("side")
    assert tree(folder) == before
    assert lib.log()[0].id == head
    assert lib.open_merge() is None
    done = lib.merge("side", force=True)
    assert done.merged
    assert done.rescued
    assert (folder / OAK).read_bytes() == png_bytes(40, 40)
    lib.restore(OAK, done.rescued)
    assert (folder / OAK).read_bytes() == work


def test_uncommitted_work_elsewhere_stays(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: write_png(folder / OAK, 40, 40),
    )
    (folder / STONE).write_bytes(png_bytes(70, 70))
    lib.edit(SEAT, add_tags=["mine"])
    assert lib.merge("side").merged
    assert (folder / STONE).read_bytes() == png_bytes(70, 70)
    assert "mine" in lib.get(SEAT).tags
    paths = {entry.path for entry in lib.diff("HEAD", "WORKING").entries}
    assert paths == {f"MyAssets/{STONE}", f"MyAssets/{SEAT}"}


def test_undo_and_redo_of_a_merge_also_after_a_restart(lib: audobon.Library, folder: Path) -> None:
    def theirs(lib: audobon.Library, folder: Path) -> None:
        write_png(folder / OAK, 40, 40)
        write_png(folder / "new.png", 5, 5)
        lib.edit(STONE, add_tags=["moss"], rating=4)

    both_sides(lib, ours=lambda lib, folder: lib.edit(WALL, rating=1), theirs=theirs)
    before, before_state, head = content(folder), state(lib), lib.log()[0].id
    done = lib.merge("side")
    after, after_state = content(folder), state(lib)
    lib.edit(SEAT, add_tags=["later"])
    lib.close()
    with audobon.Library.open(folder) as again:
        change = again.undo()
        assert change is not None
        assert change.kind == "edit", "what came after the merge is undone first"
        change = again.undo()
        assert change is not None
        assert (change.kind, change.label, change.undone) == ("merge", "merge side", True)
        assert content(folder) == before
        assert state(again) == before_state
        assert again.log()[0].id == head
        assert again.diff("HEAD", "WORKING").entries == ()
        assert "moss" not in {row.name for row in again.tags.list()}
        assert again.undo() is None
    with audobon.Library.open(folder) as third:
        assert third.redo() is not None
        assert content(folder) == after
        assert state(third) == after_state
        assert third.log()[0].id == done.version
        change = third.redo()
        assert change is not None
        assert "later" in third.get(SEAT).tags
        assert third.redo() is None
        assert third.verify().problems == ()


def test_undo_of_a_fast_forward(lib: audobon.Library, folder: Path) -> None:
    lib.switch("side")
    write_png(folder / OAK, 40, 40)
    lib.commit("theirs")
    lib.switch("main")
    before, head = content(folder), lib.log()[0].id
    lib.merge("side")
    assert lib.undo() is not None
    assert content(folder) == before
    assert lib.log()[0].id == head
    assert lib.merge("side").kind == "fast-forward"


def test_undo_never_overwrites_work(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: write_png(folder / OAK, 40, 40),
    )
    done = lib.merge("side")
    (folder / OAK).write_bytes(png_bytes(50, 50))
    with pytest.raises(Conflict, match="uncommitted work"):
        lib.undo()
    assert lib.log()[0].id == done.version
    assert lib.undo(force=True) is not None
    rescued = git(lib, "rev-parse", "refs/audobon/rescue").strip()
    lib.restore(OAK, rescued)
    assert (folder / OAK).read_bytes() == png_bytes(50, 50)


def test_a_merge_with_versions_on_top_is_final(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: write_png(folder / OAK, 40, 40),
    )
    lib.merge("side")
    lib.edit(WALL, rating=2)
    top = lib.commit("on top").id
    assert lib.undo() is not None, "the edit"
    assert lib.undo() is None
    assert lib.log()[0].id == top


def test_merging_again_takes_only_what_is_new(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: lib.edit(OAK, rating=1),
    )
    lib.merge("side")
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, note="ours"),
        theirs=lambda lib, folder: lib.edit(OAK, note="theirs"),
    )
    done = lib.merge("side")
    assert done.edited == (f"MyAssets/{OAK}",)
    assert (lib.get(OAK).note, lib.get(WALL).note) == ("theirs", "ours")


def test_what_a_plain_git_client_pushed_is_not_lost(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    stone = lib.get(STONE)
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(WALL, rating=1),
        theirs=lambda lib, folder: lib.edit(OAK, rating=1),
    )
    pointer = git(lib, "show", f"HEAD:MyAssets/{STONE}")
    blob = git(lib, "rev-parse", f"HEAD:MyAssets/{WALL}").strip()
    work = tmp_path / "index"
    env = {**os.environ, "GIT_INDEX_FILE": str(work)}
    where = ["git", "-C", str(lib.state_path / "history.git")]
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*where, *who, *arguments], env=env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    run("read-tree", "side")
    run("update-index", "--cacheinfo", f"100644,{blob},MyAssets/{STONE}")
    commit = run("commit-tree", run("write-tree"), "-p", "side", "-m", "from git")
    run("update-ref", "refs/heads/side", commit)
    assert lib.merge("side").merged
    assert git(lib, "rev-parse", f"HEAD:MyAssets/{STONE}").strip() == blob
    assert git(lib, "show", f"HEAD:MyAssets/{STONE}") != pointer
    assert lib.get(STONE).digest == stone.digest


def test_names(lib: audobon.Library) -> None:
    with pytest.raises(NotFound):
        lib.merge("nowhere")
    with pytest.raises(NotFound):
        lib.abort_merge()
    assert lib.open_merge() is None
    assert lib.conflicts() == ()
    assert lib.merge("main").kind == "nothing"
