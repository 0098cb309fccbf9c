# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operation lacks, with a button that gets it, and who computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import computing

if TYPE_CHECKING:
    from audobon.session import Session, State

__all__ = ["Engine", "Getting"]


class Getting(QtWidgets.QWidget):
    """Says what is missing. Nothing is fetched before a second click, which is told how much."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._name = ""
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.text = _label(self)
        column.addWidget(self.text)
        self.get = QtWidgets.QPushButton("Get it…", self)
        self.get.clicked.connect(lambda: self.ask(on=True))
        column.addWidget(self.get)
        self.question = _label(self)
        column.addWidget(self.question)
        row = QtWidgets.QHBoxLayout()
        self.yes, self.no = (QtWidgets.QPushButton(text, self) for text in ("Fetch", "Leave it"))
        self.yes.clicked.connect(self._fetch)
        self.no.clicked.connect(lambda: self.ask(on=False))
        row.addWidget(self.yes)
        row.addWidget(self.no)
        column.addLayout(row)
        self.ask(on=False)
        self.hide()

    def show_wish(self, session: Session, wish: computing.Wish) -> None:
        """Show what stands in the way, or nothing."""
        self._session = session
        name = "" if wish.offer is None else wish.offer.name
        if name != self._name:
            self._name = name
            self.ask(on=False)
        self.setVisible(not wish.ready)
        self.text.setText(wish.text)
        self.question.setText(wish.ask)
        self.get.setVisible(bool(name) and self.question.isHidden())

    def ask(self, *, on: bool) -> None:
        """Ask before anything goes to the network, or do not ask any more."""
        for each in (self.question, self.yes, self.no):
            each.setVisible(on)
        self.get.setVisible(not on and bool(self._name))

    def _fetch(self) -> None:
        self.ask(on=False)
        if self._session is not None and self._name:
            self._session.install(self._name, accept=True)


class Engine(QtWidgets.QWidget):
    """Which Python computes and with what, and commands that get what it lacks."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._commands = ""
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.text = _label(self)
        self.text.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.text)
        row = QtWidgets.QHBoxLayout()
        self.copy = QtWidgets.QPushButton("Copy Commands", self)
        self.copy.clicked.connect(
            lambda: QtWidgets.QApplication.clipboard().setText(self._commands)
        )
        self.again = QtWidgets.QPushButton("Look Again", self)
        self.again.clicked.connect(self._look)
        row.addWidget(self.copy)
        row.addWidget(self.again)
        row.addStretch(1)
        column.addLayout(row)

    def show_state(self, session: Session, state: State) -> None:
        self._session = session
        text, self._commands = computing.engine_lines(state)
        self.text.setText(text)
        self.copy.setVisible(bool(self._commands))

    def _look(self) -> None:
        if self._session is not None:
            self._session.look_at_tools()


def _label(parent: Any) -> Any:
    label = QtWidgets.QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    return label
