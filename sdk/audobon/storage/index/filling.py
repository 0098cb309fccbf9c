"""Documents of a feed into an index of the engine, wherever that lies, and what it holds then."""

from __future__ import annotations

import tantivy
from attrs import frozen

from audobon.storage.index.encoding import encode
from audobon.storage.index.feed import Feed, page_of
from audobon.storage.index.schema import MARK_KEY, mark_document
from audobon.storage.index.visible import mark_query

__all__ = ["Snapshot", "fill", "snapshot_of"]

_ROWS = 5_000
"""Rows asked of the feed at once: a few megabytes of documents."""

_COMMIT_ROWS = 20_000
"""Rows between commits of a long catch-up: a commit costs a disk flush, a lost one their work."""

_SMALL_HEAP = 15_000_000  # the engine's minimum for one thread
_LARGE_HEAP = 96_000_000  # for two threads; more memory gave no more speed at 100,000 documents
_WHOLE_HEAP = 192_000_000
"""For an index that is built anew: a hundred thousand assets are one segment then, not two."""


@frozen(slots=True)
class Snapshot:
    """One consistent state of an index: everything up to the clock value ``mark``."""

    searcher: tantivy.Searcher
    mark: int


def snapshot_of(index: tantivy.Index) -> Snapshot:
    """What is committed in an index now."""
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(mark_query(), 1, count=False).hits
    if not hits:
        return Snapshot(searcher, 0)
    mark = searcher.fast_field_values("mark", [hits[0][1]])[0]
    return Snapshot(searcher, int(mark or 0))


def fill(index: tantivy.Index, feed: Feed, mark: int) -> None:
    """Index everything that ``feed`` has beyond ``mark``."""
    if mark == 0:
        _fill_whole(index, feed)
        return
    rows = feed.rows(mark, _ROWS)
    if not rows:
        return
    large = len(rows) >= _ROWS
    writer = index.writer(_LARGE_HEAP if large else _SMALL_HEAP, 2 if large else 1)
    waiting = 0
    try:
        while rows:
            for _seq, key, _document in rows:
                writer.delete_documents_by_term("key", key)
            for text in encode(page_of([row[2] for row in rows if row[2] is not None])):
                writer.add_json(text)
            mark, waiting = rows[-1][0], waiting + len(rows)
            if waiting >= _COMMIT_ROWS:
                _commit(writer, mark)
                waiting = 0
            rows = feed.rows(mark, _ROWS)
        if waiting:
            _commit(writer, mark)
    finally:
        # Without the wait every catch-up would leave one more segment for good.
        writer.wait_merging_threads()


def _fill_whole(index: tantivy.Index, feed: Feed) -> None:
    """All that there is, by key; what came meanwhile has a higher seq and comes later."""
    mark, after = feed.clock(), 0
    page = feed.whole(after, _ROWS)
    # One thread: it keeps up with Python, which makes the documents, and leaves half as many
    # segments, of which every search pays for each.
    writer = index.writer(_WHOLE_HEAP if len(page.key) >= _ROWS else _SMALL_HEAP, 1)
    try:
        while page.key:
            for text in encode(page):
                writer.add_json(text)
            after = page.key[-1]
            page = feed.whole(after, _ROWS)
        _commit(writer, mark)
    finally:
        writer.wait_merging_threads()


def _commit(writer: tantivy.IndexWriter, mark: int) -> None:
    writer.delete_documents_by_term("key", MARK_KEY)
    writer.add_document(mark_document(mark))
    writer.commit()
