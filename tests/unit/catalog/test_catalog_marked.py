"""Examples that are marked for a lesson to come, in the catalog and beside review."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Unsupported
from audobon.model.suggestion import Suggestion
from audobon.testing.pictures import write_png


@pytest.fixture
def lib(tmp_path: Path) -> Any:
    root = tmp_path / "MyAssets"
    for number, name in enumerate("abcd"):
        write_png(root / f"{name}.png", 8 + number, 8)
    (root / "note.txt").write_text("no picture")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
        yield library


def told(lib: audobon.Library, tag: str) -> dict[str, tuple[bool, str]]:
    return {one.asset.path[0]: (one.yes, one.source) for one in lib.examples(tag)}


def test_marks_are_kept_replaced_and_taken_back(lib: audobon.Library) -> None:
    lib.mark_examples("Rusty", ["a.png", "b.png"], True)
    lib.mark_examples("rusty", ["b.png", "c.png"], False)
    assert told(lib, "RUSTY") == {
        "a": (True, "marked"), "b": (False, "marked"), "c": (False, "marked"),
    }  # fmt: skip
    assert lib.marked_tags() == ("rusty",)
    assert lib.get("a.png").tags == ()
    lib.mark_examples("rusty", "c.png", None)
    assert set(told(lib, "rusty")) == {"a", "b"}
    with pytest.raises(Unsupported, match="no picture"):
        lib.mark_examples("rusty", "note.txt", True)
    path = lib.path
    lib.close()
    with audobon.Library.open(path) as again:
        assert set(told(again, "rusty")) == {"a", "b"}


def test_they_count_before_what_is_tagged_and_follow_the_tag(lib: audobon.Library) -> None:
    lib.edit(["a.png", "b.png", "d.png"], add_tags=["rusty"])
    lib.mark_examples("rusty", "a.png", False)
    lib.mark_examples("rusty", "b.png", None)  # it has the tag, and is no example
    assert told(lib, "rusty") == {"a": (False, "marked"), "d": (True, "tagged")}
    lib.tags.rename("rusty", "rust")
    assert told(lib, "rust")["a"] == (False, "marked")
    assert lib.marked_tags() == ("rust",)
    assert lib.marked_examples("rust") == {lib.get("a.png").id: False, lib.get("b.png").id: None}


def test_a_purge_takes_the_mark_of_that_picture_alone(lib: audobon.Library) -> None:
    lib.mark_examples("rusty", ["a.png", "b.png"], True)
    gone = lib.get("a.png").id
    lib._stores.catalog.erase_assets([gone], [])
    assert list(lib.marked_examples("rusty")) == [lib.get("b.png").id]


def test_what_is_decided_in_review_later_counts(lib: audobon.Library) -> None:
    lib.mark_examples("Rusty", ["a.png", "b.png"], True)
    asset = lib.get("a.png")
    lib.reject(Suggestion(asset, "rusty", 0.9, 0.5, "head rusty", "1"))
    assert told(lib, "rusty") == {"a": (False, "reviewed"), "b": (True, "marked")}
