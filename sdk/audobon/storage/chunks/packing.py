"""Chunks and recipes into new packs, in the order in which they may count.

Chunks of files are compressed in groups as they come. The lists of large files have groups of
their own: who asks what a file is made of reads no bytes of files with them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from audobon.errors import AudobonError
from audobon.storage.chunks import layout
from audobon.storage.chunks.index import ChunkIndex
from audobon.storage.chunks.layout import KIND_CHUNKS, KIND_RECIPES, Recipe
from audobon.storage.chunks.lists import LISTED, list_parts, split_ids
from audobon.storage.chunks.packs import Items, hash_id
from audobon.storage.chunks.reader import Reader
from audobon.storage.chunks.series import GROUP, Series

__all__ = ["Packing"]

# Ids held in memory until they are published, some 130 bytes each: 34 MB for
# about 20 GB of new bytes.
_PENDING = 1 << 18


class Packing:
    """Part of the :class:`Writer`, which holds the writer lock: what it keeps, and where."""

    def __init__(self, packs: Path, index: ChunkIndex, reader: Reader) -> None:
        self._folder = packs
        self._series = Series(packs, reader.files)
        self._index = index
        self._reader = reader
        self._chunks, self._lists, self._records = Items(), Items(), Items()
        self._noted: set[bytes] = set()  # the files of the records
        self._pending: set[bytes] = set()
        self._failed: AudobonError | None = None
        self.stored_bytes = 0
        """Bytes of the packs that this writer has published so far."""

    def pass_cache(self) -> None:
        """Write packs past the page cache from now on, as nobody reads them soon."""
        self._series.direct = True

    def _fresh(self, names: list[bytes]) -> set[bytes]:
        unseen = set(names) - self._pending
        return unseen - self._index.known(list(unseen))

    def _add_chunk(self, name: bytes, piece: memoryview) -> None:
        self._chunks.add(name, piece)
        self._pending.add(name)
        if len(self._chunks.data) >= GROUP:
            self._guard(self._close_chunks)

    def _note_recipe(self, digest: bytes, recipe: Recipe, rank: int) -> None:
        if digest in self._noted:
            return
        self._noted.add(digest)
        record = layout.encode_recipe(self._listed(recipe))
        self._records.add(digest, record, (recipe.size, rank))
        if len(self._records.data) >= GROUP:
            self._guard(self._close_records)

    def _listed(self, recipe: Recipe) -> Recipe:
        """The recipe as it is kept: a long list in parts, which are here or pending then."""
        if len(recipe.lengths) < LISTED:
            return evolve(recipe, parts=b"")
        if recipe.parts and not self._fresh(split_ids(recipe.parts)):
            return recipe  # as another place has it, and given with all that it needs
        parts = list(list_parts(recipe))
        names = [hash_id(part) for part in parts]
        fresh = self._fresh(names)
        for name, part in zip(names, parts, strict=True):
            if name in fresh:
                fresh.discard(name)
                self._lists.add(name, part)
                self._pending.add(name)
        if len(self._lists.data) >= GROUP:
            self._guard(self._close_lists)
        return evolve(recipe, parts=b"".join(names))

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except AudobonError as exc:
            self._failed = exc
            raise

    def _finish(self) -> None:
        """All that was added becomes durable and findable."""
        self._close_chunks()
        self._close_lists()
        self._close_records()
        self._series.seal()
        self._publish()

    def _close_chunks(self) -> None:
        self._chunks = self._close(KIND_CHUNKS, self._chunks)

    def _close_lists(self) -> None:
        self._lists = self._close(KIND_CHUNKS, self._lists)

    def _close_records(self) -> None:
        """Write the recipes, after every chunk that they name."""
        if self._noted:
            self._close_chunks()
            self._close_lists()
            self._records = self._close(KIND_RECIPES, self._records)
            self._noted.clear()

    def _close(self, kind: int, items: Items) -> Items:
        """Write a group; what the next one begins with."""
        if not items.lengths:
            return items
        items.into(self._series.open(), kind)
        self._seal_if_full()
        return Items()

    def _seal_if_full(self) -> None:
        if self._series.seal_if_full() and len(self._pending) >= _PENDING:
            self._publish()

    def _publish(self) -> None:
        """Packs in the order in which they were filled: a recipe never before its chunks."""
        if not self._series.sealed:
            return
        packs = self._series.publish()
        self._index.add((pack.name, pack.size, pack.groups, "") for pack in packs)
        self.stored_bytes += sum(pack.size for pack in packs)
        self._series.sealed.clear()
        self._pending.clear()
        if lacking := list(self._index.digests(incomplete=True)):
            self._index.check(lacking, self._reader.needed_ids)
