"""Packs to be given away: as the store's own, one after the other, in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from audobon.storage.chunks.layout import KIND_RECIPES, PACK_SUFFIX, Group
from audobon.storage.chunks.packfiles import PASSING
from audobon.storage.chunks.rewriting import Rewriting

__all__ = ["Parcel", "Parcels"]


@frozen(slots=True)
class Parcel:
    """A finished pack at ``path``, with what stands in its trailer."""

    name: str
    path: Path
    size: int
    trailer: bytes
    groups: tuple[Group, ...]


class Parcels(Rewriting):
    """Packs made of groups of a store and of recipes. They are not durable, as they only pass by
    on their way elsewhere; the folder belongs to the caller, who removes it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PASSING)

    def recipe(self, digest: bytes, record: bytes, *, size: int, rank: int) -> None:
        """Have a recipe stand behind the chunks that were taken so far."""
        self._loose[KIND_RECIPES].add(digest, record, (size, rank))

    def finished(self) -> Iterator[Parcel]:
        """The packs that are full; each is told once."""
        while self._series.sealed:
            pack = self._series.sealed.pop(0)
            pack.publish()
            path = self._series.folder / f"{pack.name}{PACK_SUFFIX}"
            yield Parcel(pack.name, path, pack.size, pack.trailer, pack.groups)

    def last(self) -> Iterator[Parcel]:
        """What is left: the rest of the chunks, then the recipes."""
        self.finish()
        yield from self.finished()
