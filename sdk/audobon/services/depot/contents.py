"""Which chunks a depot has, and groups of them out of it.

The trailers of its packs lie in it as objects of their own, named by their
BLAKE3 as the packs are: nobody has to read packs to know what is in them, and
no trailer can lie. They are kept here too, in an index like the store's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.errors import AudobonError, Corrupt, NotFound
from audobon.services.depot import keys
from audobon.services.depot.tasks import in_turn, never
from audobon.storage.chunks import layout
from audobon.storage.chunks.groups import Groups
from audobon.storage.chunks.index import ChunkIndex, ChunkPlace, GroupPlace
from audobon.storage.chunks.layout import (
    PACK_SUFFIX,
    Group,
    Recipe,
    decode_recipe,
    decode_trailer,
)
from audobon.storage.chunks.lists import filled, read_parts
from audobon.storage.objects.base import ObjectStore
from audobon.system.files import translate_os_error
from audobon.system.smallfiles import PLAIN, SmallFiles

if TYPE_CHECKING:
    from audobon.storage.sqlite import Key

__all__ = ["Contents", "Span", "Spot", "told"]

_GAP = 64 << 10
"""Bytes between two groups that are read along rather than asked for apart."""
_SPAN = 8 << 20
"""Bytes that are asked for at once."""
_RAW = 8 << 20
"""What they may be when they are decompressed, but for one group."""


@frozen(slots=True)
class Spot:
    """A group where it lies."""

    pack: str
    group: Group


@frozen(slots=True)
class Span:
    """Groups that are read by one request."""

    pack: str
    groups: tuple[Group, ...]

    @property
    def start(self) -> int:
        return self.groups[0].offset

    @property
    def end(self) -> int:
        return self.groups[-1].offset + self.groups[-1].stored


def told(folder: Path, digests: Iterable[str], *, key: Key | None = None) -> set[str]:
    """Those of some files that a place had whole when ``folder`` was last made current."""
    try:
        index = ChunkIndex(folder / "index.db", read_only=True, key=key)
    except AudobonError:
        return set()
    try:
        found = index.whole([bytes.fromhex(digest) for digest in digests])
        return {digest.hex() for digest in found}
    except Corrupt:
        return set()
    finally:
        index.close()


class Contents:
    """The index of a depot's packs, in ``folder``; derived. One thread at a time.

    ``files`` reads and writes trailers there, and the index lies under ``key``.
    """

    def __init__(
        self,
        store: ObjectStore,
        folder: Path,
        files: SmallFiles = PLAIN,
        key: Key | None = None,
    ) -> None:
        self._store = store
        self._folder, self._files, self._key = folder, files, key
        self._trailers = folder / "trailers"
        try:
            self._trailers.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise translate_os_error(exc, folder) from exc
        self._index = self._open()
        self._held = Groups()  # of recipes and lists: files of one version have theirs in a few
        self.near: Callable[[Sequence[bytes]], Mapping[bytes, bytes]] | None = None
        """Gives the parts of lists that need not be asked for, proved by their ids."""
        self.broken: frozenset[str] = frozenset()
        """Packs that are told of and not there, or not whole; known after :meth:`refresh`."""

    def close(self) -> None:
        self._index.close()

    def _open(self) -> ChunkIndex:
        path = self._folder / "index.db"
        try:
            return ChunkIndex(path, key=self._key)
        except Corrupt:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            return ChunkIndex(path, key=self._key)

    # What is there

    def refresh(self, *, cancel: Callable[[], bool] = never) -> None:
        """Look which packs are there now. Corrupt, naming it, for a trailer that is not its name.

        A pack counts when its trailer is told of and it has the size that this says.
        """
        sizes = {
            stat.key.removeprefix(keys.PACKS).removesuffix(PACK_SUFFIX): stat.size
            for stat in self._store.list(keys.PACKS)
        }
        told = [stat.key.removeprefix(keys.INDEX) for stat in self._store.list(keys.INDEX)]
        known = self._index.packs()
        wanted = [name for name in told if name not in known and name in sizes]
        loaded = list(in_turn(self._load, ((n, sizes[n]) for n in wanted), cancel=cancel))
        sound = {name for name in told if known.get(name, (-1, ""))[0] == sizes.get(name, -2)}
        sound.update(name for name, _, groups, _ in loaded if groups)
        self.broken = frozenset(set(told) - sound)
        new = [item for item in loaded if item[2]]
        if known.keys() - sound:
            # Another pack may have the same chunks: that is known of trailers alone.
            kept = [self._load((name, sizes[name])) for name in sorted(known.keys() & sound)]
            self._index.replace([*kept, *new])
            self._index.check(list(self._index.digests()), self._needed_ids)
        elif new:
            self._index.add(new)
            self._index.check(list(self._index.digests(incomplete=True)), self._needed_ids)

    def add(self, name: str, size: int, trailer: bytes, groups: Sequence[Group]) -> None:
        """Know of a pack that was put there just now."""
        self._keep(name, trailer)
        self._index.add([(name, size, groups, "")])
        if lacking := list(self._index.digests(incomplete=True)):
            self._index.check(lacking, self._needed_ids)

    def whole(self, digests: Iterable[str]) -> set[str]:
        """Those of some files that it has with all their chunks."""
        found = self._index.whole([bytes.fromhex(digest) for digest in digests])
        return {digest.hex() for digest in found}

    def known(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of some chunks that it has."""
        return self._index.known(ids)

    def rank(self, digest: str) -> int | None:
        """The rank of a file's recipe, None when it has none."""
        return self._index.rank(bytes.fromhex(digest))

    def size(self, digest: str) -> int | None:
        """The size of a file that has a recipe there, None when it has none."""
        return self._index.size(bytes.fromhex(digest))

    def in_order(self, digests: Iterable[str]) -> list[str]:
        """Some files in the order in which they were stored, as far as that is known."""
        places = self._index.places([bytes.fromhex(digest) for digest in digests])
        known = {digest: places.get(bytes.fromhex(digest), ("", 0, 0)) for digest in digests}
        return sorted(known, key=lambda digest: (known[digest], digest))

    def home(self, digest: str) -> str | None:
        """The pack with the recipe of a file, None where there is none."""
        place = self._index.recipe(bytes.fromhex(digest))
        return None if place is None else place.group.pack

    def packs(self) -> dict[str, int]:
        """The sound packs by name, with their sizes in bytes."""
        return {name: size for name, (size, _) in self._index.packs().items()}

    def groups(self, pack: str) -> Sequence[Group]:
        """What is in a pack that :meth:`packs` names."""
        return self._groups(pack)

    def spots(self, ids: Sequence[bytes]) -> dict[tuple[str, int], Spot]:
        """The groups in which chunks lie, by pack and number. Corrupt where one is nowhere."""
        groups = self._locate(ids)[1]
        homes = {place.pack for place in groups.values()}
        trailers = {pack: self._groups(pack) for pack in homes}
        return {
            place.key: Spot(place.pack, trailers[place.pack][place.number])
            for place in groups.values()
        }

    def _locate(
        self, ids: Sequence[bytes]
    ) -> tuple[Mapping[bytes, ChunkPlace], Mapping[int, GroupPlace]]:
        places, groups = self._index.locate(ids)
        if missing := set(ids) - places.keys():
            packs = f"; the packs {', '.join(sorted(self.broken)[:3])} are lost" * bool(self.broken)
            raise Corrupt(
                f"{self._store.url} lacks {len(missing)} chunks of what it says it has, "
                f"{min(missing).hex()} first{packs}",
                subject=self._store.url,
                hint="push from a library that has the files",
            )
        return places, groups

    def packs_with(self, ids: Sequence[bytes]) -> set[str]:
        """The packs in which chunks lie, of those that are there."""
        return {place.pack for place in self._index.locate(ids)[1].values()}

    # Bytes out of it

    def recipe(self, digest: str) -> Recipe | None:
        """What a file is made of, None where there is no recipe. Corrupt, naming the pack."""
        place = self._index.recipe(bytes.fromhex(digest))
        if place is None:
            return None
        data = self._group(place.group)
        try:
            record = decode_recipe(data[place.start : place.start + place.length])
            if record.size != place.size:
                raise Corrupt("it has another size")
        except Corrupt as exc:
            raise self._damaged(place.group.pack, f"the recipe of {digest}: {exc}") from exc
        return filled(record, self._parts, digest)

    def spans(self, spots: Iterable[Spot]) -> Iterator[Span]:
        """Groups in runs that are worth one request each."""
        run: list[Group] = []
        pack, raw = "", 0
        for spot in sorted(spots, key=lambda one: (one.pack, one.group.offset)):
            group = spot.group
            near = bool(run) and spot.pack == pack
            near = near and group.offset - run[-1].offset - run[-1].stored <= _GAP
            near = near and group.offset + group.stored - run[0].offset <= _SPAN
            if run and not (near and raw + group.raw <= _RAW):
                yield Span(pack, tuple(run))
                run, raw = [], 0
            pack, raw = spot.pack, raw + group.raw
            run.append(group)
        if run:
            yield Span(pack, tuple(run))

    def read(self, span: Span) -> list[tuple[Group, bytes]]:
        """The groups of a span as they are stored, each proved with all its chunks. See below."""
        return [(group, stored) for group, stored, _ in self.unpacked(span)]

    def unpacked(self, span: Span) -> list[tuple[Group, bytes, bytes]]:
        """The same, and decompressed.

        May be called in any thread. Corrupt, naming the pack and the group.
        """
        from audobon.storage.chunks.taking import prove_group

        found = []
        whole = memoryview(self._bytes(span.pack, span.start, span.end))
        for group in span.groups:
            start = group.offset - span.start
            stored = bytes(whole[start : start + group.stored])
            try:
                data = prove_group(group, stored)
            except Corrupt as exc:
                raise self._damaged(span.pack, f"at byte {group.offset}: {exc}") from exc
            found.append((group, stored, data))
        return found

    # Within

    def _bytes(self, pack: str, start: int, end: int) -> bytes:
        try:
            return self._store.get(keys.pack_keys(pack)[0], start, end)
        except NotFound as exc:
            raise self._damaged(pack, "it is gone") from exc

    def _parts(self, ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """The parts of a list. Each edit left its own in another pack, so the groups of those that
        are not ``near`` are read beside each other. Corrupt where one is nowhere."""
        found: dict[bytes, bytes] = {}
        if self.near is not None:
            with suppress(AudobonError):  # what is damaged here is asked for there
                found.update(self.near(ids))
        places, groups = self._locate([item for item in ids if item not in found])
        lacking = [group for group in groups.values() if group.key not in self._held]
        if len(lacking) > 1:
            for group, data in zip(lacking, in_turn(self._decoded, lacking), strict=True):
                self._held.put(group.key, data)
        return found | read_parts(places, groups, self._group)

    def _group(self, group: GroupPlace) -> bytes:
        data = self._held.get(group.key)
        if data is None:
            data = self._decoded(group)
            self._held.put(group.key, data)
        return data

    def _decoded(self, group: GroupPlace) -> bytes:
        """Any thread. Corrupt, naming the pack."""
        from audobon.storage.chunks.packs import decode_group, hash_id

        stored = self._bytes(group.pack, group.offset, group.offset + group.stored)
        if hash_id(stored) != group.checksum:
            raise self._damaged(group.pack, f"at byte {group.offset}: its bytes are changed")
        try:
            return decode_group(group.codec, stored, group.raw)
        except Corrupt as exc:
            raise self._damaged(group.pack, f"at byte {group.offset}: {exc}") from exc

    def _needed_ids(self, digest: bytes) -> list[bytes] | None:
        from audobon.storage.chunks.lists import needed_ids

        try:
            recipe = self.recipe(digest.hex())
        except Corrupt:
            return None
        return None if recipe is None else needed_ids(recipe)

    def _groups(self, pack: str) -> Sequence[Group]:
        packs = self._index.packs()
        return self._load((pack, packs[pack][0]))[2]

    def _load(self, wanted: tuple[str, int]) -> tuple[str, int, Sequence[Group], str]:
        """A pack as the index takes it; without groups where its size is not that of its trailer.

        Any thread.
        """
        from audobon.storage.chunks.packs import hash_id

        name, size = wanted
        try:
            trailer = self._files.read(self._trailers / self._files.name(name))
        except (OSError, AudobonError):
            trailer = b""
        if hash_id(trailer).hex() != name:
            key = keys.INDEX + name
            trailer = self._store.get(key)
            if hash_id(trailer).hex() != name:
                raise Corrupt(
                    f"{self._store.url}/{key} has other bytes than its name says",
                    subject=f"{self._store.url}/{key}",
                )
            self._keep(name, trailer)
        end = size - layout.FOOTER.size - len(trailer)
        try:
            return name, size, decode_trailer(trailer, end=end), ""
        except Corrupt as exc:
            return name, size, (), str(exc)

    def _keep(self, name: str, trailer: bytes) -> None:
        try:
            kept = self._trailers / self._files.name(name)
            self._files.write(kept, trailer, durable=False)
        except AudobonError:
            return  # it is asked for again
        except OSError as exc:
            raise translate_os_error(exc, self._trailers) from exc

    def _damaged(self, pack: str, what: str) -> Corrupt:
        return Corrupt(
            f"pack {pack} in {self._store.url} is damaged: {what}",
            subject=f"{self._store.url}/{keys.pack_keys(pack)[0]}",
            hint="push from a library that has the files, or fetch them from another remote",
        )
