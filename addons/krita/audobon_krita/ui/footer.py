# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's last lines: what is being done, what went wrong, what is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import words
from ..logic.health import breakable

if TYPE_CHECKING:
    from audobon.session import Problem, Session, State
    from audobon.session.state import Notice

__all__ = ["Footer"]

_MIDDLE = QtCore.Qt.TextElideMode.ElideMiddle


class Footer(QtWidgets.QWidget):
    """Progress with a button that stops it, and the last message with one that copies it."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._details = ""
        self._notice: object = None
        self._failure: object = None
        self._waited = False
        self._shown: Notice | None = None
        self._numbers: tuple[int, ...] = ()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = QtWidgets.QHBoxLayout()
        self.bar = QtWidgets.QProgressBar(self)
        self.bar.setTextVisible(True)
        self.stop = QtWidgets.QToolButton(self)
        self.stop.setText("✕")
        self.stop.setToolTip("Stop what is being done")
        self.stop.clicked.connect(self._stop)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        self.message = QtWidgets.QLabel(self)
        self.message.setWordWrap(True)
        self.message.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.copy = QtWidgets.QToolButton(self)
        self.copy.setText("Copy details")
        self.copy.clicked.connect(self._copy)
        self.close_message = QtWidgets.QToolButton(self)
        self.close_message.setText("✕")
        self.close_message.setToolTip("Hide this message")
        self.close_message.clicked.connect(self._close_message)
        row.addWidget(self.message, 1)
        row.addWidget(self.copy)
        row.addWidget(self.close_message)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        self.unread = QtWidgets.QLabel(self)
        self.unread.setWordWrap(True)
        self.unread.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.unread.setAccessibleName("What went wrong before")
        self.read = QtWidgets.QToolButton(self)
        self.read.setText("✕")
        self.read.setToolTip("Hide what went wrong before")
        self.read.clicked.connect(lambda: self._put_aside(self._numbers))
        row.addWidget(self.unread, 1)
        row.addWidget(self.read)
        column.addLayout(row)
        self.off = QtWidgets.QLabel(self)
        self.off.setWordWrap(True)
        self.off.setEnabled(False)
        column.addWidget(self.off)
        self.hide_message()

    def show_state(self, session: Session, state: State) -> None:
        """Show what this state says."""
        self._session = session
        text, fraction = words.status(state)
        self.bar.setVisible(bool(text))
        self.stop.setVisible(bool(text))
        if text:
            self.bar.setRange(0, 0 if fraction is None else 1000)
            self.bar.setValue(round(1000 * (fraction or 0)))
            room = max(40, self.bar.width() - 12)  # a long path would go on in a line that is cut
            shown = self.bar.fontMetrics().elidedText(text, _MIDDLE, room)
            self.bar.setFormat(shown)
            self.bar.setToolTip(text)
        notice = state.notice
        if self._waited and state.waits is None:
            self._waited = False
            self.hide_message()
        if state.problem is not None:
            self.tell(state.problem)
        elif state.waits is not None:
            self._waited = True
            self.tell(state.waits)
        elif notice is not None and notice is not self._notice:
            self._notice = notice  # numbers begin anew with each library
            if notice.problem is not None:
                self.tell(notice.problem)
            else:
                self._show(notice.text, "")
            self._shown = notice
        elif state.failures and state.failures[0] is not self._failure:
            self._failure = failure = state.failures[0]
            if failure.problem is not None:
                self.tell(failure.problem)
        text, self._numbers = words.unread(state, self._shown)
        self.unread.setText(breakable(text))
        for part in (self.unread, self.read):
            part.setVisible(bool(text))
        off = words.engine(state)
        self.off.setText(breakable(off))
        self.off.setVisible(bool(off))

    def tell(self, problem: Problem) -> None:
        """Show a failure: the sentence with what helps; the rest can be copied."""
        text = words.problem(problem)
        self._show(text, f"[{problem.code}] {text}\n{problem.details}")

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._show(text, "")

    def hide_message(self) -> None:
        for part in (self.message, self.copy, self.close_message):
            part.hide()

    def _close_message(self) -> None:
        self.hide_message()
        if self._shown is not None:
            self._put_aside((self._shown.number,))

    def _put_aside(self, numbers: tuple[int, ...]) -> None:
        if self._session is not None:
            self._session.put_aside(*numbers)

    def _show(self, text: str, details: str) -> None:
        self._details = details
        self._shown = None
        self.message.setText(breakable(text))
        self.message.show()
        self.close_message.show()
        self.copy.setVisible(bool(details))

    def _copy(self) -> None:
        QtWidgets.QApplication.clipboard().setText(self._details)

    def _stop(self) -> None:
        session = self._session
        if session is None:
            return
        if session.state.doing is not None:
            session.cancel()
        elif session.state.transfer is not None:
            session.cancel_transfer()
        elif session.state.computing is not None:
            session.cancel_computing()
        else:
            for row in session.state.jobs:
                session.cancel_job(row.id)
