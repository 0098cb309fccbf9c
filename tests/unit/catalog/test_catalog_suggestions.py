"""Older catalogs get the tables of suggestions, and keep everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalog_bench import Bench

from audobon.errors import Invalid, NotFound, ReadOnly
from audobon.storage.catalog import Catalog
from audobon.storage.sqlite import connect


def _shown(catalog: Catalog) -> list[str]:
    found = catalog.suggestions(threshold=lambda component, decisions: 0.3)
    return [each.tag for each in found]


def _suggest(bench: Bench, ident: str, **scores: float) -> None:
    bench.catalog.suggest(
        ident,
        list(scores.items()),
        component="net",
        version="1.0.0",
        threshold=lambda component, decisions: 0.3,
        **bench.by,  # type: ignore[arg-type]
    )


def test_a_catalog_of_version_1_is_brought_along(bench: Bench) -> None:
    (asset,) = bench.add("wood.png", tags=("old",))
    bench.edit((asset,), rating=4)
    before = bench.state()
    bench.catalog.close()
    older = connect(bench.path)
    with older.write():
        since = ("suggestion", "decision", "rule", "color", "bundle", "audit", "audit_head", "head")
        for table in since:
            older.execute(f"DROP TABLE {table}")
        older.execute("ALTER TABLE job DROP COLUMN hint")
        older.execute("PRAGMA user_version = 1")
    older.close()
    with pytest.raises(ReadOnly, match="has format 1 and cannot be brought to 8"):
        Catalog.open(bench.path, read_only=True)
    bench.catalog = Catalog.open(bench.path)
    assert bench.state() == before
    _suggest(bench, asset.id, wood=0.9)
    assert _shown(bench.catalog) == ["wood"]
    bench.undo()
    assert bench.again(asset).rating == 0


def test_what_was_decided_before_versions_held_it_goes_into_the_next(bench: Bench) -> None:
    one, _, three = bench.add("one", "two", "three")
    bench.catalog.decide([(one.id, "wood"), (one.id, "oak")], "rejected", **bench.by)  # type: ignore[arg-type]
    bench.catalog.decide([(three.id, "wood")], "accepted", **bench.by)  # type: ignore[arg-type]
    committed = bench.catalog.clock()
    assert bench.catalog.dirty(committed) == ()
    bench.catalog.close()
    older = connect(bench.path)
    older.execute("ALTER TABLE job DROP COLUMN hint")
    older.execute("DROP TABLE color")
    older.execute("DROP TABLE bundle")
    older.execute("DROP TABLE audit")
    older.execute("DROP TABLE audit_head")
    older.execute("DROP TABLE head")
    older.execute("PRAGMA user_version = 2")
    older.close()
    bench.catalog = Catalog.open(bench.path)
    dirty = bench.catalog.dirty(committed)
    assert [each.id for each in dirty] == [one.id, three.id]
    assert [each.seq for each in dirty] == [committed + 1, committed + 2]
    assert bench.catalog.clock() == committed + 2
    assert bench.catalog.check() == ()


def test_decisions_are_undone_exactly_also_when_their_tag_was_new(bench: Bench) -> None:
    one, two = bench.add("one", "two")
    _suggest(bench, one.id, wood=0.9, oak=0.8)
    start = bench.state()
    bench.catalog.decide([(one.id, "wood"), (two.id, "wood")], "accepted", **bench.by)  # type: ignore[arg-type]
    middle = bench.state()
    bench.catalog.decide([(one.id, "wood"), (one.id, "oak")], "rejected", **bench.by)  # type: ignore[arg-type]
    end = bench.state()
    assert len({repr(state) for state in (start, middle, end)}) == 3
    bench.reopen()
    for turn, expected in (
        (bench.undo, middle),
        (bench.undo, start),
        (bench.redo, middle),
        (bench.redo, end),
    ):
        assert turn() is not None
        assert bench.state() == expected
        bench.reopen()


def test_all_or_nothing(bench: Bench, tmp_path: Path) -> None:
    (asset,) = bench.add("one")
    before = bench.state()
    for bad in ((asset.id, 'a "word"'), ("0" * 32, "wood")):
        with pytest.raises((Invalid, NotFound)):
            bench.catalog.decide([(asset.id, "fine"), bad], "accepted", **bench.by)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        _suggest(bench, "0" * 32, wood=0.9)
    assert bench.state() == before


def test_accepting_always_is_one_step_of_undo(bench: Bench) -> None:
    one, two = bench.add("one", "two")
    _suggest(bench, one.id, wood=0.9)
    start = bench.state()
    bench.catalog.decide([(one.id, "wood")], "accepted", always=True, **bench.by)  # type: ignore[arg-type]
    assert [(rule.tag, rule.rule) for rule in bench.catalog.rules()] == [("wood", "always")]
    _suggest(bench, two.id, wood=0.8)
    assert bench.again(two).tags == ("wood",)
    bench.undo()
    bench.undo()
    assert bench.catalog.rules() == ()
    assert bench.state() == start
