"""Bytes of files into a depot: only what it lacks, compressed groups as they lie here.

Packs first, each with its trailer right after; chunks before the recipes that name
them. Cut off anywhere, the next call finds what is there and sends the rest.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from audobon.errors import Cancelled
from audobon.services.depot.depot import Depot
from audobon.services.depot.tasks import in_turn, never
from audobon.storage.chunks.layout import Recipe, encode_recipe
from audobon.storage.chunks.lists import needed_ids
from audobon.system.files import translate_os_error

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore
    from audobon.storage.chunks.parcels import Parcel, Parcels

__all__ = ["Estimate", "Progress", "Sent", "estimate", "send"]

_AT_ONCE = 1 << 17
"""Chunks whose places are held in memory: some 9 GB of files for 30 MB."""
_AHEAD = 4
"""Packs of 32 MB on the local disk that are on their way."""

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@frozen(slots=True)
class Estimate:
    """What a sending would send: files and about how many bytes.

    ``lacking`` files are neither here nor there.
    """

    files: int
    bytes: int
    lacking: tuple[str, ...] = ()


@frozen(slots=True)
class Sent:
    """What was sent. ``bytes`` are those of packs and trailers."""

    files: int
    bytes: int
    packs: int
    lacking: tuple[str, ...] = ()


@define
class _Batch:
    """Files whose chunks are sent together."""

    recipes: dict[str, tuple[Recipe, int]] = field(factory=dict)
    ids: dict[bytes, None] = field(factory=dict)


def estimate(
    depot: Depot, chunks: ChunkStore, digests: Iterable[str], *, cancel: Callable[[], bool] = never
) -> Estimate:
    """What :func:`send` would do. The depot's contents are refreshed before."""
    lacking: list[str] = []
    files = size = 0
    for batch in _batches(depot, chunks, digests, lacking, cancel):
        files += len(batch.recipes)
        known = depot.contents.known(list(batch.ids))
        size += chunks.weigh(item for item in batch.ids if item not in known)
        size += sum(_record(recipe) for recipe, _ in batch.recipes.values())
    return Estimate(files, size, tuple(lacking))


def send(
    depot: Depot,
    chunks: ChunkStore,
    digests: Iterable[str],
    *,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = never,
) -> Sent:
    """Have the depot hold every chunk that is needed to restore these files.

    When this returns all is durable there. Files that are whole neither here nor
    there are told as ``lacking``. The depot's contents are refreshed before. Raises
    Corrupt (a pack here is damaged; nothing of it is sent), Cancelled, and what
    the store raises.
    """
    wanted = list(dict.fromkeys(digests))
    total = 0 if progress is None else estimate(depot, chunks, wanted, cancel=cancel).bytes
    sending = _Sending(depot, chunks, total, progress, cancel)
    lacking: list[str] = []
    for batch in _batches(depot, chunks, wanted, lacking, cancel):
        sending.batch(batch)
    return Sent(sending.files, sending.moved, sending.packs, tuple(lacking))


def _batches(
    depot: Depot,
    chunks: ChunkStore,
    digests: Iterable[str],
    lacking: list[str],
    cancel: Callable[[], bool],
) -> Iterator[_Batch]:
    wanted = list(dict.fromkeys(digests))
    depot.contents.near = chunks.parts
    there = depot.contents.whole(wanted)
    batch = _Batch()
    for digest in wanted:
        if digest in there:
            continue
        if cancel():
            raise Cancelled("sending was cancelled; what is there stays")
        if not chunks.has(digest):
            lacking.append(digest)
            continue
        recipe, rank = chunks.recipe(digest)
        known = depot.contents.rank(digest)
        if known is not None:  # there, but of chunks that were lost: this one is to count
            rank = max(rank, known + 1)
        batch.recipes[digest] = recipe, rank
        batch.ids.update(dict.fromkeys(needed_ids(recipe)))
        if len(batch.ids) >= _AT_ONCE:
            yield batch
            batch = _Batch()
    if batch.recipes:
        yield batch


def _record(recipe: Recipe) -> int:
    """About how many bytes it takes to say what a file is made of."""
    return len(recipe.parts) or 36 * len(recipe.lengths)


@define
class _Sending:
    depot: Depot
    chunks: ChunkStore
    total: int
    progress: Progress | None
    cancel: Callable[[], bool]
    files: int = 0
    moved: int = 0
    packs: int = 0

    def batch(self, batch: _Batch) -> None:
        ids = list(batch.ids)
        known = self.depot.contents.known(ids)
        lacks = [item for item in ids if item not in known]
        folder = self._folder()
        try:
            from audobon.storage.chunks.parcels import Parcels

            parcels = Parcels(folder)
            try:
                self._put(self._filled(parcels, lacks))
                for digest, (recipe, rank) in batch.recipes.items():
                    record = encode_recipe(recipe)
                    parcels.recipe(bytes.fromhex(digest), record, size=recipe.size, rank=rank)
                self._put(parcels.last())
            finally:
                parcels.discard()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.files += len(batch.recipes)

    def _filled(self, parcels: Parcels, lacks: list[bytes]) -> Iterator[Parcel]:
        for _ in self.chunks.give(lacks, parcels):
            yield from parcels.finished()

    def _put(self, parcels: Iterable[Parcel]) -> None:
        """All of these are there when it returns."""
        for parcel in in_turn(self._upload, parcels, cancel=self.cancel, ahead=_AHEAD):
            self.depot.contents.add(parcel.name, parcel.size, parcel.trailer, parcel.groups)
            self.moved += parcel.size + len(parcel.trailer)
            self.packs += 1
            if self.progress is not None:
                self.progress(min(self.moved, self.total), self.total)

    def _upload(self, parcel: Parcel) -> Parcel:
        self.depot.put_pack(parcel)
        return parcel

    def _folder(self) -> Path:
        try:
            return Path(tempfile.mkdtemp(prefix="sending-", dir=self.depot.workplace))
        except OSError as exc:
            raise translate_os_error(exc, self.depot.folder) from exc
