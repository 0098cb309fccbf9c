"""How history is said in the panels of hosts, without a host."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from audobon.model.asset import Asset
from audobon.model.branch import Branch
from audobon.model.details import AssetDetails, PictureChange, Pictures
from audobon.model.merge import MergeConflict, MergeReport
from audobon.model.parts import PartChange, PartConflict
from audobon.model.version import DiffEntry, FieldChange, Pointer
from audobon.panel import past
from audobon.session import Problem, State
from audobon.session.past import Changes, Held, Linked, Past, Plan, StoredPicture
from audobon.session.state import Chosen

CUP = Pointer("ab" * 32, 10)
MUG = Pointer("cd" * 32, 12)
ENTRY = DiffEntry("a", "Lib/cup.blend", "modified", None, CUP, MUG)
PICTURE = PictureChange((4, 4), (4, 4), "RGB", "RGB", (4, 4), 0.25, 0.5, 1.0, 9.0)


@pytest.fixture
def asset(tmp_path: Path) -> Asset:
    import audobon

    (tmp_path / "cup.txt").write_text("a cup")
    with audobon.Library.create(tmp_path) as library:
        report = library.add(tmp_path)
        assert not report.failed, report.failed
        [made] = report.added
    return made


def test_branches_tell_how_far_they_are() -> None:
    assert past.distance_text(Branch("night", "2")) == ""
    assert past.distance_text(Branch("night", "2", ahead=2)) == "2 ahead"
    assert past.distance_text(Branch("night", "2", ahead=2, behind=1)) == "2 ahead, 1 behind"


def test_a_plan_says_what_it_would_do() -> None:
    plan = Plan("switch", "night", ready=True)
    assert past.plan_lines(plan) == ("Switching to night would change no file.",)
    some = evolve(plan, written=("Lib/a",), removed=("Lib/b", "Lib/c"), edited=("Lib/d",))
    assert past.plan_lines(some) == (
        "Switching to night would write 1 file and remove 2 files and change metadata of 1 asset.",
        "+ Lib/a",
        "- Lib/b",
        "- Lib/c",
    )
    many = evolve(plan, what="merge", written=tuple(f"Lib/{n}" for n in range(9)), conflicts=2)
    lines = past.plan_lines(many)
    assert lines[0] == "Merging night would write 9 files."
    assert lines[-2:] == (
        "and 3 more",
        "2 things must be decided first; until then nothing is changed.",
    )
    nothing = evolve(plan, what="merge", kind="nothing")
    assert past.plan_lines(nothing) == ("Everything of night is here already.",)


def test_conflicts_name_what_collides() -> None:
    part = PartConflict("object", "Cup", "modified", "removed")
    conflict = MergeConflict("1", "a", "Lib/sets/cup.blend", "part", parts=(part,))
    text = "cup.blend: object Cup (here changed, there removed)"
    assert past.conflict_text(conflict) == text
    whole = MergeConflict("2", "a", "Lib/wood.png", "content", contents={"ours": CUP, "base": MUG})
    assert past.conflict_text(whole) == "wood.png: both changed it"
    assert past.covers(whole) == (("ours", StoredPicture(CUP, "wood.png")),)
    rating = MergeConflict("3", "a", "Lib/wood.png", "rating", ours="3")
    assert past.conflict_text(rating) == "wood.png: rating is 3 here, nothing there"
    removed = MergeConflict("4", "a", "Lib/wood.png", "removed")
    assert "removed on one side" in past.conflict_text(removed)


def test_changes_are_told_part_by_part() -> None:
    move = FieldChange("location", "0, 0, 0", "7, 0, 0")
    moved = PartChange("object", "Cube", "modified", (move,), content=True)
    assert past.part_text(moved) == "object Cube: location"
    assert past.field_lines(moved) == ("0, 0, 0 to 7, 0, 0",)
    turned = evolve(moved, fields=(move, FieldChange("scale", "", "2")))
    assert past.field_lines(turned) == ("location: 0, 0, 0 to 7, 0, 0", "scale: none to 2")
    assert past.part_text(PartChange("mesh", "Cube", "modified", content=True)) == (
        "mesh Cube: content"
    )
    added = PartChange("material", "Gold", "added")
    assert past.part_text(added) == "+ material Gold"
    assert past.field_lines(added) == ()
    assert past.part_text(PartChange("light", "Key", "removed")) == "- light Key"


@pytest.mark.parametrize(
    ("details", "text"),
    [
        (AssetDetails(ENTRY, PICTURE), "25% of the picture differ."),
        (
            AssetDetails(ENTRY, parts=(PartChange("object", "A", "added"),), more_parts=2),
            "3 parts changed.",
        ),
        (
            AssetDetails(
                evolve(ENTRY, fields=(FieldChange("attributes.objects", "1", "2"),)), PICTURE
            ),
            "25% of the picture differ.",
        ),
        (AssetDetails(ENTRY), "Other bytes with the same content."),
        (AssetDetails(evolve(ENTRY, status="added")), "It is new in this version."),
        (AssetDetails(evolve(ENTRY, status="removed")), "It was removed in this version."),
        (
            AssetDetails(
                evolve(ENTRY, old_path="Lib/old", fields=(FieldChange("rating", "", "1"),))
            ),
            "Moved from Lib/old; changed: rating.",
        ),
    ],
)
def test_a_comparison_in_a_sentence(details: AssetDetails, text: str) -> None:
    assert past.summary(Changes("a", "1", "2", ready=True, details=details)) == text


def test_a_comparison_that_is_not_there() -> None:
    assert past.summary(Changes("a", "1", "2")) == "Looking at what changed"
    assert past.summary(Changes("a", "1", "2", ready=True)) == "Nothing has changed."
    assert past.summary(Changes("a", "1", "2", ready=True, problem=Problem("no"))) == ""


def test_files_of_an_old_version_are_found_at_home(tmp_path: Path) -> None:
    home, aside = tmp_path / "Lib" / "scenes", tmp_path / "cache" / "v"
    wood = tmp_path / "Lib" / "textures" / "wood.png"
    for folder in (home, aside, wood.parent):
        folder.mkdir(parents=True)
    wood.write_bytes(b"x")
    asked = str(tmp_path / "cache" / "textures" / "wood.png")  # //../textures/wood.png
    assert past.moved_path(asked, str(aside), str(home)) == str(wood)
    assert past.moved_path(str(wood), str(aside), str(home)) == str(wood)
    gone = str(aside / "gone.png")
    assert past.moved_path(gone, str(aside), str(home)) == gone


def test_pictures_of_what_is_listed(asset: Asset) -> None:
    chosen = Chosen(asset, contents=(CUP, None, MUG))
    conflict = MergeConflict("1", "a", "Lib/x.png", "content", contents={"theirs": CUP})
    merge = MergeReport("night", "merge", "0", "1", "2", conflicts=(conflict,))
    state = State(chosen=chosen, document=chosen, past=Past(merge=merge))
    assert past.pictured(state) == (
        StoredPicture(CUP, "cup.txt"),
        StoredPicture(MUG, "cup.txt"),
        StoredPicture(CUP, "x.png"),
    )
    assert past.pictured(State()) == ()
    assert past.version_picture(chosen, 3) is None


def test_locks_and_links() -> None:
    ours = Held("a", "Lib/a", mine=True, text="open on here")
    theirs = Held("b", "Lib/b", mine=False, text="open on workstation-2 since 10:42 (Ada)")
    lamp = Linked("/x/lamp.blend", "changed", "/x/lamp.blend", "lamp.blend")
    copy = Linked("/x/lamp 12345678.blend", "older", "/x/lamp.blend", "lamp.blend")
    found = Past(locks=(ours, theirs), linked=(lamp, copy))
    assert past.foreign_lock(found, "a") is None
    assert past.foreign_lock(found, "b") is theirs
    assert past.newer_own(found, "/x/lamp.blend") is lamp
    assert past.newer_own(found, "") is None
    assert past.linked_text(lamp) == "lamp.blend has been saved since"
    assert past.linked_text(copy) == "lamp 12345678.blend is older than lamp.blend"
    assert past.newer_text(1) == "Newer version of 1 linked asset"
    assert past.newer_text(3) == "Newer version of 3 linked assets"
    assert past.take_label("both") == "Both"


def test_what_is_not_saved_is_asked_about() -> None:
    assert past.choices("Merge", dirty=False) == (past.Choice("Merge"),)
    assert past.choices("Merge", dirty=False, blocked=True) == (
        past.Choice("Keep Aside, Merge", force=True),
    )
    save, lose = past.choices("Switch", dirty=True)
    assert (save.text, save.unsaved, save.force) == ("Save and Switch", "save", True)
    assert (lose.text, lose.unsaved, lose.force) == ("Switch, Lose Unsaved", "discard", False)
    assert past.choices("Switch", dirty=True, blocked=True)[1].force


def test_which_files_may_be_written() -> None:
    paths = ("Lib/moss.png", "Lib/sets/cup.kra")
    assert past.touched(paths, "/home/ada/Lib/sets/cup.kra")
    assert past.touched(paths, "/mnt/other/moss.png")
    assert not past.touched(paths, "/home/ada/Lib/wet moss.png")
    assert not past.touched(paths, "/home/ada/Lib/cup.kra")
    assert not past.touched((), "/home/ada/Lib/cup.kra")


def test_the_pictures_of_a_comparison_have_keys_of_their_own() -> None:
    assert past.change_pictures(None) == ()
    assert past.change_pictures(Changes("a", "1", "2")) == ()
    details = AssetDetails(ENTRY, pictures=Pictures(b"one", b"two"))
    first = past.change_pictures(Changes("a", "1", "2", ready=True, details=details))
    assert [(label, data) for label, _, data in first] == [("Before", b"one"), ("After", b"two")]
    other = past.change_pictures(Changes("a", "1", "3", ready=True, details=details))
    assert not {key for _, key, _ in first} & {key for _, key, _ in other}


def test_what_is_asked_before_a_branch_goes() -> None:
    lines = past.remove_lines(Branch("night", "2", ahead=1))
    assert lines[0] == "night has 1 version that the current branch does not have."
    assert "2 versions" in past.remove_lines(Branch("night", "2", ahead=2))[0]
