# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys: who opens the library, its encrypted remotes and places of snapshots, and renewing them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import sealed as logic
from ..logic.health import breakable
from .asking import Ask
from .new_passphrase import NewPassphrase
from .passphrase import Passphrase
from .pieces import make_button, make_label
from .progress import Progress
from .remote_add import RecoveryKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Keys"]


class Keys(QtWidgets.QWidget):
    """A list of places, what is to be known of the picked one, and what can be done with it."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self._view: logic.View | None = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(2, 4, 2, 2)
        self.nothing = make_label("Looking which places are encrypted.", self)
        column.addWidget(self.nothing)
        self.list = QtWidgets.QListWidget(self)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(60)
        self.list.itemSelectionChanged.connect(self._picked_other)
        column.addWidget(self.list, 1)
        self.about = make_label("", self)
        column.addWidget(self.about)
        column.addWidget(self._closed_part())
        column.addWidget(self._open_part())
        row = QtWidgets.QHBoxLayout()
        self.look = make_button("Look Again", "Ask each place once more who opens it", self)
        self.forget = make_button("Lock", "Have this machine forget what opens it", self)
        row.addWidget(self.look, 1)
        row.addWidget(self.forget, 1)
        column.addLayout(row)
        self.key = RecoveryKey(self)
        self.form = NewPassphrase(say, self)
        self.question = Ask(self)
        self.progress = Progress(lambda: self._with(lambda keys: keys.cancel()), self)
        for one in (self.key, self.form, self.question, self.progress):
            column.addWidget(one)
        for button, call in (
            *((self.add, self._add), (self.change, self._change), (self.remove, self._remove)),
            *((self.recovery, self._recovery), (self.renew, self._renew)),
            *((self.rotate, self._rotate), (self.count, self._count)),
            *((self.look, self._look), (self.forget, self._forget)),
        ):
            button.clicked.connect(lambda _=False, call=call: call())
        self._show_picked()

    def _closed_part(self) -> Any:
        self.closed = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(self.closed)
        column.setContentsMargins(0, 0, 0, 0)
        self.locked = Passphrase("Open this encrypted place", self._unlock, self.closed)
        self.by_recovery = QtWidgets.QCheckBox("It is the recovery key", self.closed)
        self.by_recovery.setToolTip("The key that was printed, where nobody knows a passphrase")
        column.addWidget(self.locked)
        column.addWidget(self.by_recovery)
        return self.closed

    def _open_part(self) -> Any:
        self.opened = QtWidgets.QWidget(self)
        grid = QtWidgets.QGridLayout(self.opened)
        grid.setContentsMargins(0, 0, 0, 0)
        self.names = QtWidgets.QComboBox(self.opened)
        self.names.setMinimumWidth(1)
        self.names.setToolTip("The passphrases that open it, by their names")
        self.add = make_button("Add…", "One passphrase more, of a person or a machine", self)
        self.change = make_button("Change…", "Another passphrase in place of this one", self)
        self.remove = make_button("Remove…", "This passphrase opens the place no more", self)
        self.recovery = make_button("New Recovery Key…", "It is shown once", self)
        self.renew = make_button("Renew Keys…", "New keys, which one passphrase opens", self)
        self.rotate = make_button(
            "Rotate", "Write again what lies under older keys; it can be stopped and goes on", self
        )
        self.count = make_button("How Much?", "Count what lies under older keys", self)
        grid.addWidget(self.names, 0, 0, 1, 6)
        for at, button in enumerate((self.add, self.change, self.remove)):
            grid.addWidget(button, 1, 2 * at, 1, 2)
        for at, button in enumerate((self.recovery, self.renew, self.rotate, self.count)):
            grid.addWidget(button, 2 + at // 2, 3 * (at % 2), 1, 3)
        return self.opened

    # What is shown

    def step(self, session: Session) -> None:
        """Say that somebody looks."""
        session.keys.watch()

    def show_state(self, _session: Session, state: State) -> None:
        """Show the list, the picked one and progress."""
        view = logic.view(state)
        if view != self._view and state.keys.known:
            self._fill(view)
        self.progress.show_doing(state.transfer)
        self._enable()

    def _fill(self, view: logic.View) -> None:
        picked = self.picked()
        self._view = view
        self.nothing.setText(view.nothing)
        self.nothing.setVisible(bool(view.nothing))
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for row in view.rows:
            item = QtWidgets.QListWidgetItem(f"{row.title}\n{row.lock or row.trouble}", self.list)
            item.setToolTip(row.url)
            if len(view.rows) == 1 or (picked is not None and picked.url == row.url):
                self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)
        self._show_picked()

    def picked(self) -> logic.Row | None:
        """The place that is picked."""
        rows = () if self._view is None else self._view.rows
        at = self.list.currentRow()
        return rows[at] if 0 <= at < len(rows) else None

    def _picked_other(self) -> None:
        self.form.end()  # it was about another place
        self.question.hide()
        self.locked.take()
        self._show_picked()

    def _show_picked(self) -> None:
        row = self.picked()
        self.about.setText("" if row is None else breakable("\n".join((row.url, *row.lines))))
        self.about.setVisible(row is not None)
        usable = row is not None and not row.trouble
        self.closed.setVisible(row is not None and usable and not row.open)
        self.opened.setVisible(row is not None and row.open)
        names = [] if row is None else list(row.names)
        if names != [self.names.itemText(at) for at in range(self.names.count())]:
            self.names.clear()
            self.names.addItems(names)
        for button in (self.rotate, self.count):
            button.setVisible(row is not None and bool(row.rotation))
        self.renew.setVisible(row is not None)
        self._enable()

    def _enable(self) -> None:
        state, row = self.app.state, self.picked()
        idle = state is not None and state.transfer is None
        for button in (self.add, self.change, self.recovery, self.renew, self.rotate, self.count):
            button.setEnabled(idle and row is not None)
        self.remove.setEnabled(idle and row is not None and len(row.names) > 1)
        self.forget.setEnabled(idle and row is not None and row.forgets)
        for button in (self.look, self.locked.give, self.form.give):
            button.setEnabled(idle)

    # What is clicked

    def _with(self, call: Callable[[Any], object]) -> None:
        if self.app.session is not None:
            call(self.app.session.keys)

    def _look(self) -> None:
        self._with(lambda keys: keys.look())

    def _unlock(self) -> None:
        row, recovery = self.picked(), self.by_recovery.isChecked()
        if row is not None and self.locked.give.isEnabled() and (secret := self.locked.take()):
            self.by_recovery.setChecked(False)
            self._with(lambda keys: keys.unlock(row.url, secret, recovery=recovery))

    def _fault(self, first: str, again: str, name: str | None) -> str:
        return logic.fault(first, again, name=name, row=self.picked())

    def _add(self) -> None:
        row = self.picked()
        if row is not None:

            def given(name: str, passphrase: str) -> None:
                self._with(lambda keys: keys.add(row.url, name, passphrase))

            self.form.ask(logic.NAMED, "Add", self._fault, given, named=True)

    def _change(self) -> None:
        row, name = self.picked(), str(self.names.currentText())
        if row is not None:

            def given(_name: str, passphrase: str) -> None:
                self._with(lambda keys: keys.change(row.url, name, passphrase))

            changed = logic.CHANGED_HERE if row.home else logic.CHANGED
            text = f"Another passphrase in place of {name}. {changed}"
            self.form.ask(text, "Change", self._fault, given)

    def _renew(self) -> None:
        row = self.picked()
        if row is not None:

            def given(_name: str, passphrase: str) -> None:
                made = partial(self._made, row.title)
                self._with(lambda keys: keys.renew(row.url, passphrase, made))

            self.form.ask(logic.RENEWS, "Renew", self._fault, given)

    def _remove(self) -> None:
        row, name = self.picked(), str(self.names.currentText())
        if row is not None:

            def remove() -> None:
                self._with(lambda keys: keys.remove(row.url, name))

            text = f"The passphrase {name} will not open {row.title} any more."
            self.question.ask(text, [("Remove", remove)])

    def _recovery(self) -> None:
        row = self.picked()
        if row is not None:

            def make() -> None:
                made = partial(self._made, row.title)
                self._with(lambda keys: keys.new_recovery(row.url, made))

            self.question.ask(logic.RECOVERY, [("Make It", make)])

    def _made(self, of: str, key: str) -> None:
        self.key.show_key(key, of)

    def _rotate(self) -> None:
        row = self.picked()
        if row is not None:
            self._with(lambda keys: keys.rotate(row.url))

    def _count(self) -> None:
        row = self.picked()
        if row is not None:
            self._with(lambda keys: keys.count(row.url))

    def _forget(self) -> None:
        row = self.picked()
        if row is not None:

            def forget() -> None:
                self._with(lambda keys: keys.forget(row.url))

            text = f"Lock {row.title}? Its passphrase is asked for again then."
            self.question.ask(text, [("Lock", forget)])
