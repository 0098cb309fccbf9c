"""An in-memory feed for the search index: small, real, and with the same guarantees."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable

import attrs

from audobon.storage.index import Document, FeedRow, Page, page_of

__all__ = ["MemoryFeed"]


class MemoryFeed:
    """Documents by key with a clock, as the catalog keeps them. Safe for several threads."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._lock = threading.Lock()
        self._rows: dict[int, tuple[int, Document | None]] = {}
        self._clock = 0
        self._sorted: list[tuple[int, int]] | None = None
        self.put(*documents)

    def put(self, *documents: Document) -> None:
        """Add or replace documents in one change each; their ``seq`` is set here."""
        with self._lock:
            for document in documents:
                self._clock += 1
                self._rows[document.key] = (self._clock, attrs.evolve(document, seq=self._clock))
            self._sorted = None

    def remove(self, *keys: int) -> None:
        """Remove assets; the rows stay as tombstones. All of one call share one seq."""
        with self._lock:
            self._clock += 1
            for key in keys:
                self._rows[key] = (self._clock, None)
            self._sorted = None

    def documents(self) -> list[Document]:
        """The documents that are not removed, by key."""
        with self._lock:
            return [row for _, (_, row) in sorted(self._rows.items()) if row is not None]

    def clock(self) -> int:
        with self._lock:
            return self._clock

    def rows(self, since: int, limit: int) -> list[FeedRow]:
        with self._lock:
            if self._sorted is None:
                self._sorted = sorted((seq, key) for key, (seq, _) in self._rows.items())
            order = self._sorted
            start = bisect_right(order, (since, 2**63))
            end = min(start + limit, len(order))
            while 0 < end < len(order) and order[end][0] == order[end - 1][0]:
                end += 1
            return [(seq, key, self._rows[key][1]) for seq, key in order[start:end]]

    def whole(self, after: int, limit: int) -> Page:
        return page_of([each for each in self.documents() if each.key > after][:limit])
