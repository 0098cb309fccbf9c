"""What a fetching would ask a depot for, group by group, before it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from attrs import define, field

from audobon.errors import Cancelled
from audobon.services.depot.depot import Depot
from audobon.services.depot.fetching import AT_ONCE
from audobon.services.depot.tasks import never
from audobon.storage.chunks.lists import needed_ids

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore

__all__ = ["FetchPlan"]


@define
class FetchPlan:
    """What :func:`fetch` would bring of files that are added here one call after the other.

    ``chunks`` of None is a store that has nothing. ``size`` is that of the groups in bytes, as
    fetch counts them, ``reads`` the sizes of the requests for them. What was added before counts
    as fetched. The lists of what files are made of are read from the depot for it.
    """

    depot: Depot
    chunks: ChunkStore | None
    files: int = 0
    size: int = 0
    reads: list[int] = field(factory=list)
    lacking: set[str] = field(factory=set)
    _known: set[str] = field(factory=set)
    _planned: set[tuple[str, int]] = field(factory=set)

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of some files that are neither here nor planned."""
        wanted = frozenset(digests) - self._known
        return wanted if self.chunks is None else self.chunks.missing(wanted)

    def add(self, digests: Iterable[str], *, cancel: Callable[[], bool] = never) -> None:
        """Plan files too; the depot's contents are refreshed before. Corrupt as fetch, Cancelled.

        In the order in which fetch asks, so that as many lists are read as it reads.
        """
        ids: dict[bytes, None] = {}
        if self.chunks is not None:
            self.depot.contents.near = self.chunks.parts
        for digest in sorted(self.missing(digests)):
            if cancel():
                raise Cancelled("the estimate was cancelled")
            recipe = self.depot.contents.recipe(digest)
            if recipe is None:
                self.lacking.add(digest)
                continue
            self._known.add(digest)
            self.lacking.discard(digest)
            self.files += 1
            ids.update(dict.fromkeys(needed_ids(recipe)))
            if len(ids) >= AT_ONCE:
                self._take(ids)
                ids = {}
        self._take(ids)

    def _take(self, ids: dict[bytes, None]) -> None:
        absent = set(ids) if self.chunks is None else self.chunks.absent(ids)
        spots = self.depot.contents.spots(list(absent)) if absent else {}
        new = [spot for place, spot in spots.items() if place not in self._planned]
        self._planned.update(spots)
        self.size += sum(spot.group.stored for spot in new)
        self.reads += [span.end - span.start for span in self.depot.contents.spans(new)]
