"""Locks on the files that a host has open: taken, renewed, and let go of."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from audobon.errors import AudobonError, NotFound
from audobon.session.lane import Lane

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.lock import BrokenLock, Lock

__all__ = ["Keeper"]

LEASE = timedelta(minutes=30)
"""After a machine was switched off, others see the file as open for at most this long."""
_RENEW_S = 600.0
_SEE_S = 30.0
"""Whose lock is broken is told within this time, before they save over somebody's work."""
_AGAIN_S = 10.0
# Another's lock may be gone by then, and a file that was no asset may be one.


class Keeper:
    """Holds the locks on the open files of a library, on a lane of its own.

    ``holding`` is told the ids of the assets that are locked. Another's lock
    is no trouble: it is shown, and asked again from time to time. A lock that
    somebody has let go of, or broken, is not taken again until other files
    are open; ``lost`` is told of those that were broken.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        holding: Callable[[frozenset[str]], None],
        lost: Callable[[Sequence[BrokenLock]], None] = lambda _: None,
        *,
        renew_s: float = _RENEW_S,
        again_s: float = _AGAIN_S,
    ) -> None:
        self._library = library
        self._lane = lane
        self._holding = holding
        self._lost = lost
        self._renew_s = renew_s
        self._again_s = again_s
        self._wanted: tuple[tuple[str, ...], str] = ((), "")
        self._meant: tuple[tuple[str, ...], str] = ((), "")
        self._held: dict[str, float] = {}  # by id, when it was taken or renewed
        self._left: set[str] = set()

    def hold(self, paths: Sequence[str], program: str) -> None:
        """Lock the assets at these paths in place of others; cheap when it is so."""
        wanted = (tuple(sorted({path for path in paths if path})), program)
        if wanted != self._wanted:
            self._wanted = wanted
            self._lane.put(self._look, key="hold")

    def look(self) -> None:
        """Try at once what is not locked yet: a file may have become an asset."""
        if len(self._held) < len(self._wanted[0]):
            self._lane.put(self._look, key="hold")

    def release(self) -> None:
        """Let go of all; on the caller's thread, once the lane has ended."""
        self._let_go(set(self._held))

    def see(self, locks: Sequence[Lock]) -> None:
        """These are all locks there are: what is lacking of ours is not ours any more.

        On the lane.
        """
        gone = set(self._held) - {one.asset_id for one in locks if one.mine}
        if gone:
            self._left |= gone
            for ident in gone:
                del self._held[ident]
            self._holding(frozenset(self._held))
            if broken := [one for one in self._library.broken_locks() if one.asset_id in gone]:
                self._lost(broken)

    def _let_go(self, idents: set[str]) -> None:
        """What somebody has locked beyond the open file (``kept``) stays so."""
        for ident in idents:
            del self._held[ident]
        with contextlib.suppress(AudobonError, OSError):
            for one in self._library.locks() if idents else ():
                if one.asset_id in idents and one.mine and not one.kept:
                    self._library.unlock(one.asset_id)

    def _look(self) -> None:
        if self._wanted != self._meant:
            self._meant = self._wanted
            self._left.clear()
        paths, program = self._meant
        delay_s = self._again_s
        with contextlib.suppress(AudobonError, OSError):  # a disk that is away: all stays as it is
            wanted = {ident for path in paths if (ident := self._ident(path))}
            self._let_go(set(self._held) - wanted)
            if self._held:
                self.see(self._library.locks())
            for ident in wanted - self._left:
                self._lock(ident, program)
            if len(self._held) + len(self._left & wanted) == len(paths):
                delay_s = min(self._renew_s, _SEE_S)
        self._holding(frozenset(self._held))
        if paths and not self._lane.waits("hold"):
            self._lane.put(self._look, key="hold", delay_s=delay_s)

    def _ident(self, path: str) -> str:
        try:
            return self._library.get(path).id
        except NotFound:
            return ""  # no asset yet

    def _lock(self, ident: str, program: str) -> None:
        now = time.monotonic()
        if now - self._held.get(ident, -self._renew_s) < self._renew_s:
            return
        try:
            self._library.lock(ident, program=program, lease=LEASE)
            self._held[ident] = now
        except (AudobonError, OSError):
            self._held.pop(ident, None)  # the lock of another, or a disk that is away: asked again
