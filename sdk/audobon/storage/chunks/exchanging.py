"""The part of the store that gives bytes to another place and takes some from it.

What is given are packs like those of the store, made of groups as they lie here; what is taken
are groups as another place has them, proved chunk by chunk, and recipes proved by the sha256 of
the file that they make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from audobon.errors import Corrupt, NotFound
from audobon.storage.chunks.collecting import digest_key
from audobon.storage.chunks.index import ChunkIndex
from audobon.storage.chunks.layout import Group, Recipe
from audobon.storage.chunks.model import Cancel
from audobon.storage.chunks.packfiles import PackFiles
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.storage.chunks.parcels import Parcels
    from audobon.storage.chunks.reader import Reader
    from audobon.storage.chunks.taking import Taker

__all__ = ["Exchanging"]

_T = TypeVar("_T")
_TRIES = 3
# A collector rewrites packs while groups are copied out of them; it does not do so three times
# within one batch.


class Exchanging:
    """Part of :class:`ChunkStore`."""

    folder: Path
    _packs: Path
    _index: ChunkIndex
    _files: PackFiles
    _writer_lock: FileLock | None
    supply: Callable[[str], bool] | None = None
    """Asked for a file that is not here before it counts as not there; whether it came."""

    if TYPE_CHECKING:

        def has(self, digest: str) -> bool: ...

        def _must_write(self) -> None: ...
        def _refresh(self) -> None: ...
        def _open_reader(self) -> Reader: ...
        def _lock(self, timeout_s: float) -> FileLock: ...
        def _mending(self, call: Callable[[], _T]) -> _T: ...

    def supplied(self, digest: str) -> bool:
        """Whether a file is here, now that whoever supplies files was asked for it."""
        return self.has(digest) or (self.supply is not None and self.supply(digest))

    def recipe(self, digest: str) -> tuple[Recipe, int]:
        """What a file is made of, and the rank of that. NotFound, Corrupt."""
        key = digest_key(digest)

        def look() -> tuple[Recipe, int]:
            rank = self._index.rank(key)
            if rank is None:
                raise NotFound(f"the chunk store has no file {digest}", subject=digest)
            return self._open_reader().recipe(key), rank

        return self._mending(look)

    def parts(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """The parts of lists that are here, of these ids, each proved. Corrupt."""
        return self._mending(lambda: self._open_reader().parts(ids))

    def absent(self, ids: Iterable[bytes]) -> set[bytes]:
        """Those of some chunk ids that are not here."""
        wanted = list(dict.fromkeys(ids))
        return set(wanted) - self._mending(lambda: self._index.known(wanted))

    def weigh(self, wanted: Iterable[bytes]) -> int:
        """About how many bytes :meth:`give` would make of these chunks; no pack is read."""
        return sum(
            group.stored if whole else round(group.stored * part)
            for group, whole, part in self._shares(wanted)
        )

    def give(self, wanted: Iterable[bytes], parcels: Parcels) -> Iterator[None]:
        """Put the groups that hold these chunks into ``parcels``, step by step.

        A group of which at least half is wanted goes as it lies here, without
        being compressed again; of another only what is wanted. Each is proved
        first: Corrupt, naming the pack.
        """
        from audobon.storage.chunks.packs import hash_id, read_trailer

        left = set(wanted)
        for attempt in range(_TRIES):
            places = self._by_pack(left)
            try:
                for pack, numbers in places.items():
                    path = self._packs / f"{pack}.pack"
                    groups, _ = read_trailer(path, self._files)
                    with self._files.open(path) as file:
                        for number, ids in sorted(numbers.items()):
                            group = groups[number]
                            file.seek(group.offset)
                            stored = file.read(group.stored)
                            if hash_id(stored) != group.checksum:
                                raise Corrupt(
                                    f"pack {pack} is damaged: group {number}",
                                    subject=pack,
                                    hint="'audobon doctor --repair' sets it aside",
                                )
                            parcels.take(group, stored, _live(group, ids))
                            left -= ids
                            yield
                return
            except (FileNotFoundError, NotFound):
                if attempt == _TRIES - 1:
                    raise

    def _by_pack(self, wanted: set[bytes]) -> dict[str, dict[int, set[bytes]]]:
        """Pack to number of group to ids, for chunks that are here; Corrupt where one is not."""
        found: dict[str, dict[int, set[bytes]]] = {}
        places, groups = self._mending(lambda: self._index.locate(list(wanted)))
        if missing := wanted - places.keys():
            raise Corrupt(
                f"{len(missing)} chunks are not in the store, {min(missing).hex()} first",
                hint="'audobon verify' names the files that need them",
            )
        for item, place in places.items():
            group = groups[place.group]
            found.setdefault(group.pack, {}).setdefault(group.number, set()).add(item)
        return found

    def _shares(self, wanted: Iterable[bytes]) -> Iterator[tuple[Group, bool, float]]:
        ids = list(dict.fromkeys(wanted))
        places, groups = self._mending(lambda: self._index.locate(ids))
        taken: dict[int, int] = {}
        for place in places.values():
            taken[place.group] = taken.get(place.group, 0) + place.length
        for number, size in taken.items():
            place_of = groups[number]
            part = min(1.0, size / max(place_of.raw, 1))
            group = Group(
                *(place_of.kind, place_of.codec, place_of.offset, place_of.stored, place_of.raw),
                *(place_of.checksum, b"", ()),
            )
            yield group, part >= _WORTH, part

    def taker(self, *, timeout_s: float = 10.0, direct: bool = False) -> Taker:
        """A writer that takes groups in as other places have them, for one ``with`` block.

        ``direct`` where nobody reads them soon.
        """
        from audobon.storage.chunks.taking import Taker

        self._must_write()
        self._writer_lock = self._lock(timeout_s)
        taker = Taker(
            self._packs,
            self._index,
            self._open_reader(),
            lock=self._writer_lock,
            refresh=self._refresh,
        )
        if direct:
            taker.pass_cache()
        return taker

    def prove(
        self,
        digest: str,
        recipe: Recipe,
        *,
        into: IO[bytes] | None = None,
        cancel: Cancel | None = None,
    ) -> str:
        """Make a file of a recipe that the store does not have yet; throw it away, or keep it.

        Its chunks are here. Corrupt when it is not the file with this sha256: nobody may
        use what is in ``into`` then.
        Returns the note of a restore: the name of a compressor that is missing
        here, in which case only the chunks could be proved.
        """
        key = digest_key(digest)
        reader = self._open_reader()
        if recipe.chain:
            unfolded = reader.unfold(key, recipe, cancel=cancel, into=into)
            if into is None:
                unfolded.file.close()
            return unfolded.note
        for block in reader.proved(recipe, key, cancel):
            if into is not None:
                into.write(block)
        return ""


_WORTH = 0.5
"""From this part of a group on it is copied whole: compressing the rest anew would cost more time
than the bytes beside it cost to send, and a whole group compresses better."""


def _live(group: Group, ids: set[bytes]) -> Sequence[int]:
    numbers = [at for at, (item, _, _) in enumerate(group.items()) if item in ids]
    size = sum(group.lengths[at] for at in numbers)
    return range(len(group.lengths)) if size >= group.raw * _WORTH else numbers
