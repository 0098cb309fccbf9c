"""What only a person can decide: listed, shown, decided one by one, also in another process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from merge_support import (
    OAK,
    SEAT,
    STONE,
    WALL,
    Work,
    both_sides,
    content,
    git,
    only,
    state,
)

import audobon
from audobon.errors import Conflict, Corrupt, Invalid, NotFound
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes, write_png


def paint(width: int, height: int = 8) -> bytes:
    return png_bytes(width, height)


@pytest.fixture
def painted(lib: audobon.Library) -> audobon.Library:
    """Both sides have painted the oak."""
    both_sides(
        lib,
        ours=lambda lib, folder: (folder / OAK).write_bytes(paint(30)),
        theirs=lambda lib, folder: (folder / OAK).write_bytes(paint(40)),
    )
    return lib


def test_while_conflicts_are_open_nothing_is_changed(
    painted: audobon.Library, folder: Path
) -> None:
    before, head = tree(folder), painted.log()[0].id
    report = painted.merge("side")
    conflict = only(report)
    assert (conflict.what, conflict.path) == ("content", f"MyAssets/{OAK}")
    assert conflict.takes == ("ours", "theirs", "both")
    assert set(conflict.contents) == {"base", "ours", "theirs"}
    assert conflict.contents["ours"].digest == painted.get(OAK).digest
    assert tree(folder) == before
    assert painted.log()[0].id == head
    assert painted.conflicts() == (conflict,)
    assert painted.plan_merge("side").conflicts == (conflict,)


@pytest.mark.parametrize(("take", "width"), [("ours", 30), ("theirs", 40)])
def test_one_side_of_a_picture(
    painted: audobon.Library, folder: Path, take: str, width: int
) -> None:
    done = painted.resolve(only(painted.merge("side")), take)
    assert done.merged
    assert (folder / OAK).read_bytes() == paint(width)
    assert painted.get(OAK).width == width
    assert len(painted.log()[0].parents) == 2
    assert painted.open_merge() is None
    assert painted.diff("HEAD", "WORKING").entries == ()


def test_both_keeps_theirs_beside_ours(painted: audobon.Library, folder: Path) -> None:
    (folder / "textures" / "oak_planks (theirs).png").write_bytes(b"in the way")
    painted.edit(OAK, rating=3)
    painted.commit("rated")
    before = set(content(folder))
    done = painted.resolve(only(painted.merge("side")), "both")
    assert done.merged
    assert set(content(folder)) - before == {"textures/oak_planks (theirs 2).png"}
    copy = painted.get("textures/oak_planks (theirs 2).png")
    oak = painted.get(OAK)
    assert (folder / OAK).read_bytes() == paint(30)
    assert Path(copy.file).read_bytes() == paint(40)
    assert copy.tags == ("texture",)
    assert (copy.rating, oak.rating) == (0, 3)
    edges = [(edge.src, edge.kind, edge.dst) for edge in painted.related(copy)]
    assert edges == [(copy.id, "variant_of", oak.id)]
    assert (folder / "textures" / "oak_planks (theirs).png").read_bytes() == b"in the way"


def test_fields_one_by_one(lib: audobon.Library, folder: Path) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit(
            OAK, rating=2, note="ours", catalog="A", attributes={"artist": "Ada", "n": 1}
        ),
        theirs=lambda lib, folder: lib.edit(
            OAK, rating=4, note="theirs", catalog="B", attributes={"artist": "Bo", "m": 2}
        ),
    )
    report = lib.merge("side")
    found = {one.what: (one.base, one.ours, one.theirs) for one in report.conflicts}
    assert found == {
        "rating": ("0", "2", "4"),
        "note": ("", "ours", "theirs"),
        "catalog": ("", "A", "B"),
        "attributes.artist": ("", "Ada", "Bo"),
    }
    takes = {"rating": "theirs", "note": "both", "catalog": "ours", "attributes.artist": "theirs"}
    for conflict in report.conflicts:
        report = lib.resolve(conflict, takes[conflict.what])
    assert report.merged
    oak = lib.get(OAK)
    assert (oak.rating, oak.note, oak.catalog) == (4, "ours\ntheirs", "A")
    assert {name: oak.attributes[name] for name in ("artist", "n", "m")} == {
        "artist": "Bo",
        "n": 1,
        "m": 2,
    }


def test_a_decision_can_be_made_differently_until_the_last(lib: audobon.Library) -> None:
    both_sides(
        lib,
        ours=lambda lib, folder: lib.edit([OAK, WALL], rating=2),
        theirs=lambda lib, folder: lib.edit([OAK, WALL], rating=4),
    )
    wall, oak = lib.merge("side").conflicts
    report = lib.resolve(wall, "theirs")
    assert [one.id for one in report.conflicts] == [oak.id]
    assert [one.take for one in report.decided] == ["theirs"]
    lib.resolve(wall.id, "ours")
    assert lib.resolve([oak], "theirs").merged
    assert (lib.get(WALL).rating, lib.get(OAK).rating) == (2, 4)


def test_removed_and_changed(lib: audobon.Library, folder: Path) -> None:
    def theirs(lib: audobon.Library, folder: Path) -> None:
        lib.remove(OAK)
        (folder / OAK).unlink()
        (folder / WALL).unlink()
        lib.edit(STONE, rating=5)

    def ours(lib: audobon.Library, folder: Path) -> None:
        lib.edit(OAK, rating=1)
        write_png(folder / WALL, 50, 50)
        lib.remove(STONE)
        (folder / STONE).unlink()

    both_sides(lib, ours=ours, theirs=theirs)
    report = lib.merge("side")
    found = {one.path: (one.what, one.ours, one.theirs) for one in report.conflicts}
    assert found[f"MyAssets/{OAK}"] == ("removed", "changed: rating", "removed")
    assert found[f"MyAssets/{WALL}"][2] == "removed"
    assert "content" in found[f"MyAssets/{WALL}"][1]
    assert found[f"MyAssets/{STONE}"] == ("removed", "removed", "changed: rating")
    with pytest.raises(Invalid, match="both cannot be taken"):
        lib.resolve(report.conflicts, "both")
    assert lib.resolve(report.conflicts, "theirs").merged
    assert not (folder / OAK).exists()
    assert not (folder / WALL).exists()
    assert (folder / STONE).exists()
    assert lib.get(STONE).rating == 5
    assert lib.get(WALL).state == "missing"
    assert lib.diff("HEAD", "WORKING").entries == ()


def test_vocabulary_conflicts(lib: audobon.Library) -> None:
    for name in ("wood", "a", "b"):
        lib.tags.add(name)
    lib.sets.add("best", "rating:5")
    lib.commit("words")
    lib.remove_branch("side", force=True)
    lib.branch("side")

    def words(parent: str, query: str, inner: str, outer: str, rating: int) -> Work:
        def work(lib: audobon.Library, folder: Path) -> None:
            lib.tags.move("wood", parent=parent)
            lib.tags.move(inner, parent=outer)
            lib.sets.add("best", query)
            lib.edit([WALL] if rating == 1 else [SEAT], rating=rating)

        return work

    both_sides(
        lib,
        ours=words("a", "rating:>=4", "a", "b", 1),
        theirs=words("b", "rating:>=3", "b", "a", 2),
    )
    report = lib.merge("side")
    found = {(one.path, one.what) for one in report.conflicts}
    # a below b and b below a: both cannot be.
    assert {("tag wood", "parent"), ("set best", "query"), ("tag a", "parent")} <= found
    wood = next(one for one in report.conflicts if one.path == "tag wood")
    assert (wood.asset_id, wood.ours, wood.theirs) == ("", "a", "b")
    assert lib.resolve(report.conflicts, "theirs").merged
    tags = {row.name: row.parent for row in lib.tags.list()}
    assert (tags["wood"], tags["a"], tags["b"]) == ("b", None, "a")
    assert [row.query for row in lib.sets.list()] == ["rating:>=3"]


def test_no_version_is_made_while_conflicts_are_open(
    painted: audobon.Library, folder: Path
) -> None:
    painted.merge("side")
    painted.edit(WALL, rating=1)
    with pytest.raises(Conflict, match=r"1 conflict is open: .*oak_planks.png \(content\)"):
        painted.commit("too early")
    painted.abort_merge()
    assert painted.commit("now").stats.modified == 1


def test_a_switch_and_another_merge_are_refused_meanwhile(painted: audobon.Library) -> None:
    painted.branch("third")
    painted.merge("side")
    with pytest.raises(Conflict, match="while 'side' is being merged"):
        painted.switch("side")
    with pytest.raises(Conflict, match="while 'side' is being merged"):
        painted.merge("third")
    assert painted.merge("side").conflicts == painted.conflicts()


def test_aborting_puts_everything_back(painted: audobon.Library, folder: Path) -> None:
    before, before_state, refs = tree(folder), state(painted), git(painted, "show-ref")
    painted.merge("side")
    painted.close()
    with audobon.Library.open(folder) as again:
        assert len(again.conflicts()) == 1
        again.abort_merge()
        assert tree(folder) == before
        assert state(again) == before_state
        assert git(again, "show-ref") == refs
        assert again.conflicts() == ()
        with pytest.raises(NotFound):
            again.abort_merge()
        assert only(again.merge("side")).what == "content"


def test_another_process_sees_and_decides(painted: audobon.Library, folder: Path) -> None:
    painted.merge("side")
    code = (
        "import sys, json, audobon\n"
        "with audobon.Library.open(sys.argv[1]) as lib:\n"
        "    [one] = lib.conflicts()\n"
        "    print(json.dumps([one.path, lib.resolve(one, 'theirs').merged]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [f"MyAssets/{OAK}", True]
    assert painted.conflicts() == ()
    assert painted.get(OAK).width == 40


def test_uncommitted_work_on_what_must_be_decided(painted: audobon.Library, folder: Path) -> None:
    (folder / OAK).write_bytes(paint(77))
    with pytest.raises(Conflict, match="uncommitted work"):
        painted.merge("side")
    conflict = only(painted.merge("side", force=True))
    assert (folder / OAK).read_bytes() == paint(77)
    done = painted.resolve(conflict, "theirs")
    assert done.merged
    assert done.rescued
    assert (folder / OAK).read_bytes() == paint(40)
    painted.restore(OAK, done.rescued)
    assert (folder / OAK).read_bytes() == paint(77)


def test_work_that_came_later_stops_the_last_decision(
    painted: audobon.Library, folder: Path
) -> None:
    conflict = only(painted.merge("side"))
    (folder / OAK).write_bytes(paint(77))
    with pytest.raises(Conflict, match="uncommitted work"):
        painted.resolve(conflict, "theirs")
    assert (folder / OAK).read_bytes() == paint(77)
    with pytest.raises(Conflict, match="is not finished"):
        painted.commit("no")
    assert painted.conflicts() == ()
    assert painted.merge("side", force=True).merged
    assert (folder / OAK).read_bytes() == paint(40)


def test_ours_leaves_uncommitted_work_alone(painted: audobon.Library, folder: Path) -> None:
    conflict = only(painted.merge("side"))
    (folder / OAK).write_bytes(paint(77))
    assert painted.resolve(conflict, "ours").merged
    assert (folder / OAK).read_bytes() == paint(77)


def test_a_damaged_record_of_the_merge(painted: audobon.Library, folder: Path) -> None:
    painted.merge("side")
    (painted.state_path / "merge.json").write_bytes(b"{")
    with pytest.raises(Corrupt, match="damaged"):
        painted.conflicts()
    painted.abort_merge()
    assert only(painted.merge("side")).what == "content"


def test_decisions_that_are_none(painted: audobon.Library) -> None:
    with pytest.raises(NotFound):
        painted.resolve("0123456789ab", "ours")
    conflict = only(painted.merge("side"))
    with pytest.raises(NotFound):
        painted.resolve("0123456789ab", "ours")
    with pytest.raises(Invalid):
        painted.resolve(conflict, "mine")


def test_each_side_can_be_looked_at(painted: audobon.Library) -> None:
    conflict = only(painted.merge("side"))

    def shown(side: str) -> bytes:
        deadline = time.monotonic() + 240
        while (data := painted.conflict_preview(conflict, side, 64)) is None:
            assert time.monotonic() < deadline, painted.jobs()
            time.sleep(0.05)
        return data

    pictures = {side: shown(side) for side in ("base", "ours", "theirs")}
    assert len(set(pictures.values())) == 3
    assert painted.conflict_preview(conflict.id, "theirs", 64) == pictures["theirs"]
    with pytest.raises(Invalid):
        painted.conflict_preview(conflict, "both")
    left = [path.name for path in (painted.state_path / "derived/previews").glob("stored-*")]
    assert left == []
