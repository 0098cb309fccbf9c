"""Edits, the change log, undo and redo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from audobon.errors import Invalid, NotFound
from audobon.model.asset import Facts
from audobon.model.change import Edit

if TYPE_CHECKING:
    from catalog_bench import Bench


def test_one_edit_changes_all_fields_of_all_assets(bench: Bench) -> None:
    assets = bench.add("a", "b", tags=("old",))
    change = bench.edit(
        assets,
        add_tags=("wood", "Oak"),
        remove_tags=("OLD", "unknown"),
        catalog="Props/Tables",
        rating=3,
        note="nice",
        attributes=(("shot", 12), ("list", ("a", "b")), ("half", 0.5), ("done", False)),
    )
    assert (change.kind, change.undoable, change.undone) == ("edit", True, False)
    assert change.assets == tuple(asset.id for asset in assets)
    for asset in assets:
        after = bench.again(asset)
        assert after.tags == ("Oak", "wood")
        assert (after.catalog, after.rating, after.note) == ("Props/Tables", 3, "nice")
        assert after.attributes["list"] == ("a", "b")
        assert after.attributes["done"] is False
        assert after.seq > asset.seq
        assert after.updated > asset.updated == after.added
    bench.edit(assets, catalog=None, attributes=(("shot", None),))
    after = bench.again(assets[0])
    assert after.catalog is None
    assert "shot" not in after.attributes
    assert after.rating == 3


def test_unknown_ids_are_listed_and_nothing_happens(bench: Bench) -> None:
    a, gone = bench.add("a", "b")
    bench.catalog.remove([gone.id], **bench.by)
    before = bench.state()
    with pytest.raises(NotFound, match=f"nope1.*{gone.id}"):
        bench.catalog.edit(
            [a.id, "nope1", gone.id], Edit(rating=1, add_tags=("x",)), author="me", now=bench.now
        )
    assert bench.state() == before


@pytest.mark.parametrize(
    "what",
    [
        {"rating": 6},
        {"rating": -1},
        {"rating": True},
        {"rating": 2.0},
        {"note": None},
        {"note": "\ud800"},
        {"add_tags": ("",)},
        {"add_tags": ("  ",)},
        {"add_tags": ("a:b",)},
        {"add_tags": ('a"b',)},
        {"add_tags": ("a\nb",)},
        {"add_tags": ("x" * 201,)},
        {"catalog": "a//b"},
        {"catalog": ""},
        {"catalog": "a/\x00"},
        {"attributes": (("x", object()),)},
        {"attributes": (("x", float("inf")),)},
        {"attributes": (("x", ["a"]),)},
        {"attributes": (("x", (1, 2)),)},
        {"attributes": (("x", "\udc00"),)},
        {"attributes": (("", 1),)},
        {"attributes": ((" x", 1),)},
    ],
)
def test_what_is_not_allowed_changes_nothing(bench: Bench, what: dict[str, Any]) -> None:
    assets = bench.add("a")
    before = bench.state(), bench.catalog.clock()
    with pytest.raises(Invalid):
        bench.edit(assets, **{"add_tags": ("fresh",), **what})
    assert (bench.state(), bench.catalog.clock()) == before


def test_an_edit_without_effect_is_not_undoable_and_keeps_redo(bench: Bench) -> None:
    assets = bench.add("a")
    bench.edit(assets, rating=2)
    bench.undo()
    change = bench.edit(assets, rating=0, remove_tags=("nothing",))
    assert (change.assets, change.undoable) == ((), False)
    assert bench.redo() is not None
    assert bench.again(assets[0]).rating == 2


def test_only_changed_assets_are_in_the_change(bench: Bench) -> None:
    a, b = bench.add("a", "b")
    bench.edit((a,), add_tags=("x",), rating=1)
    seq = bench.again(a).seq
    change = bench.edit((a, b, a), add_tags=("X",), rating=1)
    assert change.assets == (b.id,)
    assert bench.again(a).seq == seq
    assert bench.again(b).tags == ("x",)


def test_numbers_that_look_alike_are_different_values(bench: Bench) -> None:
    (a,) = bench.add("a")
    for value in (1, 1.0, True):
        bench.edit((a,), attributes=(("v", value),))
        assert type(bench.again(a).attributes["v"]) is type(value)


def test_undo_and_redo_walk_one_stack(bench: Bench) -> None:
    (a,) = bench.add("a")
    for rating in (1, 2, 3):
        bench.edit((a,), rating=rating)
    undone = bench.undo()
    assert undone is not None
    assert (undone.undone, undone.undoable, undone.label) == (True, True, "rate 3")
    assert bench.again(a).rating == 2
    bench.reopen()
    bench.undo()
    assert bench.again(a).rating == 1
    bench.redo()
    bench.redo()
    assert bench.again(a).rating == 3
    assert bench.redo() is None
    for _ in range(3):
        bench.undo()
    assert bench.undo() is None
    assert bench.again(a).rating == 0
    kinds = [change.kind for change in bench.catalog.changes(limit=100)]
    assert kinds == ["add", *["edit"] * 3, *["undo"] * 2, *["redo"] * 2, *["undo"] * 3]


def test_a_new_change_ends_redo(bench: Bench) -> None:
    (a,) = bench.add("a")
    bench.edit((a,), rating=1)
    bench.undo()
    bench.edit((a,), note="n")
    assert bench.redo() is None
    discarded = bench.catalog.changes()[1]
    assert (discarded.undone, discarded.undoable) == (True, False)
    bench.undo()
    assert bench.undo() is None
    assert bench.again(a).note == ""


def test_what_the_disk_says_is_not_undone(bench: Bench) -> None:
    (a,) = bench.add("a")
    bench.edit((a,), rating=5)
    bench.catalog.mark_missing([a.key], author="me", now=bench.now)
    bench.undo()
    after = bench.again(a)
    assert (after.rating, after.state) == (0, "missing")


def test_undo_restores_a_tag_that_was_deleted_meanwhile(bench: Bench) -> None:
    a, b = bench.add("a", "b", tags=("wood",))
    bench.edit((a,), remove_tags=("wood",))
    bench.edit((b,), remove_tags=("wood",))
    # Not by the log but by hand: as a vocabulary from elsewhere would do it.
    with bench.catalog.db.write():
        bench.catalog.db.execute("DELETE FROM tag")
    bench.undo()
    bench.undo()
    assert bench.again(a).tags == bench.again(b).tags == ("wood",)
    assert [(tag.name, tag.count) for tag in bench.catalog.tags()] == [("wood", 2)]


def test_undoing_a_tag_keeps_it_where_a_file_was_added_with_it(bench: Bench) -> None:
    (a,) = bench.add("a")
    bench.edit((a,), add_tags=("fresh",))
    (b,) = bench.add("b", tags=("fresh",))
    bench.undo()
    assert bench.again(a).tags == ()
    assert bench.again(b).tags == ("fresh",)
    bench.redo()
    assert bench.again(a).tags == ("fresh",)


def test_a_removed_fact_can_come_back(bench: Bench) -> None:
    (a,) = bench.add("a")
    bench.edit((a,), attributes=(("bits", None), ("space", "linear")))
    assert dict(bench.again(a).attributes) == {"space": "linear"}
    bench.undo()
    assert dict(bench.again(a).attributes) == {"bits": 8, "space": "sRGB"}
    bench.redo()
    assert dict(bench.again(a).attributes) == {"space": "linear"}


def test_remove_and_back(bench: Bench) -> None:
    a, b = bench.add("a", "b", tags=("t",), catalog="C")
    bench.catalog.mark_missing([b.key], author="me", now=bench.now)
    change = bench.catalog.remove([a.id, b.id], **bench.by)
    assert (change.kind, change.undoable) == ("remove", True)
    assert bench.catalog.count(("present", "missing")) == 0
    assert [tag.count for tag in bench.catalog.tags()] == [0]
    bench.undo()
    assert [bench.again(x).state for x in (a, b)] == ["present", "missing"]
    assert [tag.count for tag in bench.catalog.tags()] == [2]


def test_changes_in_pages(bench: Bench) -> None:
    (a,) = bench.add("a")
    for rating in range(1, 5):
        bench.edit((a,), rating=rating)
    everything = bench.catalog.changes(0)
    assert [change.seq for change in everything] == sorted({c.seq for c in everything})
    first = bench.catalog.changes(0, limit=2)
    assert first + bench.catalog.changes(first[-1].seq) == everything
    assert bench.catalog.changes(limit=2) == everything[-2:]


def test_five_thousand_assets_are_one_undo_after_reopening(bench: Bench) -> None:
    files = [bench.file(f"f{n}", facts=Facts("file", "x")) for n in range(5_000)]
    assets = bench.catalog.insert(files, tags=("old",), author="me", now=bench.now)
    before = bench.state()
    change = bench.edit(assets, add_tags=("new",), remove_tags=("old",), rating=4, catalog="C")
    assert len(change.assets) == 5_000
    after = bench.state()
    bench.reopen()
    bench.undo()
    assert bench.state() == before
    bench.reopen()
    bench.redo()
    assert bench.state() == after


def test_forgetting_makes_everything_final(bench: Bench) -> None:
    (a,) = bench.add("a")
    bench.edit((a,), rating=1)
    bench.catalog.forget_undo()
    assert bench.undo() is None
    assert bench.again(a).rating == 1
