"""Versions of what was taught of a tag, in the catalog."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import NotFound
from audobon.model.head import TaughtHead
from audobon.services.pipelines.reviewing import keep_everywhere
from audobon.storage.catalog import Catalog

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def lib(tmp_path: Path) -> Any:
    root = tmp_path / "MyAssets"
    root.mkdir()
    for name in "abcd":
        (root / f"{name}.txt").write_text(name)
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        yield library


def kept(catalog: Catalog, tag: str, refused: str = "", **card: Any) -> TaughtHead:
    return catalog.keep_head(
        *(tag, b"\0\0\0\0", {"held_out": [], **card}),
        space="s", refused=refused, target=0.8, promised=True, threshold=0.4, now=NOW,
    )  # fmt: skip


def test_the_newest_is_used_unless_it_is_refused_and_an_older_one_comes_back(
    lib: audobon.Library,
) -> None:
    catalog = lib._stores.catalog
    first, second = kept(catalog, "Rusty"), kept(catalog, "rusty", "no better")
    assert (first.version, first.used, first.made, first.threshold) == (1, True, NOW, 0.4)
    assert (second.version, second.used, second.refused) == (2, False, "no better")
    assert [head.used for head in lib.heads("RUSTY")] == [True, False]
    third = kept(catalog, "rusty")
    assert [head.used for head in lib.heads()] == [False, False, True]
    assert first.component == third.component == "head rusty"
    assert catalog.head_weights(third) == b"\0\0\0\0"
    used = catalog.use_head("rusty", 1)
    assert used is not None
    assert used.version == 1
    assert [head.used for head in lib.heads("rusty")] == [True, False, False]
    with pytest.raises(NotFound, match="never taught"):
        catalog.use_head("shiny", 1)
    assert lib.heads("shiny") == ()


def test_a_line_follows_its_tag_when_that_gets_another_name(lib: audobon.Library) -> None:
    lib.edit(["a.txt"], add_tags=["rusty"])
    kept(lib._stores.catalog, "rusty")
    lib.tags.rename("rusty", "rust")
    assert [head.tag for head in lib.heads("rust")] == ["rust"]
    assert kept(lib._stores.catalog, "rust").version == 2


def test_suggestions_are_replaced_as_a_whole_and_follow_the_promised_threshold(
    lib: audobon.Library,
) -> None:
    head = kept(lib._stores.catalog, "rusty")
    keys = {name: lib.get(f"{name}.txt").key for name in "abcd"}
    keep_everywhere(lib._stores, head, {keys["a"]: 0.9, keys["b"]: 0.3, keys["c"]: 0.5, 999: 0.9})
    assert [each.asset.path for each in lib.suggestions()] == ["a.txt", "c.txt"]
    assert {each.threshold for each in lib.suggestions()} == {0.4}
    assert len(lib.suggestions(every=True)) == 3
    keep_everywhere(lib._stores, head, {keys["d"]: 0.8})
    assert [each.asset.path for each in lib.suggestions(every=True)] == ["d.txt"]
    lib.tags.rule("rusty", "always")
    keep_everywhere(lib._stores, head, {keys["d"]: 0.8, keys["a"]: 0.7, keys["b"]: 0.1})
    assert lib.get("a.txt").tags == ("rusty",)  # it is new; d waited for a decision before
    assert lib.get("b.txt").tags == lib.get("d.txt").tags == ()
    lib._stores.catalog.use_head("rusty", None)
    assert lib.suggestions(every=True) == ()


def test_answers_are_what_still_holds(lib: audobon.Library) -> None:
    catalog = lib._stores.catalog
    ids = {name: lib.get(f"{name}.txt").id for name in "abcd"}
    for name, verdict in (("a", "accepted"), ("b", "rejected"), ("c", "accepted")):
        catalog.decide([(ids[name], "rusty")], verdict, author="Me", now=NOW)
    lib.edit(["c.txt"], remove_tags=["rusty"])
    lib.edit(["d.txt"], add_tags=["very rusty"])
    lib.tags.move("very rusty", parent="rusty")
    assert catalog.answers("rusty", tagged=False) == {ids["a"]: True, ids["b"]: False}
    every = {ids["a"]: True, ids["b"]: False, ids["d"]: True}
    assert catalog.answers("Rusty", tagged=True) == every


def test_what_was_learnt_of_a_purged_picture_goes_with_it(lib: audobon.Library) -> None:
    catalog = lib._stores.catalog
    a, b = lib.get("a.txt"), lib.get("b.txt")
    kept(catalog, "rusty", held_out=[[a.digest, True, 0.9, 0]])
    head = kept(catalog, "shiny", held_out=[[b.digest, True, 0.9, 0]])
    keep_everywhere(lib._stores, lib.heads("rusty")[0], {b.key: 0.9})
    keep_everywhere(lib._stores, head, {b.key: 0.9})
    catalog.erase_assets([a.id], [a.digest])
    assert [each.tag for each in lib.heads()] == ["shiny"]
    assert [each.tag for each in lib.suggestions(every=True)] == ["shiny"]
