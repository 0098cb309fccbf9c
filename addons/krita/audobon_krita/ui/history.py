# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with everything about then: versions, branches, recovery points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from .branches import Branches
from .points import Points
from .versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["HistoryPage"]


class HistoryPage(QtWidgets.QWidget):
    """Three parts behind tabs of their own; that of branches counts what must be decided."""

    title = "History"
    icon = "document-open-recent"
    tip = "Versions, branches, and the way back"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.tabs = QtWidgets.QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.versions = Versions(app, say, self.tabs)
        self.branches = Branches(app, say, self.tabs)
        self.points = Points(app, say, self.tabs)
        self.tabs.addTab(self.versions, "Versions")
        self.tabs.addTab(self.branches, "Branches")
        self.tabs.addTab(self.points, "Points")
        column.addWidget(self.tabs)

    def show_state(self, _session: Session, state: State) -> None:
        """Show this state in all three parts."""
        self.versions.show_state(state)
        self.branches.show_state(state)
        self.points.show_state(state)
        merge = state.past.merge
        text = "Branches" if merge is None else f"Branches ({len(merge.conflicts)})"
        self.tabs.setTabText(self.tabs.indexOf(self.branches), text)

    def step(self, session: Session) -> None:
        """Say that somebody looks, and fetch the pictures that are seen."""
        session.history.watch()
        if self.tabs.currentWidget() is self.versions:
            self.versions.step(session)
        elif self.tabs.currentWidget() is self.branches:
            self.branches.step(session, self.versions.pixmaps)
