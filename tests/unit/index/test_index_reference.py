"""The index finds exactly what plain Python finds, whatever lies in the tail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_documents import NOW, random_document
from index_reference import counted, found

from audobon.model.query import (
    FACETS,
    SORTS,
    And,
    Compare,
    Everything,
    Node,
    Not,
    Or,
    Phrase,
    Signal,
    Term,
    Word,
)
from audobon.storage.index import SearchIndex
from audobon.testing.feeds import MemoryFeed

WORDS = ("rust", "metal", "Wood", "old", "04", "4k", "rustmetal", "rust_metal", "OldWood", "png")
WORDS += (
    "hdri",
    "été",
    "ete",
    "металл",
    "目",
    "木目",
    "テ",
    "cube",
    "client",
    "art",
    "zzz",
    "o",
    "me",
)
OPS = ("=", "<", "<=", ">", ">=")

words = st.sampled_from(WORDS)
leaf = st.one_of(
    st.just(Everything()),
    st.builds(Word, words, st.booleans()),
    st.builds(Phrase, st.sampled_from(("old wood", "rust metal 04", "wood", "wood metal", "木目"))),
    st.builds(
        Term,
        st.sampled_from(("name", "path", "note", "ext", "format", "kind")),
        st.sampled_from(("wood", "old", "old wood", "png", "image", "client", "i", "metal rust")),
        st.booleans(),
    ),
    st.builds(
        Term,
        st.just("tag"),
        st.sampled_from(("wood", "OLD WOOD", "ete", "sci-", "w")),
        st.booleans(),
    ),
    st.builds(
        Term, st.just("in"), st.sampled_from(("materials", "Materials/Wood", "Mat")), st.booleans()
    ),
    st.builds(
        Term, st.sampled_from(("tag", "in", "note", "ext", "name")), st.just(""), st.just(True)
    ),
    st.builds(Term, st.just("state"), st.sampled_from(("present", "missing", "removed"))),
    st.builds(
        Signal,
        st.just("color"),
        st.sampled_from(("green", "red", "white", "?", "#77aa44", "#0a7d0b")),
    ),
    st.builds(Compare, st.just("rating"), st.sampled_from(OPS), st.integers(0, 5).map(float)),
    st.builds(
        Compare,
        st.sampled_from(("width", "height", "size", "used")),
        st.sampled_from(OPS),
        st.sampled_from((0.0, 1.0, 1.5, 512.0, 2048.0, 1e7)),
    ),
    st.builds(
        Compare,
        st.sampled_from(("added", "updated", "unused")),
        st.sampled_from(OPS),
        st.sampled_from((0.0, 0.5, 86_400.0, 7 * 86_400.0, 90 * 86_400.0, 1e12)),
    ),
    st.builds(
        Compare,
        st.sampled_from(("added", "updated")),
        st.sampled_from(OPS),
        st.sampled_from((0.0, NOW.timestamp() - 7 * 86_400)),
        absolute=st.just(True),
    ),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)


class Library:
    """A feed with an index that has part of it on disk and part in the tail."""

    def __init__(self, folder: Path) -> None:
        rng = random.Random(11)
        self.feed = MemoryFeed(random_document(key, rng) for key in range(1, 301))
        self.index = SearchIndex(folder, self.feed)
        assert self.index.catch_up()
        self.feed.put(*(random_document(key, rng) for key in range(280, 340)))
        self.feed.put(*(random_document(key, rng) for key in range(1, 20)))
        self.feed.remove(20, 21, 22, 335)
        assert (
            self.index.stats()["tail_rows"] == 82
        )  # 60 + 19 + 3 removed ones; 335 is among the 60


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(tmp_path_factory.mktemp("index"))


@settings(max_examples=150, deadline=None)
@given(node=nodes)
def test_finds_what_plain_python_finds(library: Library, node: Node) -> None:
    answer = library.index.search(node, limit=1000, facets=FACETS, now=NOW)
    if answer.notes:
        return  # corrected words, which the reference does not know
    expected = found(node, library.feed.documents(), NOW)
    assert {hit.key for hit in answer.hits} == {document.key for document in expected}
    assert answer.total == len(expected) == len(answer.hits)
    for facet in FACETS:
        counts = {count.value: count.count for count in answer.facets[facet]}
        assert counts == counted(expected, facet)


@settings(max_examples=60, deadline=None)
@given(
    node=nodes,
    sort=st.sampled_from([None, *SORTS, *(f"-{name}" for name in SORTS)]),
    limit=st.sampled_from((1, 7, 50)),
)
def test_pages_hold_every_match_once_in_one_order(
    library: Library, node: Node, sort: str | None, limit: int
) -> None:
    whole = library.index.search(node, limit=1000, sort=sort, now=NOW)
    paged: list[int] = []
    after: str | None = None
    while len(paged) <= whole.total:
        page = library.index.search(node, limit=limit, sort=sort, after=after, now=NOW)
        assert page.total == whole.total
        paged += [hit.key for hit in page.hits]
        after = page.next
        if after is None:
            break
    assert paged == [hit.key for hit in whole.hits]
    assert len(set(paged)) == whole.total


def test_minus_turns_every_order_exactly_round(library: Library) -> None:
    for sort in SORTS:
        forth = library.index.search(Word("wood"), limit=1000, sort=sort, now=NOW)
        back = library.index.search(Word("wood"), limit=1000, sort=f"-{sort}", now=NOW)
        assert [hit.key for hit in forth.hits] == [hit.key for hit in reversed(back.hits)]
        assert forth.total > 20


@pytest.mark.parametrize(
    "sort", ["added", "-updated", "rating", "size", "-used", "width", "height"]
)
def test_sorted_by_the_value(library: Library, sort: str) -> None:
    by_key = {document.key: document for document in library.feed.documents()}
    answer = library.index.search(Everything(), limit=1000, sort=sort, now=NOW)
    values = [getattr(by_key[hit.key], sort.removeprefix("-")) or 0 for hit in answer.hits]
    assert values == sorted(values, reverse=sort.startswith("-"))
    assert len(set(values)) > 1


def test_indexing_the_tail_between_pages_changes_nothing(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for sort in ("relevance", "name", "-rating"):
        library.feed.put(random_document(400, random.Random(1)))  # something for the next catch-up
        whole = [
            hit.key
            for hit in library.index.search(Word("wood"), limit=1000, sort=sort, now=NOW).hits
        ]
        first = library.index.search(Word("wood"), limit=20, sort=sort, now=NOW)
        assert library.index.catch_up()
        second = library.index.search(
            Word("wood"), limit=1000, sort=sort, after=first.next, now=NOW
        )
        assert [hit.key for hit in (*first.hits, *second.hits)] == whole
        assert library.index.stats()["tail_rows"] == 0
