"""Tags, catalogs, relationships, uses, sets: the vocabulary of a library."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.asset import Relationship

if TYPE_CHECKING:
    from catalog_bench import Bench


def _tags(bench: Bench) -> dict[str, tuple[str | None, tuple[str, ...], int]]:
    return {tag.name: (tag.parent, tag.aliases, tag.count) for tag in bench.catalog.tags()}


def test_tags_have_parents_aliases_and_counts(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.create_tag("Material", **bench.by)
    catalog.create_tag("Wood", "material", **bench.by)
    catalog.create_tag("Oak", "WOOD", **bench.by)
    catalog.add_alias("timber", "wood", **bench.by)
    a, b = bench.add("a", "b", tags=("Timber",))
    bench.edit((b,), add_tags=("oak",), remove_tags=("TIMBER",))
    assert bench.again(a).tags == ("Wood",)
    assert bench.again(b).tags == ("Oak",)
    assert _tags(bench) == {
        "Material": (None, (), 0),
        "Wood": ("Material", ("timber",), 1),
        "Oak": ("Wood", (), 1),
    }
    assert catalog.ancestors("oak") == ("Wood", "Material")
    assert catalog.ancestors("Material") == ()
    assert catalog.tag_name(" TIMBER ") == "Wood"
    assert catalog.tag_name("stone") is None


def test_names_of_tags_are_unique_across_aliases(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.create_tag("wood", **bench.by)
    catalog.create_tag("stone", **bench.by)
    catalog.add_alias("timber", "wood", **bench.by)
    for act in (
        lambda: catalog.create_tag("WOOD", **bench.by),
        lambda: catalog.create_tag("Timber", **bench.by),
        lambda: catalog.add_alias("stone", "wood", **bench.by),
        lambda: catalog.add_alias("timber", "stone", **bench.by),
        lambda: catalog.rename_tag("stone", "Timber", **bench.by),
        lambda: catalog.rename_tag("stone", "Wood", **bench.by),
    ):
        with pytest.raises(Conflict):
            act()
    catalog.rename_tag("wood", "Wood", **bench.by)
    assert "Wood" in _tags(bench)
    for lost in (
        lambda: catalog.create_tag("x", "nowhere", **bench.by),
        lambda: catalog.rename_tag("nothing", "x", **bench.by),
        lambda: catalog.remove_tag("nothing", **bench.by),
        lambda: catalog.remove_alias("wood", **bench.by),
        lambda: catalog.ancestors("nothing"),
    ):
        with pytest.raises(NotFound):
            lost()


def test_a_tag_never_lies_below_itself(bench: Bench) -> None:
    catalog = bench.catalog
    for name, parent in (("a", None), ("b", "a"), ("c", "b")):
        catalog.create_tag(name, parent, **bench.by)
    for parent in ("a", "b", "c"):
        with pytest.raises(Invalid):
            catalog.move_tag("a", parent, **bench.by)
    catalog.move_tag("c", "a", **bench.by)
    catalog.move_tag("b", "c", **bench.by)
    assert catalog.ancestors("b") == ("c", "a")
    catalog.move_tag("b", None, **bench.by)
    assert catalog.ancestors("b") == ()


def test_removing_a_tag_is_taken_back_whole(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.create_tag("top", **bench.by)
    catalog.create_tag("mid", "top", **bench.by)
    catalog.create_tag("low", "mid", **bench.by)
    catalog.add_alias("middle", "mid", **bench.by)
    a, b = bench.add("a", "b", tags=("mid",))
    catalog.remove([b.id], **bench.by)
    before = bench.state()
    change = catalog.remove_tag("mid", **bench.by)
    assert set(change.assets) == {a.id, b.id}
    assert bench.again(a).tags == ()
    assert catalog.ancestors("low") == ("top",)
    assert set(_tags(bench)) == {"top", "low"}
    after = bench.state()
    bench.reopen()
    bench.undo()
    assert bench.state() == before
    bench.redo()
    assert bench.state() == after


def test_assets_below_a_changed_tag_are_fed_again(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.create_tag("wood", **bench.by)
    catalog.create_tag("oak", "wood", **bench.by)
    (a,) = bench.add("a", tags=("oak",))
    (other,) = bench.add("other")
    for act in (
        lambda: catalog.rename_tag("wood", "Holz", **bench.by),
        lambda: catalog.add_alias("Eiche", "oak", **bench.by),
        lambda: catalog.create_tag("material", **bench.by),
        lambda: catalog.move_tag("Holz", "material", **bench.by),
    ):
        mark = catalog.clock()
        change = act()
        fed = catalog.feed(mark)
        assert [row.key for row in fed] == [a.key] * len(change.assets)
    (row,) = catalog.feed(mark)
    assert row.tags == ("oak", "Holz", "material")
    assert row.tag_words == ("oak", "Eiche")
    bench.undo()
    assert catalog.feed(row.seq)[0].tags == ("oak", "Holz")
    assert bench.again(other).seq == other.seq


def test_a_name_taken_meanwhile_comes_back_with_a_number(bench: Bench) -> None:
    (a,) = bench.add("a", tags=("wood",), catalog="Props")
    bench.catalog.rename_tag("wood", "timber", **bench.by)
    bench.catalog.rename_catalog("Props", "Things", **bench.by)
    (b,) = bench.add("b", tags=("wood",), catalog="Props/Deep")
    bench.undo()
    bench.undo()
    assert bench.again(a).tags == ("wood 2",)
    assert bench.again(a).catalog == "Props 2"
    assert (bench.again(b).tags, bench.again(b).catalog) == (("wood",), "Props/Deep")


def _catalogs(bench: Bench) -> dict[str, tuple[int, int]]:
    return {info.path: (info.count, info.total) for info in bench.catalog.catalogs()}


def test_catalogs_form_a_tree_with_counts(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.create_catalog(" Props / Furniture ", **bench.by)
    (a, b) = bench.add("a", "b", catalog="props/FURNITURE")
    bench.add("c", catalog="Props")
    catalog.remove([b.id], **bench.by)
    assert _catalogs(bench) == {"Props": (1, 2), "Props/Furniture": (1, 1)}
    assert bench.again(a).catalog == "Props/Furniture"
    info = catalog.catalogs()[1]
    assert (info.name, info.parent) == ("Furniture", "Props")
    with pytest.raises(Conflict):
        catalog.create_catalog("PROPS", **bench.by)
    with pytest.raises(Invalid):
        catalog.create_catalog("/Props", **bench.by)


def test_renaming_and_moving_a_catalog_carries_all_below(bench: Bench) -> None:
    catalog = bench.catalog
    (a,) = bench.add("a", catalog="A/B/C")
    before = bench.state()
    change = catalog.rename_catalog("a/b", "X", **bench.by)
    assert change.assets == (a.id,)
    assert bench.again(a).catalog == "A/X/C"
    catalog.move_catalog("A/X", "New/Home", **bench.by)
    assert bench.again(a).catalog == "New/Home/X/C"
    catalog.move_catalog("New/Home/X", None, **bench.by)
    assert bench.again(a).catalog == "X/C"
    with pytest.raises(Invalid):
        catalog.move_catalog("X", "x/c/d", **bench.by)
    with pytest.raises(Invalid):
        catalog.rename_catalog("X", "Y/Z", **bench.by)
    catalog.create_catalog("Y", **bench.by)
    with pytest.raises(Conflict):
        catalog.rename_catalog("Y", "x", **bench.by)
    with pytest.raises(NotFound):
        catalog.rename_catalog("Q", "x", **bench.by)
    after = bench.state()
    bench.reopen()
    for _ in range(4):
        bench.undo()
    assert bench.state() == before
    for _ in range(4):
        bench.redo()
    assert bench.state() == after


def test_removing_a_catalog_moves_what_is_in_it_up(bench: Bench) -> None:
    catalog = bench.catalog
    (a,) = bench.add("a", catalog="A/B")
    (b,) = bench.add("b", catalog="A/B/B/C")
    (c,) = bench.add("c", catalog="Top")
    before = bench.state()
    change = catalog.remove_catalog("A/B", **bench.by)
    assert set(change.assets) == {a.id, b.id}
    assert bench.again(a).catalog == "A"
    assert bench.again(b).catalog == "A/B/C"
    catalog.remove_catalog("Top", **bench.by)
    assert bench.again(c).catalog is None
    after = bench.state()
    bench.reopen()
    bench.undo()
    bench.undo()
    assert bench.state() == before
    bench.redo()
    bench.redo()
    assert bench.state() == after
    catalog = bench.catalog
    catalog.create_catalog("A/D/B", **bench.by)
    with pytest.raises(Conflict):
        catalog.remove_catalog("A/D", **bench.by)


def test_relationships_both_ways_and_through(bench: Bench) -> None:
    catalog = bench.catalog
    a, b, c, d = bench.add("a", "b", "c", "d")
    catalog.relate(a.id, "uses", b.id, **bench.by)
    catalog.relate(b.id, "uses", c.id, **bench.by)
    catalog.relate(c.id, "uses", a.id, **bench.by)  # a ring ends
    change = catalog.relate(a.id, "variant_of", d.id, **bench.by)
    assert change.assets == (a.id,)
    uses = Relationship(a.id, "uses", b.id)
    assert catalog.related(a.id) == (uses, Relationship(a.id, "variant_of", d.id))
    assert catalog.related(a.id, kind="uses") == (uses,)
    assert catalog.related(b.id, reverse=True) == (uses,)
    assert len(catalog.related(a.id, transitive=True)) == 4
    assert len(catalog.related(a.id, kind="uses", transitive=True)) == 3
    assert len(catalog.related(d.id, reverse=True, transitive=True)) == 4
    assert catalog.related("nobody") == ()
    assert not catalog.relate(a.id, "uses", b.id, **bench.by).undoable
    assert catalog.unrelate(a.id, "uses", b.id, **bench.by).undoable
    assert catalog.related(a.id, kind="uses") == ()
    bench.undo()
    assert catalog.related(a.id, kind="uses") == (uses,)
    with pytest.raises(Invalid):
        catalog.relate(a.id, "likes", b.id, **bench.by)
    with pytest.raises(Invalid):
        catalog.relate(a.id, "uses", a.id, **bench.by)
    with pytest.raises(NotFound):
        catalog.relate(a.id, "uses", "nobody", **bench.by)
    edges = [Relationship(d.id, "uses", x.id) for x in (a, b, c)]
    catalog.relate_many(edges, **bench.by)
    assert set(catalog.related(d.id)) == set(edges)
    bench.undo()
    assert catalog.related(d.id) == ()


def test_uses_are_counted_and_fed(bench: Bench) -> None:
    catalog = bench.catalog
    (a,) = bench.add("a")
    first, second = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    catalog.record_use(a.id, "append", "blender", second)
    catalog.record_use(a.id, "link", "krita", first)
    after = bench.again(a)
    assert (after.used, after.last_used) == (2, second)
    assert [row.key for row in catalog.feed(a.seq)] == [a.key]
    assert [(use.kind, use.host, use.at) for use in catalog.usage(a.id)] == [
        ("append", "blender", second),
        ("link", "krita", first),
    ]
    assert len(catalog.changes()) == 1
    with pytest.raises(NotFound):
        catalog.record_use("nobody", "link", "krita", first)
    with pytest.raises(Invalid):
        catalog.record_use(a.id, "", "krita", first)


def test_sets_are_kept_by_name(bench: Bench) -> None:
    catalog = bench.catalog
    catalog.save_set("b", "tag:wood")
    catalog.save_set(" a ", "rusty")
    catalog.save_set("b", "tag:oak")
    assert [(s.name, s.query) for s in catalog.sets()] == [("a", "rusty"), ("b", "tag:oak")]
    catalog.remove_set("a")
    assert [s.name for s in catalog.sets()] == ["b"]
    with pytest.raises(NotFound):
        catalog.remove_set("a")
    with pytest.raises(Invalid):
        catalog.save_set("", "x")
