"""Renamed and moved files are found again; edited ones are proposed and never guessed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance
from test_duplicates import scene

import audobon
from audobon.errors import AudobonError, Conflict, Invalid


def test_renamed_and_moved_files_are_found_again_and_none_twice(tmp_path: Path) -> None:
    """A tenth of the files; docs/duplicates.md has the figure of 1,000 of 10,000."""
    root = tmp_path / "Assets"
    for number in range(300):
        path = root / f"set {number % 7}" / f"note {number:04}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"the text of number {number}\n" * (1 + number % 5))
    with audobon.Library.create(root, "Test") as lib:
        lib.add(root)
        before = {asset.id: asset for asset in lib.assets(limit=1000)}
        ids = sorted(before)[::10]
        lib.edit(ids, add_tags=["kept"], rating=3)
        for number, ident in enumerate(ids):
            target = root / "elsewhere" / f"{number % 3}" / f"renamed {number}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            Path(before[ident].file).rename(target)
        report = lib.relink() if len(ids) % 2 == 0 else lib.add(root)
        assert {asset.id for asset in report.moved} == set(ids)
        assert report.missing == ()
        again = lib.add(root)
        assert (again.added, again.moved, again.missing) == ((), (), ())
        after = {asset.id: asset for asset in lib.assets(limit=1000)}
        assert set(after) == set(before)
        assert all(after[ident].tags == ("kept",) for ident in ids)
        assert lib.relink_proposals() == ()


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[audobon.Library]:
    """A library of which two pictures and a text were moved and edited, one picture is gone."""
    root = tmp_path / "Assets"
    root.mkdir()
    for seed, name in enumerate(("oak", "elm", "ash", "fir")):
        scene(seed).save(root / f"{name}.png")
    (root / "old wood notes.txt").write_text("three kinds\n" * 30)
    with audobon.Library.create(root, "Test") as lib:
        lib.add(root)
        lib.work()
        for name in ("oak.png", "elm.png", "ash.png", "old wood notes.txt"):
            lib.edit(name, add_tags=[name[:3]], rating=5)
            (root / name).unlink()
        moved = root / "moved"
        moved.mkdir()
        ImageEnhance.Brightness(scene(0)).enhance(1.2).save(moved / "tree 17.jpg", quality=90)
        scene(1).resize((150, 100)).save(moved / "elm_v2.png")
        scene(9).save(moved / "unrelated.png")
        (moved / "old_wood_notes.txt").write_text("three kinds\n" * 29 + "four\n")
        report = lib.relink()
        assert {asset.name for asset in report.missing} == {
            *("oak.png", "elm.png", "ash.png", "old wood notes.txt"),
        }
        yield lib


def proposed(lib: audobon.Library) -> dict[str, str]:
    return {each.asset.name: Path(each.file).name for each in lib.relink_proposals()}


EXPECTED = {
    "oak.png": "tree 17.jpg",
    "elm.png": "elm_v2.png",
    "old wood notes.txt": "old_wood_notes.txt",
}


def test_edited_files_are_proposed_with_reasons_and_nothing_is_changed(
    lost: audobon.Library,
) -> None:
    clock = lost.clock
    found = lost.relink_proposals()
    assert {each.asset.name: Path(each.file).name for each in found} == EXPECTED
    assert [each.score for each in found] == sorted((one.score for one in found), reverse=True)
    told = {each.asset.name: {one.what: one for one in each.reasons} for each in found}
    assert "signs differ" in told["oak.png"]["picture"].text
    assert "pixels" in told["oak.png"]
    assert "picture" in told["elm.png"]
    assert told["old wood notes.txt"]["name"].text == "the name has the same words: old wood notes"
    assert all(0.5 <= each.score < 1 and each.twin is None for each in found)
    assert lost.clock == clock, "to look is no change"


def test_accepted_files_keep_identity_and_one_undo_takes_all_back(lost: audobon.Library) -> None:
    found = lost.relink_proposals()
    ids = {each.asset.id: each.file for each in found}
    change = lost.accept_relink(found)
    assert (change.kind, change.label) == ("relink", "relink 3 files")
    for ident, file in ids.items():
        asset = lost.get(ident)
        assert (asset.state, Path(asset.file)) == ("present", Path(file))
        assert asset.rating == 5
        assert asset.size == Path(file).stat().st_size
    assert lost.find_ids('tag:oak name:"tree 17"'), "search knows the new name"
    report = lost.add(lost.path)
    assert [asset.name for asset in report.added] == ["unrelated.png"]
    assert proposed(lost) == {}
    assert lost.undo().id == change.id
    assert all(lost.get(ident).state == "missing" for ident in ids)
    assert lost.get(found[0].asset.id).path == found[0].asset.path
    lost.redo()
    assert all(lost.get(ident).state == "present" for ident in ids)
    assert lost.doctor().ok


def test_files_that_were_added_meanwhile_hand_on_what_they_have(lost: audobon.Library) -> None:
    lost.add(lost.path)
    lost.work()
    twin = lost.get("moved/tree 17.jpg")
    lost.edit(twin, add_tags=["new"])
    found = next(each for each in lost.relink_proposals() if each.asset.name == "oak.png")
    assert found.twin is not None
    assert found.twin.id == twin.id
    lost.accept_relink(found)
    asset = lost.get(found.asset.id)
    assert (asset.path, asset.tags, asset.digest) == (twin.path, ("new", "oak"), twin.digest)
    assert lost.get(twin.id).state == "removed"
    assert lost.add(lost.path).added == ()
    lost.undo()
    assert (lost.get(twin.id).state, lost.get(twin.id).tags) == ("present", ("new",))
    assert (lost.get(asset.id).state, lost.get(asset.id).tags) == ("missing", ("oak",))


def test_refusing_and_what_is_not_so_any_more(lost: audobon.Library) -> None:
    oak = next(each for each in lost.relink_proposals() if each.asset.name == "oak.png")
    lost.refuse_relink(oak)
    with audobon.Library.open(lost.path) as other:
        assert set(proposed(other)) == set(EXPECTED) - {"oak.png"}
    lost.undo()
    found = {each.asset.name: each for each in lost.relink_proposals()}
    assert set(found) == set(EXPECTED), "what was refused is back with undo"
    with pytest.raises(Invalid):
        lost.accept_relink([found["oak.png"], found["oak.png"]])
    with pytest.raises(Invalid):
        lost.accept_relink([])
    gone = Path(found["oak.png"].file)
    shutil.move(gone, gone.with_name("away.jpg"))
    with pytest.raises(AudobonError):
        lost.accept_relink([found["elm.png"], found["oak.png"]])
    assert lost.get(found["elm.png"].asset.id).state == "missing", "all or nothing"
    lost.accept_relink(found["elm.png"])
    with pytest.raises(Conflict):
        lost.accept_relink(found["elm.png"])
    Image.open(lost.get(found["elm.png"].asset.id).file).verify()
