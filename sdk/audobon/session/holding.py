"""The lock on the file that a host has open: taken, renewed, and let go of."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, NotFound
from audobon.session.lane import Lane

if TYPE_CHECKING:
    from audobon.library import Library

__all__ = ["Keeper"]

LEASE = timedelta(minutes=30)
"""After a machine was switched off, others see the file as open for at most this long."""
_RENEW_S = 600.0
_AGAIN_S = 10.0
# Another's lock may be gone by then, and a file that was no asset may be one.


class Keeper:
    """Holds the lock on at most one file of a library, on a lane of its own.

    ``holding`` is told the id of the asset, empty when nothing is locked.
    Another's lock is no trouble: it is shown, and asked again from time to
    time.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        holding: Callable[[str], None],
        *,
        renew_s: float = _RENEW_S,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._library = library
        self._lane = lane
        self._holding = holding
        self._renew_s = renew_s
        self._again_s = again_s
        self._wanted = ("", "")
        self._held = ""

    def hold(self, path: str, program: str) -> None:
        """Lock the asset at ``path`` in place of another one, empty for none; cheap when it is."""
        if (path, program) != self._wanted:
            self._wanted = (path, program)
            self._lane.put(self._look, key="hold")

    def look(self) -> None:
        """Try at once what is not locked yet: the file may have become an asset."""
        if self._wanted[0] and not self._held:
            self._lane.put(self._look, key="hold")

    def release(self) -> None:
        """Let go; on the caller's thread, once the lane has ended."""
        held, self._held = self._held, ""
        if held:
            with contextlib.suppress(AudobonError, OSError):
                self._library.unlock(held)

    def _look(self) -> None:
        path, program = self._wanted
        try:
            wanted = self._library.get(path).id if path else ""
        except NotFound:
            wanted = ""
        if self._held not in ("", wanted):
            self.release()
        delay_s = self._again_s
        try:
            if wanted:
                self._library.lock(wanted, program=program, lease=LEASE)
                self._held, delay_s = wanted, self._renew_s
        except (AudobonError, OSError):
            self._held = ""  # the lock of another, or a disk that is away: asked again
        self._holding(self._held)
        if path and not self._lane.waits("hold"):
            self._lane.put(self._look, key="hold", delay_s=delay_s)
