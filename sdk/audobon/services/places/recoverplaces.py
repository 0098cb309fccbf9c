"""Files that are fetched made in their places by the very reading that proves them."""

from __future__ import annotations

import contextlib
import os
import queue
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from attrs import define, field

from audobon.services.core.place import Place
from audobon.services.core.written import Written
from audobon.services.depot.passing import Into
from audobon.services.files.placing import with_parents
from audobon.system.directio import direct_writer
from audobon.system.files import atomic_writer, mode_for, translate_os_error

if TYPE_CHECKING:
    from audobon.storage.chunks import ChunkStore
    from audobon.storage.chunks.layout import Recipe

__all__ = ["InPlace", "in_place"]

_THREADS = 4
# As many as the processor has, at most: each holds groups of a file, some MB.


@define
class InPlace:
    """A proof of recipes that leaves the files at ``targets``, by digest. Called in any thread.

    A file appears there complete and proved, or not at all. Unless it is to be ``durable``, it is
    not waited for the disk: the bytes lie in the library's packs, durably, and in the place that
    they came from. With ``passing`` only those are made that can be while their bytes pass by; the
    others are proved and left to the caller, also where their places cannot be written.
    """

    targets: Mapping[str, Path]
    cancel: Callable[[], bool]
    _stores: queue.SimpleQueue[ChunkStore]
    passing: bool = False
    durable: bool = False
    written: Written | None = None
    """Where it is noted which files were made so."""
    arrived: Callable[[str], None] | None = None
    """Told the digest of each file that was made while it passed by, in any thread."""
    made: set[str] = field(factory=set)
    """The digests of files that were made while they passed by."""
    notes: dict[str, str] = field(factory=dict)
    """By digest, of files with the same payload in other bytes."""

    def __call__(self, digest: str, recipe: Recipe) -> None:
        """Raises Corrupt when the recipe makes another file; DiskFull, Cancelled."""
        chunks = self._stores.get()
        try:
            target = self.targets.get(digest)
            if self.passing or target is None or os.path.lexists(target):
                chunks.prove(digest, recipe, cancel=self.cancel)
                return
            with self._written(target) as stream:
                note = chunks.prove(digest, recipe, into=stream, cancel=self.cancel)
            if note:
                self.notes[digest] = note
        finally:
            self._stores.put(chunks)

    @contextlib.contextmanager
    def opened(self, digest: str) -> Iterator[Into | None]:
        """What a file is written to that is proved otherwise; it is there when the block ends."""
        target = self.targets.get(digest)
        if target is None or os.path.lexists(target):
            yield None
            return
        with self._told(target):
            mode, seen = mode_for(target), list[os.stat_result]()
            if self.durable:
                with direct_writer(target, mode=mode, told=seen.append) as direct:
                    yield direct
            else:
                with atomic_writer(target, durable=False, mode=mode, told=seen.append) as stream:
                    yield stream
        if self.written is not None:
            self.written.note(target, seen[-1], digest)
        self.made.add(digest)
        if self.arrived is not None:
            self.arrived(digest)

    @contextlib.contextmanager
    def _written(self, target: Path) -> Iterator[IO[bytes]]:
        with (
            self._told(target),
            atomic_writer(target, durable=self.durable, mode=mode_for(target)) as stream,
        ):
            yield stream

    @contextlib.contextmanager
    def _told(self, target: Path) -> Iterator[None]:
        with_parents(target.parent)
        try:
            yield
        except OSError as error:
            raise translate_os_error(error, target) from error


@contextlib.contextmanager
def in_place(
    place: Place,
    targets: Mapping[str, Path],
    cancel: Callable[[], bool],
    *,
    passing: bool = False,
    durable: bool = False,
    written: Written | None = None,
    arrived: Callable[[str], None] | None = None,
) -> Iterator[InPlace]:
    """With as many openings of the library's chunks as there are threads to use them."""
    from audobon.storage.chunks import ChunkStore

    stores: queue.SimpleQueue[ChunkStore] = queue.SimpleQueue()
    with contextlib.ExitStack() as stack:
        for _ in range(min(_THREADS, os.cpu_count() or 1)):
            opened = ChunkStore(
                place.chunks, index_key=place.key, files=place.packs, small=place.files
            )
            stores.put(stack.enter_context(opened))
        yield InPlace(targets, cancel, stores, passing, durable, written, arrived)
