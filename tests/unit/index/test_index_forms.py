"""Other forms of words, some of several words, maps of materials, and text in pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from index_documents import NOW, document

from audobon.codec.query_text import parse
from audobon.storage.index import Found, SearchIndex
from audobon.storage.index.ask import SOME
from audobon.storage.index.forms import forms
from audobon.testing.feeds import MemoryFeed

FILES = (
    ("dragon_02.kra", {"tags": ("creature",)}),
    ("dragons_flying_home.kra", {}),
    ("mossy_rock.png", {}),
    ("moss.png", {"note": "from the alte Mauer"}),
    ("wooden_chair.blend", {"tags": ("Wood",)}),
    ("planks.jpg", {"tags": ("wood", "floor")}),
    ("brick_wall_nor_gl_4k.jpg", {"minor": True}),
    ("brick_wall_diff_4k.jpg", {}),
    ("IMG_0042.jpg", {"seen": "DANGER\nHigh Voltage"}),
    ("car.glb", {}),
    ("carry_bag.glb", {}),
)


@pytest.fixture(params=["main", "tail", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    feed = MemoryFeed(
        document(key, name, **more)  # type: ignore[arg-type]
        for key, (name, more) in enumerate(FILES, 1)
    )
    index = SearchIndex(None if request.param == "memory" else tmp_path / "index", feed)
    if request.param == "main":
        assert index.catch_up()
    return index


def ask(index: SearchIndex, text: str, **options: object) -> Found:
    typing = bool(options.pop("typing", False))
    return index.search(parse(text, typing=typing), now=NOW, **options)  # type: ignore[arg-type]


def names(found: Found) -> list[str]:
    return [FILES[hit.key - 1][0].partition(".")[0] for hit in found.hits]


@pytest.mark.parametrize(
    ("word", "others"),
    [
        *(("dragons", "dragon"), ("dragon", "dragons"), ("boxes", "box"), ("berries", "berry")),
        *(("mossy", "moss"), ("moss", "mossy"), ("foggy", "fog"), ("stony", "stone")),
        *(("rusty", "rusted"), ("wooden", "wood"), ("painted", "paint"), ("alte", "alt")),
        *(("alter", "altes"), ("rostiges", "rostig"), ("wolf", "wolfe")),
    ],
)
def test_forms_of_words(word: str, others: str) -> None:
    assert others in forms(word)
    assert word not in forms(word)


@pytest.mark.parametrize("word", ["4k", "ab", "2024", "木目", ""])
def test_what_has_no_forms(word: str) -> None:
    assert not any(each.isdigit() or len(each) < 3 for each in forms(word))
    if word != "木目":
        assert forms(word) == ()


def test_what_only_looks_so_is_no_form() -> None:
    assert "carry" not in forms("car")
    assert "cares" not in forms("car")
    assert "gla" not in forms("glass")


def test_a_form_ranks_behind_the_word(index: SearchIndex) -> None:
    assert names(ask(index, "dragon")) == ["dragon_02", "dragons_flying_home"]
    assert names(ask(index, "dragons")) == ["dragons_flying_home", "dragon_02"]
    assert names(ask(index, "moss")) == ["moss", "mossy_rock"]
    assert names(ask(index, "mossy moss")) == names(ask(index, "moss mossy"))
    assert names(ask(index, "car")) == ["car"]
    assert names(ask(index, "alter")) == ["moss"]
    hit = ask(index, "dragons").hits[1]
    assert hit.why == ("name", "path")
    assert names(ask(index, '"dragons"')) == ["dragons_flying_home"]  # a phrase is as written
    assert ask(index, "tag:woods").total == 0  # and so is a field


def test_several_places_are_worth_more_than_one(index: SearchIndex) -> None:
    assert names(ask(index, "wood")) == ["wooden_chair", "planks"]
    assert ask(index, "wood").hits[0].why == ("name", "tag", "path")


def loosely(index: SearchIndex, query: str, **how: object) -> Found:
    """What a person who looks at the answer gets."""
    return ask(index, query, loosely=True, **how)


def test_some_of_the_words_when_nothing_has_all(index: SearchIndex) -> None:
    found = loosely(index, "wood floor")
    assert names(found) == ["planks"]
    assert found.notes == ()
    assert ask(index, "dragon wood floor").total == 0  # as somebody who acts on it must have it
    found = loosely(index, "dragon wood floor")
    assert found.notes == (SOME,)
    assert set(names(found)[:2]) == {"dragon_02", "planks"}
    assert found.total == 4
    assert names(loosely(index, "dragon wood floor", limit=2)) == names(found)[:2]
    first = loosely(index, "dragon wood floor", limit=2)
    second = loosely(index, "dragon wood floor", limit=2, after=first.next)
    assert names(first) + names(second) == names(found)
    assert second.next is None
    # Filters stay, and so does what is excluded.
    assert names(loosely(index, "dragon wood floor ext:jpg")) == ["planks"]
    assert "planks" not in names(loosely(index, "dragon wood floor -planks"))
    assert loosely(index, '"dragon wood" kind:image').total == 0


def test_a_misspelt_word_is_read_before_words_are_left_out(index: SearchIndex) -> None:
    found = loosely(index, "wooden chiar")
    assert names(found) == ["wooden_chair"]
    assert "chiar" in found.notes[0]
    found = loosely(index, "dragon zzzzzz")
    assert found.notes == (SOME,)
    assert names(found) == ["dragon_02", "dragons_flying_home"]
    found = loosely(index, "dargon planks")
    assert found.notes[0] == SOME
    assert "dargon" in found.notes[1]
    assert set(names(found)) == {"planks", "dragon_02"}


def test_of_the_maps_of_a_material_the_colour_comes_first(index: SearchIndex) -> None:
    assert names(ask(index, "brick")) == ["brick_wall_diff_4k", "brick_wall_nor_gl_4k"]


def test_text_in_a_picture_is_found(index: SearchIndex) -> None:
    found = ask(index, "high voltage")
    assert names(found) == ["IMG_0042"]
    assert found.hits[0].why == ("text in the picture",)
    assert names(ask(index, "volt", typing=True)) == ["IMG_0042"]
    assert ask(index, '"danger high"').total == 0  # lines are not in a row
