"""An index that several processes build anew: each makes a part, and the parts are put together.

Documents cost Python most, and one process computes with one core there. Every process takes the
next range of keys when it is done with the one before, so a slow one takes fewer. A part is an
index of its own; its segments, which never change, are moved to the others and listed with them.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tantivy

from audobon.storage.index.damage import segment_files
from audobon.storage.index.feed import Feed, Helpers
from audobon.storage.index.filling import ROWS, commit, fill, fill_range, whole_writer
from audobon.storage.index.schema import open_index
from audobon.system.files import write_atomic

__all__ = ["Part", "fill_together"]

_META, _MANAGED = "meta.json", ".managed.json"
_MERGED = 8
"""From so many segments on the engine makes fewer of them, at a commit."""


class Part:
    """What one process makes, in the empty folder ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._writer: tantivy.IndexWriter | None = whole_writer(open_index(str(folder)))
        self._count = 0

    def take(self, feed: Feed, after: int, to: int) -> None:
        """Add the documents with ``after < key <= to``."""
        assert self._writer is not None
        self._count += fill_range(self._writer, feed, after, to)

    def leave(self) -> None:
        """What was not written is not wanted any more. May be called twice."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()

    def end(self, mark: int | None = None) -> int:
        """Write it all, with the mark where one is given; how many documents there are."""
        assert self._writer is not None
        try:
            if mark is None:
                self._writer.commit()
            else:
                commit(self._writer, mark)
        finally:
            self.leave()
        return self._count


def fill_together(folder: Path, feed: Feed, helpers: Helpers | None) -> None:
    """The whole of ``feed`` as an index in the empty ``folder``, by helpers too where that is worth
    it. What a helper fails at is made here."""
    count = helpers.count() if helpers is not None else 0
    if helpers is None or not count or not _shared(folder, feed, helpers, count):
        shutil.rmtree(folder)
        folder.mkdir()
        fill(open_index(str(folder)), feed, 0)


def _shared(folder: Path, feed: Feed, helpers: Helpers, count: int) -> bool:
    """False when the parts are no index together, as with an engine that keeps another list."""
    mark, ranges, stop = feed.clock(), _Ranges(helpers), threading.Event()
    own = Part(folder)
    with ThreadPoolExecutor(count, "audobon-index") as pool:
        try:
            parts = [_place(folder) for _ in range(count)]
            taken: list[list[tuple[int, int]]] = [[] for _ in parts]
            asked = [
                pool.submit(helpers.fill, part, ranges.noted(into), _needless(stop, ranges, into))
                for part, into in zip(parts, taken, strict=True)
            ]
            for after, to in ranges:
                own.take(feed, after, to)
            total = own.end(mark)
            made = [future.result() for future in asked]
        except BaseException:
            stop.set()
            own.leave()
            raise
    total += sum(done or 0 for done in made)
    failed = [at for at, done in enumerate(made) if done is None]
    if failed:
        total += _again(parts, failed, sorted(each for at in failed for each in taken[at]), feed)
    return _join(folder, parts, total + 1)  # the mark is one too


def _needless(
    stop: threading.Event, ranges: _Ranges, taken: list[tuple[int, int]]
) -> Callable[[], bool]:
    """Asked by a helper: also true for one that has not begun when there is no more to take."""
    return lambda: stop.is_set() or (ranges.over and not taken)


def _again(
    parts: list[Path], failed: Sequence[int], ranges: Sequence[tuple[int, int]], feed: Feed
) -> int:
    """One part instead of all that failed; how many documents it has."""
    folder = parts[0].parent
    for at in reversed(failed):
        shutil.rmtree(parts.pop(at), ignore_errors=True)
    if not ranges:
        return 0
    parts.append(_place(folder))
    part = Part(parts[-1])
    for after, to in ranges:
        part.take(feed, after, to)
    return part.end()


def _place(folder: Path) -> Path:
    # Of a name that no process of an earlier time can still be writing to.
    return Path(tempfile.mkdtemp(prefix="part-", dir=folder))


class _Ranges:
    """Ranges of keys, each given once, to whichever thread asks next."""

    def __init__(self, helpers: Helpers) -> None:
        self._helpers = helpers
        self._lock = threading.Lock()
        self._after: int | None = 0

    @property
    def over(self) -> bool:
        """Whether all are given."""
        return self._after is None

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return self

    def __next__(self) -> tuple[int, int]:
        with self._lock:
            after = self._after
            if after is not None:
                self._after = self._helpers.border(after, ROWS)
            if after is None or self._after is None:
                raise StopIteration
            return after, self._after

    def noted(self, into: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The same, and a note of those that were taken by this way."""
        for each in self:
            into.append(each)
            yield each


def _join(folder: Path, parts: Sequence[Path], documents: int) -> bool:
    """Move the segments of ``parts`` to the index in ``folder``; whether it then has so many
    documents. Nobody else may know the folders."""
    try:
        meta = json.loads((folder / _META).read_bytes())
        managed = json.loads((folder / _MANAGED).read_bytes())
        for part in parts:
            segments = json.loads((part / _META).read_bytes())["segments"]
            for name in [name for segment in segments for name in segment_files(segment)]:
                (part / name).rename(folder / name)
                managed.append(name)
            meta["segments"] += segments
            shutil.rmtree(part, ignore_errors=True)
        write_atomic(folder / _MANAGED, json.dumps(managed).encode())
        write_atomic(folder / _META, json.dumps(meta, indent=2).encode())
        index = open_index(str(folder))
        if len(meta["segments"]) >= _MERGED:
            _merge(index)
        return bool(index.searcher().num_docs == documents)
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


def _merge(index: tantivy.Index) -> None:
    writer = index.writer(15_000_000, 1)
    try:
        writer.commit()
    finally:
        writer.wait_merging_threads()
    index.reload()
