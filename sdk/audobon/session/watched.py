"""Looks that go on for as long as somebody sees what they find."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from audobon.errors import AudobonError
from audobon.session.problem import problem_of

if TYPE_CHECKING:
    from audobon.session.lane import Lane
    from audobon.session.telling import Telling

__all__ = ["Watched"]

_WATCHED_S = 5.0
# A panel that was not drawn for so long is not seen by anybody.
_LOOK_S = 1.0
# What another program does is to be seen within two seconds.


class Watched(ABC):
    """Looks again and again on a lane, under ``key``, while it is watched.

    ``tell`` changes what is told; ``problem`` there is that of a look that failed.
    """

    def __init__(self, lane: Lane, key: str, tell: Telling) -> None:
        self.tell = tell
        self._lane, self._key = lane, key
        self._until = 0.0
        self._turn = 0
        """Another one for each look that was asked for, whatever has changed."""

    def watch(self) -> None:
        """Somebody looks: go on looking for a while. Cheap."""
        fresh = time.monotonic() > self._until
        self._until = time.monotonic() + _WATCHED_S
        if fresh:
            self.look()

    def look(self) -> None:
        """Look anew, whatever has changed, if anybody has looked yet."""
        if self._until:
            self._turn += 1  # one that is under way may have seen half of what has changed
            self._lane.put(self._look, key=self._key)

    @abstractmethod
    def read(self) -> None:
        """Look on the thread that calls, which is the lane's, and tell."""

    def _look(self) -> None:
        try:
            self.read()
        except (AudobonError, OSError) as error:
            self.tell(known=True, problem=problem_of(error))
        if time.monotonic() < self._until:
            self._lane.put(self._look, key=self._key, delay_s=_LOOK_S)
