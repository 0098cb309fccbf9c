# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that is encrypted itself: the form that makes one, and the row that opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from ..logic import sealed as logic
from .new_passphrase import NewPassphrase
from .passphrase import Passphrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import State

    from ..logic.app import App

__all__ = ["Encrypted"]


class Encrypted(QtWidgets.QWidget):
    """Beside the buttons of the welcome; ``made`` is told the recovery key of a new library."""

    def __init__(
        self, app: App, say: Callable[[str], None], made: Callable[[str], object], parent: Any
    ) -> None:
        super().__init__(parent)
        self.app = app
        self._made = made
        self._path = ""
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.locked = QtWidgets.QWidget(self)
        rows = QtWidgets.QVBoxLayout(self.locked)
        rows.setContentsMargins(0, 0, 0, 0)
        self.secret = Passphrase("Open this encrypted library", self._open, self.locked)
        self.by_recovery = QtWidgets.QCheckBox("It is the recovery key", self.locked)
        self.by_recovery.setToolTip("The key that was printed, where nobody knows a passphrase")
        rows.addWidget(self.secret)
        rows.addWidget(self.by_recovery)
        self.form = NewPassphrase(say, self)
        column.addWidget(self.locked)
        column.addWidget(self.form)
        self.locked.hide()

    def show_state(self, state: State) -> None:
        """Ask for the passphrase of a library that waits for it."""
        if state.locked != self._path:
            self.secret.take()  # what was typed is of another library
            self.by_recovery.setChecked(False)
        self._path = state.locked
        self.locked.setVisible(bool(state.locked))
        if state.phase == "open":
            self.form.end()

    def ask(self, path: str) -> None:
        """Ask for the passphrase of a library that is to be made in a folder."""

        def fault(first: str, again: str, _name: str | None) -> str:
            return logic.fault(first, again)

        def given(_name: str, passphrase: str) -> None:
            self.app.create(path, passphrase, self._made)

        self.form.ask(f"{path}: {logic.ENCRYPTS}", "Make It", fault, given)

    def _open(self) -> None:
        recovery, secret = self.by_recovery.isChecked(), self.secret.take()
        if self._path and secret:
            self.by_recovery.setChecked(False)
            self.app.open(self._path, secret, recovery=recovery)
