# SPDX-License-Identifier: GPL-3.0-or-later
"""Remotes: how the branch stands to each, what goes there and comes from there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import history
from ..logic import remotes as logic
from ..logic.health import breakable
from .asking import Ask
from .passphrase import Passphrase
from .pieces import make_button, make_label
from .progress import Progress
from .remote_add import RecoveryKey, RemoteAdd
from .risks import Risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Remotes"]


class Remotes(QtWidgets.QWidget):
    """A list, what is to be known of the picked one, and what can be done with it."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self.risks = Risks(app, say)
        self._say = say
        self._view: logic.View | None = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(2, 4, 2, 2)
        self.nothing = make_label("", self)
        column.addWidget(self.nothing)
        self.list = QtWidgets.QListWidget(self)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(60)
        self.list.itemSelectionChanged.connect(self._show_picked)
        column.addWidget(self.list, 1)
        self.about = make_label("", self)
        self.open_lines = make_label("", self)
        column.addWidget(self.about)
        column.addWidget(self.open_lines)
        self.locked = Passphrase("Open this encrypted remote", self._unlock, self)
        column.addWidget(self.locked)
        column.addLayout(self._buttons())
        self.away = make_label("", self)
        column.addWidget(self.away)
        self.fetches = QtWidgets.QWidget(self)
        row = QtWidgets.QHBoxLayout(self.fetches)
        row.setContentsMargins(0, 0, 0, 0)
        self.fetch = make_button(
            "Fetch Selected", "Bring the files of what is selected in Assets", self.fetches
        )
        self.fetch_all = make_button("Fetch All", "Bring every file that is only there", self)
        row.addWidget(self.fetch, 1)
        row.addWidget(self.fetch_all, 1)
        column.addWidget(self.fetches)
        self.key = RecoveryKey(self)
        self.form = RemoteAdd(app, say, self._added, self)
        self.question = Ask(self)
        self.progress = Progress(self._cancel, self)
        for one in (self.key, self.form, self.question, self.progress):
            column.addWidget(one)
        for button, call in (
            *((self.push, self._push), (self.pull, self._pull), (self.estimate, self._estimate)),
            *((self.remove, self._remove), (self.add, self._toggle)),
            *((self.fetch, self._fetch), (self.fetch_all, self._fetch_all)),
        ):
            button.clicked.connect(lambda _=False, call=call: call())
        self._enable()

    def _buttons(self) -> Any:
        grid = QtWidgets.QGridLayout()
        self.push = make_button("Push", "Send what it lacks of this branch, and tags", self)
        self.pull = make_button("Pull", "Take in what is new there, and merge it", self)
        self.estimate = make_button("How Much?", "Ask how much a push would send", self)
        self.add = make_button("Add…", "Give a folder or a bucket a name", self)
        self.remove = make_button("Forget", "Forget its name; what lies there stays", self)
        several = (self.push, self.pull, self.estimate, self.add, self.remove)
        for number, button in enumerate(several):
            grid.addWidget(button, number // 3, number % 3)
        return grid

    # What is shown

    def step(self, session: Session) -> None:
        """Say that somebody looks."""
        session.remotes.watch()
        session.history.watch()

    def show_state(self, _session: Session, state: State) -> None:
        """Show the list, the picked one and progress."""
        view = logic.view(state)
        if view != self._view:
            self._fill(view)
        lines = logic.open_lines(state)
        self.open_lines.setText(lines)
        self.open_lines.setVisible(bool(lines))
        self.progress.show_doing(state.transfer)
        self._enable()

    def _fill(self, view: logic.View) -> None:
        picked = self.picked()
        self._view = view
        self.nothing.setText(view.nothing)
        self.nothing.setVisible(bool(view.nothing))
        self.away.setText(view.away)
        self.away.setVisible(bool(view.away))
        self.fetches.setVisible(bool(view.away))
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for row in view.rows:
            item = QtWidgets.QListWidgetItem(f"{row.name}\n{row.text}", self.list)
            item.setToolTip(row.url)
            if len(view.rows) == 1 or (picked is not None and picked.name == row.name):
                self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)
        self._show_picked()

    def picked(self) -> logic.Row | None:
        """The remote that is picked."""
        rows = () if self._view is None else self._view.rows
        at = self.list.currentRow()
        return rows[at] if 0 <= at < len(rows) else None

    def _show_picked(self) -> None:
        row = self.picked()
        self.about.setText("" if row is None else breakable("\n".join(logic.row_lines(row))))
        self.about.setVisible(row is not None)
        self.locked.setVisible(row is not None and row.locked)
        self._enable()

    def _enable(self) -> None:
        state, row = self.app.state, self.picked()
        idle = state is not None and state.transfer is None
        writes = idle and state is not None and not state.read_only
        usable = row is not None and not row.locked
        for button, there in (
            *((self.push, writes and usable), (self.pull, writes and usable)),
            *((self.estimate, idle and usable), (self.remove, writes and row is not None)),
            *((self.add, writes), (self.locked.give, idle), (self.form.add, writes)),
            *((self.fetch, writes), (self.fetch_all, writes)),
        ):
            button.setEnabled(bool(there))

    # What is clicked

    def _with(self, call: Callable[[Any, str], object]) -> None:
        row, session = self.picked(), self.app.session
        if row is not None and session is not None:
            call(session.remotes, row.name)

    def _push(self) -> None:
        self._with(lambda remotes, name: remotes.push(name))

    def _estimate(self) -> None:
        self._with(lambda remotes, name: remotes.estimate(name))

    def _pull(self) -> None:
        row, state, session = self.picked(), self.app.state, self.app.session
        if row is None or state is None or session is None:
            return
        name, followed = row.name, history.library_files(state)

        def pull(then: Callable[[bool], None], choice: Any) -> None:
            session.remotes.pull(name, force=choice.force, then=then)

        if self.risks.dirty(followed):
            text = f"What comes from {name} may be in open documents too."
            self.risks.ask(self.question, text, "Pull", followed, pull)
        else:
            self.risks.go(history.choices("Pull", dirty=False)[0], followed, pull)

    def _remove(self) -> None:
        row, session = self.picked(), self.app.session
        if row is not None and session is not None:
            text = f"Forget {row.name}? Everything that lies there stays."
            self.question.ask(text, [("Forget", partial(session.remotes.remove, row.name))])

    def _unlock(self) -> None:
        if passphrase := self.locked.take():
            self._with(lambda remotes, name: remotes.unlock(name, passphrase))

    def _toggle(self) -> None:
        self.form.setVisible(not self.form.isVisible())

    def _added(self, key: str) -> None:
        if key:
            self.key.show_key(key)

    def _fetch(self) -> None:
        session = self.app.session
        if session is None:
            return
        if ids := session.selection.ids:
            session.remotes.fetch(ids)
        else:
            self._say("Select in Assets first what is to come; state:remote finds it")

    def _fetch_all(self) -> None:
        if self.app.session is not None:
            self.app.session.remotes.fetch_found()

    def _cancel(self) -> None:
        if self.app.session is not None:
            self.app.session.cancel_transfer()
