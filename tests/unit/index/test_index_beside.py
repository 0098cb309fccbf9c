"""What is counted beside the first page: the same on whichever thread, and its errors come back."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from index_documents import NOW, document

from audobon.codec.query_text import parse
from audobon.model.query import FACETS
from audobon.storage.index import SearchIndex
from audobon.system.beside import begun
from audobon.testing.feeds import MemoryFeed


def test_what_is_begun_is_waited_for_and_its_error_raised() -> None:
    threads: list[threading.Thread] = []
    gate = threading.Event()

    def work() -> int:
        threads.append(threading.current_thread())
        gate.wait()
        return 7

    result = begun(work)
    gate.set()
    assert result() == result() == 7
    assert threads != [threading.current_thread()]

    def fails() -> int:
        raise KeyError("no such value")

    failing = begun(fails)
    with pytest.raises(KeyError, match="no such value"):
        failing()


def test_all_facets_count_what_each_alone_counts(tmp_path: Path) -> None:
    kinds = (("image", "png"), ("image", ""), ("model", "obj"), ("", ""))
    feed = MemoryFeed(
        document(
            *(key, f"wood {key:03d}{'.' if kinds[key % 4][1] else ''}{kinds[key % 4][1]}"),
            kind=kinds[key % 4][0],
            ext=kinds[key % 4][1],
            format=kinds[key % 4][1].upper(),
            rating=key % 6,
            tags=(f"t{key % 3}",),
        )
        for key in range(1, 81)
    )
    index = SearchIndex(tmp_path / "index", feed)
    assert index.catch_up()
    feed.put(document(81, "wood 081.exr", ext="exr", rating=5))  # in memory only
    feed.remove(3)
    together = index.search(parse("wood"), facets=tuple(FACETS), limit=200, now=NOW)
    documents = {each.key: each for each in feed.documents()}
    hits = [documents[hit.key] for hit in together.hits]
    for name in FACETS:
        alone = index.search(parse("wood"), facets=(name,), limit=1, now=NOW).facets
        assert dict(alone) == {name: together.facets[name]}
    for name in ("kind", "ext", "format", "rating"):
        values = [str(getattr(each, name)).lower() for each in hits]
        counted = {each.value: each.count for each in together.facets[name]}
        assert counted == Counter(value for value in values if value)
