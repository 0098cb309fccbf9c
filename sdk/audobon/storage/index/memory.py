"""The main index of a library that leaves none on a disk: in this process, and gone with it."""

from __future__ import annotations

import threading
from pathlib import Path

import tantivy

from audobon.errors import Busy
from audobon.storage.index.feed import Feed
from audobon.storage.index.filling import Snapshot, fill, snapshot_of
from audobon.storage.index.schema import open_index

__all__ = ["Lock", "Memory"]


class Lock:
    """As a lock on a file, between the threads of this process."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def try_acquire(self) -> bool:
        return self._lock.acquire(blocking=False)

    def acquire(self, *, timeout_s: float | None = None) -> None:
        if not self._lock.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise Busy("another thread is writing the search index")

    def release(self) -> None:
        self._lock.release()


class Memory:
    """What :class:`~audobon.storage.index.disk.Disk` is, without a folder.

    It is built from the feed at the first search, and holds what its owner had it catch up with.
    Nothing can damage it. 0.7 KB of memory an asset, as measured with 100,000 of them.
    """

    in_memory = True

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._writing = threading.Lock()
        self._index: tantivy.Index | None = None
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot | None:
        """The newest committed state; None before the first."""
        return self._snapshot

    def current(self) -> Path | None:
        """Nowhere."""
        return None

    def forget(self) -> None:
        """There is nothing that could be opened afresh."""

    def problems(self) -> tuple[str, ...]:
        return ()

    def size(self) -> int:
        """Bytes on the disk."""
        return 0

    def lock(self) -> Lock:
        return Lock(self._writing)

    def catch_up(self) -> None:
        """Index everything the feed has beyond the mark. The caller holds the lock."""
        index, snapshot = self._index, self._snapshot
        clock = self._feed.clock()
        if index is None or snapshot is None or snapshot.mark > clock:
            self.rebuild()
        elif snapshot.mark < clock:
            fill(index, self._feed, snapshot.mark)
            self._snapshot = snapshot_of(index)

    def rebuild(self) -> None:
        """Build another one, and search that from then on. The caller holds the lock."""
        index = open_index()
        fill(index, self._feed, 0)
        self._index, self._snapshot = index, snapshot_of(index)
