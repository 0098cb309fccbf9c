"""What the feed has beyond the main index, in an index in memory.

It makes what was just saved findable at once, whoever saved it. Its rows hide
those of the same assets in the main index. Same schema, same tokens, same
scores: the two are searched with the same query and merge without seams.
"""

from __future__ import annotations

import tantivy
from tantivy import Query

from audobon.storage.index.encoding import encode
from audobon.storage.index.feed import Feed, page_of
from audobon.storage.index.schema import open_index
from audobon.storage.index.visible import keys_query

__all__ = ["Tail"]

_ROWS = 5_000
_HEAP = 15_000_000  # the engine's minimum


class Tail:
    """Rows of ``feed`` after ``base``. Its owner locks."""

    def __init__(self, feed: Feed, base: int) -> None:
        self.base = base
        self.keys: set[int] = set()
        self.hidden: Query | None = None
        self.searcher: tantivy.Searcher | None = None
        self._feed = feed
        self.clock = base
        self._seq = base
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None

    def sync(self, clock: int) -> None:
        """Take in everything up to ``clock`` at least."""
        if clock == self.clock:
            return
        changed = False
        while rows := self._feed.rows(self._seq, _ROWS):
            for _seq, key, _document in rows:
                if key in self.keys and self._writer is not None:
                    self._writer.delete_documents_by_term("key", key)
                self.keys.add(key)
            for text in encode(page_of([row[2] for row in rows if row[2] is not None])):
                self._open().add_json(text)
            self._seq = rows[-1][0]
            changed = True
        self.clock = clock
        if changed:
            self._publish()

    def _open(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._index = open_index()
            self._writer = self._index.writer(_HEAP, 1)
        return self._writer

    def _publish(self) -> None:
        self.hidden = keys_query(sorted(self.keys))
        if self._writer is not None and self._index is not None:
            self._writer.commit()
            self._index.reload()
            self.searcher = self._index.searcher()
