# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with the library in other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from .keys import Keys
from .remotes import Remotes
from .snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Backup"]


class Backup(QtWidgets.QWidget):
    """Snapshots, remotes and keys, each behind a tab of its own."""

    title = "Backup"
    icon = "document-export"
    tip = "The library in other places: snapshots, remotes, keys"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.tabs = QtWidgets.QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.app = app
        self.snapshots = Snapshots(app, say, self.tabs)
        self.remotes = Remotes(app, say, self.tabs)
        self.tabs.addTab(self.snapshots, "Snapshots")
        self.keys = Keys(app, say, self.tabs)
        self.tabs.addTab(self.remotes, "Remotes")
        self.tabs.addTab(self.keys, "Keys")
        self.tabs.currentChanged.connect(self._turned)
        column.addWidget(self.tabs)

    def show_state(self, session: Session, state: State) -> None:
        """Show this state in the part that is seen."""
        self.tabs.currentWidget().show_state(session, state)

    def _turned(self, _at: int) -> None:
        session, state = self.app.session, self.app.state
        if session is not None and state is not None and state.phase == "open":
            self.show_state(session, state)

    def step(self, session: Session) -> None:
        """Have the part that is seen look for what it shows."""
        self.tabs.currentWidget().step(session)
