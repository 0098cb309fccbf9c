# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes what is selected out of the library: asked first, and once more where others use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..logic import many
from .asking import Ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session

__all__ = ["Removing"]


class Removing(Ask):
    """The question above the grid. Files stay, and one undo brings all of it back.

    ``for_good`` is called where they are to go for good, which is asked there.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        parent: Any,
        for_good: Callable[[Session, tuple[str, ...]], None],
    ) -> None:
        super().__init__(parent)
        self._say = say
        self._for_good = for_good

    def begin(self, session: Session) -> None:
        """Ask whether what is selected is to go."""
        ids = session.selection.ids
        if not ids:
            self._say("Select the assets first")
        elif session.state.read_only:
            self._say("This library can only be read")
        else:
            text = many.removal(len(ids))
            remove = ("Remove", lambda: self._remove(session, ids, force=False))
            self.ask(text, [remove, ("Remove for Good…", lambda: self._for_good(session, ids))])

    def _remove(self, session: Session, ids: tuple[str, ...], *, force: bool) -> None:
        if session.selection.ids != ids:
            self._say("Other assets are selected now: nothing is removed")
            return

        def refused(used: str) -> None:
            anyway = ("Remove All the Same", lambda: self._remove(session, ids, force=True))
            self.ask(many.used_removal(used), [anyway])

        session.selection.remove(force=force, refused=refused)
