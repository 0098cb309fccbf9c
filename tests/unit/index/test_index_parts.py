"""An index that several processes build anew: it answers as one that is built by one alone."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from index_documents import NOW, document, random_document

from audobon.codec.query_text import parse
from audobon.model.query import FACETS
from audobon.storage.index import SearchIndex, parts
from audobon.storage.index.parts import Part
from audobon.testing.feeds import MemoryFeed


class Helpers:
    """Makes parts in threads; ``fails`` after so many ranges, ``odd`` says more than it made."""

    def __init__(
        self, feed: MemoryFeed, many: int, *, fails: int | None = None, odd: bool = False
    ) -> None:
        self.feed, self.many, self.fails, self.odd = feed, many, fails, odd
        self.taken: list[tuple[int, int]] = []
        self.begun: set[Path] = set()
        self.all_begun = threading.Event()
        self.meanwhile: Callable[[], None] = lambda: None

    def count(self) -> int:
        return self.many

    def border(self, after: int, limit: int) -> int | None:
        keys = self.feed.whole(after, limit).key
        return keys[-1] if keys else None

    def fill(
        self, folder: Path, ranges: Iterator[tuple[int, int]], cancel: Callable[[], bool]
    ) -> int | None:
        part = Part(folder)
        for at, (after, to) in enumerate(ranges):
            self.taken.append((after, to))
            self.begun.add(folder)
            if len(self.begun) == self.many:
                self.all_begun.set()
            part.take(self.feed, after, to)
            self.meanwhile()
            if cancel() or at == self.fails:
                part.leave()
                return None
        self.all_begun.set()  # or there was nothing left for one
        return part.end() + self.odd

    def in_turn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have whoever asked for the index begin when each helper has begun."""
        take = Part.take

        def later(part: Part, feed: MemoryFeed, after: int, to: int) -> None:
            if threading.current_thread() is threading.main_thread():
                self.all_begun.wait()
            take(part, feed, after, to)

        monkeypatch.setattr(Part, "take", later)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ROWS", 7)


def library() -> MemoryFeed:
    rng = random.Random(5)
    feed = MemoryFeed(random_document(key, rng) for key in range(1, 300))
    feed.remove(*range(20, 90), 299)
    return feed


def same_answers(one: SearchIndex, other: SearchIndex) -> None:
    for text in ("wood", "rustmet", '"old wood"', "color:green", "tag:*", "-metal", ""):
        for sort in (None, "name", "-size"):
            a, b = (
                each.search(parse(text, typing=True), sort=sort, limit=300, facets=FACETS, now=NOW)
                for each in (one, other)
            )
            assert (a.hits, a.total, a.facets) == (b.hits, b.total, b.facets)
            assert a.total


@pytest.mark.parametrize(("many", "fails"), [(1, None), (3, None), (2, 0), (1, 2)])
def test_it_answers_as_one_that_is_built_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, fails: int | None
) -> None:
    feed = library()
    helpers = Helpers(feed, many, fails=fails)
    helpers.in_turn(monkeypatch)
    together = SearchIndex(tmp_path / "together", feed, helpers=helpers)
    alone = SearchIndex(tmp_path / "alone", feed)
    for index in (together, alone):
        assert index.catch_up()
        assert index.stats()["documents"] == len(feed.documents())
        assert index.stats()["mark"] == feed.clock()
        assert index.check() == ()
    assert helpers.taken
    assert not [each for each in tmp_path.rglob("part-*") if each.is_dir()]
    same_answers(together, alone)
    # Whichever part a document lies in, it is found there again and changed.
    feed.put(*(document(key, f"changed {key}.png") for key in (3, 100, 150, 201, 290)))
    feed.remove(4, 101, 151, 202, 291)
    for index in (together, alone):
        assert index.catch_up()
        assert index.stats()["documents"] == len(feed.documents())
        hits = index.search(parse("changed"), limit=9, now=NOW).hits
        assert sorted(hit.key for hit in hits) == [3, 100, 150, 201, 290]
    same_answers(together, alone)


def test_what_changes_while_parts_are_made_comes_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = library()
    helpers = Helpers(feed, 1)
    helpers.in_turn(monkeypatch)

    def change() -> None:
        if len(helpers.taken) == 1:
            feed.put(document(2, "seen already.png"), document(1_000, "quite new.png"))
            feed.remove(1)

    helpers.meanwhile = change
    index = SearchIndex(tmp_path / "together", feed, helpers=helpers)
    before = feed.clock()
    assert index.catch_up()
    assert index.stats()["mark"] == before
    assert feed.clock() > before
    everything = [each.key for each in feed.documents()]
    for _ in range(2):
        hits = index.search(parse("state:*"), limit=1_000, now=NOW).hits
        assert sorted(hit.key for hit in hits) == everything
        assert index.catch_up()


def test_parts_that_are_no_index_together_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = library()
    helpers = Helpers(feed, 1, odd=True)
    helpers.in_turn(monkeypatch)
    index = SearchIndex(tmp_path / "together", feed, helpers=helpers)
    assert index.catch_up()
    stats = index.stats()
    assert (stats["documents"], stats["segments"]) == (len(feed.documents()), 1)


def test_a_damaged_index_goes_when_the_parts_of_the_next_are_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = library()
    helpers = Helpers(feed, 2)
    helpers.in_turn(monkeypatch)
    index = SearchIndex(tmp_path, feed, helpers=helpers)
    index.catch_up()
    (old,) = [each for each in tmp_path.iterdir() if each.is_dir()]
    helpers.begun.clear()
    helpers.all_begun.clear()
    seen = []
    helpers.meanwhile = lambda: seen.append((old / "meta.json").is_file())
    index.rebuild()
    assert seen
    assert all(seen)
    assert not old.exists()
    assert index.stats()["documents"] == len(feed.documents())
