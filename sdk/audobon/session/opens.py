"""What parts of a session stand on: the library that is open, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session.history import SessionHistory
    from audobon.session.opened import Opened

__all__ = ["Opens"]


class Opens:
    """A part of ``Session``, which has both of these."""

    @property
    def _open(self) -> Opened | None:
        raise NotImplementedError

    @property
    def history(self) -> SessionHistory:
        """See ``Session.history``."""
        raise NotImplementedError
