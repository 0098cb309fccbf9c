"""Edits, undo and redo through the facade, also after a restart and by two processes."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, NotFound, ReadOnly
from audobon.testing.pictures import png_bytes


def test_one_edit_is_one_undo_also_after_a_restart(lib: audobon.Library, folder: Path) -> None:
    everything = [hit.asset for hit in lib.search("kind:image").hits]
    lib.edit(everything[0], add_tags=["own"], rating=2)
    change = lib.edit(everything, add_tags=["batch"], rating=5, catalog="A/B")
    assert set(change.assets) == {asset.id for asset in everything}
    lib.close()
    with audobon.Library.open(folder) as again:
        assert again.search("tag:batch").total == 5
        undone = again.undo()
        assert undone is not None
        assert again.search("tag:batch").total == 0
        first = again.get(everything[0].id)
        assert (first.tags, first.rating, first.catalog) == (("own",), 2, None)
        again.redo()
        assert again.search("tag:batch rating:5 in:A").total == 5
        again.undo()
        again.undo()
        assert again.get(everything[0].id).tags == ()
        assert again.undo() is None


def test_refused_edits_change_nothing(lib: audobon.Library) -> None:
    asset = lib.get("textures/oak_planks.png")
    for bad in ({"rating": 6}, {"add_tags": [""]}, {"add_tags": "wood"}):
        with pytest.raises(Invalid):
            lib.edit(asset, **bad)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        lib.edit([asset, "no/such.png"], rating=1)
    assert lib.get(asset.id) == asset


def test_changes_are_told_in_order_to_everybody(lib: audobon.Library, folder: Path) -> None:
    start = lib.changes()[-1].seq
    with audobon.Library.open(folder) as other:
        other.edit("textures/oak_planks.png", add_tags=["a"])
        lib.edit("textures/oak_planks.png", add_tags=["b"])
        told = other.changes(start)
    assert [change.kind for change in told] == ["edit", "edit"]
    assert told == lib.changes(start)
    assert lib.get("textures/oak_planks.png").tags == ("a", "b")


def test_what_another_process_saved_is_found_at_once(lib: audobon.Library, folder: Path) -> None:
    with audobon.Library.open(folder) as other:
        assert other.search("tag:fresh").total == 0
        lib.edit("textures/oak_planks.png", add_tags=["fresh"])
        assert other.search("tag:fresh").total == 1
        (folder / "velvet_red.png").write_bytes(png_bytes(4, 4))
        lib.add([folder])
        assert other.search("velvet").hits[0].asset.name == "velvet_red.png"


def test_search_pages_facets_and_sorts(lib: audobon.Library) -> None:
    page = lib.search("kind:image", limit=2, sort="name", facets=["kind", "ext"])
    assert (len(page.hits), page.total) == (2, 5)
    assert [(item.value, item.count) for item in page.facets["kind"]] == [("image", 5)]
    names = [hit.asset.name for hit in page.hits]
    while page.next:
        page = lib.search("kind:image", limit=2, sort="name", after=page.next)
        names += [hit.asset.name for hit in page.hits]
    assert len(names) == 5
    assert names == sorted(names, key=str.lower)
    assert lib.search("metal 4k").hits[0].asset.name == "rust_metal_04_4k.png"
    assert lib.search("brick").hits[0].asset.name == "BrickWall.png"
    assert lib.search("mos", typing=True).total == 1
    assert lib.search("mosy").hits[0].asset.name == "mossy_stone_01.png"


def test_use_is_remembered(lib: audobon.Library) -> None:
    lib.record_use("textures/oak_planks.png", "placed", host="blender")
    assert lib.get("textures/oak_planks.png").used == 1
    assert lib.search("used:0 kind:image").total == 4


def test_read_only_reads_and_refuses_to_write(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    lib.close()
    with audobon.Library.open(folder, read_only=True) as reader:
        assert reader.search("oak").total == 1
        assert len(reader.log()) == 1
        for call in (
            lambda: reader.add([folder]),
            lambda: reader.edit("textures/oak_planks.png", rating=1),
            lambda: reader.commit("two"),
            reader.undo,
        ):
            with pytest.raises(ReadOnly):
                call()
