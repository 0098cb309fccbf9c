"""Files that leave the store for good: their recipes, and the chunks that no other file has.

Unlike a collection it waits for nothing and leaves no garbage: every pack that holds a recipe of
such a file, or a chunk that no kept file is made of, is written anew without it. So what was left
of an older way of storing the file goes as well. Order and promises are those of ``collect``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import define, frozen

from audobon.errors import AudobonError, Corrupt
from audobon.storage.chunks.collect import Collector
from audobon.storage.chunks.garbage import Garbage
from audobon.storage.chunks.index import ChunkIndex, pack_names
from audobon.storage.chunks.layout import (
    KIND_CHUNKS,
    KIND_RECIPES,
    PACK_SUFFIX,
    Group,
    decode_recipe,
)
from audobon.storage.chunks.lists import needed_ids, split_ids
from audobon.storage.chunks.packfiles import PLAIN, PackFiles
from audobon.storage.chunks.packs import decode_group, read_trailer
from audobon.storage.chunks.reader import Reader
from audobon.storage.chunks.rewriting import proved

__all__ = ["Eraser", "Owned", "PackView", "items", "owned", "unpacked"]

_SAMPLES = 32
_SAMPLE = 48
"""Bytes of a sample: by chance the same nowhere else, and short enough to lie within one page."""


@frozen(slots=True)
class Owned:
    """What only some files have in the store: chunk ids, and pieces of their bytes to look for."""

    chunks: frozenset[bytes]
    samples: tuple[bytes, ...]


@define
class Eraser(Collector):
    """One run over a store; the caller holds the writer lock."""

    def erase(self, digests: Collection[bytes]) -> int:
        """Let go of files for good; how many packs were removed or written anew. Corrupt."""
        self._clear()
        self._unlink(())  # what a run that was killed had written anew, and not removed yet
        noted = Garbage.load(self.folder, self.reader.small)
        going = set(digests)
        marked = self._mark(set(self.index.digests()) - going, {})
        self._live, self._kept = marked.wanted, marked.kept
        packs = [
            pack
            for pack in self._measure(marked)
            if pack.garbage or pack.expired or self._has_recipe(pack.name, going)
        ]
        files = {digest: at for digest, at in noted.files.items() if digest not in going}
        Garbage(files, noted.packs).save(self.folder, self.reader.small)
        if packs or marked.expired:
            self._sweep(packs, marked.expired, dict(noted.packs), files)
        self.index.pardon(self.index.condemned() - set(pack_names(self._packs)))
        self.index.vacuum()
        return len(packs)

    def _has_recipe(self, pack: str, digests: set[bytes]) -> bool:
        groups, _ = read_trailer(self._packs / (pack + PACK_SUFFIX), self.reader.files)
        return any(
            item in digests
            for group in groups
            if group.kind == KIND_RECIPES
            for item, _, _ in group.items()
        )


def owned(store: Collector, digests: Collection[bytes]) -> Owned:
    """What only these files have, by every recipe of them that lies in some pack."""
    mine: set[bytes] = set()
    for name in pack_names(store.folder / "packs"):
        for digest, data in _recipes(store, name, set(digests)):
            mine.update(_ids(store, digest, data))
    for digest in store.index.digests():
        if not mine:
            break
        if digest not in digests:
            mine.difference_update(store.reader.needed_ids(digest) or ())
    return Owned(frozenset(mine), tuple(_samples(store, sorted(mine))))


def _ids(store: Collector, digest: bytes, record: bytes) -> list[bytes]:
    found = decode_recipe(record)
    try:
        return needed_ids(store.reader.filled(found, digest))
    except Corrupt:
        # An older way of storing the file, whose list was let go of already.
        return split_ids(found.parts)


def _recipes(store: Collector, name: str, digests: set[bytes]) -> Iterator[tuple[bytes, bytes]]:
    path, files = store.folder / "packs" / (name + PACK_SUFFIX), store.reader.files
    try:
        groups, _ = read_trailer(path, files)
    except AudobonError:
        return  # refused by the index too; what becomes of it is told by the proof
    with files.open(path) as file:
        for group in groups:
            found = [
                (item, start, length)
                for item, start, length in group.items()
                if group.kind == KIND_RECIPES and item in digests
            ]
            if found:
                data = decode_group(group.codec, proved(file, group, path.name), group.raw)
                for item, start, length in found:
                    yield item, data[start : start + length]


def _samples(store: Collector, ids: Sequence[bytes]) -> Iterator[bytes]:
    step = max(1, len(ids) // _SAMPLES)
    places, groups = store.index.locate(ids[::step][:_SAMPLES])
    for place in places.values():
        group = groups[place.group]
        path = store.folder / "packs" / (group.pack + PACK_SUFFIX)
        with store.reader.files.open(path) as file:
            plain = Group(
                *(group.kind, group.codec, group.offset, group.stored, group.raw),
                *(group.checksum, b"", ()),
            )
            data = decode_group(group.codec, proved(file, plain, group.pack), group.raw)
        chunk = data[place.start : place.start + place.length]
        middle = max(0, (len(chunk) - _SAMPLE) // 2)
        sample = chunk[middle : middle + _SAMPLE]
        if len(sample) >= _SAMPLE // 2 and len(set(sample)) >= 8:  # zeros are everywhere
            yield sample


@frozen(slots=True)
class PackView:
    """One pack by itself, wherever it came from; ``files`` opens it."""

    path: Path
    files: PackFiles = PLAIN

    def items(self) -> Iterator[tuple[bytes, bytes, bool]]:
        """Id and bytes of every item, and whether it is a chunk. Corrupt."""
        groups, _ = read_trailer(self.path, self.files)
        with self.files.open(self.path) as file:
            for group in groups:
                data = decode_group(group.codec, proved(file, group, self.path.name), group.raw)
                for item, start, length in group.items():
                    yield item, data[start : start + length], group.kind == KIND_CHUNKS


def items(folder: Path, index: ChunkIndex, files: PackFiles) -> Iterator[tuple[str, bytes]]:
    """See ``Collecting.items``."""
    for name in pack_names(folder / "packs"):
        with suppress(AudobonError):
            groups, _ = read_trailer(folder / "packs" / (name + PACK_SUFFIX), files)
            for group in groups:
                yield from ((f"chunks, pack {name}", item) for item, _, _ in group.items())
    yield from (("chunks, index", item) for _, _, item, _ in index.items())


def unpacked(folder: Path, index: ChunkIndex, reader: Reader) -> Iterator[tuple[str, bytes, bool]]:
    """See ``Collecting.unpacked``."""
    recipes = set(index.digests())
    needed = {item for digest in recipes for item in reader.needed_ids(digest) or ()}
    for name in pack_names(folder / "packs"):
        path = folder / "packs" / (name + PACK_SUFFIX)
        where = f"chunks, pack {name}"
        try:
            groups, _ = read_trailer(path, reader.files)
        except AudobonError:
            yield where, path.read_bytes(), False
            continue
        with reader.files.open(path) as file:
            for group in groups:
                data = decode_group(group.codec, proved(file, group, name), group.raw)
                wanted = needed if group.kind == KIND_CHUNKS else recipes
                for item, start, length in group.items():
                    yield where, data[start : start + length], item in wanted
