"""A place of objects with a cap on the bytes a second, for those who share a line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from audobon.errors import Invalid
from audobon.storage.objects.base import ANY, Expected, ObjectStat, ObjectStore
from audobon.storage.objects.flow import listening

__all__ = ["Bandwidth", "ThrottleStore"]

_T = TypeVar("_T")


class Bandwidth:
    """So many bytes a second for all who share it, from whatever thread."""

    def __init__(
        self,
        bytes_per_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not bytes_per_s > 0:
            raise Invalid("a bandwidth is more than 0 bytes a second", subject=str(bytes_per_s))
        self._rate = bytes_per_s
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._free_at = 0.0

    def take(self, count: int) -> None:
        """Wait until so many bytes have had their time. What was not used before is not saved."""
        with self._lock:
            now = self._clock()
            self._free_at = max(now, self._free_at) + count / self._rate
            wait = self._free_at - now
        if wait > 0:
            self._pause(wait)


class ThrottleStore:
    """Another store, at most so fast. None is without a cap.

    A store tells of its bytes as they move, a bucket in pieces of up to 16 MB: so much may come
    at once, four times as much at the beginning, and is then waited for. One that tells nothing is
    waited for after each call.
    """

    def __init__(
        self, store: ObjectStore, *, up: Bandwidth | None = None, down: Bandwidth | None = None
    ) -> None:
        self._store = store
        self._up = up
        self._down = down

    @property
    def url(self) -> str:
        return self._store.url

    def stat(self, key: str) -> ObjectStat | None:
        return self._store.stat(key)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return _paced(self._down, lambda: self._store.get(key, start, end), len)

    def fetch(self, key: str, to: Path) -> ObjectStat:
        return _paced(self._down, lambda: self._store.fetch(key, to), _size)

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        return _paced(self._up, lambda: self._store.put(key, data, expected), _size)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        return self._store.list(prefix)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        return self._store.delete(key, expected)

    def close(self) -> None:
        self._store.close()


def _paced(bandwidth: Bandwidth | None, call: Callable[[], _T], size: Callable[[_T], int]) -> _T:
    if bandwidth is None:
        return call()
    told = False

    def take(count: int) -> None:
        nonlocal told
        told = True
        bandwidth.take(count)

    with listening(take):
        done = call()
    if not told:
        bandwidth.take(size(done))
    return done


def _size(found: ObjectStat) -> int:
    return found.size
