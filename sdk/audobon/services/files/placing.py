"""Put the bytes of versions at paths: cloned from a file that has them, else out of the store."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.errors import AudobonError, Cancelled
from audobon.services.core.stores import Stores
from audobon.services.files.scan import Found, stat_file
from audobon.system.clones import clone_file
from audobon.system.files import free_name, mode_for, sync_folder, translate_os_error

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore

__all__ = ["Placed", "Wanted", "put_content", "put_contents", "remove_file", "with_parents"]

_THREADS = 4
# Hashing, decompressing and waiting for the disk run beside each other; what is
# plain Python does not. Each thread may hold a file's tables, some 60 MB.


@frozen(slots=True)
class Wanted:
    """A file to be: the sha256 of its ``size`` bytes, and where it goes."""

    digest: str
    size: int
    target: Path


@frozen(slots=True)
class Placed:
    """What became of a wish: ``error``, or the file is there, with the note of a restore."""

    wanted: Wanted
    note: str = ""
    error: AudobonError | None = None


def put_contents(
    stores: Stores,
    wanted: Sequence[Wanted],
    *,
    cancel: Callable[[], bool],
    durable: bool = True,
) -> Iterator[Placed]:
    """Each file as by :func:`put_content`, several at a time; folders are made.

    They come back as they are done, the large ones begun first. An error is
    told and the others go on. After ``cancel`` those that were not done have
    the error Cancelled, and no file is left half written. Leaving the
    iteration early has the same effect.
    """
    count = min(_THREADS, os.cpu_count() or 1, len(wanted))
    stop = Event()

    def stopped() -> bool:
        return stop.is_set() or cancel()

    with ExitStack() as stack:
        stores_of_threads: queue.SimpleQueue[ChunkStore] = queue.SimpleQueue()
        for number in range(count):
            own = stores.chunks if number == 0 else stack.enter_context(stores.open_chunks())
            stores_of_threads.put(own)
        pool = stack.enter_context(ThreadPoolExecutor(max(count, 1), "audobon-placing"))
        stack.callback(stop.set)  # before the pool waits for its threads

        def put(one: Wanted) -> Placed:
            chunks = stores_of_threads.get()
            try:
                return _put(stores, chunks, one, stopped, durable=durable)
            finally:
                stores_of_threads.put(chunks)

        largest = sorted(wanted, key=lambda one: one.size, reverse=True)
        futures: list[Future[Placed]] = [pool.submit(put, one) for one in largest]
        for future in as_completed(futures):
            yield future.result()


def _put(
    stores: Stores,
    chunks: ChunkStore,
    one: Wanted,
    cancel: Callable[[], bool],
    *,
    durable: bool,
) -> Placed:
    try:
        if cancel():
            raise Cancelled(f"{one.target.name} was not written any more", subject=str(one.target))
        with_parents(one.target.parent)
        note = put_content(
            *(stores, one.digest, one.target), chunks=chunks, cancel=cancel, durable=durable
        )
    except AudobonError as error:
        return Placed(one, error=error)
    return Placed(one, note)


def put_content(
    stores: Stores,
    digest: str,
    target: Path,
    *,
    mode: int | None = None,
    chunks: ChunkStore | None = None,
    cancel: Callable[[], bool] | None = None,
    durable: bool = True,
) -> str:
    """Make ``target`` the file with this sha256; its folder exists.

    It appears complete, proved and durable (unless told otherwise), or stays as it was.
    Where an asset on the same volume has these bytes, and the file system can, both share
    their blocks until one is written: no time to copy and no space. ``mode``
    as in ``ChunkStore.restore``, whose errors it raises. Returns its note.
    ``chunks`` is another opening of the library's store, for other threads.
    """
    bits = mode_for(target) if mode is None else mode
    for asset in stores.catalog.by_digest(digest):
        found = stat_file(asset.file)
        if not isinstance(found, Found) or asset.file == str(target):
            continue
        if (found.size, found.mtime_ns) != (asset.size, asset.mtime_ns):
            continue
        if _cloned(stores, Path(asset.file), target, digest, bits, durable=durable):
            return ""
    store = stores.chunks if chunks is None else chunks
    seen: list[os.stat_result] = []
    made = store.restore(
        *(digest, target), mode=bits, cancel=cancel, durable=durable, told=seen.append
    )
    if made.exact:
        stores.written.note(target, seen[-1], digest)
    return made.note


def with_parents(folder: Path) -> None:
    """Make a folder and its parents; the project's errors."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise translate_os_error(error, folder) from error


def _cloned(
    stores: Stores, source: Path, target: Path, digest: str, mode: int, *, durable: bool
) -> bool:
    clone = free_name(target.parent)
    try:
        if source.stat().st_dev != target.parent.stat().st_dev or not clone_file(source, clone):
            return False
        try:
            with clone.open("rb+") as stream:
                # The original may have changed since it was looked at.
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    return False
                if durable:
                    os.fsync(stream.fileno())
            clone.chmod(mode)
            seen = clone.stat()
            clone.replace(target)
            stores.written.note(target, seen, digest)
        finally:
            clone.unlink(missing_ok=True)
        if durable:
            sync_folder(target.parent)
    except OSError as error:
        raise translate_os_error(error, target) from error
    return True


def remove_file(path: Path) -> None:
    """Take a file away that versions hold, and its folder when it was the last in it."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise translate_os_error(error, path) from error
    with contextlib.suppress(OSError):
        path.parent.rmdir()  # refuses, as it should, where anything is left
