"""A place of objects that is asked again when it cannot be reached."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from audobon.errors import Conflict, NotFound, Unavailable
from audobon.storage.objects.base import ANY, Expected, ObjectStat, ObjectStore
from audobon.storage.objects.partial import BLOCK

__all__ = ["RetryStore"]

_T = TypeVar("_T")


class RetryStore:
    """Another store, asked up to ``attempts`` times, with growing pauses of random length.

    Nothing is asked again when ``patience_s`` seconds have passed since a call began. Only what
    is Unavailable is tried again; no right, no room and no such object stay as they are.
    A write whose outcome is unknown is repeated with the same expectation: if that is refused,
    but what is there is what was to be written, it was ours, or does not differ from it.
    """

    def __init__(
        self,
        store: ObjectStore,
        *,
        attempts: int = 6,
        first_s: float = 0.5,
        longest_s: float = 30.0,
        patience_s: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._attempts = attempts
        self._first_s = first_s
        self._longest_s = longest_s
        self._patience_s = patience_s
        self._clock = clock
        self._pause = pause

    @property
    def url(self) -> str:
        return self._store.url

    def stat(self, key: str) -> ObjectStat | None:
        return self._again(lambda _: self._store.stat(key))

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self._again(lambda _: self._store.get(key, start, end))

    def fetch(self, key: str, to: Path) -> ObjectStat:
        return self._again(lambda _: self._store.fetch(key, to))

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        def write(attempt: int) -> ObjectStat:
            try:
                return self._store.put(key, data, expected)
            except Conflict:
                found = self._same(key, data) if attempt else None
                if found is None:
                    raise
                return found

        return self._again(write)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        last, failed, since = "", 0, self._clock()
        while True:
            try:
                for found in self._store.list(prefix):
                    if found.key > last:
                        yield found
                        last, failed, since = found.key, 0, self._clock()
                return
            except Unavailable as error:
                failed += 1
                self._wait(failed, since, error)

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        def remove(attempt: int) -> bool:
            try:
                return self._store.delete(key, expected) or attempt > 0
            except Conflict:
                if attempt and self._store.stat(key) is None:
                    return True
                raise

        return self._again(remove)

    def close(self) -> None:
        self._store.close()

    def _again(self, call: Callable[[int], _T]) -> _T:
        attempt, since = 0, self._clock()
        while True:
            try:
                return call(attempt)
            except Unavailable as error:
                attempt += 1
                self._wait(attempt, since, error)

    def _wait(self, attempt: int, since: float, error: Unavailable) -> None:
        late = self._clock() - since >= self._patience_s
        if type(error) is not Unavailable or attempt >= self._attempts or late:
            raise error
        longest = min(self._first_s * 2 ** (attempt - 1), self._longest_s)
        # Random, so that those who were thrown out together do not come back together.
        self._pause(longest * (0.5 + random.random() / 2))

    def _same(self, key: str, data: bytes | Path) -> ObjectStat | None:
        """The object, where its bytes are these and stay these meanwhile."""
        found = self._store.stat(key)
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if found is None or found.size != size:
            return None
        try:
            if isinstance(data, Path):
                with data.open("rb") as file:
                    for at in range(0, size, BLOCK * 8):
                        if self._store.get(key, at, at + BLOCK * 8) != file.read(BLOCK * 8):
                            return None
            elif self._store.get(key) != data:
                return None
        except NotFound:
            return None
        return found if self._store.stat(key) == found else None
