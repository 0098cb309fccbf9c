"""The state behind a SearchIndex: main index and tail as one view, catching up, healing.

Imported at the first use of a SearchIndex, because loading Tantivy costs tens
of milliseconds.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import tantivy
from tantivy import Query

from audobon.errors import AudobonError, Busy, DiskFull, Unavailable
from audobon.storage.index.ask import View, vocabulary
from audobon.storage.index.disk import Damaged, Disk, engine_failure
from audobon.storage.index.feed import Feed
from audobon.storage.index.filling import Snapshot
from audobon.storage.index.foreign import Meant
from audobon.storage.index.memory import Lock, Memory
from audobon.storage.index.near import Vocabulary
from audobon.storage.index.pieces import Pieces
from audobon.storage.index.schema import SCHEMA_TAG
from audobon.storage.index.tail import Tail
from audobon.system.files import translate_os_error
from audobon.system.locks import FileLock

__all__ = ["Engine"]

_T = TypeVar("_T")
_Known = dict[tuple[str, str], int]
_Listed = dict[str, frozenset[str]]
_Foreign = dict[str, tuple[Meant, ...]]
_Weights = dict[int, float]

_INLINE_ROWS = 5_000
"""A search that is further behind catches up on disk first; memory is for the last changes."""

_WAIT_S = 60.0
"""For another process's writing: it rebuilds a million documents in about that time."""

_ATTEMPTS = 3  # as it is, opened afresh, rebuilt


class Engine:
    """One opened index: the main one and what came later, searched as one and healed.

    The main one lies on the disk, or where there is no folder in memory; then it is written
    whoever may write the library.
    """

    def __init__(
        self, folder: Path | None, feed: Feed, *, read_only: bool, languages: Callable[[], bool]
    ) -> None:
        self._folder = folder or "memory"
        self._feed = feed
        self._languages = languages
        self._disk: Disk | Memory = Memory(feed) if folder is None else Disk(folder, feed)
        self._read_only = read_only and not self._disk.in_memory
        # Guards what follows. Writing to disk happens outside it, so that
        # searches in other threads go on meanwhile.
        self._lock = threading.RLock()
        self._tail = Tail(feed, 0)
        self._main_off = False
        self._known: tuple[Snapshot | None, _Known, _Listed, _Weights] = (None, {}, {}, {})
        self._made: tuple[object, _Known, _Foreign, Pieces] = (None, {}, {}, Pieces())
        self._words: tuple[tantivy.Searcher | None, Vocabulary] = (None, Vocabulary({}))

    # --- reading ---------------------------------------------------------

    def answer(self, question: Callable[[View], _T]) -> _T:
        """``question`` asked of the library as it is now; heals a damaged index on the way.

        Raises Unavailable when the engine refuses a sound index.
        """
        if self._far_behind():
            # A folder that cannot be written is no reason not to answer.
            with contextlib.suppress(AudobonError):
                self.catch_up(wait=False)
        for attempt in range(_ATTEMPTS):
            damaged = True  # until the view is there, a failure is the index's fault
            try:
                view = self._view()
                damaged = False
                return question(view)
            except BaseException as error:
                if not engine_failure(error):
                    raise
                self._heal(error, attempt, damaged=damaged)
        raise Unavailable(
            "the search index does not answer, even rebuilt", subject=str(self._folder)
        )

    def known_words(self, view: View) -> Vocabulary:
        """The words of names and tags; those of the main index are kept until it changes."""
        words = Vocabulary({})
        for at, (searcher, _) in enumerate(view.parts):
            if at:
                words += Vocabulary(vocabulary(searcher))
                continue
            of, words = self._words
            if of is not searcher:
                words = Vocabulary(vocabulary(searcher))
                self._words = (searcher, words)
        return words

    def _view(self) -> View:
        with self._lock:
            # The mark is read before the clock: the other way round a change
            # in between would look like a clock that fell.
            snapshot = None if self._main_off else self._disk.snapshot()
            mark = snapshot.mark if snapshot else 0
            clock = self._feed.clock()
            if mark > clock:
                raise Damaged(f"the index is ahead of the library ({mark} > {clock})")
            if self._tail.base != mark or self._tail.clock > clock:
                self._tail = Tail(self._feed, mark)
            self._tail.sync(clock)
            parts: list[tuple[tantivy.Searcher, Query | None]] = []
            if snapshot:
                parts.append((snapshot.searcher, self._tail.hidden))
            if self._tail.searcher is not None:
                parts.append((self._tail.searcher, None))
            if snapshot is None:
                return View(tuple(parts), languages=self._languages())
            if snapshot is not self._known[0]:
                self._known = (snapshot, {}, {}, {})
            # Of all parts together nothing changes before the clock does.
            if self._made[0] != (snapshot, clock):
                self._made = ((snapshot, clock), {}, {}, Pieces())
            _, known, listed, weights = self._known
            _, later, foreign, pieces = self._made
            return View(
                tuple(parts), known, listed, foreign, self._languages(), weights, pieces, later
            )

    def _far_behind(self) -> bool:
        if self._read_only or self._main_off:
            return False
        if len(self._tail.keys) > _INLINE_ROWS:
            return True
        if self._disk.in_memory and self._disk.snapshot() is None:
            return True  # as one on a disk, of which statistics and the words are known
        if self._feed.clock() - self._tail.clock <= _INLINE_ROWS:
            return False
        try:
            with self._lock:
                snapshot = self._disk.snapshot()
        except BaseException as error:
            if not engine_failure(error):
                raise
            return False  # the search itself meets the damage and mends it
        return self._feed.clock() - (snapshot.mark if snapshot else 0) > _INLINE_ROWS

    # --- writing ---------------------------------------------------------

    def catch_up(self, *, wait: bool) -> bool:
        """Index on disk what the feed has; False when another writer is at it, or read-only."""
        if self._read_only:
            return False
        return self._locked(self._disk.catch_up, wait=wait)

    def rebuild(self) -> None:
        if self._read_only:
            raise Unavailable("an index opened read-only is not rebuilt", subject=str(self._folder))
        if not self._locked(self._disk.rebuild, wait=True):
            raise Busy("another process is writing the search index", subject=str(self._folder))

    def _locked(self, write: Callable[[], None], *, wait: bool) -> bool:
        try:
            lock = self._disk.lock()
            if not self._acquire(lock, wait=wait):
                return False
            try:
                self._write(write)
            finally:
                lock.release()
        except BaseException as error:
            if not engine_failure(error):
                raise
            raise _translated(error, self._folder) from error
        with self._lock:
            self._disk.forget()
            self._main_off = False
        return True

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except BaseException as error:
            # A full disk or a forbidden folder is no damage; a second try would fail alike.
            if not engine_failure(error) or isinstance(error, OSError) or _disk_full(error):
                raise
            self._disk.rebuild()

    def _acquire(self, lock: FileLock | Lock, *, wait: bool) -> bool:
        if lock.try_acquire():
            return True
        if not wait:
            return False
        try:
            lock.acquire(timeout_s=_WAIT_S)
        except Busy:
            return False
        return True

    def _heal(self, error: BaseException, attempt: int, *, damaged: bool) -> None:
        """Make the next attempt work: open afresh, then rebuild, or serve from memory."""
        with self._lock:
            self._disk.forget()
            self._tail = Tail(self._feed, 0)
        if attempt == 0:
            return  # another process may just have switched to a new generation
        if not damaged and not self._disk.problems():
            raise Unavailable(
                f"the search engine refuses this query: {error}", subject=str(self._folder)
            ) from error
        try:
            mended = not self._read_only and self._locked(self._mend, wait=True)
        except AudobonError:
            mended = False
        if not mended:
            self._main_off = True  # everything is then searched from memory, slower to start

    def _mend(self) -> None:
        """Rebuild unless somebody else did while this process waited for the lock."""
        if self._disk.problems():
            self._disk.rebuild()
        else:
            self._disk.catch_up()

    # --- telling ---------------------------------------------------------

    def check(self) -> tuple[str, ...]:
        """What is wrong with the index on disk; every byte is read."""
        problems = self._disk.problems()
        if problems or self._disk.current() is None:
            return problems
        try:
            with self._lock:
                snapshot = self._disk.snapshot()
        except BaseException as error:
            if not engine_failure(error):
                raise
            return (f"the index cannot be opened: {error}",)
        if snapshot and snapshot.mark > self._feed.clock():
            return ("the index is ahead of the library",)
        return ()

    @property
    def pending(self) -> int:
        """How many rows the last view took from memory that the disk could have."""
        with self._lock:
            return 0 if self._disk.in_memory else len(self._tail.keys)

    def stats(self) -> dict[str, int | str]:
        """Sizes for people and tests; units are in the names, counts otherwise."""
        with self._lock:
            self._view()
            snapshot = None if self._main_off else self._disk.snapshot()
            return {
                "documents": max(snapshot.searcher.num_docs - 1, 0) if snapshot else 0,
                "segments": snapshot.searcher.num_segments if snapshot else 0,
                "mark": snapshot.mark if snapshot else 0,
                "clock": self._feed.clock(),
                "tail_rows": len(self._tail.keys),
                "size_bytes": self._disk.size(),
                "schema": SCHEMA_TAG,
            }


def _disk_full(error: BaseException) -> bool:
    return "No space left" in str(error) or "os error 28" in str(error)


def _translated(error: BaseException, folder: Path | str) -> AudobonError:
    if _disk_full(error):
        return DiskFull("no space is left for the search index", subject=str(folder))
    if isinstance(error, OSError):
        return translate_os_error(error, folder)
    return Unavailable(f"the search index cannot be written: {error}", subject=str(folder))
