"""Files into the store.

Order is what makes a crash harmless: chunks, then the recipes that name them,
then the pack's trailer, then its name, then the index, and only then whatever
the caller writes about it. Cut off anywhere, that leaves a temporary file
that nobody looks at.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from attrs import evolve

from audobon.errors import AudobonError, Cancelled, Conflict, Invalid, NotFound
from audobon.storage.chunks.chunker import Chunker
from audobon.storage.chunks.garbage import Garbage
from audobon.storage.chunks.index import ChunkIndex
from audobon.storage.chunks.layout import TEMP_SUFFIX, Recipe, Transform
from audobon.storage.chunks.lists import LISTED
from audobon.storage.chunks.model import Cancel, Progress, Stored
from audobon.storage.chunks.packing import Packing
from audobon.storage.chunks.packs import hash_id
from audobon.storage.chunks.reader import Reader
from audobon.system.files import translate_os_error
from audobon.system.locks import FileLock

__all__ = ["Writer"]

# A program that is saving the file gets this long to finish, before each try.
_SETTLE_S = (0.0, 0.05, 0.25)
_TICK_NS = 20_000_000
# Time stamps advance in ticks of the kernel (10 ms at most). A file written in
# the tick in which it is read could change again without a new stamp.


class Writer(Packing):
    """The one writer of a store, for the length of a ``with`` block.

    Entering takes the writer lock (Busy after its timeout). Leaving without
    an error makes everything durable; leaving with one keeps what was flushed
    and drops the rest. A file that cannot be read does not spoil the writer;
    a disk that cannot be written does, and every later call says so.
    """

    def __init__(
        self,
        packs: Path,
        index: ChunkIndex,
        reader: Reader,
        *,
        lock: FileLock,
        refresh: Callable[[], None],
    ) -> None:
        super().__init__(packs, index, reader)
        self._lock = lock
        self._refresh = refresh
        self._chunker = Chunker()
        self._met: set[bytes] = set()
        self.each = 0
        """Bytes of each chunk; 0 cuts where the content says so."""

    def __enter__(self) -> Self:
        try:
            self._lock.acquire()
        except OSError as exc:
            raise translate_os_error(exc, self._lock.path) from exc
        try:
            for left in self._folder.glob("*" + TEMP_SUFFIX):
                left.unlink(missing_ok=True)
            self._refresh()
        except OSError as exc:
            self._lock.release()
            raise translate_os_error(exc, self._folder) from exc
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self._series.discard()
            self._chunker.close()
            self._lock.release()

    def put_file(
        self, path: str, *, progress: Progress | None = None, cancel: Cancel | None = None
    ) -> Stored:
        """Store the file at ``path`` and return what it is.

        The bytes are those of one moment: a file that changes while it is
        read is read again, three times at most, then Conflict. Memory does not
        grow with the file. Raises NotFound, Invalid for what is not a file,
        Unavailable, Cancelled, DiskFull.
        """
        self._check()
        try:
            for wait_s in _SETTLE_S:
                time.sleep(wait_s)
                stored = self._try_file(path, progress, cancel)
                if stored is not None:
                    return stored
        except OSError as exc:
            raise translate_os_error(exc, path) from exc
        raise Conflict(
            f"{path} changes while it is read",
            subject=path,
            hint="wait until the program that writes it has finished",
        )

    def put_bytes(self, data: bytes) -> Stored:
        """Store ``data`` as a file is stored."""
        self._check()
        rest = memoryview(data)

        def read_into(target: memoryview) -> int:
            nonlocal rest
            part = rest[: len(target)]
            target[: len(part)] = part
            rest = rest[len(part) :]
            return len(part)

        stored, recipe = self._put(read_into, total=len(data), mtime_ns=0)
        self._add_recipe(stored.digest, recipe)
        return stored

    def replace(self, digest: str, stream: IO[bytes], *, chain: tuple[Transform, ...]) -> Stored:
        """Keep the file ``digest`` as ``stream`` from now on, which ``chain`` made of it.

        ``stream`` is read from where it stands to its end. The caller has
        proved that undoing the chain gives the file. Its old chunks stay where
        they are; nothing refers to them any more, unless another file does.
        NotFound when the store has no such file.
        """
        self._check()
        key = bytes.fromhex(digest)
        size, rank = self._index.size(key), self._index.rank(key)
        if size is None or rank is None or not chain:
            raise NotFound(f"the chunk store has no file {digest}", subject=digest)

        def read_into(target: memoryview) -> int:
            data = stream.read(len(target))
            target[: len(data)] = data
            return len(data)

        try:
            stored, recipe = self._put(read_into, total=size, mtime_ns=0, whole=False)
        except OSError as exc:
            raise translate_os_error(exc, digest) from exc
        self._met.add(key)
        self._note_recipe(key, evolve(recipe, size=size, chain=chain), rank + 1)
        return evolve(stored, digest=digest, size=size)

    def flush(self) -> None:
        """Make everything so far durable and findable; refs to it may be written after."""
        self._check()
        try:
            self._finish()
            Garbage.wanted_again(self._folder.parent, self._met, self._reader.small)
            self._met.clear()
        except AudobonError as exc:
            self._failed = exc
            raise
        except OSError as exc:
            raise translate_os_error(exc, self._folder.parent) from exc

    def _check(self) -> None:
        if not self._lock.held:
            raise Invalid("a writer works only inside its with block")
        if self._failed is not None:
            raise type(self._failed)(
                f"the writer stopped earlier: {self._failed}",
                subject=self._failed.subject,
                hint=self._failed.hint,
            )

    def _try_file(
        self, path: str, progress: Progress | None, cancel: Cancel | None
    ) -> Stored | None:
        # Asked before opening: to open a named pipe would wait for its writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Invalid(f"{path} is not a file", subject=path)
        with open(path, "rb", buffering=0) as file:
            before = _settled(file.fileno())
            left = before.st_size + 1  # one more tells a file that has grown

            def read_into(target: memoryview) -> int:
                nonlocal left
                count = file.readinto(target[:left]) or 0
                left -= count
                return count

            stored, recipe = self._put(
                read_into,
                total=before.st_size,
                mtime_ns=before.st_mtime_ns,
                progress=progress,
                cancel=cancel,
            )
            after = os.fstat(file.fileno())
        then, now = (before.st_size, before.st_mtime_ns), (after.st_size, after.st_mtime_ns)
        if then != now or stored.size != after.st_size:
            return None
        self._add_recipe(stored.digest, recipe)
        return stored

    def _put(
        self,
        read_into: Callable[[memoryview], int],
        *,
        total: int,
        mtime_ns: int,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        whole: bool = True,
    ) -> tuple[Stored, Recipe]:
        """Without ``whole`` nobody asks for the sha256 of all bytes, and it is that of none."""
        sha256 = hashlib.sha256()
        ids, lengths = bytearray(), list[int]()
        new_bytes = new_chunks = size = 0
        for batch in self._chunker.cut(read_into, sha256 if whole else None, each=self.each):
            if cancel is not None and cancel():
                raise Cancelled("storing a file is cancelled")
            names = [hash_id(piece) for piece in batch]
            ids += b"".join(names)
            lengths += [len(piece) for piece in batch]
            fresh = self._fresh(names)
            for name, piece in zip(names, batch, strict=True):
                size += len(piece)
                if name in fresh:
                    fresh.discard(name)
                    self._add_chunk(name, piece)
                    new_bytes += len(piece)
                    new_chunks += 1
            if progress is not None:
                progress(min(size, total), total)
        if whole:
            self._met.add(sha256.digest())
        digest = sha256.hexdigest()
        stored = Stored(digest, size, mtime_ns, new_bytes, len(lengths), new_chunks)
        return stored, Recipe(size, bytes(ids), lengths)

    def _add_recipe(self, name: str, recipe: Recipe) -> None:
        digest = bytes.fromhex(name)
        rank = self._index.rank(digest)
        if rank and digest not in self._index.whole((digest,)):
            # The stream that the file was turned into has lost chunks; the
            # file's own are here now, so they are what counts again.
            self._note_recipe(digest, recipe, rank + 1)
        elif rank is None:
            self._note_recipe(digest, recipe, 0)
        elif len(recipe.lengths) >= LISTED and digest not in self._index.whole((digest,)):
            self._listed(recipe)  # what it lacks may be a part of its list


def _settled(fd: int) -> os.stat_result:
    info = os.fstat(fd)
    young_ns = time.time_ns() - info.st_mtime_ns
    if 0 <= young_ns < _TICK_NS:
        time.sleep((_TICK_NS - young_ns) / 1e9)
        info = os.fstat(fd)
    return info
