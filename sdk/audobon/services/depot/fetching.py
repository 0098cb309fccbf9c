"""Files out of a depot into a chunk store: whole groups, nothing taken in that is not proved.

A group is proved by its checksum and each chunk in it by its id before it is written;
a recipe by making the whole file once and asking its sha256 before it counts. So a
depot that lies can hold a file back, and never give another one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from attrs import define, field, frozen

from audobon.errors import Cancelled, Corrupt
from audobon.services.depot.contents import Span
from audobon.services.depot.depot import Depot
from audobon.services.depot.ordering import in_order
from audobon.services.depot.passing import Into, Passing
from audobon.services.depot.tasks import in_turn, never
from audobon.storage.chunks.layout import Group, Recipe
from audobon.storage.chunks.lists import needed_ids

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore

__all__ = ["AT_ONCE", "Fetched", "Prove", "fetch", "weight"]

AT_ONCE = 1 << 14
"""Chunks of the files that are fetched together, about 1 GB: what is cut off costs less."""
_BUFFER = 32 << 20
"""Bytes in memory until they are written as a pack."""
_LOCK_S = 120.0
_MAKING = 2
"""Reads, of some 8 MB decompressed each, that wait until files are made of them."""

Progress = Callable[[int, int], None]


class Prove(Protocol):
    """Makes files instead of only proving them. Called in several threads."""

    def __call__(self, digest: str, recipe: Recipe) -> None:
        """Make the file of a recipe whose chunks are here. Corrupt when it is another one."""

    def opened(self, digest: str) -> AbstractContextManager[Into | None]:
        """See :data:`~audobon.services.depot.passing.Opened`."""


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
    before. ``prove`` makes files instead of making each and throwing it away. ``progress``
    counts bytes of files. Raises Corrupt, naming the object, for whatever is not what it should
    be; what was proved before stays.
    """
    depot.contents.near = chunks.parts
    # As they were stored: then groups come in the order in which files are made of them.
    wanted = depot.contents.in_order(chunks.missing(digests))
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
        batch.ids.update(dict.fromkeys(needed_ids(recipe)))
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
        with self._passing(batch.recipes, absent) as passing:
            if absent:
                self._take(batch, absent, passing)
            made = passing.end()
        self._prove({name: one for name, one in batch.recipes.items() if name not in made})
        self._keep_recipes(batch.recipes)
        self.done += sum(recipe.size for recipe in batch.recipes.values())
        self.files += len(batch.recipes)
        self._tell(self.done)

    @contextmanager
    def _passing(self, recipes: dict[str, Recipe], absent: set[bytes]) -> Iterator[Passing]:
        opened = _nowhere if self.prove is None else self.prove.opened
        passing = Passing(recipes, absent, opened)
        try:
            yield passing
        finally:
            passing.end()

    def _take(self, batch: _Batch, absent: set[bytes], passing: Passing) -> None:
        """Groups into the store, and beside that into the files that are made of them."""
        spots = self.depot.contents.spots(list(absent))
        raw = sum(spot.group.raw for spot in spots.values()) or 1
        size = sum(recipe.size for recipe in batch.recipes.values())
        groups: list[tuple[Group, bytes]] = []
        making: deque[Future[None]] = deque()
        keeping: Future[None] | None = None
        held = seen = 0
        spans = in_order(self.depot.contents.spans(spots.values()), batch.recipes)
        # A disk that is waited for holds up neither what comes nor what is made of it.
        with (
            ThreadPoolExecutor(1, "audobon-making") as maker,
            ThreadPoolExecutor(1, "audobon-keeping") as keeper,
        ):
            for read in in_turn(self._read, spans, cancel=self.cancel):
                making.append(maker.submit(passing.take, [(one[0], one[2]) for one in read]))
                for group, stored, _ in read:
                    groups.append((group, stored))
                    held += len(stored)
                    seen += group.raw
                del read
                if held >= _BUFFER:
                    if keeping is not None:
                        keeping.result()
                    keeping = keeper.submit(self._keep, groups)
                    groups, held = [], 0
                while len(making) > _MAKING:
                    making.popleft().result()
                self._tell(self.done + size * seen // raw)
            if keeping is not None:
                keeping.result()
            self._keep(groups)
            while making:
                making.popleft().result()

    def _read(self, span: Span) -> list[tuple[Group, bytes, bytes]]:
        return self.depot.contents.unpacked(span)

    def _keep(self, groups: list[tuple[Group, bytes]]) -> None:
        """Durable when it returns."""
        if groups:
            # Who makes files of them as they come does not read them again.
            made = self.prove is not None
            with self.chunks.taker(timeout_s=_LOCK_S, direct=made) as taker:
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

    def _keep_recipes(self, recipes: dict[str, Recipe]) -> None:
        if recipes:
            with self.chunks.taker(timeout_s=_LOCK_S) as taker:
                for digest, recipe in recipes.items():
                    taker.take_recipe(digest, recipe)

    def _make(self, digest: str, recipe: Recipe) -> None:
        self.chunks.prove(digest, recipe, cancel=self.cancel)

    def _proved(self, item: tuple[str, Recipe], prove: Callable[[str, Recipe], None]) -> None:
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


def _nowhere(_: str) -> AbstractContextManager[None]:
    return nullcontext()
