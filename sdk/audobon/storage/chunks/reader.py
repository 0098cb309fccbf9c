"""Files out of the store: every group proved by BLAKE3 as it is stored, every file by sha256.

That a chunk is what its id says is asked of damaged groups, whose other chunks
may be sound, and when a file comes out wrong: a hash of 64 KiB is done in 10
microseconds, and the thread then waits up to 5 milliseconds for its turn where
another one runs Python.

Each group is fetched whole and decompressed once for all the chunks that a
file takes from it, while the file is written front to back. A version is a
mixture of runs from a few earlier ones, each in the order in which it was
stored, so the few groups that are open at once fit a small cache.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from audobon.errors import AudobonError, Cancelled, Corrupt, NotFound, Unavailable, Unsupported
from audobon.storage.chunks.groups import Groups
from audobon.storage.chunks.index import ChunkIndex, GroupPlace
from audobon.storage.chunks.layout import ID_SIZE, PACK_SUFFIX, Outline, Recipe, decode_recipe
from audobon.storage.chunks.lists import filled, needed_ids, read_parts, split_ids
from audobon.storage.chunks.model import Cancel
from audobon.storage.chunks.packfiles import PLAIN, PackFiles, Source
from audobon.storage.chunks.packs import decode_group, hash_id
from audobon.system import smallfiles
from audobon.system.files import translate_os_error
from audobon.system.smallfiles import SmallFiles

if TYPE_CHECKING:
    from audobon.storage.chunks.transforms.chain import Unfolded

__all__ = ["Reader"]

# Chunks looked up together: some 300 MB of file for about 1 MB of places.
_SPAN = 4096
_OPEN_PACKS = 16
_BLOCK = 1 << 20


class _Gone(Corrupt):
    """A pack that the index knew a moment ago is not there."""

    def __reduce__(self) -> tuple[object, ...]:
        return Corrupt(self.message, subject=self.subject, hint=self.hint).__reduce__()


class Reader:
    """Reads recipes and chunks of one store. Not for two threads at once.

    ``spool`` gives a folder for temporary files of so many bytes, None for the system's. ``files``
    opens packs, ``small`` reads and writes the notes beside them.
    """

    def __init__(
        self,
        packs: Path,
        index: ChunkIndex,
        *,
        spool: Callable[[int], Path | None] = lambda _: None,
        files: PackFiles = PLAIN,
        small: SmallFiles = smallfiles.PLAIN,
    ) -> None:
        self._folder = packs
        self.files, self.small = files, small
        self._spool = spool
        self._index = index
        self._open_files: dict[str, Source] = {}
        self._lock = threading.Lock()
        self._cache = Groups()
        self._doubted: set[tuple[str, int]] = set()
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        self.forget()

    def forget(self) -> None:
        """Let go of open packs and cached groups."""
        self._cache.clear()
        self._doubted.clear()
        with self._lock:
            for file in self._open_files.values():
                file.close()
            self._open_files.clear()

    def recipe(self, digest: bytes) -> Recipe:
        """The recipe of a file. NotFound when there is none, Corrupt when it is damaged."""
        try:
            return self._recipe(digest)
        except _Gone:
            return self._recipe(digest)  # its pack was collected meanwhile

    def _recipe(self, digest: bytes) -> Recipe:
        place = self._index.recipe(digest)
        if place is None:
            raise NotFound(
                f"the chunk store has no file {digest.hex()}",
                subject=digest.hex(),
                hint="fetch it from a remote or store it again",
            )
        group = place.group
        data = self._cache.get(group.key)
        if data is None:
            data = self._decode(group, self.stored(group), proved=False)
            self._cache.put(group.key, data)
        try:
            record = decode_recipe(data[place.start : place.start + place.length])
        except Corrupt as exc:
            raise _damaged(group, f"the recipe of {digest.hex()}: {exc}") from exc
        if record.size != place.size:
            raise _damaged(group, f"the recipe of {digest.hex()} has another size")
        return self.filled(record, digest)

    def filled(self, record: Recipe | Outline, digest: bytes) -> Recipe:
        """A recipe with its list, which may lie in chunks. Corrupt where one is lost or damaged."""
        return filled(record, self.parts, digest.hex())

    def parts(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """The parts of lists that are here, of these ids, each proved. Corrupt."""
        return read_parts(*self._index.locate(ids), self._group)

    def needed_ids(self, digest: bytes) -> list[bytes] | None:
        """The ids of all chunks that a file needs; None when its recipe cannot be read."""
        try:
            return needed_ids(self.recipe(digest))
        except AudobonError:
            return None

    def blocks(self, digest: bytes, *, cancel: Cancel | None = None) -> Iterator[memoryview]:
        """The file's bytes, front to back, in blocks of up to a group.

        Each block is proved; the last one is held back until the sha256 of
        the whole is proved too.
        """
        recipe = self.recipe(digest)
        if not recipe.chain:
            yield from self.proved(recipe, digest, cancel)
            return
        unfolded = self.unfold(digest, recipe, cancel=cancel)
        with unfolded.file as file:
            if unfolded.note:
                raise Unavailable(
                    f"the exact bytes of file {digest.hex()} cannot be made: {unfolded.note}",
                    subject=digest.hex(),
                    hint="restore it: what is in the file is all there, in other bytes",
                )
            while data := file.read(_BLOCK):
                yield memoryview(data)

    def unfold(
        self,
        digest: bytes,
        recipe: Recipe,
        *,
        cancel: Cancel | None,
        into: IO[bytes] | None = None,
    ) -> Unfolded:
        """The file that ``recipe``, which has transforms, stands for; proved, or with a note.

        It is written to ``into`` where that is given.
        """
        from audobon.storage.chunks.transforms.chain import unfold
        from audobon.storage.chunks.transforms.pointers import NAME
        from audobon.storage.chunks.transforms.spools import spool

        name = digest.hex()
        # What lies between two steps may be as long as what comes out of them.
        folder = self._spool(2 * recipe.size)
        with ExitStack() as stack:
            if into is not None and [step.name for step in recipe.chain] == [NAME]:
                stream = into  # undone where it lies: the disk is asked for no copy
            else:
                stream = stack.enter_context(spool(folder))
            self._spill(recipe, name, stream, cancel)
            try:
                unfolded = unfold(
                    *(stream, recipe.chain),
                    size=recipe.size,
                    folder=folder,
                    into=into,
                    spend=True,
                )
            except (Corrupt, Unavailable, Unsupported) as exc:
                if isinstance(exc, Corrupt):
                    self._blame(recipe, name)
                raise type(exc)(f"file {name}: {exc}", subject=name, hint=exc.hint) from exc
            if unfolded.file is stream:
                stack.pop_all()  # it is the caller's now
        if unfolded.note:
            # Whoever cannot tell by the sha256 needs to know that the stream is the right one.
            try:
                self._blame(recipe, name)
            except BaseException:
                unfolded.file.close()
                raise
        elif recipe.chain[0].params[:32] != digest:
            unfolded.file.close()
            raise Corrupt(f"the recipe of {name} is that of another file", subject=name)
        return unfolded

    def _spill(self, recipe: Recipe, name: str, stream: IO[bytes], cancel: Cancel | None) -> None:
        """Write the joined chunks, each while the next are decompressed and proved."""
        pending: Future[object] | None = None
        try:
            for block in self._join(recipe, name):
                _stop_if(cancel, name)
                if pending is not None:
                    pending.result()
                pending = self._beside(stream.write, block)
        except BaseException:
            if pending is not None:
                pending.exception()  # nobody may close the stream before
            raise
        if pending is not None:
            pending.result()

    def proved(self, recipe: Recipe, digest: bytes, cancel: Cancel | None) -> Iterator[memoryview]:
        """The joined chunks of a file without transforms."""
        sha256 = hashlib.sha256()
        pending: Future[object] | None = None
        held: memoryview | None = None
        for block in self._join(recipe, digest.hex()):
            _stop_if(cancel, digest.hex())
            if pending is not None:
                pending.result()
            pending = self._beside(sha256.update, block)
            if held is not None:
                yield held
            held = block
        if pending is not None:
            pending.result()
        if sha256.digest() != digest:
            self._blame(recipe, digest.hex())
            raise Corrupt(
                f"the chunks of file {digest.hex()} join to other bytes", subject=digest.hex()
            )
        if held is not None:
            yield held

    def _beside(
        self, call: Callable[[memoryview], object], block: memoryview
    ) -> Future[object] | None:
        """Call in the other thread, one after the other; a small block at once and here."""
        if len(block) < 1 << 18:  # not worth a hop
            call(block)
            return None
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="audobon-bytes")
        return self._pool.submit(call, block)

    def _blame(self, recipe: Recipe, name: str) -> None:
        """Corrupt, naming the pack, when one of the chunks is not what its id says."""
        self._cache.clear()
        for _ in self._join(recipe, name, each=True):
            pass

    def _join(self, recipe: Recipe, name: str, *, each: bool = False) -> Iterator[memoryview]:
        """The chunks of a file, joined where they lie beside each other; with ``each`` proved."""
        ids = recipe.ids
        for first in range(0, len(recipe.lengths), _SPAN):
            count = min(_SPAN, len(recipe.lengths) - first)
            span = split_ids(ids[first * ID_SIZE : (first + count) * ID_SIZE])
            yield from self._join_span(span, recipe.lengths[first : first + count], name, each)

    def _join_span(
        self, span: list[bytes], lengths: Iterable[int], name: str, each: bool
    ) -> Iterator[memoryview]:
        places, groups = self._index.locate(span)
        if missing := set(span) - places.keys():
            raise Corrupt(
                f"file {name} lacks {len(missing)} of its chunks, {min(missing).hex()} first",
                subject=name,
                hint="store the file again, or fetch it from a remote",
            )
        order = [places[item] for item in span]
        # A large file lets go of each group after its last chunk: memory that is
        # used again at once halves the time. Small files share their groups with
        # the next ones, so these stay.
        last_use = {place.group: at for at, place in enumerate(order)} if len(groups) > 2 else {}
        run: memoryview | None = None
        run_group, run_start, run_end = -1, 0, 0
        for at, (item, length) in enumerate(zip(span, lengths, strict=True)):
            place = order[at]
            try:
                data = self._group(groups[place.group])
            except _Gone:
                # Collected meanwhile: what is needed lies in another pack, under new numbers.
                if run is not None:
                    yield run[run_start:run_end]
                places, groups = self._index.locate(span)
                order = [places.get(one, place) for one in span]
                run, run_group, last_use, place = None, -1, {}, order[at]
                if place.group not in groups:
                    raise
                data = self._group(groups[place.group])
            end = place.start + place.length
            if place.length != length or (
                (each or groups[place.group].key in self._doubted)
                and hash_id(memoryview(data)[place.start : end]) != item
            ):
                raise _damaged(groups[place.group], f"chunk {item.hex()} of file {name}")
            if place.group == run_group and place.start == run_end:
                run_end = end
            else:
                if run is not None:
                    yield run[run_start:run_end]
                run, run_group, run_start, run_end = memoryview(data), place.group, place.start, end
            if last_use.get(place.group) == at:
                self._cache.drop(groups[place.group].key)
        if run is not None:
            yield run[run_start:run_end]

    def _group(self, group: GroupPlace) -> bytes:
        data = self._cache.get(group.key)
        if data is None:
            stored = self.stored(group)
            if hash_id(stored) != group.checksum:
                self._doubted.add(group.key)
            data = self._decode(group, stored, proved=True)
            self._cache.put(group.key, data)
        return data

    def _decode(self, group: GroupPlace, stored: bytes, *, proved: bool) -> bytes:
        if not proved and hash_id(stored) != group.checksum:
            raise _damaged(group, f"group {group.number}")
        try:
            return decode_group(group.codec, stored, group.raw)
        except Corrupt as exc:
            raise _damaged(group, f"group {group.number}: {exc}") from exc

    def stored(self, group: GroupPlace) -> bytes:
        """The bytes of a group as they lie in its pack, not proved."""
        path = self._folder / (group.pack + PACK_SUFFIX)
        try:
            with self._lock:
                file = self._open(path, group.pack)
                file.seek(group.offset)
                data = file.read(group.stored)
        except FileNotFoundError as exc:
            raise _Gone(
                f"pack {group.pack} is missing", subject=group.pack, hint="restore it from a copy"
            ) from exc
        except OSError as exc:
            raise translate_os_error(exc, path) from exc
        if len(data) != group.stored:
            raise _damaged(group, f"group {group.number}, cut off")
        return data

    def _open(self, path: Path, pack: str) -> Source:
        file = self._open_files.pop(pack, None)
        if file is None:
            file = self.files.open(path)
            if len(self._open_files) >= _OPEN_PACKS:
                with suppress(StopIteration):
                    self._open_files.pop(next(iter(self._open_files))).close()
        self._open_files[pack] = file
        return file


def _stop_if(cancel: Cancel | None, name: str) -> None:
    if cancel is not None and cancel():
        raise Cancelled(f"reading {name} is cancelled", subject=name)


def _damaged(group: GroupPlace, what: str) -> Corrupt:
    return Corrupt(
        f"pack {group.pack} is damaged: {what}",
        subject=group.pack,
        hint="'audobon doctor --repair' sets it aside and stores its files again from disk",
    )
