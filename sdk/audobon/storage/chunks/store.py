"""The one object through which the rest of the package keeps and gets bytes."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from audobon.errors import AudobonError, Corrupt, LimitExceeded, NotFound, ReadOnly
from audobon.storage.chunks.collecting import Collecting
from audobon.storage.chunks.collecting import digest_key as _key
from audobon.storage.chunks.exchanging import Exchanging
from audobon.storage.chunks.index import ChunkIndex, pack_names
from audobon.storage.chunks.layout import KIND_RECIPES, PACK_SUFFIX, Group
from audobon.storage.chunks.lists import split_ids
from audobon.storage.chunks.model import (
    Cancel,
    Progress,
    Restoration,
    Stored,
    StoreStats,
    VerifyReport,
)
from audobon.storage.chunks.packfiles import PLAIN, PackFiles
from audobon.system import smallfiles
from audobon.system.files import Told, atomic_writer, mode_for, translate_os_error
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.storage.chunks.layout import Transform
    from audobon.storage.chunks.reader import Reader
    from audobon.storage.chunks.writer import Writer
    from audobon.storage.sqlite import Key
    from audobon.system.smallfiles import SmallFiles

__all__ = ["ChunkStore"]

_T = TypeVar("_T")

_BLOCK = 1 << 20
_READ_LIMIT = 64 << 20  # what is larger belongs in a file or is taken block by block


class ChunkStore(Collecting, Exchanging):
    """All bytes of a library's history, by the sha256 of the file.

    ``folder`` holds ``packs/``, ``index.db`` and ``writer.lock``. Many
    processes may read while one writes. One object serves one thread at a
    time. Digests are 64 hex digits; Invalid otherwise.

    Opening makes the index agree with the packs, and an index that turns out
    to be damaged later is made anew from them. With ``read_only`` nothing
    in ``folder`` is changed; an index that is missing or behind is then made
    in a temporary place, and shows what was there at that moment.
    The index is encrypted under ``index_key``; ``files`` makes and opens packs, which are sealed
    where it seals them. ``small`` reads and writes the notes beside them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        index_key: Key | None = None,
        files: PackFiles = PLAIN,
        small: SmallFiles = smallfiles.PLAIN,
    ) -> None:
        self.folder = folder
        self._index_key = index_key
        self._files, self._small = files, small
        self.read_only = read_only
        self._packs = folder / "packs"
        self._reader: Reader | None = None
        self._making = threading.Lock()  # two threads that begin at once share one reader
        self._private: Path | None = None
        self._writer_lock: FileLock | None = None
        try:
            if not read_only:
                self._packs.mkdir(parents=True, exist_ok=True)
            elif not self._packs.is_dir():
                raise NotFound(f"{folder} is not a chunk store", subject=str(folder))
            self._index = self._open_read_only() if read_only else self._open_index()
        except OSError as exc:
            raise translate_os_error(exc, folder) from exc

    def close(self) -> None:
        self._drop_reader()
        self._index.close()
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)

    def __enter__(self) -> ChunkStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What it holds

    def has(self, digest: str) -> bool:
        """Whether the file can be rebuilt, as far as is known without reading its bytes."""
        key = _key(digest)
        return key in self._mending(lambda: self._index.whole((key,)))

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of ``digests`` for which :meth:`has` is False, asked together."""
        wanted = list(digests)
        keys = [_key(digest) for digest in wanted]
        there = self._mending(lambda: self._index.whole(keys))
        return frozenset(digest for digest in wanted if _key(digest) not in there)

    def size(self, digest: str) -> int:
        """The size of the file in bytes. NotFound when there is none."""
        key = _key(digest)
        size = self._mending(lambda: self._index.size(key))
        if size is None and self.mend_index():  # it was known before its row was hit
            size = self._index.size(key)
        if size is None and self.supplied(digest):
            size = self._index.size(key)
        if size is None:
            raise NotFound(f"the chunk store has no file {digest}", subject=digest)
        return size

    def digests(self) -> Iterator[str]:
        """Every file that has a recipe, in the order of the digests."""
        return (digest.hex() for digest in self._index.digests())

    def stats(self) -> StoreStats:
        # Not the bound method: the second time the index is another one.
        return StoreStats(*self._mending(lambda: self._index.totals()))  # noqa: PLW0108

    # Files in

    def writer(self, *, timeout_s: float = 10.0) -> Writer:
        """A writer for one ``with`` block; entering it waits for the lock, then raises Busy."""
        from audobon.storage.chunks.writer import Writer

        self._must_write()
        self._writer_lock = self._lock(timeout_s)
        return Writer(
            self._packs,
            self._index,
            self._open_reader(),
            lock=self._writer_lock,
            refresh=self._refresh,
        )

    def transforms(self, digest: str) -> tuple[str, ...]:
        """The transforms with which the file is stored, first to last; empty for plain chunks.

        NotFound when there is no such file.
        """
        return tuple(step.name for step in self.chain(digest))

    def chain(self, digest: str) -> tuple[Transform, ...]:
        """The transforms of :meth:`transforms` with their parameters."""
        key = _key(digest)
        return self._mending(lambda: self._open_reader().recipe(key)).chain

    def own_bytes(self, digest: str, other: str) -> int:
        """The bytes of a file that another one does not share, uncompressed, as they are stored.

        NotFound when the store lacks one of them.
        """
        from audobon.storage.chunks.sharing import own_bytes

        def count() -> int:
            reader = self._open_reader()
            return own_bytes(reader.recipe(_key(digest)), reader.recipe(_key(other)))

        return self._mending(count)

    def replace(
        self, digest: str, stream: Path, *, chain: tuple[Transform, ...], timeout_s: float = 10.0
    ) -> Stored:
        """Keep a file as the stream that ``chain`` made of it, durably; see :meth:`repack`.

        Whoever calls this has proved that undoing ``chain`` gives the file.
        The answer counts the chunks of the stream. Takes the writer lock.
        """
        try:
            with self.writer(timeout_s=timeout_s) as writer, stream.open("rb") as file:
                return writer.replace(digest, file, chain=chain)
        except OSError as exc:
            raise translate_os_error(exc, stream) from exc

    def repack(self, digest: str, *, timeout_s: float = 10.0) -> Stored | None:
        """Store a file by its structure instead of as it is; None when that is done or no use.

        Reads, transforms and proves without the writer lock, in this process:
        for files of strangers let a worker do it (see ``services.versioning.repacking``).
        Afterwards the same file comes back, bit for bit, and its versions
        share more. The chunks that it had are left to the collector.
        """
        from audobon.storage.chunks.transforms.chain import fold

        self._must_write()
        if self.transforms(digest):
            return None
        room = self._spool(4 * self.size(digest)) or self.folder
        with tempfile.TemporaryDirectory(prefix="repack-", dir=room) as name:
            raw, stream = Path(name, "raw"), Path(name, "stream")
            self.restore(digest, raw, durable=False)
            with raw.open("rb") as file, stream.open("w+b") as out:
                chain = fold(
                    *(file, raw.stat().st_size, out),
                    folder=Path(name),
                    digest=_key(digest),
                )
            return self.replace(digest, stream, chain=chain, timeout_s=timeout_s) if chain else None

    def over_packs(self, call: Callable[[Path], None], *, timeout_s: float = 60.0) -> None:
        """Call with the path of each pack, while nobody puts packs there or takes any away.

        What ``call`` leaves in its place holds the same, at the same places.
        """
        self._must_write()
        for name in pack_names(self._packs):
            with self._locked(timeout_s):
                path = self._packs / (name + PACK_SUFFIX)
                if path.is_file():
                    call(path)

    # Files out

    def open(self, digest: str, *, cancel: Cancel | None = None) -> Iterator[memoryview]:
        """The file's bytes in blocks of up to 8 MB, each proved before it is handed out.

        NotFound, Corrupt (naming the pack) or Cancelled may come at any
        block; once the last one is there the whole file is proved too.
        """
        self.supplied(digest)
        return self._open_reader().blocks(_key(digest), cancel=cancel)

    def read(self, digest: str, *, limit: int = _READ_LIMIT) -> bytes:
        """The file's bytes. LimitExceeded when it has more than ``limit``."""
        size = self.size(digest)
        if size > limit:
            raise LimitExceeded(
                f"file {digest} has {size} bytes, {limit} are allowed here",
                subject=digest,
                hint="restore it to a file",
            )
        return b"".join(self.open(digest))

    def restore(
        self,
        digest: str,
        to: Path,
        *,
        durable: bool = True,
        mode: int | None = None,
        exact: bool = False,
        told: Told | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Restoration:
        """Write the file to ``to``, which appears complete and proved or stays as it was.

        ``durable`` waits for the disk. ``mode`` are the permission bits; by
        default those of the file that is replaced, else 0o644. Raises
        NotFound, Corrupt (naming the pack), DiskFull, Cancelled. What comes
        back says whether the bytes are exact; with ``exact`` no others are
        written, Unavailable is raised instead. ``told`` is given the stat of the whole file just
        before it appears.
        """

        def write() -> Restoration:
            total, done, reader = self.size(digest), 0, self._open_reader()
            recipe = reader.recipe(_key(digest))
            bits = mode_for(to) if mode is None else mode
            with atomic_writer(to, durable=durable, mode=bits, told=told) as stream:
                if recipe.chain and not exact:
                    made = reader.unfold(_key(digest), recipe, cancel=cancel, into=stream)
                    if progress is not None:
                        progress(total, total)
                    return Restoration(not made.note, made.note)
                for block in self.open(digest, cancel=cancel):
                    stream.write(block)
                    done += len(block)
                    if progress is not None:
                        progress(min(done, total), total)
            return Restoration()

        try:
            self.supplied(digest)
            return self._mending(write)
        except OSError as exc:
            raise translate_os_error(exc, to) from exc

    # Care

    def verify(
        self,
        *,
        part: tuple[int, int] | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> VerifyReport:
        """Read every byte of the packs, or of part k of n of them (k from 1), and prove it.

        Damage is reported, not raised. Without ``part`` it also names files
        whose chunks are in no pack.
        """
        from audobon.storage.chunks.verify import verify

        def look() -> VerifyReport:
            reader = self._open_reader()
            return verify(
                self._packs, self._index, reader, part=part, progress=progress, cancel=cancel
            )

        try:
            return self._mending(look)
        except OSError as exc:
            raise translate_os_error(exc, self._packs) from exc

    def quarantine(self, pack: str, *, timeout_s: float = 10.0) -> tuple[str, ...]:
        """Set a damaged pack aside; its sound chunks and recipes move to a new pack.

        What was damaged counts as not there from now on, so storing the same
        files again heals it. Returns the digests of files that cannot be
        rebuilt until then. A sound pack is left alone. Takes the writer lock.
        """
        from audobon.storage.chunks.mend import salvage

        self._must_write()
        with self._locked(timeout_s):
            before = set(self._index.digests())
            self._refresh()
            if self._reader is not None:
                self._reader.forget()  # Windows moves no file that is open
            if salvage(self._packs, self.folder / "damaged", self._index, pack, self._files):
                self._rebuild()
            lost = before - set(self._index.digests())
        lost.update(self._index.digests(incomplete=True))
        return tuple(sorted(digest.hex() for digest in lost))

    def rebuild_index(self, *, timeout_s: float = 10.0) -> None:
        """Make the index anew from the packs. Takes the writer lock."""
        self._must_write()
        with self._locked(timeout_s):
            try:
                self._rebuild()
            except Corrupt:
                self._index.close()
                self._index = self._new_index()

    def mend_index(self) -> bool:
        """Make the index anew if its file is damaged; whether it was.

        Other calls do this when something is Corrupt; a writer's ``with`` block cannot.
        """
        writing = self._writer_lock is not None and self._writer_lock.held
        if self.read_only or writing or not self._index.is_damaged():
            return False
        with self._locked():
            self._new_index()
        return True

    # Within

    def _mending(self, call: Callable[[], _T]) -> _T:
        """``call``, and once more with a new index when the index turns out to be damaged."""
        try:
            return call()
        except Corrupt:
            if not self.mend_index():
                raise
            return call()

    def _must_write(self) -> None:
        if self.read_only:
            raise ReadOnly(
                f"the chunk store {self.folder} is open for reading only", subject=str(self.folder)
            )

    def _lock(self, timeout_s: float) -> FileLock:
        return FileLock(self.folder / "writer.lock", timeout_s=timeout_s)

    @contextmanager
    def _locked(self, timeout_s: float = 10.0) -> Iterator[None]:
        lock = self._lock(timeout_s)
        try:
            lock.acquire()
        except OSError as exc:
            raise translate_os_error(exc, lock.path) from exc
        try:
            yield
        finally:
            lock.release()

    def _open_reader(self) -> Reader:
        with self._making:
            if self._reader is None:
                from audobon.storage.chunks.reader import Reader

                self._reader = Reader(
                    *(self._packs, self._index),
                    spool=self._spool,
                    files=self._files,
                    small=self._small,
                )
            return self._reader

    def _spool(self, size: int) -> Path | None:
        """Where temporary files lie: not beside packs that are sealed, nor in a store that is only
        read."""
        if self._small.sealed:
            return self._small.working(size)
        return None if self.read_only else self.folder

    def _open_index(self) -> ChunkIndex:
        try:
            return self._ready_index()
        except Corrupt:
            with self._locked():
                try:  # another process may have made it anew while this one waited
                    return self._ready_index()
                except Corrupt:
                    return self._new_index()

    def _index_in(
        self, folder: Path, *, read_only: bool = False, immutable: bool = False
    ) -> ChunkIndex:
        return ChunkIndex(
            folder / "index.db", read_only=read_only, immutable=immutable, key=self._index_key
        )

    def _ready_index(self) -> ChunkIndex:
        self._index = self._index_in(self.folder)
        try:
            self._refresh()
        except BaseException:
            self._drop_reader()
            self._index.close()
            raise
        return self._index

    def _drop_reader(self) -> None:
        with self._making:
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _new_index(self) -> ChunkIndex:
        """Throw a damaged index file away. The packs hold all that was in it."""
        for suffix in ("", "-wal", "-shm"):
            path = self.folder / f"index.db{suffix}"
            try:
                path.unlink(missing_ok=True)
            except OSError as exc:  # Windows removes no file that another process has open
                raise translate_os_error(exc, path) from exc
        self._drop_reader()
        self._index = self._index_in(self.folder)
        self._rebuild()
        return self._index

    def _open_read_only(self) -> ChunkIndex:
        # Immutable is for a folder that cannot be written: SQLite makes a file there to lock.
        for immutable in (False, True):
            try:
                index = self._index_in(self.folder, read_only=True, immutable=immutable)
            except AudobonError:
                continue
            try:
                if index.packs().keys() == set(pack_names(self._packs)) - index.condemned():
                    return index
            except Corrupt:
                pass
            index.close()
        return self._private_index()

    def _private_index(self) -> ChunkIndex:
        self._private = Path(tempfile.mkdtemp(prefix="audobon-chunks-"))
        try:
            self._index = self._index_in(self._private)
            self._rebuild()
        except BaseException:
            shutil.rmtree(self._private, ignore_errors=True)
            raise
        return self._index

    def _refresh(self) -> None:
        """Take in packs that the index does not know yet; begin anew when some are gone."""
        # The index is read first: a pack is on the disk before it is in the
        # index, so one that is missing after that is really gone.
        known, condemned = self._index.packs().keys(), self._index.condemned()
        there = pack_names(self._packs)
        if known - set(there):
            self._rebuild()
        elif behind := [n for n in there if n not in known and n not in condemned]:
            found = [self._load(name) for name in behind]
            self._index.add(found)
            self._check(found)

    def _rebuild(self) -> None:
        if self._reader is not None:
            self._reader.forget()
        self._index.replace(self._load_all())
        self._index.check(self._index.digests(), self._open_reader().needed_ids)

    def _check(self, packs: Sequence[tuple[str, int, Sequence[Group], str]]) -> None:
        ids = b"".join(g.ids for _, _, groups, _ in packs for g in groups if g.kind == KIND_RECIPES)
        digests = [*split_ids(ids), *self._index.digests(incomplete=True)]
        self._index.check(digests, self._open_reader().needed_ids)

    def _load_all(self) -> Iterator[tuple[str, int, Sequence[Group], str]]:
        # Listed at the first step, inside the index's transaction: a pack that
        # another process publishes meanwhile is listed here or added after.
        condemned = self._index.condemned()
        for name in pack_names(self._packs):
            if name not in condemned:
                yield self._load(name)

    def _load(self, name: str) -> tuple[str, int, Sequence[Group], str]:
        from audobon.storage.chunks.packs import read_trailer

        path = self._packs / (name + PACK_SUFFIX)
        try:
            groups, size = read_trailer(path, self._files)
        except Corrupt as exc:
            return name, path.stat().st_size, (), str(exc)
        return name, size, groups, ""
