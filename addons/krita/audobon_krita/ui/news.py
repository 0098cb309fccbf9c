# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the open documents on the disk, and who else has them open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import opened
from ..host.qt import QtWidgets
from ..logic import history as logic
from .asking import label
from .risks import Risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["News"]


class News(QtWidgets.QWidget):
    """Tells the session which documents are open, and the person what it says of the active one."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self.risks = Risks(app, say)
        self._told: object = None
        self._changed = ""
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.lines = label(self)
        column.addWidget(self.lines)
        self.text = label(self)
        column.addWidget(self.text)
        self.buttons = QtWidgets.QWidget(self)
        row = QtWidgets.QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        self.again = QtWidgets.QPushButton("Load Again", self)
        self.again.setMinimumWidth(40)
        self.again.clicked.connect(lambda _=False: self._load())
        self.keep = QtWidgets.QPushButton("Keep", self)
        self.keep.setMinimumWidth(40)
        self.keep.setToolTip("Go on with what is open; saving writes over what is on the disk")
        self.keep.clicked.connect(lambda _=False: self._keep())
        row.addWidget(self.again, 2)
        row.addWidget(self.keep, 1)
        column.addWidget(self.buttons)
        opened.tell_of_saves(self._saved)

    def step(self, session: Session) -> None:
        """Tell which documents are open; cheap where nothing has changed."""
        state = session.state
        paths = tuple(each.path for each in opened.opened())
        session.history.hold(() if state.read_only else paths, "Krita")
        if (state.library, paths) != self._told:
            self._told = (state.library, paths)
            session.history.follow_linked(paths)
        if paths:
            session.history.watch()
        self._show_changed(state)

    def show_state(self, state: State) -> None:
        """Show what is known of the active document."""
        lines = logic.document_lines(state, opened.active().path)
        self.lines.setText("\n".join(lines))
        self.lines.setVisible(bool(lines))
        self._show_changed(state)

    def _show_changed(self, state: State) -> None:
        document = opened.active()
        newer = logic.newer_own(state.past, document.path)
        there = newer is not None and newer.why == "changed"
        self._changed = document.path if there else ""
        self.text.setVisible(there)
        self.buttons.setVisible(there)
        if there:
            self.text.setText(f"{document.name} is another one on the disk now.")
            lose = "Load Again, Lose Unsaved"
            self.again.setText(lose if document.changed else "Load Again")

    def _load(self) -> None:
        if self._changed:
            self.risks.load_again(self._changed)

    def _keep(self) -> None:
        if self.app.session is not None and self._changed:
            self.app.session.history.linked_read(self._changed)

    def _saved(self, path: str) -> None:
        if self.app.session is not None:
            self.app.session.history.linked_read(path)
