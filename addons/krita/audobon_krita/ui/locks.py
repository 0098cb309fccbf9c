# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks of the whole library: who works on what, let go of, or broken after a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import locks as logic
from .asking import Ask
from .pieces import make_button, make_label
from .tabs import Tabs

if TYPE_CHECKING:
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Locks"]


class Locks(QtWidgets.QWidget):
    """What is selected with a button that locks it, and a list with what can be done about each."""

    def __init__(self, app: App, parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._view: logic.LockView | None = None
        self._asked: Any = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        self.meant = make_label("", self)
        column.addWidget(self.meant)
        self.lock = make_button("Lock", "Tell others that you work on it, for 12 hours", self)
        column.addWidget(self.lock)
        self.about = make_label("", self)
        column.addWidget(self.about)
        self.list = QtWidgets.QListWidget(self)
        self.list.setAccessibleName("Locks")
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(lambda _item: self._show())
        column.addWidget(self.list, 1)
        self.more = make_label("", self)
        column.addWidget(self.more)
        row = QtWidgets.QHBoxLayout()
        self.show_asset = make_button("Show", "Show the asset in Assets", self)
        self.unlock = make_button("Unlock", "Let go of your lock", self)
        self.break_lock = make_button("Break…", "Take somebody else's lock away", self)
        for button, call in (
            *((self.lock, self._lock), (self.show_asset, self._show)),
            *((self.unlock, self._unlock), (self.break_lock, self._ask)),
        ):
            button.clicked.connect(lambda _=False, call=call: call())
        for button in (self.show_asset, self.unlock, self.break_lock):
            row.addWidget(button, 1)
        column.addLayout(row)
        self.question = Ask(self)
        column.addWidget(self.question)
        self._enable()

    # What is shown

    def step(self, session: Session) -> None:
        """Say that somebody looks."""
        session.locks.watch()

    def show_state(self, state: State) -> None:
        """Show the locks that there are, and what a click on Lock would be about."""
        if not self.isVisible():
            return
        self.meant.setText(logic.meant(state))
        view = logic.view(state)
        if view != self._view:
            self._fill(view)
        problem = state.locks.problem
        text = "Looking who works on what" if not state.locks.known else view.nothing
        if problem is not None:
            text = f"{problem.message}\n{problem.hint}".strip()
        self.about.setText(text)
        self.about.setVisible(bool(text))
        if self._asked is not None and state.locks.lock(self._asked.ident) != self._asked:
            self._asked = None  # it is gone or another one: nobody was asked about that
            self.question.hide()
        self._enable()

    def _fill(self, view: logic.LockView) -> None:
        picked = self.picked()
        self._view = view
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for row in view.rows:
            item = QtWidgets.QListWidgetItem(logic.row_text(row), self.list)
            item.setToolTip(row.seen.path)
            if picked is not None and picked.ident == row.ident:
                self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)
        self.more.setText(logic.more(view))
        self.more.setVisible(bool(view.more))

    def picked(self) -> logic.LockRow | None:
        """The lock that is picked."""
        rows = () if self._view is None else self._view.rows
        at = self.list.currentRow()
        return rows[at] if 0 <= at < len(rows) else None

    def _enable(self) -> None:
        state, row = self.app.state, self.picked()
        writes = state is not None and not state.read_only and state.locking is None
        some = state is not None and bool(state.selection.count or state.chosen)
        known = row is not None and row.known
        self.lock.setEnabled(writes and some)
        self.show_asset.setEnabled(known)
        self.unlock.setEnabled(writes and known and row is not None and row.mine)
        self.break_lock.setEnabled(writes and known and row is not None and not row.mine)

    # What is clicked

    def _lock(self) -> None:
        session, state = self.app.session, self.app.state
        if session is not None and state is not None:
            session.locks.lock(logic.idents(session, state), program="Krita")

    def _unlock(self) -> None:
        session, row = self.app.session, self.picked()
        if session is not None and row is not None:
            session.locks.unlock([row.ident])

    def _ask(self) -> None:
        row = self.picked()
        if row is not None:
            self._asked = row.seen
            text = "\n".join(logic.break_lines(row.seen))
            self.question.ask(text, [("Break It", self._break)], ("Leave It", self._leave))

    def _break(self) -> None:
        session, asked = self.app.session, self._asked
        self._asked = None
        if session is not None and asked is not None:
            session.locks.break_lock(asked)

    def _leave(self) -> None:
        self._asked = None

    def _show(self) -> None:
        session, row = self.app.session, self.picked()
        if session is None or row is None or not row.known:
            return
        session.choose(row.ident)
        tabs = self.parentWidget()
        while tabs is not None and not isinstance(tabs, Tabs):
            tabs = tabs.parentWidget()
        if tabs is not None:
            tabs.setCurrentIndex(0)  # that of Assets
