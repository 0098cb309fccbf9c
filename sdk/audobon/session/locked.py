"""What is known of the locks of one open library, looked at while somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.words import one_line
from audobon.errors import NotFound
from audobon.session.problem import Problem
from audobon.session.telling import Telling
from audobon.session.watched import Watched

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.lock import Lock
    from audobon.session.holding import Keeper
    from audobon.session.lane import Lane

__all__ = ["NO_LOCKS", "LockLooker", "LockSeen", "LocksSeen"]

_MOST = 1000
"""Locks that are told: names of assets are asked for one by one, and nobody reads more."""


@frozen(slots=True)
class LockSeen:
    """A lock of the library, and the asset's name now.

    ``path`` is ``<root>/<path>`` as it was when it was locked; ``known`` says that the asset is
    in this library. ``text`` is as in "open on workstation-2 since 10:42 (Ada, Blender)". The
    rest is as in ``Lock``. No text has a sign in it that would not be shown.
    """

    ident: str
    name: str
    path: str
    author: str
    machine: str
    program: str
    since: datetime
    until: datetime
    text: str
    known: bool = True
    kept: bool = False
    mine: bool = False
    here: bool = False
    carried: bool = False


@frozen(slots=True)
class LocksSeen:
    """All locks that hold now, by path. ``known`` is False until it was looked for the first time.

    ``more`` is how many there are beside those that are told.
    """

    known: bool = False
    locks: tuple[LockSeen, ...] = ()
    more: int = 0
    problem: Problem | None = None

    def lock(self, ident: str) -> LockSeen | None:
        """That on the asset with this id."""
        return next((one for one in self.locks if one.ident == ident), None)


NO_LOCKS = LocksSeen()
"""Nothing was looked at."""


class LockLooker(Watched):
    """Looks at the locks of the library; what other processes do is seen within two seconds.

    ``tell`` changes ``state.locks``. ``keeper``, where there is one, is told of each look.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        seen: Callable[[], LocksSeen],
        keeper: Keeper | None,
    ) -> None:
        super().__init__(lane, "locks", Telling("locks", update, seen))
        self._library = library
        self._keeper = keeper
        self._found: tuple[Lock, ...] | None = None
        self._seen_turn = 0

    def read(self) -> None:
        turn, found = self._turn, self._library.locks()
        if self._keeper is not None:
            self._keeper.see(found)
        if (found, turn) == (self._found, self._seen_turn):
            self.tell(known=True, problem=None)
            return
        locks = tuple(self._of(one) for one in found[:_MOST])
        self.tell(known=True, locks=locks, more=len(found) - len(locks), problem=None)
        self._found, self._seen_turn = found, turn

    def _of(self, lock: Lock) -> LockSeen:
        from audobon.services.core.locking import described

        try:
            name, known = self._library.get(lock.asset_id).name, True
        except NotFound:
            name, known = lock.path.rpartition("/")[2] or lock.asset_id, False
        return LockSeen(
            ident=lock.asset_id,
            name=one_line(name),
            path=one_line(lock.path),
            author=one_line(lock.author.partition(" <")[0]),
            machine=one_line(lock.machine),
            program=one_line(lock.program),
            since=lock.since,
            until=lock.until,
            text=described(lock),
            known=known,
            kept=lock.kept,
            mine=lock.mine,
            here=lock.here,
            carried=lock.carried,
        )
