"""Recovery points: what was is kept aside before something risky, and comes back whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, Invalid, NotFound, ReadOnly
from audobon.services.versioning.recovery import KEPT
from audobon.testing.folders import tree
from audobon.testing.pictures import write_png

OAK, WALL = "textures/oak_planks.png", "textures/BrickWall.png"


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def test_a_point_holds_what_is_uncommitted_and_moves_no_branch(
    lib: audobon.Library, folder: Path
) -> None:
    first = lib.commit("one")
    write_png(folder / OAK, 40, 40)
    lib.edit("readme.txt", rating=3)
    point = lib.keep_point("before  switching\nto night")
    assert (point.reason, point.branch, point.head) == (
        "before switching to night",
        "main",
        first.id,
    )
    assert lib.recovery_points() == (point,)
    assert [version.id for version in lib.log()] == [first.id]
    changed = {entry.path: entry.fields for entry in lib.diff("HEAD", point.version).entries}
    assert set(changed) == {f"MyAssets/{OAK}", "MyAssets/readme.txt"}
    assert lib.diff("HEAD", "WORKING").entries, "what was uncommitted still is"


def test_nothing_uncommitted_makes_no_version(lib: audobon.Library) -> None:
    first = lib.commit("one")
    assert lib.keep_point("before a restore").version == first.id


def test_back_after_a_switch_with_work_lost_on_purpose(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    lib.branch("night")
    lib.switch("night")
    (folder / WALL).unlink()
    write_png(folder / OAK, 24, 24)
    lib.commit("night")
    lib.switch("main")
    write_png(folder / OAK, 40, 40)
    (folder / "readme.txt").write_text("changed")
    lib.edit(WALL, rating=5)
    before = content(folder)
    point = lib.keep_point("Switching to night")
    lib.switch("night", force=True)
    (folder / "readme.txt").write_text("and changed again")
    done = lib.go_back(point)
    assert content(folder) == before
    assert done.name == "main"
    assert lib.get(WALL).rating == 5
    assert lib.diff("HEAD", "WORKING").entries == ()
    assert [one.message for one in lib.log(limit=1)] == ["Back to: Switching to night"]
    # What was uncommitted on the other branch has become a version there.
    assert lib.log(limit=1, revision="night")[0].message.startswith("As it was before going back")
    assert lib.verify().problems == ()


def test_back_after_a_merge_and_back_from_there(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    lib.branch("night")
    lib.switch("night")
    write_png(folder / OAK, 24, 24)
    lib.commit("night")
    lib.switch("main")
    (folder / "readme.txt").write_text("ours")
    lib.commit("main")
    before = content(folder)
    point = lib.keep_point("Merging night")
    assert lib.merge("night").merged
    merged = content(folder)
    assert merged != before
    again = lib.keep_point("Going back")
    lib.go_back(point.id[:6])
    assert content(folder) == before
    lib.go_back(again)
    assert content(folder) == merged
    assert lib.verify().problems == ()


def test_back_to_where_we_are_changes_nothing(lib: audobon.Library, folder: Path) -> None:
    first = lib.commit("one")
    point = lib.keep_point("nothing happens")
    before = tree(folder)
    assert lib.go_back(point).written == ()
    assert tree(folder) == before
    assert lib.log() == (first,)


def test_back_to_a_branch_that_is_gone(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    lib.branch("side")
    lib.switch("side")
    write_png(folder / OAK, 24, 24)
    there = content(folder)
    point = lib.keep_point("Leaving")
    lib.switch("main", force=True)
    lib.commit("whatever was left")
    lib.remove_branch("side", force=True)
    assert lib.go_back(point).name == "side"
    assert content(folder) == there


def test_before_the_first_version(lib: audobon.Library, folder: Path) -> None:
    before = content(folder)
    point = lib.keep_point("the very first")
    assert point.head == ""
    write_png(folder / OAK, 40, 40)
    lib.go_back(point)
    assert content(folder) == before


def test_the_newest_ones_are_kept(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    made = []
    for number in range(KEPT + 2):
        (folder / "readme.txt").write_text(str(number))
        made.append(lib.keep_point(f"number {number}"))
    assert lib.recovery_points() == tuple(reversed(made))[:KEPT]
    assert len(lib._stores.history.refs("refs/audobon/points/")) == KEPT
    with pytest.raises(NotFound, match="no recovery point"):
        lib.go_back(made[0])


def test_points_outlive_the_process_and_a_damaged_list(lib: audobon.Library, folder: Path) -> None:
    point = lib.keep_point("before all")
    with audobon.Library.open(folder, read_only=True) as other:
        assert other.recovery_points() == (point,)
        with pytest.raises(ReadOnly):
            other.keep_point("no")
    (lib.state_path / "recovery.json").write_text("{")
    assert lib.recovery_points() == ()
    assert lib.keep_point("goes on").reason == "goes on"


def test_what_is_refused(lib: audobon.Library, folder: Path) -> None:
    with pytest.raises(Invalid, match="needs a reason"):
        lib.keep_point("  ")
    lib.commit("one")
    point = lib.keep_point("here")
    lib.branch("night")
    for branch, text in (("night", "theirs"), ("main", "ours")):
        lib.switch(branch)
        (folder / "readme.txt").write_text(text)
        lib.commit(branch)
    assert lib.merge("night").conflicts
    lib.keep_point("also while a merge is open")
    with pytest.raises(Conflict, match="while 'night' is being merged"):
        lib.go_back(point)


def test_contents_of_versions_have_pictures_of_their_own(
    lib: audobon.Library, folder: Path
) -> None:
    lib.commit("one")
    write_png(folder / OAK, 40, 20, color=(200, 30, 30))
    lib.commit("two")
    versions = lib.log(OAK)
    now, then = lib.contents_at(OAK, [version.id for version in versions])
    assert now is not None
    assert then is not None
    assert now.digest == lib.get(OAK).digest != then.digest
    assert lib.contents_at(OAK, ["HEAD"]) == (now,)
    assert lib.content_preview(then, OAK, 32) is None
    lib.work()
    picture = lib.content_preview(then, OAK, 32)
    assert picture is not None
    assert picture != lib.content_preview(now, OAK, 32)
    ident = lib.get(OAK).id
    lib.remove(OAK)
    gone = lib.commit("gone")
    assert lib.contents_at(ident, [gone.id, versions[0].id]) == (None, now)


def test_a_copy_of_an_old_version_is_known(lib: audobon.Library, folder: Path) -> None:
    first = lib.commit("one")
    outside = folder.parent / "scene"
    lib.export(outside, "HEAD", [OAK])
    copy = folder / "textures" / f"oak_planks {first.id[:8]}.png"
    lib.restore(OAK, "HEAD", copy)
    exported = outside / OAK
    assert exported.exists()
    assert lib.newer([exported, copy, folder / OAK]) == (), "they are what it is now"
    write_png(folder / OAK, 40, 20)
    second = lib.commit("two")
    found = lib.newer([exported, copy, folder / OAK, folder / "nothing.png", exported])
    assert [(one.path, one.asset.path, one.version.id) for one in found] == [
        (str(exported), OAK, first.id),
        (str(copy), OAK, first.id),
    ]
    assert second.id == lib.log(limit=1)[0].id
    write_png(exported, 7, 7)
    assert [one.path for one in lib.newer([exported])] == [], "it has been edited"


def test_the_command_line_keeps_and_goes_back(lib: audobon.Library, folder: Path) -> None:
    from click.testing import CliRunner

    from audobon.cli.root import cli

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["recovery", *arguments, "--library", str(folder)])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "no recovery point" in run()
    assert "before a mess" in run("--keep", "before a mess")
    (folder / "readme.txt").write_text("a mess")
    [point] = lib.recovery_points()
    assert point.id in run()
    assert "back on main: 1 file written" in run("--back", point.id[:5])
    assert (folder / "readme.txt").read_text() == "about these assets\n"


def test_what_stops_on_the_way_back_is_told_and_the_same_call_goes_on(
    lib: audobon.Library, folder: Path
) -> None:
    lib.commit("one")
    before = content(folder)
    point = lib.keep_point("before a mess")
    write_png(folder / OAK, 40, 40)
    (folder / "readme.txt").unlink()
    (folder / "readme.txt").mkdir()  # no file can be written there
    (folder / "readme.txt" / "note.md").write_text("mine\n")
    with pytest.raises(audobon.AudobonError):
        lib.go_back(point)
    assert (folder / "readme.txt" / "note.md").read_text() == "mine\n"
    assert lib.diff("HEAD~1", "HEAD", OAK).entries, "what was uncommitted is in a version now"
    (folder / "readme.txt" / "note.md").unlink()
    (folder / "readme.txt").rmdir()
    with audobon.Library.open(folder) as again:
        again.go_back(point)
        assert content(folder) == before
        assert again.diff("HEAD", "WORKING").entries == ()
        assert again.verify().problems == ()


def test_what_is_in_the_way_and_no_asset_is_told_with_what_helps(
    lib: audobon.Library, folder: Path
) -> None:
    lib.commit("one")
    point = lib.keep_point("before the clean-up")
    (folder / OAK).unlink()
    lib.add([folder])
    (folder / OAK).mkdir()
    (folder / OAK / "inside.txt").write_text("nobody has added it")
    with pytest.raises(Conflict, match="uncommitted work on 1 file,") as refused:
        lib.go_back(point)
    assert "move it away" in refused.value.hint
    assert "force" not in refused.value.hint
    (folder / OAK / "inside.txt").rename(folder / "inside.txt")
    (folder / OAK).rmdir()
    lib.go_back(point)
    assert (folder / OAK).is_file()
    assert (folder / "inside.txt").exists()
