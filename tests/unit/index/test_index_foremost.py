"""The few that can rank first give the page that scoring everything would have given."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from index_documents import NOW, document

from audobon.codec.query_text import parse
from audobon.storage.index import Document, Found, SearchIndex, ask, best, compile, rarest
from audobon.testing.feeds import MemoryFeed

COUNT = 420
WORDS = ("wood", "woods", "wooden", "wolf", "Holz", "metal", "rust", "rusty", "oak", "oaks", "wo")
QUESTIONS = (
    *("wood", "woods", "metal wood", "rust", "oak", "wolf", "Holz", "woodmetal", "wo"),
    *("wood kind:image", "wood rating:>=3 -tag:rust", "metal wood rating:>=2", "wood -metal"),
    *("moss wood", "wood oaks rating:>=1", "woods metal -rust", "wooden wood Holz"),
    *('"wood metal"', "wood OR rust", "wood state:missing", "rust_metal", "moss"),
)
BEGUN = ("w", "wo", "woo", "wood", "woode", "r", "rus", "oaks", "metal wo", "wo kind:image", "hol")


def _said(rng: random.Random, most: int) -> list[str]:
    return rng.sample(WORDS, rng.randrange(most + 1))


def _document(key: int, rng: random.Random) -> Document:
    name = rng.choice(("_", " ", "")).join([*_said(rng, 3), f"{key}"])
    return document(
        *(key, f"{name}.png"),
        path=f"{rng.choice(WORDS)}/{name}.png",
        kind=rng.choice(("image", "model")),
        tags=tuple(_said(rng, 2)),
        note=" ".join(_said(rng, 1)),
        text=" ".join(_said(rng, 3)),
        seen=" ".join(_said(rng, 1)),
        rating=rng.randrange(6),
        used=rng.choice((0, 0, 5)),
        minor=rng.random() < 0.3,
        state=rng.choice(("present",) * 9 + ("missing",)),
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Most of it on the disk, some changed since, and some new."""
    rng = random.Random(8)
    feed = MemoryFeed(_document(key, rng) for key in range(1, COUNT + 1))
    made = SearchIndex(Path(tmp_path_factory.mktemp("index")), feed, languages=lambda: True)
    assert made.catch_up()
    feed.put(*(_document(key, rng) for key in range(COUNT - 20, COUNT + 30)))
    return made


def _pages(index: SearchIndex, text: str, *, typing: bool, limit: int) -> Iterator[Found]:
    after = None
    for _ in range(3):
        found = index.search(
            parse(text, typing=typing),
            limit=limit,
            after=after,
            facets=("tag",) if limit == 3 else (),  # what is counted for these is not counted twice
            now=NOW,
        )
        yield found
        after = found.next
        if after is None:
            return


@pytest.mark.parametrize("limit", [3, 4, 40])
def test_the_page_is_that_of_all(
    index: SearchIndex, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, bool]] = []
    made = best.Pages
    asked = [*((text, False) for text in QUESTIONS), *((text, True) for text in BEGUN)]
    now = asked[0]

    def spied(*args: object) -> object:
        if len(args) == 3:  # with the places in which all of the page has the words
            looked.append(now)
        return made(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(best, "Pages", spied)
    for now in asked:
        text, typing = now
        monkeypatch.setattr(best, "_POPULAR", 1_000_000)
        every = list(_pages(index, text, typing=typing, limit=limit))
        assert now not in looked
        monkeypatch.setattr(best, "_POPULAR", 1)
        few = list(_pages(index, text, typing=typing, limit=limit))
        for one, other in itertools.zip_longest(few, every):
            assert one.hits == other.hits, now
            assert (one.total, one.facets, one.notes) == (other.total, other.facets, other.notes)
    if limit == 3:
        assert {("wood", False), ("metal wo", True), ("wo", True), ("wood", True)} <= {*looked}
        assert ("wood kind:image", False) in looked
        assert not {('"wood metal"', False), ("wood OR rust", False)} & {*looked}


def test_how_words_are_put_together_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(9)
    feed = MemoryFeed(_document(key, rng) for key in range(1, 200))
    asked = [*((text, False) for text in QUESTIONS), *((text, True) for text in BEGUN)]
    answers = []
    ways = ((1, 2_000, 48), (1, 20, 48), (1, 20, 0), (1_000_000, 1, 2), (1_000_000, 2_000, 0))
    for popular, few, begun in ways:
        monkeypatch.setattr(best, "_POPULAR", popular)
        monkeypatch.setattr(compile, "FEW", few)
        monkeypatch.setattr(rarest, "FEW", few)
        monkeypatch.setattr(rarest, "_RARER", 1.2)
        monkeypatch.setattr(ask, "_BEGUN", begun)
        index = SearchIndex(tmp_path / "index", feed, languages=lambda: True)
        index.catch_up()
        for _ in range(2):  # what was kept is there the second time
            answers.append(
                [[*_pages(index, text, typing=typing, limit=4)] for text, typing in asked]
            )
    assert all(each == answers[0] for each in answers)


def test_what_was_kept_of_words_goes_with_the_index(tmp_path: Path) -> None:
    feed = MemoryFeed([document(1, "wood 1.png"), document(2, "rust 2.png")])
    index = SearchIndex(tmp_path / "index", feed)
    index.catch_up()
    assert index.search(parse("wood"), now=NOW).total == 1
    assert index.search(parse("wo", typing=True), now=NOW).total == 1
    feed.put(document(3, "woods 3.png"), document(4, "wolf 4.png", tags=("wooden",)))
    for _ in range(2):
        assert index.search(parse("wood"), now=NOW).total == 3
        assert index.search(parse("wo", typing=True), now=NOW).total == 3
        index.catch_up()  # what came later is in memory first, then on the disk


def test_what_it_is_called_meanwhile_has_the_page(index: SearchIndex) -> None:
    told: list[int] = []
    found = index.search(parse("wood"), facets=("tag",), now=NOW, meanwhile=told.extend)
    assert told == [hit.key for hit in found.hits] != []
