"""What is inside the chosen scene: read by a worker as soon as it is chosen."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import evolve

from audobon.errors import AudobonError, Cancelled, NotFound
from audobon.session.lane import Lane
from audobon.session.state import Inside, problem_of

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["Looker"]


class Looker:
    """Looks into one scene at a time, on a lane of its own: the last one that was asked for."""

    def __init__(self, library: Library, lane: Lane, update: Callable[..., None]) -> None:
        self._library = library
        self._lane = lane
        self._update = update
        self._ended = threading.Event()

    def look(self, ident: str | None) -> None:
        """Look into an asset, or into none; returns at once."""
        self._update(inside=None)
        self._lane.put(lambda: self._look(ident), key="look")

    def end(self) -> None:
        """Have the look that is being taken stop soon."""
        self._ended.set()

    def _outdated(self) -> bool:
        return self._ended.is_set() or self._lane.waits("look")

    def _look(self, ident: str | None) -> None:
        if ident is None:
            return
        try:
            asset = self._library.get(ident)
            if asset.format != "blend" or asset.state != "present":
                return
            found = self._inside(ident, asset.file)
        except (NotFound, Cancelled):
            return
        if self._outdated():
            return
        self._update(inside=found)
        # Sizes take a look at all of a large file; nobody waits for them.
        with contextlib.suppress(AudobonError, OSError):
            offers = self._library.offers(ident, boxes=True, cancel=self._outdated)
            if not self._outdated():
                self._update(inside=evolve(found, offers=offers))

    def _inside(self, ident: str, path: str) -> Inside:
        # Before it is read: a file that changes meanwhile has another stamp afterwards.
        try:
            state = os.stat(path)
        except OSError as error:
            return Inside(ident, (0, 0), problem=problem_of(error))
        found = Inside(ident, (state.st_size, state.st_mtime_ns))
        try:
            offers = self._library.offers(ident, cancel=self._outdated)
            found = evolve(found, offers=offers)
            return evolve(found, check=self._library.scripts(ident, cancel=self._outdated))
        except Cancelled:
            raise
        except (AudobonError, OSError) as error:
            return evolve(found, problem=problem_of(error))
