# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggested tags of the chosen asset, to be decided, one asset after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import computing

if TYPE_CHECKING:
    from audobon.session import Session, State

__all__ = ["Tags"]

_VERDICTS = (
    ("accept", "✓", "Give the asset this tag"),
    ("reject", "✕", "Never suggest this tag for this asset again"),
    ("always", "✓✓", "Accept this tag, here and wherever it is suggested from now on"),
    ("never", "⊘", "Never show this tag as a suggestion again, for any asset"),
)
_UNDO = "One step of Undo in the Library"


class Tags(QtWidgets.QGroupBox):
    """Nothing is tagged before somebody says so."""

    def __init__(self, parent: Any) -> None:
        super().__init__("Suggested Tags", parent)
        self._session: Session | None = None
        self._shown: tuple[tuple[str, str], ...] | None = None
        column = QtWidgets.QVBoxLayout(self)
        row = QtWidgets.QHBoxLayout()
        self.one = QtWidgets.QPushButton("For the Asset", self)
        self.one.clicked.connect(lambda: self._look(found=False))
        self.all = QtWidgets.QPushButton("For All Found", self)
        self.all.clicked.connect(lambda: self._look(found=True))
        row.addWidget(self.one)
        row.addWidget(self.all)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        self.queue = QtWidgets.QLabel(self)
        self.queue.setWordWrap(True)
        self.next = QtWidgets.QPushButton("Next", self)
        self.next.setToolTip("Choose the next asset that has suggested tags")
        self.next.clicked.connect(self._next)
        row.addWidget(self.queue, 1)
        row.addWidget(self.next)
        column.addLayout(row)
        self.asset = QtWidgets.QLabel(self)
        self.asset.setWordWrap(True)
        self.asset.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        column.addWidget(self.asset)
        self.rows = QtWidgets.QGridLayout()
        self.rows.setColumnStretch(0, 1)
        column.addLayout(self.rows)
        row = QtWidgets.QHBoxLayout()
        self.accept_all = QtWidgets.QPushButton("Accept All", self)
        self.accept_all.clicked.connect(lambda: self.decide("", "accept"))
        self.reject_all = QtWidgets.QPushButton("Reject All", self)
        self.reject_all.clicked.connect(lambda: self.decide("", "reject"))
        row.addWidget(self.accept_all)
        row.addWidget(self.reject_all)
        column.addLayout(row)

    def show_state(self, session: Session, state: State, *, ready: bool) -> None:
        """Show what waits for the chosen asset."""
        self._session = session
        chosen = state.chosen
        self.one.setEnabled(ready and chosen is not None)
        self.all.setEnabled(ready)
        self.queue.setText(computing.queue_line(state))
        self.next.setEnabled(state.queue is not None and bool(state.queue.tags))
        found = computing.suggestions(state)
        self.asset.setText("Choose an asset on the first page" if chosen is None else
                           chosen.asset.name)  # fmt: skip
        several = len(found) > 1 and not state.read_only
        self.accept_all.setVisible(several)
        self.reject_all.setVisible(several)
        if found != self._shown:
            self._shown = found
            self._fill(found)

    def _fill(self, found: tuple[tuple[str, str], ...]) -> None:
        while self.rows.count():
            self.rows.takeAt(0).widget().deleteLater()
        for row, (tag, text) in enumerate(found):
            label = QtWidgets.QLabel(text, self)
            label.setWordWrap(True)
            label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
            self.rows.addWidget(label, row, 0)
            for place, (verdict, sign, tip) in enumerate(_VERDICTS, 1):
                button = QtWidgets.QToolButton(self)
                button.setText(sign)
                button.setObjectName(f"{verdict} {tag}")
                button.setToolTip(f"{tip}. {_UNDO}")
                button.setAccessibleName(f"{verdict} {tag}")
                button.clicked.connect(
                    lambda _=False, tag=tag, verdict=verdict: self.decide(tag, verdict)
                )
                self.rows.addWidget(button, row, place)

    def decide(self, tag: str, verdict: str) -> None:
        """About one tag, or about all that wait for this asset."""
        if self._session is not None:
            computing.decide(self._session, tag, verdict)

    def _look(self, *, found: bool) -> None:
        session = self._session
        if session is None:
            return
        if found:
            session.look_at_pictures("tags")
        elif session.state.chosen is not None:
            session.look_at_pictures("tags", (session.state.chosen.asset.id,))

    def _next(self) -> None:
        if self._session is not None:
            self._session.next_suggestions()
