"""Many objects at once: a bounded pool, progress, and an end when somebody asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from attrs import frozen

from audobon.errors import Cancelled
from audobon.storage.objects.base import ABSENT, Expected, ObjectStat, ObjectStore
from audobon.storage.objects.flow import listening

__all__ = ["Get", "Moved", "Put", "fetch_all", "put_all"]

WORKERS = 8
"""How many objects move at once: what a bucket needs to be busy, and a disk still bears."""


@frozen
class Put:
    """An object to be written."""

    key: str
    data: bytes | Path
    expected: Expected = ABSENT


@frozen
class Get:
    """An object to be fetched into a file."""

    key: str
    to: Path


@frozen
class Moved:
    """How far it is. ``size`` counts bytes as they move, those of repeated requests too."""

    objects: int
    size: int


Progress = Callable[[Moved], None]


def put_all(
    store: ObjectStore,
    items: Iterable[Put],
    *,
    workers: int = WORKERS,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[ObjectStat]:
    """Write objects, several at once; each as soon as it is durable, in the order of that.

    ``items`` is read as there is room, never far ahead. The first error ends it: what runs is
    waited for, nothing new begins, and it is raised. Cancelled when ``cancelled`` says so, which
    is asked amid an object too; nothing half is left. Stop reading, and it ends likewise.
    """
    calls = (_put(store, item) for item in items)
    return _all(calls, workers, progress, cancelled)


def fetch_all(
    store: ObjectStore,
    items: Iterable[Get],
    *,
    workers: int = WORKERS,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[ObjectStat]:
    """Fetch objects into files, as :func:`put_all` writes them. What is half there is used."""
    calls = (_fetch(store, item) for item in items)
    return _all(calls, workers, progress, cancelled)


def _put(store: ObjectStore, item: Put) -> Callable[[], ObjectStat]:
    return lambda: store.put(item.key, item.data, item.expected)


def _fetch(store: ObjectStore, item: Get) -> Callable[[], ObjectStat]:
    return lambda: store.fetch(item.key, item.to)


class _Count:
    """What has moved, and whether to go on. Progress is told by one thread at a time."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress = progress
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._objects = 0
        self._size = 0
        self.stopped = False

    def check(self) -> None:
        if self.stopped or (self._cancelled is not None and self._cancelled()):
            raise Cancelled("the transfer was stopped; what was moved stays")

    def run(self, call: Callable[[], ObjectStat]) -> ObjectStat:
        self.check()
        told = 0

        def hear(count: int) -> None:
            nonlocal told
            told += count
            self._add(0, count)
            self.check()

        with listening(hear):
            found = call()
        self._add(1, max(0, found.size - told))
        return found

    def _add(self, objects: int, size: int) -> None:
        with self._lock:
            self._objects += objects
            self._size += size
            if self._progress is not None:
                self._progress(Moved(self._objects, self._size))


def _all(
    calls: Iterable[Callable[[], ObjectStat]],
    workers: int,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Iterator[ObjectStat]:
    count = _Count(progress, cancelled)
    running: set[Future[ObjectStat]] = set()
    with ThreadPoolExecutor(workers, thread_name_prefix="audobon-objects") as pool:
        try:
            for call in calls:
                count.check()
                running.add(pool.submit(count.run, call))
                if len(running) >= workers + 2:  # some wait, so that none idles
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
        finally:
            count.stopped = True
            for each in running:
                each.cancel()
