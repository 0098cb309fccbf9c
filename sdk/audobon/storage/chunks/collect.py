"""Mark and sweep: what nobody needs any more leaves the packs, after a grace period.

Mark: a file is *wanted* when the caller says so; then the recipe that counts
and the chunks that it names are. Sweep: packs without anything that is needed
go, packs with enough garbage are written anew without it, small ones are
gathered. What is found unneeded is noted with the time, and goes when it has
been so for the whole grace period and still is.

Order: the notes of what goes are dropped first, so that the same bytes,
stored again after a crash, begin a new time; then new packs, durable and
named; then the index, in one transaction; then the old packs. A kill in
between leaves garbage, never a lack. The caller holds the writer lock, so
that no writer counts on a chunk that is about to go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import define, field, frozen

from audobon.errors import Cancelled, Corrupt
from audobon.storage.chunks.garbage import Garbage
from audobon.storage.chunks.index import ChunkIndex, pack_names
from audobon.storage.chunks.layout import (
    KIND_CHUNKS,
    PACK_SUFFIX,
    TEMP_SUFFIX,
    Group,
)
from audobon.storage.chunks.model import Cancel, Progress, Swept
from audobon.storage.chunks.packs import read_trailer
from audobon.storage.chunks.reader import Reader
from audobon.storage.chunks.rewriting import SMALL, Rewriting, proved
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["Collector"]

# Below a tenth, what a rewrite reads and writes is ten times what it frees.
_SHARE = 0.1
# Small packs, of which a few hundred slow the opening of a store; eight do not.
_MANY = 8


@define
class _Pack:
    """What of one pack is needed; in bytes as they are stored, by proportion."""

    name: str
    size: int
    needed: float = 0.0
    """By wanted files and by those whose grace is not over."""
    garbage: bool = False
    """Whether anything in it is not needed by wanted files."""
    expired: bool = False
    """Whether it has the recipe of a file that goes."""


@frozen(slots=True)
class _Marked:
    """``wanted`` and ``graced`` are chunk ids; the digests are those of files."""

    wanted: set[bytes]
    graced: set[bytes]
    kept: set[bytes]
    expired: set[bytes]
    noted: dict[bytes, float]


@define
class Collector:
    """One run over a store; ``now`` and ``grace_s`` are in seconds."""

    folder: Path
    index: ChunkIndex
    reader: Reader
    now: float
    grace_s: float
    progress: Progress | None = None
    cancel: Cancel | None = None
    _done: int = 0
    _total: int = 0
    _live: set[bytes] = field(factory=set)
    _kept: set[bytes] = field(factory=set)

    @property
    def _packs(self) -> Path:
        return self.folder / "packs"

    def run(self, wanted: Iterable[bytes], *, dry_run: bool) -> Swept:
        """Collect what neither ``wanted`` files (sha256) nor the grace period keeps.

        Corrupt, with nothing changed, when a recipe that counts cannot be
        read: then nobody knows what is needed.
        """
        noted = Garbage.load(self.folder, self.reader.small)
        before = self.index.totals()
        marked = self._mark(set(wanted), noted.files)
        self._live, self._kept = marked.wanted | marked.graced, marked.kept
        packs = self._measure(marked)
        since = {
            pack.name: min(noted.packs.get(pack.name, self.now), self.now)
            for pack in packs
            if pack.garbage
        }
        going = [pack for pack in packs if self._goes(pack, since)]
        going += _small([pack for pack in packs if pack not in going and self._rests(pack, since)])
        after = int(sum(pack.size for pack in packs if pack not in going))
        after += int(sum(pack.needed for pack in going))
        waiting = len(marked.noted) - len(marked.expired)
        if not dry_run:
            self._stop()
            self._clear()
            for digest in marked.expired:
                del marked.noted[digest]
            Garbage(marked.noted, since).save(self.folder, self.reader.small)
            if going or marked.expired:
                self._sweep(going, marked.expired, since, marked.noted)
            after = self.index.totals()[4]
        return Swept(
            files=len(marked.expired),
            waiting=waiting,
            packs=len(going),
            bytes_before=before[4],
            bytes_after=after,
        )

    # Mark

    def _mark(self, wanted: set[bytes], noted: dict[bytes, float]) -> _Marked:
        dead: dict[bytes, float] = {}
        expired: set[bytes] = set()
        kept: set[bytes] = set()
        needed: tuple[set[bytes], set[bytes]] = (set(), set())
        for number, digest in enumerate(self.index.digests()):
            if number % 1000 == 0:
                self._stop()
            if digest not in wanted:
                since = dead[digest] = min(noted.get(digest, self.now), self.now)
                if self.now - since >= self.grace_s:
                    expired.add(digest)
                    continue
            kept.add(digest)
            needed[digest not in wanted].update(self._chunks(digest))
        return _Marked(needed[0], needed[1] - needed[0], kept, expired, dead)

    def _chunks(self, digest: bytes) -> list[bytes]:
        ids = self.reader.needed_ids(digest)
        if ids is None:
            raise Corrupt(
                f"the recipe of file {digest.hex()} cannot be read, so nothing is collected",
                subject=digest.hex(),
                hint="'audobon verify' names the damage, 'audobon doctor --repair' mends it",
            )
        return ids

    def _measure(self, marked: _Marked) -> list[_Pack]:
        """Every sound pack with how much of it is needed."""
        packs = {
            name: _Pack(name, size) for name, (size, refused) in self.index.packs().items()
            if not refused
        }  # fmt: skip
        needed: defaultdict[int, int] = defaultdict(int)
        wanted: defaultdict[int, int] = defaultdict(int)
        gone: set[int] = set()
        for kind, group, item, length in self.index.items():
            if kind == KIND_CHUNKS:
                in_use = item in marked.wanted
                needed[group] += length if in_use or item in marked.graced else 0
            else:
                in_use = item in marked.kept and item not in marked.noted
                needed[group] += length if item in marked.kept else 0
                if item in marked.expired:
                    gone.add(group)
            wanted[group] += length if in_use else 0
        for place in self.index.all_groups():
            pack = packs.get(place.pack)
            if pack is not None:
                pack.needed += place.stored * needed[place.no] / max(1, place.raw)
                pack.garbage |= wanted[place.no] < place.raw
                pack.expired |= place.no in gone
        return list(packs.values())

    def _goes(self, pack: _Pack, since: dict[str, float]) -> bool:
        if pack.expired:
            return True  # a recipe that stays behind would come back when the index is rebuilt
        old = pack.garbage and self.now - since[pack.name] >= self.grace_s
        return old and 1 - pack.needed / pack.size >= _SHARE

    def _rests(self, pack: _Pack, since: dict[str, float]) -> bool:
        """Whether a pack has no garbage whose grace period is still to run."""
        return not pack.garbage or self.now - since[pack.name] >= self.grace_s

    # Sweep

    def _sweep(
        self,
        going: Sequence[_Pack],
        expired: set[bytes],
        since: dict[str, float],
        noted: dict[bytes, float],
    ) -> None:
        self._total = sum(pack.size for pack in going)
        rewriting = Rewriting(self._packs, self.reader.files)
        try:
            for pack in going:
                self._stop()
                if pack.needed:
                    self._copy(pack.name, rewriting)
                self._done += pack.size
                if self.progress is not None:
                    self.progress(self._done, self._total)
            rewriting.finish()
            new = rewriting.publish()
        finally:
            rewriting.discard()
        names = {pack.name for pack in new}
        old = [pack.name for pack in going if pack.name not in names]
        self.index.exchange(
            [(pack.name, pack.size, pack.groups, "") for pack in new], old, sorted(expired)
        )
        self.reader.forget()  # Windows removes no file that is open
        self._unlink(old)
        # What was garbage in an old pack and still waits has waited in it.
        oldest = min((since[name] for name in old if name in since), default=self.now)
        kept = {name: at for name, at in since.items() if name not in old}
        kept.update(dict.fromkeys(names, oldest))
        Garbage(noted, kept).save(self.folder, self.reader.small)

    def _clear(self) -> None:
        """What dead writers left, and notes of old packs that are really gone."""
        for left in self._packs.glob("*" + TEMP_SUFFIX):
            left.unlink(missing_ok=True)
        self.index.pardon(self.index.condemned() - set(pack_names(self._packs)))

    def _unlink(self, names: Sequence[str]) -> None:
        for name in {*names, *self.index.condemned()}:
            # A file that somebody has open on Windows stays; the next run takes it.
            with suppress(OSError):
                (self._packs / (name + PACK_SUFFIX)).unlink(missing_ok=True)
        sync_folder(self._packs)

    def _copy(self, name: str, rewriting: Rewriting) -> None:
        """Copy what is needed of a pack; every byte of it is proved on the way."""
        path = self._packs / (name + PACK_SUFFIX)
        groups, _ = read_trailer(path, self.reader.files)
        homes = {place.number: place.no for place in self.index.groups_of(name)}
        try:
            with self.reader.files.open(path) as file:
                for number, group in enumerate(groups):
                    live = self._living(group, homes.get(number))
                    if live:
                        rewriting.take(group, proved(file, group, name), live)
        except OSError as exc:
            raise translate_os_error(exc, path) from exc

    def _living(self, group: Group, no: int | None) -> list[int]:
        """The numbers of the items of a group that are needed and that live here by the index."""
        chunks = group.kind == KIND_CHUNKS
        needed = self._live if chunks else self._kept
        items = [(at, item) for at, (item, _, _) in enumerate(group.items()) if item in needed]
        if chunks:
            places, _ = self.index.locate([item for _, item in items])
            return [at for at, item in items if item in places and places[item].group == no]
        homes = {item: self.index.recipe(item) for _, item in items}
        return [at for at, item in items if (home := homes[item]) and home.group.no == no]

    def _stop(self) -> None:
        if self.cancel is not None and self.cancel():
            raise Cancelled("collecting was cancelled; nothing was removed")


def _small(packs: Sequence[_Pack]) -> list[_Pack]:
    """Small packs, once there are many."""
    small = [pack for pack in packs if pack.size < SMALL]
    return small if len(small) >= _MANY else []
