"""The calls of a session that move bytes between places: they may take hours, beside the rest."""

from __future__ import annotations

from collections.abc import Callable

from audobon.session.computing import looking
from audobon.session.doing import Work
from audobon.session.keys import SessionKeys
from audobon.session.opens import Opens
from audobon.session.purging import SessionPurging
from audobon.session.remotes import SessionRemotes
from audobon.session.state import State

__all__ = ["Transferring"]


class Transferring(Opens):
    """What goes to other places and comes from them. ``state.transfer`` tells how far it is.

    It is done in the order that it was asked for; what ``do`` and ``compute`` do need not wait.
    """

    _remotes: SessionRemotes | None = None
    _purging: SessionPurging | None = None
    _keys: SessionKeys | None = None

    @property
    def state(self) -> State:
        """See ``Session.state``."""
        raise NotImplementedError

    def transfer(
        self,
        name: str,
        work: Work,
        then: Callable[[], None] | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """As ``Session.compute``, for what goes over a line or to another disk."""
        if (now := self._open) is not None and now.transferrer is not None:
            now.transferrer.do(name, looking(now, work), then, otherwise)

    def cancel_transfer(self) -> None:
        """Ask what is on its way to stop; the same once more goes on from there."""
        if (now := self._open) is not None and now.transferrer is not None:
            now.transferrer.cancel()

    @property
    def remotes(self) -> SessionRemotes:
        """Other places of the library, and files that are only there."""
        if self._remotes is None:
            self._remotes = SessionRemotes(
                self.transfer, lambda: self._open, lambda name: self.history.plan("merge", name)
            )
        return self._remotes

    @property
    def purging(self) -> SessionPurging:
        """Assets removed for good, here and at other places."""
        if self._purging is None:
            self._purging = SessionPurging(self.transfer, lambda: self._open)
        return self._purging

    @property
    def keys(self) -> SessionKeys:
        """Passphrases, recovery keys and rotation of encrypted places."""
        if self._keys is None:
            self._keys = SessionKeys(
                self.transfer,
                lambda: self._open,
                lambda: self.state,
                self.remotes.watch,
            )
        return self._keys
