"""Suggested tags: nothing is tagged unasked, decisions hold, and undo takes them back exactly."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, NotFound, ReadOnly
from audobon.services.pipelines.reviewing import keep

OAK, BRICK = "textures/oak_planks.png", "textures/BrickWall.png"
BY = {"component": "efficientnet-lite0", "version": "1.0.0"}


def suggest(lib: audobon.Library, ref: str, *, by: str = "", **scores: float) -> None:
    """What the job of the pipeline ``tags`` does with its result."""
    values = [{"tag": tag.replace("_", " "), "score": score} for tag, score in scores.items()]
    keep(lib._stores, lib.get(ref), {**BY, "component": by or BY["component"]}, values)


def waiting(lib: audobon.Library, *refs: str, every: bool = False) -> list[str]:
    return [each.tag for each in lib.suggestions(refs or None, every=every)]


def test_suggestions_are_no_tags(lib: audobon.Library) -> None:
    before = lib.changes()[-1].id
    suggest(lib, OAK, wood=0.9, desk=0.4, door=0.2)
    first, second = lib.suggestions(OAK)
    assert (first.asset.path, first.tag, first.score) == (OAK, "wood", 0.9)
    assert (first.component, first.version, first.threshold) == (*BY.values(), 0.3)
    assert second.tag == "desk"
    assert waiting(lib, every=True) == ["wood", "desk", "door"]
    assert lib.suggestions(tag="DESK") == (second,)
    assert lib.suggestions(BRICK) == ()
    assert lib.get(OAK).tags == ()
    assert lib.tags.list() == ()
    assert lib.changes()[-1].id == before
    suggest(lib, OAK, wood=0.8)  # the last run counts
    assert [each.score for each in lib.suggestions()] == [0.8]


def test_accept_is_one_undoable_change_also_after_a_restart(
    lib: audobon.Library, folder: Path
) -> None:
    suggest(lib, OAK, wood=0.9, desk=0.4)
    suggest(lib, BRICK, wall=0.7)
    change = lib.accept(lib.suggestions())
    assert change.undoable
    assert set(change.assets) == {lib.get(OAK).id, lib.get(BRICK).id}
    assert lib.get(OAK).tags == ("desk", "wood")
    assert lib.search("tag:wall").total == 1
    assert waiting(lib) == []
    lib.close()
    with audobon.Library.open(folder) as again:
        assert waiting(again) == []
        again.undo()
        assert again.get(OAK).tags == ()
        assert again.tags.list() == ()
        assert waiting(again) == ["wall", "wood", "desk"]
    with audobon.Library.open(folder) as again:
        again.redo()
        assert again.get(OAK).tags == ("desk", "wood")
        assert waiting(again) == []
        assert again.doctor().ok


def test_a_rejected_tag_does_not_come_back(lib: audobon.Library, folder: Path) -> None:
    suggest(lib, OAK, wood=0.9, desk=0.4)
    (desk,) = lib.suggestions(OAK, tag="desk")
    assert lib.reject(desk).label == "reject desk"
    suggest(lib, OAK, wood=0.9, desk=0.95)
    assert waiting(lib, every=True) == ["wood"]
    moved = folder / "elsewhere" / "oak.png"
    moved.parent.mkdir()
    shutil.move(folder / OAK, moved)
    lib.add([folder])
    suggest(lib, str(moved), desk=0.99)
    assert waiting(lib) == []
    lib.tags.add("Desk")
    lib.tags.rename("desk", "table")
    suggest(lib, str(moved), desk=0.99, table=0.9)
    assert waiting(lib) == ["table"]  # another word by now
    lib.tags.alias("desk", "table")
    assert waiting(lib) == []  # both mean what was rejected
    suggest(lib, BRICK, desk=0.5)
    assert waiting(lib) == ["table"]


def test_reject_is_undone_and_done_again(lib: audobon.Library, folder: Path) -> None:
    suggest(lib, OAK, desk=0.4)
    lib.reject(lib.suggestions())
    for opened in range(2):
        with audobon.Library.open(folder) as other:
            assert other.undo() is not None, opened
            assert waiting(other) == ["desk"]
        lib.redo()
        assert waiting(lib) == []


def test_what_was_accepted_can_be_rejected(lib: audobon.Library) -> None:
    suggest(lib, OAK, desk=0.4)
    shown = lib.suggestions()
    lib.accept(shown)
    assert not lib.accept(shown).undoable  # nothing is left to do
    lib.reject(shown)
    assert lib.get(OAK).tags == ()
    assert waiting(lib) == []
    lib.undo()
    assert lib.get(OAK).tags == ("desk",)
    lib.edit(OAK, remove_tags=["desk"])
    assert waiting(lib) == []  # taken off by hand is an answer too


def test_what_an_asset_has_is_not_suggested(lib: audobon.Library) -> None:
    lib.tags.add("material")
    lib.tags.add("wood", parent="material")
    lib.tags.alias("timber", "wood")
    suggest(lib, OAK, timber=0.9, material=0.8, plank=0.7)
    suggest(lib, OAK, by="another", wood=0.95)
    found = lib.suggestions()
    assert [(each.tag, each.component) for each in found] == [
        ("wood", "efficientnet-lite0"),  # farther above its own threshold
        ("material", "efficientnet-lite0"),
        ("plank", "efficientnet-lite0"),
    ]
    lib.accept(found[0])
    assert lib.get(OAK).tags == ("wood",)
    assert waiting(lib) == ["plank"]
    lib.undo()
    lib.edit(OAK, add_tags=["material"])
    assert waiting(lib) == ["wood", "plank"]  # the closer word is still worth asking
    lib.remove(OAK)
    assert waiting(lib) == []


def test_always_is_for_what_comes_and_never_for_everything(lib: audobon.Library) -> None:
    suggest(lib, OAK, wood=0.9, desk=0.4)
    lib.tags.rule("wood", "always")
    lib.tags.rule("desk", "never")
    assert [(rule.tag, rule.rule) for rule in lib.tags.rules()] == [
        ("desk", "never"),
        ("wood", "always"),
    ]
    suggest(lib, OAK, wood=0.9, desk=0.4)
    assert lib.get(OAK).tags == ()
    assert waiting(lib) == ["wood"]
    suggest(lib, BRICK, wood=0.29, desk=0.9)
    assert lib.get(BRICK).tags == ()
    suggest(lib, BRICK, wood=0.31, desk=0.9)
    assert lib.get(BRICK).tags == ("wood",)
    assert lib.changes()[-1].label == "always wood"
    lib.undo()
    assert waiting(lib, BRICK) == ["wood"]
    suggest(lib, BRICK, wood=0.31, desk=0.9)
    assert lib.get(BRICK).tags == ()  # what was undone is not done once more by the same result
    lib.reject(lib.suggestions(BRICK))
    suggest(lib, BRICK, wood=0.2)
    suggest(lib, BRICK, wood=0.99)
    assert lib.get(BRICK).tags == ()


def test_rules_are_undone_and_follow_their_tag(lib: audobon.Library, folder: Path) -> None:
    lib.tags.add("wood")
    lib.tags.rule("wood", "never")
    lib.tags.rule("wood", "always")
    assert not lib.tags.rule("wood", "always").undoable
    assert [rule.rule for rule in lib.tags.rules()] == ["always"]
    lib.undo()
    lib.tags.rename("wood", "timber")
    with audobon.Library.open(folder) as other:
        assert [(rule.tag, rule.rule) for rule in other.tags.rules()] == [("timber", "never")]
        other.tags.rule("timber", None)
        assert other.tags.rules() == ()
        other.undo()
        assert len(other.tags.rules()) == 1
    with pytest.raises(Invalid, match="always and never are"):
        lib.tags.rule("timber", "sometimes")


def test_thresholds_follow_decisions_on_that_tag(lib: audobon.Library) -> None:
    names = [asset.path for asset in lib.assets() if asset.kind == "image"]
    for name in names[:3]:
        suggest(lib, name, wood=0.4, desk=0.4)
    lib.reject(lib.suggestions(tag="desk"))
    for name in names[3:]:
        suggest(lib, name, wood=0.4, desk=0.4)
    assert set(waiting(lib)) == {"wood"}
    (hidden, *_) = lib.suggestions(tag="desk", every=True)
    assert 0.4 < hidden.threshold < 0.41
    suggest(lib, names[3], desk=0.5)
    assert waiting(lib, names[3]) == ["desk"]
    suggest(lib, names[4], by="another", desk=0.5)  # scores of other networks mean other things
    assert waiting(lib, names[4]) == ["desk", "wood"]


def test_what_cannot_be_is_refused(lib: audobon.Library, folder: Path) -> None:
    values = [{"tag": 'an "odd" word', "score": 0.9}, {"tag": "oak", "score": 0.8}]
    keep(lib._stores, lib.get(OAK), BY, values)
    assert waiting(lib) == ["oak"]
    with pytest.raises(Invalid, match="no suggestion is given"):
        lib.accept(())
    (oak,) = lib.suggestions()
    lib.remove(OAK)
    with pytest.raises(NotFound):
        lib.accept(oak)
    lib.undo()
    lib.close()
    with audobon.Library.open(folder, read_only=True) as reader:
        assert waiting(reader) == ["oak"]
        with pytest.raises(ReadOnly):
            reader.accept(oak)


CROWD = """
import sys
import audobon
from audobon.services.pipelines.reviewing import keep

who, other = sys.argv[2], sys.argv[3]
with audobon.Library.open(sys.argv[1]) as lib:
    assets = [asset for asset in lib.assets() if asset.kind == "image"]
    sys.stdin.readline()
    for number in range(12):
        by = {"component": who, "version": "1.0.0"}
        for asset in assets:
            values = [{"tag": f"{who}{number}", "score": 0.9}, {"tag": "shared", "score": 0.9}]
            keep(lib._stores, asset, by, values)
        lib.accept(lib.suggestions(tag=f"{who}{number}"))
        shared = lib.suggestions(tag="shared")
        if shared:
            lib.reject(shared)
assert not {"numpy", "openvino"} & set(sys.modules)
"""


def test_two_processes_review_at_once(lib: audobon.Library, folder: Path) -> None:
    crowd = [
        subprocess.Popen([sys.executable, "-c", CROWD, str(folder), *names], stdin=subprocess.PIPE)
        for names in (("ann", "bob"), ("bob", "ann"))
    ]
    for process in crowd:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in crowd:
        process.communicate(timeout=120)
        assert process.returncode == 0
    expected = {f"{who}{number}" for who in ("ann", "bob") for number in range(12)}
    for asset in lib.assets():
        if asset.kind == "image":
            assert set(asset.tags) == expected
    assert waiting(lib, every=True) == []
    assert lib.doctor().ok
    while lib.undo():
        pass
    assert all(asset.tags == () for asset in lib.assets())
    assert lib.tags.list() == ()
