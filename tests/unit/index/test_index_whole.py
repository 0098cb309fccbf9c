"""An index that is built anew: read once by key, one segment, and nothing of meanwhile is lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_documents import NOW, document, random_document
from index_reference import joined_forms, run_on_forms

from audobon.codec.query_text import parse
from audobon.model.query import FACETS
from audobon.storage.index import FeedRow, Page, SearchIndex, filling, page_of
from audobon.storage.index.ask import View
from audobon.storage.index.compile import Compiler
from audobon.storage.index.encoding import encode
from audobon.storage.index.schema import open_index
from audobon.storage.index.tokens import name_texts, sort_form, sort_stems, sort_tail, spaced, split
from audobon.testing.feeds import MemoryFeed


class Told(MemoryFeed):
    """Notes what it is asked for, and has something done between two pages."""

    def __init__(self, count: int) -> None:
        rng = random.Random(7)
        super().__init__(random_document(key, rng) for key in range(1, count + 1))
        self.asked: list[str] = []

    def rows(self, since: int, limit: int) -> list[FeedRow]:
        self.asked.append("rows")
        return super().rows(since, limit)

    def whole(self, after: int, limit: int) -> Page:
        self.asked.append("whole")
        page = super().whole(after, limit)
        if page.key and self.asked == ["whole"] * 2:
            self.put(document(3, "seen already.png"), document(1_000, "quite new.png"))
            self.remove(1)
        return page


def found(index: SearchIndex, text: str) -> list[int]:
    return sorted(hit.key for hit in index.search(parse(text), limit=1_000, now=NOW).hits)


def test_all_is_read_once_and_what_changes_meanwhile_comes_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "_ROWS", 50)
    feed = Told(120)
    before = feed.clock()
    index = SearchIndex(tmp_path, feed)
    assert index.catch_up()
    # The one that was added comes with the last page, and once more with what came later.
    assert feed.asked == ["whole"] * 4
    stats = index.stats()
    assert (stats["mark"], stats["clock"], stats["segments"]) == (before, before + 3, 1)
    everything = found(index, "state:*")
    assert everything == [each.key for each in feed.documents()]
    assert found(index, "already") == [3]
    assert found(index, "quite") == [1_000]
    assert index.catch_up()
    assert "rows" in feed.asked
    assert found(index, "state:*") == everything
    assert found(index, "quite") == [1_000]


def test_a_library_that_was_empty_is_filled_in_the_same_way(tmp_path: Path) -> None:
    feed = Told(0)
    index = SearchIndex(tmp_path, feed)
    assert index.catch_up()
    feed.put(*(document(key, f"{key}.png") for key in range(1, 30)))
    feed.asked.clear()
    assert index.catch_up()
    assert set(feed.asked) == {"whole"}
    assert index.stats()["mark"] == feed.clock()


@pytest.mark.parametrize("steps", [1, 7])
def test_anew_or_by_following_every_change_it_answers_the_same(tmp_path: Path, steps: int) -> None:
    rng = random.Random(steps)
    feed = MemoryFeed()
    followed = SearchIndex(tmp_path / "followed", feed)
    for step in range(steps):
        feed.put(*(random_document(rng.randrange(1, 90), rng) for _ in range(200 // steps)))
        feed.remove(rng.randrange(1, 90))
        if step % 2:
            assert followed.catch_up()  # the rest is taken in by one commit, or by the tail
    feed.put(document(95, 'a "quoted" \\ name \t1.png', note="a\x01b", tags=('5" nails',)))
    anew = SearchIndex(tmp_path / "anew", feed)
    assert anew.catch_up()
    assert anew.stats()["documents"] == len(feed.documents())
    if steps == 1:
        assert followed.stats()["documents"] == 0
    for text in ("wood", "rustmet", "old wood", '"old wood"', "color:green", "tag:*", "-metal", ""):
        for sort in (None, "name", "-size"):
            one, other = (
                index.search(parse(text, typing=True), sort=sort, limit=200, facets=FACETS, now=NOW)
                for index in (anew, followed)
            )
            assert (one.hits, one.total, one.facets) == (other.hits, other.total, other.facets)
            assert one.total


@given(st.text() | st.from_regex(r"\A[A-Za-z0-9 ._-]{0,12}\.?[A-Za-z0-9]{0,5}\Z"))
def test_the_tokens_of_a_name_are_those_of_any_text(name: str) -> None:
    text, count, joined, run_on = name_texts(name)
    assert text.split(" ") == (split(name) or [""])
    assert count == len(split(name))
    assert set(joined.split()) == joined_forms(name)
    assert set(run_on.split()) == run_on_forms(name)
    assert spaced(name) == " ".join(split(name))


@given(st.lists(st.text() | st.from_regex(r"\A[A-Z0-9 ._/-]{0,12}\Z"), max_size=5))
def test_names_sorted_together_stand_where_each_alone_does(names: list[str]) -> None:
    forms = [f"{stem}\x00{sort_tail(7)}" for stem in sort_stems(names)]
    assert forms == [sort_form(name, 7) for name in names]


@given(
    st.lists(
        st.sampled_from(("wood", "woods", "wooden", "rust", "metal", "zzz", "rustm")), max_size=3
    ),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_what_no_document_has_is_left_out_of_a_question_and_changes_nothing(
    words: list[str], typing: bool
) -> None:
    index = open_index()
    writer = index.writer(15_000_000, 1)
    rng = random.Random(11)
    documents = [random_document(key, rng) for key in range(1, 60)]
    documents.append(document(60, "wooden.png", note="woods", text="rusty"))
    for text in encode(page_of(documents)):
        writer.add_json(text)
    writer.commit()
    index.reload()
    view = View(((index.searcher(), None),))
    node = parse(" ".join(words), typing=typing)
    hits = []
    for has in (view.has, lambda _field, _token: True):
        query = Compiler(NOW, has=has).compile(node)
        result = index.searcher().search(query, 100, weight_by_field="weight")
        hits.append(sorted(result.hits, key=str))
    assert hits[0] == hits[1]
