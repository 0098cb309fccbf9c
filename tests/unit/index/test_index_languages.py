"""German words find what has English ones, and the other way round."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from index_documents import NOW, document

from audobon.codec.query_text import parse
from audobon.storage.index import Found, SearchIndex, languages
from audobon.storage.index.languages import meant
from audobon.storage.index.tokens import split
from audobon.testing.feeds import MemoryFeed

FILES = (
    ("wood_planks_04.png", {}),
    ("Holz weiss.png", {}),
    ("IMG_0001.jpg", {"tags": ("wood",)}),
    ("rock_face.png", {}),
    ("steel_door.blend", {}),
    ("old_gate.blend", {"tags": ("steel", "Doors")}),
    ("Stahltür.blend", {}),
    ("magic_wand.blend", {}),
    ("brick_wall.png", {"note": "für die alte Mauer"}),
    ("forest_ground.png", {"tags": ("floor",)}),
)


@pytest.fixture(params=["main", "tail"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    feed = MemoryFeed(
        document(key, name, **more)  # type: ignore[arg-type]
        for key, (name, more) in enumerate(FILES, 1)
    )
    index = SearchIndex(tmp_path / "index", feed, languages=lambda: True)
    if request.param == "main":
        assert index.catch_up()
    return index


def ask(index: SearchIndex, text: str, **options: object) -> Found:
    typing = bool(options.pop("typing", False))
    return index.search(parse(text, typing=typing), now=NOW, **options)  # type: ignore[arg-type]


def names(found: Found) -> list[str]:
    return [FILES[hit.key - 1][0] for hit in found.hits]


def test_what_is_written_so_comes_first(index: SearchIndex) -> None:
    german, english = ask(index, "Holz"), ask(index, "wood")
    assert names(german) == ["Holz weiss.png", "wood_planks_04.png", "IMG_0001.jpg"]
    assert names(english)[0] == "wood_planks_04.png"
    assert set(names(english)) == set(names(german))
    assert [hit.why for hit in german.hits] == [
        ("name", "path"),
        ("name", "path", "wood (for Holz)"),
        ("tag", "wood (for Holz)"),
    ]
    assert german.notes == ()


@pytest.mark.parametrize("typing", [False, True])
def test_words_put_together_and_their_spellings(index: SearchIndex, *, typing: bool) -> None:
    for asked in ("Stahltür", "stahltueren"):
        found = set(names(ask(index, asked, typing=typing)))
        assert found >= {"steel_door.blend", "old_gate.blend"}
    hits = {FILES[hit.key - 1][0]: hit.why for hit in ask(index, "Stahltuer", typing=typing).hits}
    assert hits == {
        "Stahltür.blend": ("name", "path", "Stahltür (for Stahltuer)"),
        "steel_door.blend": ("steel door (for Stahltuer)",),
        "old_gate.blend": ("steel door (for Stahltuer)",),
    }
    assert next(iter(hits)) == "Stahltür.blend"


def test_endings_and_several_words(index: SearchIndex) -> None:
    assert names(ask(index, "alte Mauer")) == ["brick_wall.png"]
    assert names(ask(index, "weißes holz")) == ["Holz weiss.png"]
    assert names(ask(index, "Waldboden")) == ["forest_ground.png"]
    assert set(names(ask(index, "wood -Bretter"))) == {"Holz weiss.png", "IMG_0001.jpg"}


def test_what_is_an_english_word_stays_one(index: SearchIndex) -> None:
    assert names(ask(index, "wand")) == ["magic_wand.blend"]
    assert "brick_wall.png" in names(ask(index, "wände"))


def test_phrases_and_fields_are_as_they_are_written(index: SearchIndex) -> None:
    for asked in ('"Stahltuer"', "tag:Holz", "name:Ziegel"):
        assert ask(index, asked).total == 0


def test_counts_are_of_what_is_found(index: SearchIndex) -> None:
    found = ask(index, "Holz", facets=("ext",))
    assert {count.value: count.count for count in found.facets["ext"]} == {"png": 2, "jpg": 1}
    assert found.total == 3


def test_a_switch_is_asked_at_each_search(tmp_path: Path) -> None:
    on = [False]
    feed = MemoryFeed([document(1, "wood.png")])
    index = SearchIndex(tmp_path / "index", feed, languages=lambda: on[0])
    assert ask(index, "Holz").total == 0
    on[0] = True
    assert ask(index, "Holz").total == 1


def test_the_tables_hold_what_their_page_says() -> None:
    for path in Path(languages.__file__).with_name("languages").glob("*.txt"):
        lines = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        ]
        assert all(line.count("|") == 1 for line in lines)
        halves = [[half.strip() for half in line.split("|")] for line in lines]
        assert all(all(halves_of) for halves_of in halves)
        words = [word.strip() for theirs, _ in halves for word in theirs.split(",")]
        assert [word for word, count in Counter(words).items() if count > 1] == []
        assert all(split(word) for word in words)


def test_words_without_another() -> None:
    assert meant("zzz") == ()
    assert meant("04") == ()
    assert meant("rock") == ("Stein", "Steine", "Fels", "Felsen")
