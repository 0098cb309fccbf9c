"""Objects in memory: for tests, and the plainest form of what the others promise."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from audobon.errors import Conflict, NotFound
from audobon.storage.objects.base import (
    ABSENT,
    ANY,
    Expected,
    ObjectStat,
    check_key,
    check_prefix,
)
from audobon.system.files import atomic_writer

__all__ = ["MemoryStore"]


class MemoryStore:
    """A place of objects that lasts as long as itself."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._objects: dict[str, tuple[bytes, int]] = {}
        self._last = 0

    @property
    def url(self) -> str:
        return f"memory:{self._name}"

    def stat(self, key: str) -> ObjectStat | None:
        with self._lock:
            found = self._objects.get(check_key(key))
        return None if found is None else ObjectStat(key, len(found[0]), str(found[1]))

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self._found(key)[0][start:end]

    def fetch(self, key: str, to: Path) -> ObjectStat:
        data, generation = self._found(key)
        with atomic_writer(to) as file:
            file.write(data)
        return ObjectStat(key, len(data), str(generation))

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        check_key(key)
        whole = data.read_bytes() if isinstance(data, Path) else bytes(data)
        with self._lock:
            self._expect(key, expected)
            self._last += 1
            self._objects[key] = (whole, self._last)
            return ObjectStat(key, len(whole), str(self._last))

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        check_prefix(prefix)
        with self._lock:
            found = sorted(
                (key, len(data), generation)
                for key, (data, generation) in self._objects.items()
                if key.startswith(prefix)
            )
        for key, size, generation in found:
            yield ObjectStat(key, size, str(generation))

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        check_key(key)
        with self._lock:
            self._expect(key, expected)
            return self._objects.pop(key, None) is not None

    def close(self) -> None:
        """Nothing is held."""

    def _found(self, key: str) -> tuple[bytes, int]:
        with self._lock:
            found = self._objects.get(check_key(key))
        if found is None:
            raise NotFound(f"there is no object {key} in {self.url}", subject=key)
        return found

    def _expect(self, key: str, expected: Expected) -> None:
        if expected is ANY:
            return
        found = self._objects.get(key)
        there = ABSENT if found is None else str(found[1])
        if there != expected:
            raise Conflict(f"{key} in {self.url} is not what was expected", subject=key)
