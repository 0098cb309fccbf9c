"""What the chosen asset uses and who uses it: on the lane that looks into files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, Cancelled, NotFound
from audobon.session.lane import Lane
from audobon.session.state import Linked, State, problem_of

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["LinkLooker"]

_AGAIN_S = 1.0  # while files of the library are being looked into


class LinkLooker:
    """Tells ``state.linked`` of one asset at a time: the last one that was asked for."""

    def __init__(
        self, library: Library, lane: Lane, update: Callable[..., None], state: Callable[[], State]
    ) -> None:
        self._library = library
        self._lane = lane
        self._update = update
        self._state = state
        self._clock = -1
        self._lock = threading.Lock()
        self._wanted: str | None = None
        self._seen: str | None = None

    def look(self, ident: str | None) -> None:
        """Look who uses an asset and what it uses, or let go of it; returns at once."""
        with self._lock:
            # The state tells a moment later that it is the chosen one.
            self._wanted, self._seen = ident, self._chosen
        before = self._state().linked
        if before is not None and before.ident != ident:
            self._update(linked=None)
        self._lane.put(self._look, key="links")

    def follow(self, clock: int) -> None:
        """Look again once the library's clock is another one."""
        chosen = self._chosen
        if clock != self._clock and chosen is not None:
            with self._lock:
                if chosen != self._seen:  # else what was asked for since is still on its way
                    self._wanted = self._seen = chosen
            self._lane.put(self._look, key="links")
        self._clock = clock

    @property
    def _chosen(self) -> str | None:
        chosen = self._state().chosen
        return None if chosen is None else chosen.asset.id

    def _look(self) -> None:
        ident = self._wanted
        if ident is None:
            self._update(linked=None)
            return
        try:
            found = Linked(ident, self._library.links(ident))
        except (NotFound, Cancelled):
            return
        except (AudobonError, OSError) as error:
            found = Linked(ident, problem=problem_of(error))
        if self._lane.waits("links"):
            return
        self._update(linked=found)
        if found.links.unread and not self._library.read_only:
            self._lane.put(lambda: self._again(ident), key="links again", delay_s=_AGAIN_S)

    def _again(self, ident: str) -> None:
        now = self._state().linked
        if now is not None and now.ident == ident == self._wanted:
            self._look()
