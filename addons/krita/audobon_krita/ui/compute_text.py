# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the text in pictures read, so that a search finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from ..logic import computing, making
from .compute_engine import Getting

if TYPE_CHECKING:
    from audobon.session import Session, State

__all__ = ["Texts"]

_TIP = "What is read is found by its words; the pictures stay as they are"


class Texts(QtWidgets.QGroupBox):
    """No asset changes by it, so there is nothing to decide and nothing to undo."""

    def __init__(self, parent: Any) -> None:
        super().__init__("Text in Pictures", parent)
        self._session: Session | None = None
        column = QtWidgets.QVBoxLayout(self)
        row = QtWidgets.QHBoxLayout()
        self.one = QtWidgets.QPushButton("Of the Asset", self)
        self.all = QtWidgets.QPushButton("Of All Found", self)
        for button, found in ((self.one, False), (self.all, True)):
            button.setToolTip(_TIP)
            button.clicked.connect(lambda _=False, found=found: self._read(found=found))
            row.addWidget(button)
        column.addLayout(row)
        self.getting = Getting(self)
        column.addWidget(self.getting)

    def show_state(self, session: Session, state: State) -> None:
        """Show whether it can be done, and what it lacks."""
        self._session = session
        wish = computing.wish(state, computing.TEXTS, making.Options())
        self.getting.show_wish(session, wish)
        self.one.setEnabled(wish.ready and state.chosen is not None)
        self.all.setEnabled(wish.ready)

    def _read(self, *, found: bool) -> None:
        session = self._session
        if session is None:
            return
        chosen = session.state.chosen
        if found:
            session.look_at_pictures("ocr")
        elif chosen is not None:
            session.look_at_pictures("ocr", (chosen.asset.id,))
