"""Files out of a depot into a chunk store: whole groups, nothing taken in that is not proved.

A group is proved by its checksum and each chunk in it by its id before it is written;
a recipe by making the whole file once and asking its sha256 before it counts. So a
depot that lies can hold a file back, and never give another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from audobon.errors import Cancelled, Corrupt
from audobon.services.depot.contents import Span
from audobon.services.depot.depot import Depot
from audobon.services.depot.tasks import in_turn, never
from audobon.storage.chunks.exchanging import chunk_ids
from audobon.storage.chunks.layout import Group, Recipe

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore

__all__ = ["AT_ONCE", "Fetched", "Prove", "fetch", "weight"]

AT_ONCE = 1 << 14
"""Chunks of the files that are fetched together, about 1 GB: what is cut off costs less."""
_BUFFER = 32 << 20
"""Bytes in memory until they are written as a pack."""
_LOCK_S = 120.0

Progress = Callable[[int, int], None]
Prove = Callable[[str, Recipe], None]


@frozen(slots=True)
class Fetched:
    """What was fetched; ``lacking`` files the depot does not have."""

    files: int
    bytes: int
    lacking: tuple[str, ...] = ()


@define
class _Batch:
    recipes: dict[str, Recipe] = field(factory=dict)
    ids: dict[bytes, None] = field(factory=dict)


def weight(depot: Depot, digests: Iterable[str]) -> int:
    """The sizes of these files together, as far as the depot has them."""
    return sum(depot.contents.size(digest) or 0 for digest in digests)


def fetch(
    depot: Depot,
    chunks: ChunkStore,
    digests: Iterable[str],
    *,
    prove: Prove | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = never,
) -> Fetched:
    """Have the store hold these files, as far as the depot does.

    What it has already is not asked for. The depot's contents are refreshed
    before. ``prove`` is called in several threads, instead of making each file and throwing it
    away: it makes the file of a recipe whose chunks are here, and raises Corrupt when it is
    another one. ``progress`` counts bytes of files. Raises Corrupt, naming the object,
    for whatever is not what it should be; what was proved before stays.
    """
    wanted = sorted(chunks.missing(digests))
    fetching = _Fetching(depot, chunks, weight(depot, wanted), prove, progress, cancel)
    lacking: list[str] = []
    batch = _Batch()
    for digest in wanted:
        if cancel():
            raise Cancelled("fetching was cancelled; what is here stays")
        recipe = depot.contents.recipe(digest)
        if recipe is None:
            lacking.append(digest)
            continue
        batch.recipes[digest] = recipe
        batch.ids.update(dict.fromkeys(chunk_ids(recipe)))
        if len(batch.ids) >= AT_ONCE:
            fetching.batch(batch)
            batch = _Batch()
    if batch.recipes:
        fetching.batch(batch)
    return Fetched(fetching.files, fetching.moved, tuple(lacking))


@define
class _Fetching:
    depot: Depot
    chunks: ChunkStore
    total: int
    prove: Prove | None
    progress: Progress | None
    cancel: Callable[[], bool]
    files: int = 0
    moved: int = 0
    done: int = 0

    def batch(self, batch: _Batch) -> None:
        absent = self.chunks.absent(batch.ids)
        spots = self.depot.contents.spots(list(absent)) if absent else {}
        raw = sum(spot.group.raw for spot in spots.values()) or 1
        size = sum(recipe.size for recipe in batch.recipes.values())
        groups: list[tuple[Group, bytes]] = []
        held = seen = 0
        for read in in_turn(
            self._read, self.depot.contents.spans(spots.values()), cancel=self.cancel
        ):
            for group, stored in read:
                groups.append((group, stored))
                held += len(stored)
                seen += group.raw
            if held >= _BUFFER:
                self._keep(groups)
                groups, held = [], 0
            self._tell(self.done + size * seen // raw)
        self._keep(groups)
        self._prove(batch.recipes)
        self.done += size
        self.files += len(batch.recipes)
        self._tell(self.done)

    def _read(self, span: Span) -> list[tuple[Group, bytes]]:
        return self.depot.contents.read(span)

    def _keep(self, groups: list[tuple[Group, bytes]]) -> None:
        """Durable when it returns."""
        if groups:
            with self.chunks.taker(timeout_s=_LOCK_S) as taker:
                for group, stored in groups:
                    taker.take_group(group, stored)
            self.moved += sum(len(stored) for _, stored in groups)

    def _prove(self, recipes: dict[str, Recipe]) -> None:
        if self.prove is None:
            for item in recipes.items():
                self._proved(item, self._make)
        else:
            prove = self.prove
            for _ in in_turn(lambda item: self._proved(item, prove), recipes.items()):
                pass
        if recipes:
            with self.chunks.taker(timeout_s=_LOCK_S) as taker:
                for digest, recipe in recipes.items():
                    taker.take_recipe(digest, recipe)

    def _make(self, digest: str, recipe: Recipe) -> None:
        self.chunks.prove(digest, recipe, cancel=self.cancel)

    def _proved(self, item: tuple[str, Recipe], prove: Prove) -> None:
        try:
            prove(*item)
        except Corrupt as exc:
            raise Corrupt(
                f"{self.depot.url} says of another file that it is {item[0]}: {exc}",
                subject=self.depot.url,
            ) from exc

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            self.progress(min(done, self.total), self.total)
