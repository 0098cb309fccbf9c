"""The main index on disk: opening, catching up with the feed, starting over.

The folder holds ``<schema tag>.<generation>``; the highest generation is the
index. A damaged one is never mended: the next generation is built beside it
from the feed, and then the old one is removed as far as that works (Windows
keeps files that another process has mapped). ``lock`` excludes other
writers; the operating system frees it with its holder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import tantivy

from audobon.storage.index.damage import folder_problems, folder_size
from audobon.storage.index.feed import Feed
from audobon.storage.index.filling import Snapshot, fill, snapshot_of
from audobon.storage.index.schema import SCHEMA_TAG, open_index
from audobon.system.locks import FileLock

__all__ = ["Damaged", "Disk", "engine_failure"]

_FULL_CHECK_BYTES = 64 << 20
"""An index up to this size has its checksums compared at open (about 1 ms a megabyte)."""

_STALE_S = 14 * 86_400
"""Indexes of other versions stay this long: two versions in turn need not rebuild each time."""


class Damaged(Exception):
    """The folder's index cannot be used; never leaves the package, which builds a new one."""


def engine_failure(error: BaseException) -> bool:
    """Whether ``error`` comes out of the engine: its only error class, or a panic of its own.

    A panic derives from BaseException and has no importable class.
    """
    return (
        isinstance(error, ValueError | OSError | Damaged)
        or type(error).__name__ == "PanicException"
    )


class Disk:
    """The index folder of one library. Not safe for several threads at once; its owner locks."""

    in_memory = False

    def __init__(self, folder: Path, feed: Feed) -> None:
        self._folder = folder
        self._feed = feed
        self._compared: set[str] = set()
        self._path: Path | None = None
        self._index: tantivy.Index | None = None
        self._signature: tuple[int, int, int] | None = None
        self._snapshot: Snapshot | None = None
        self._drop_links: Callable[[], object] = _nothing

    # --- reading ---------------------------------------------------------

    def snapshot(self) -> Snapshot | None:
        """The newest committed state; None where there is no index yet.

        Raises Damaged, or whatever the engine raises, when the folder is damaged.
        """
        if self._path is not None and self._snapshot is not None:
            signature = _signature(self._path)
            if signature == self._signature:
                return self._snapshot
        path = self.current()
        if path is None:
            self.forget()
            return None
        signature = _signature(path)
        if path != self._path or self._index is None:
            self._refuse_damaged(path)
            self._index, self._path = open_index(str(self._lockable(path))), path
        self._snapshot, self._signature = snapshot_of(self._index), signature
        return self._snapshot

    def current(self) -> Path | None:
        generations = self._generations()
        return generations[-1][1] if generations else None

    def forget(self) -> None:
        """Let go of files and state; the next snapshot opens again."""
        self._path = self._index = self._signature = self._snapshot = None

    def problems(self) -> tuple[str, ...]:
        path = self.current()
        return () if path is None else folder_problems(path, full=True)

    def size(self) -> int:
        path = self.current()
        return 0 if path is None else folder_size(path)

    # --- writing ---------------------------------------------------------

    def lock(self) -> FileLock:
        self._folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self._folder / "lock")

    def catch_up(self) -> None:
        """Index everything the feed has beyond the mark. The caller holds the lock.

        A missing index, and one that is ahead of the feed, is built anew.
        """
        path = self.current()
        if path is None:
            self.rebuild()
            return
        self._refuse_damaged(path)
        index = open_index(str(path))
        mark = snapshot_of(index).mark
        clock = self._feed.clock()
        if mark > clock:
            self.rebuild()
        elif mark < clock:
            fill(index, self._feed, mark)

    def rebuild(self) -> None:
        """Build the next generation and switch to it. The caller holds the lock."""
        generations = self._generations()
        number = generations[-1][0] + 1 if generations else 1
        building = self._folder / f"building-{number}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        fill(open_index(str(building)), self._feed, 0)
        building.rename(self._folder / f"{SCHEMA_TAG}.{number}")
        self._sweep(number)

    def _refuse_damaged(self, path: Path) -> None:
        full = folder_size(path) <= _FULL_CHECK_BYTES
        problems = folder_problems(path, full=full, known=self._compared)
        if problems:
            raise Damaged(problems[0])

    def _lockable(self, path: Path) -> Path:
        """``path``, or a folder of links to its files where ``path`` cannot be written.

        The engine makes a lock file beside what it only reads.
        """
        if os.access(path, os.W_OK):
            return path
        self._drop_links()
        links = Path(tempfile.mkdtemp(prefix="audobon-index-"))
        self._drop_links = weakref.finalize(self, shutil.rmtree, links, ignore_errors=True)
        for entry in path.iterdir():
            if entry.suffix != ".lock":
                (links / entry.name).symlink_to(entry)
        return links

    def _generations(self) -> list[tuple[int, Path]]:
        prefix = f"{SCHEMA_TAG}."
        found = []
        with contextlib.suppress(OSError):
            for name in os.listdir(self._folder):
                number = name.removeprefix(prefix)
                if number != name and number.isdigit():
                    found.append((int(number), self._folder / name))
        return sorted(found)

    def _sweep(self, keep: int) -> None:
        """Remove older generations, broken builds, and what other versions left long ago."""
        for entry in list(self._folder.iterdir()):
            tag, _, number = entry.name.rpartition(".")
            if not entry.is_dir():
                continue
            if tag == SCHEMA_TAG and number.isdigit():
                gone = int(number) < keep
            elif entry.name.startswith("building-"):
                gone = True
            else:
                gone = _age_s(entry) > _STALE_S
            if gone:
                shutil.rmtree(entry, ignore_errors=True)


def _nothing() -> None:
    """No links were made yet."""


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path / "meta.json")
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_ino, status.st_size)


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
