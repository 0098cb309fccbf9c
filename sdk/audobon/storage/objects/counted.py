"""A place of objects that counts what it is asked and the bytes that move."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from audobon.storage.objects.base import ANY, Expected, ObjectStat, ObjectStore
from audobon.storage.objects.estimating import Work, pages

__all__ = ["CountStore"]


class CountStore:
    """Another store, counted. ``calls`` has how often each was called, ``up`` and ``down`` bytes
    of objects that were written and read.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.up = 0
        self.down = 0
        self._moves: list[tuple[str, int]] = []

    def clear(self) -> None:
        """Count from nothing again."""
        with self._lock:
            self.calls.clear()
            self._moves.clear()
            self.up = self.down = 0

    def work(self) -> Work:
        """What was asked until now, as work that would be done once more."""
        with self._lock:
            moves = list(self._moves)
        sizes = {
            name: [size for call, size in moves if call == name]
            for name in ("put", "get", "fetch", "list")
        }
        return Work(
            puts=sizes["put"],
            gets=sizes["get"],
            fetches=sizes["fetch"],
            stats=self.calls["stat"],
            lists=sum(map(pages, sizes["list"])),
        )

    @property
    def url(self) -> str:
        return self._store.url

    def stat(self, key: str) -> ObjectStat | None:
        self._count("stat")
        return self._store.stat(key)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        data = self._store.get(key, start, end)
        self._count("get", down=len(data), size=len(data))
        return data

    def fetch(self, key: str, to: Path) -> ObjectStat:
        found = self._store.fetch(key, to)
        self._count("fetch", down=found.size, size=found.size)
        return found

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        found = self._store.put(key, data, expected)
        self._count("put", up=found.size, size=found.size)
        return found

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        told = 0
        try:
            for found in self._store.list(prefix):
                told += 1
                yield found
        finally:
            self._count("list", size=told)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        self._count("delete")
        return self._store.delete(key, expected)

    def close(self) -> None:
        self._store.close()

    def _count(self, call: str, *, up: int = 0, down: int = 0, size: int = 0) -> None:
        with self._lock:
            self.calls[call] += 1
            self._moves.append((call, size))
            self.up += up
            self.down += down
