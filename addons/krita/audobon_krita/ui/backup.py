# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with the library in other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from .snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Backup"]


class Backup(QtWidgets.QWidget):
    """Snapshots, behind a tab of their own."""

    title = "Backup"
    icon = "document-export"
    tip = "The library in other places: snapshots"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.tabs = QtWidgets.QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.snapshots = Snapshots(app, say, self.tabs)
        self.tabs.addTab(self.snapshots, "Snapshots")
        column.addWidget(self.tabs)

    def show_state(self, session: Session, state: State) -> None:
        """Show this state in the part that is seen."""
        self.tabs.currentWidget().show_state(session, state)

    def step(self, session: Session) -> None:
        """Have the part that is seen look for what it shows."""
        self.tabs.currentWidget().step(session)
