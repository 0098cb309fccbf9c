"""An index without a folder: there at the first search, up with the feed, and on no disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from index_documents import NOW, document

from audobon.codec.query_text import parse
from audobon.storage.index import SearchIndex, engine, filling
from audobon.testing.feeds import MemoryFeed


def feed_of(count: int) -> MemoryFeed:
    return MemoryFeed(document(key, f"wood{key:05}.png") for key in range(1, count + 1))


def keys(index: SearchIndex, text: str) -> list[int]:
    return sorted(hit.key for hit in index.search(parse(text), limit=10_000, now=NOW).hits)


def test_it_is_built_at_the_first_search_and_follows_what_others_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    feed = feed_of(30)
    one, other = SearchIndex(None, feed), SearchIndex(None, feed, read_only=True)
    for index in (one, other):
        assert keys(index, "wood*") == list(range(1, 31))
        stats = index.stats()
        assert (stats["documents"], stats["tail_rows"], stats["size_bytes"]) == (30, 0, 0)
    feed.put(document(31, "brick.png"), document(3, "brick too.png"))
    feed.remove(4)
    for index in (one, other):
        assert keys(index, "brick") == [3, 31]
        assert keys(index, "wood*") == [1, 2, *range(5, 31)]
        assert index.complete("bri") == ("brick",)
        assert index.stats()["tail_rows"] == 3
        assert index.pending == 0, "nothing of it could be on the disk"
    assert one.catch_up()
    assert one.stats()["tail_rows"] == 0
    assert keys(one, "brick") == [3, 31]
    one.rebuild()
    assert keys(one, "wood*") == [1, 2, *range(5, 31)]
    assert one.check() == ()
    one.close()
    assert keys(one, "brick") == [3, 31]
    assert list(tmp_path.iterdir()) == []


def test_many_changes_go_into_the_main_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_INLINE_ROWS", 20)
    feed = feed_of(10)
    index = SearchIndex(None, feed)
    assert keys(index, "wood*") == list(range(1, 11))
    feed.put(*(document(key, "brick.png") for key in range(5, 60)))
    assert keys(index, "brick") == list(range(5, 60))
    assert keys(index, "wood*") == [1, 2, 3, 4]
    assert (index.stats()["documents"], index.stats()["tail_rows"]) == (59, 0)


def test_an_older_state_of_the_library_is_searched_as_it_is() -> None:
    index = SearchIndex(None, feed := feed_of(40))
    assert len(keys(index, "wood*")) == 40
    older = feed_of(25)
    feed.__dict__.update(older.__dict__)
    assert keys(index, "wood*") == list(range(1, 26))
    assert index.stats()["mark"] == older.clock()


def test_what_fails_while_it_is_built_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_ROWS", 10)
    monkeypatch.setattr(filling, "_COMMIT_ROWS", 10)
    feed = feed_of(30)
    index = SearchIndex(None, feed)
    assert len(keys(index, "wood*")) == 30
    feed.put(*(document(key, "brick.png") for key in range(1, 31)))
    real, calls = feed.rows, 0

    def rows(since: int, limit: int) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyError("the catalog is gone")
        return real(since, limit)

    monkeypatch.setattr(feed, "rows", rows)
    with pytest.raises(KeyError):
        index.catch_up()
    assert keys(index, "brick") == list(range(1, 31))
    assert keys(index, "wood*") == []
    assert index.catch_up()
    assert keys(index, "brick") == list(range(1, 31))
    assert index.stats()["documents"] == 30


def test_it_is_searched_while_it_catches_up() -> None:
    feed = feed_of(200)
    index = SearchIndex(None, feed)
    assert len(keys(index, "wood*")) == 200
    found: list[int] = []
    ended = threading.Event()

    def search() -> None:
        while not ended.is_set():
            found.append(len(keys(index, "wood* OR brick")))

    thread = threading.Thread(target=search)
    thread.start()
    try:
        for key in range(1, 40):
            feed.put(document(key, "brick.png"))
            index.catch_up(wait=True)
    finally:
        ended.set()
        thread.join()
    assert set(found) == {200}
    assert keys(index, "brick") == list(range(1, 40))


def test_nothing_is_loaded_before_somebody_searches() -> None:
    code = (
        "import sys; from audobon.storage.index import SearchIndex;"
        "from audobon.testing.feeds import MemoryFeed;"
        "i = SearchIndex(None, MemoryFeed()); assert not i.catch_up();"
        "assert 'tantivy' not in sys.modules; i.close()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
