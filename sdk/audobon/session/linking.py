"""What the chosen asset uses and who uses it: on the lane that looks into files."""

from __future__ import annotations

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

    def look(self, ident: str | None) -> None:
        """Look who uses an asset and what it uses, or let go of it; returns at once."""
        before = self._state().linked
        if before is not None and before.ident != ident:
            self._update(linked=None)
        self._lane.put(lambda: self._look(ident), key="links")

    def follow(self, clock: int) -> None:
        """Look again once the library's clock is another one."""
        chosen = self._state().chosen
        if clock != self._clock and chosen is not None:
            self.look(chosen.asset.id)
        self._clock = clock

    def _look(self, ident: str | None) -> None:
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
        if now is not None and now.ident == ident:
            self.look(ident)
