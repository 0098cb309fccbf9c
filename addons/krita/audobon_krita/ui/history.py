# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with everything about then, versions, branches, recovery points; and who is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from .branches import Branches
from .locks import Locks
from .points import Points
from .versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["HistoryPage"]


class HistoryPage(QtWidgets.QWidget):
    """Four parts behind tabs of their own; that of branches counts what must be decided."""

    title = "History"
    icon = "document-open-recent"
    tip = "Versions, branches, the way back, and locks"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.tabs = QtWidgets.QTabWidget(self)
        self.tabs.setDocumentMode(True)
        # In a narrow docker titles are cut, not their count, rather than hidden behind arrows.
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(QtCore.Qt.TextElideMode.ElideMiddle)
        self.versions = Versions(app, say, self.tabs)
        self.branches = Branches(app, say, self.tabs)
        self.points = Points(app, say, self.tabs)
        self.locks = Locks(app, self.tabs)
        self.tabs.addTab(self.versions, "Versions")
        self.tabs.addTab(self.branches, "Branches")
        self.tabs.addTab(self.points, "Points")
        self.tabs.addTab(self.locks, "Locks")
        for at in range(self.tabs.count()):
            self.tabs.setTabToolTip(at, self.tabs.tabText(at))
        self.app = app
        self.tabs.currentChanged.connect(self._turned)
        column.addWidget(self.tabs)

    def show_state(self, _session: Session, state: State) -> None:
        """Show this state in all four parts."""
        self.versions.show_state(state)
        self.branches.show_state(state)
        self.points.show_state(state)
        self.locks.show_state(state)
        merge = state.past.merge
        text = "Branches" if merge is None else f"Branches ({len(merge.conflicts)})"
        self.tabs.setTabText(self.tabs.indexOf(self.branches), text)

    def _turned(self, _at: int) -> None:
        if (state := self.app.state) is not None and state.phase == "open":
            self.locks.show_state(state)

    def step(self, session: Session) -> None:
        """Say that somebody looks, and fetch the pictures that are seen."""
        session.history.watch()
        if self.tabs.currentWidget() is self.versions:
            self.versions.step(session)
        elif self.tabs.currentWidget() is self.branches:
            self.branches.step(session, self.versions.pixmaps)
        elif self.tabs.currentWidget() is self.locks:
            self.locks.step(session)
