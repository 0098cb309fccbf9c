# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery points: how everything was before something risky, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import history as logic
from .asking import Ask, label
from .risks import Risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.model.recovery import RecoveryPoint
    from audobon.session import State

    from ..logic.app import App

__all__ = ["Points"]


class Points(QtWidgets.QWidget):
    """A list, and a button that goes back to what is picked in it."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self.risks = Risks(app, say)
        self._points: tuple[RecoveryPoint, ...] = ()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(
            label(self, "Before a switch, a merge or a restore, everything is kept here by itself.")
        )
        self.list = QtWidgets.QListWidget(self)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemSelectionChanged.connect(self._enable)
        column.addWidget(self.list, 1)
        self.back = QtWidgets.QPushButton("Go Back…", self)
        self.back.setToolTip("Make everything as it was then; what is now becomes a version first")
        self.back.clicked.connect(lambda _=False: self._ask())
        column.addWidget(self.back)
        self.question = Ask(self)
        column.addWidget(self.question)
        self._enable()

    def show_state(self, state: State) -> None:
        """Show the points that there are."""
        self.back.setVisible(not state.read_only)
        if state.past.points != self._points:
            self._points = state.past.points
            self.list.clear()
            for point in self._points:
                reason, when = logic.point_text(point)
                QtWidgets.QListWidgetItem(f"{reason}\n{when}", self.list).setToolTip(reason)
        self._enable()

    def picked(self) -> RecoveryPoint | None:
        row = self.list.currentRow()
        return self._points[row] if 0 <= row < len(self._points) else None

    def _enable(self) -> None:
        self.back.setEnabled(self.picked() is not None)

    def _ask(self) -> None:
        point, state, session = self.picked(), self.app.state, self.app.session
        if point is None or state is None or session is None:
            return
        ident = point.id

        def back(then: Callable[[bool], None], _choice: Any) -> None:
            session.history.go_back(ident, then=then)

        followed = logic.library_files(state)
        text = (
            f"Everything becomes as it was before “{point.reason}”, on the branch"
            f" {point.branch}. What is now becomes a version first, so nothing is lost."
        )
        self.risks.ask(self.question, text, "Go Back", followed, back)
