"""Counts of tags and catalogs, by what matches and by what there is."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest
from index_documents import NOW, document

from audobon.codec.query_text import parse
from audobon.storage.index import Document, SearchIndex, facets
from audobon.testing.feeds import MemoryFeed

COUNT = 120


def _document(key: int) -> Document:
    word = "wood" if key % 2 else "stone"
    few = " rare" if key % 15 == 0 else ""
    tags = (f"t{key % 7}", f"T{key % 3}")
    return document(key, f"{word} {key:03d}{few}.png", tags=tags, catalogs=(f"c/{key % 5}", "c"))


@pytest.mark.parametrize(("text", "walks"), [("wood", True), ("rare", False), ("-rare", True)])
def test_all_are_counted_either_way(tmp_path: Path, text: str, walks: bool) -> None:
    feed = MemoryFeed(_document(key) for key in range(1, COUNT + 1))
    index = SearchIndex(tmp_path / "index", feed)
    assert index.catch_up()
    feed.put(*(_document(key + 1) for key in range(20, 30)))  # the same ones, now in the tail
    feed.put(_document(COUNT + 15))
    feed.remove(3, 15)
    found = index.search(parse(text), facets=("tag", "catalog"), limit=200, now=NOW)
    documents = {each.key: each for each in feed.documents()}
    hits = [documents[hit.key] for hit in found.hits]
    assert len(hits) == found.total > 5
    assert facets._walks(found.total, COUNT) is walks
    for facet, values in (
        ("tag", [tag for each in hits for tag in each.tags]),
        ("catalog", [catalog for each in hits for catalog in each.catalogs]),
    ):
        counts = [(count.value, count.count) for count in found.facets[facet]]
        assert dict(counts) == Counter(values)
        assert counts == sorted(counts, key=lambda each: (-each[1], each[0]))


@pytest.mark.parametrize("where", ["disk", "tail"])
def test_every_range_of_ratings_is_found(tmp_path: Path, where: str) -> None:
    feed = MemoryFeed(document(key, f"wood {key}.png", rating=key % 6) for key in range(1, 25))
    index = SearchIndex(tmp_path / "index", feed, read_only=where == "tail")
    index.catch_up()
    for low, high in itertools.product(range(6), range(6)):
        wanted = {key for key in range(1, 25) if low <= key % 6 <= high}
        for text in (f"rating:{low}..{high}", f"wood rating:>={low} rating:<={high}"):
            if low <= high:
                found = index.search(parse(text), now=NOW)
                assert {hit.key for hit in found.hits} == wanted
                assert found.total == len(wanted)
    # The document that only carries the mark is found by nothing.
    for text in ("", "-wood", "kind:*", "-tag:*", "rating:>=0", "-rating:5 OR wood", "-(-wood)"):
        found = index.search(parse(text), now=NOW)
        assert found.total == len(found.hits)
        assert all(hit.key > 0 for hit in found.hits)
