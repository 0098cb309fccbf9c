# SPDX-License-Identifier: GPL-3.0-or-later
"""The form for a new remote, and the recovery key of one that is encrypted, shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from ..logic import remotes as logic
from .asking import label
from .pieces import make_button

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..logic.app import App

__all__ = ["RecoveryKey", "RemoteAdd"]


class RecoveryKey(QtWidgets.QFrame):
    """Hidden until there is one, and it is gone with the button: nobody can show it again.

    One that comes meanwhile waits behind it, so that none is lost.
    """

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._made: list[tuple[str, str]] = []
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.text = label(self)
        self.key = QtWidgets.QPlainTextEdit(self)
        self.key.setReadOnly(True)
        self.key.setMaximumHeight(3 * self.key.fontMetrics().lineSpacing() + 12)
        self.copy = make_button("Copy", "Copy the key, to print it or to put it away", self)
        self.copy.clicked.connect(lambda _=False: self._copy())
        self.kept = make_button("I Have Kept It", "It is not shown again", self)
        self.kept.clicked.connect(lambda _=False: self._end())
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.copy, 1)
        row.addWidget(self.kept, 2)
        column.addWidget(self.text)
        column.addWidget(self.key)
        column.addLayout(row)
        self.hide()

    def show_key(self, key: str, of: str = "") -> None:
        """Show it, until somebody says that it is kept.

        An older one ``of`` the same place opens nothing any more, and is shown no longer.
        """
        self._made = [one for one in self._made if not of or one[1] != of]
        self._made.append((key, of))
        self._show()

    def _show(self) -> None:
        if not self._made:
            self.key.clear()
            self.hide()
            return
        key, of = self._made[0]
        self.text.setText(f"The recovery key of {of}. {logic.KEEP}" if of else logic.KEEP)
        self.key.setPlainText(key)
        self.show()

    def _copy(self) -> None:
        QtWidgets.QApplication.clipboard().setText(self.key.toPlainText())

    def _end(self) -> None:
        del self._made[:1]
        self._show()


class RemoteAdd(QtWidgets.QFrame):
    """Address, name and passphrase; ``made`` is told the recovery key where there is one."""

    def __init__(
        self,
        app: App,
        say: Callable[[str], None],
        made: Callable[[str], None],
        parent: Any,
    ) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self._made = made
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        row = QtWidgets.QHBoxLayout()
        self.url = self._line("A folder, or gs://bucket/prefix")
        self.url.textChanged.connect(lambda _text: self._suggest())
        choose = QtWidgets.QToolButton(self)
        choose.setText("…")
        choose.setToolTip("Choose a folder")
        choose.setAccessibleName("Choose a folder")
        choose.clicked.connect(lambda _=False: self._choose())
        row.addWidget(self.url, 1)
        row.addWidget(choose)
        column.addLayout(row)
        self.name = self._line("Its name")
        column.addWidget(self.name)
        self.encrypt = QtWidgets.QCheckBox("Encrypted", self)
        self.encrypt.setToolTip(
            "An empty place gets encrypted; one that is encrypted is opened with its passphrase"
        )
        column.addWidget(self.encrypt)
        self.first = self._line("Passphrase")
        self.again = self._line("Passphrase again")
        for field in (self.first, self.again):
            field.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
            field.hide()
            self.encrypt.toggled.connect(field.setVisible)
            column.addWidget(field)
        self.add = make_button("Add", "Note it; nothing is sent yet", self)
        self.add.clicked.connect(lambda _=False: self._add())
        column.addWidget(self.add)
        self.hide()

    def _line(self, text: str) -> Any:
        made = QtWidgets.QLineEdit(self)
        made.setPlaceholderText(text)
        made.setMinimumWidth(1)
        return made

    def _choose(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "The folder of a remote")
        if path:
            self.url.setText(path)

    def _suggest(self) -> None:
        state = self.app.state
        if state is not None and not self.name.isModified():
            taken = [one.name for one in state.remotes.remotes]
            self.name.setText(logic.suggested_name(self.url.text(), taken))

    def _add(self) -> None:
        session, encrypt = self.app.session, self.encrypt.isChecked()
        first, again = str(self.first.text()), str(self.again.text())
        url, name = str(self.url.text()).strip(), str(self.name.text()).strip()
        wrong = logic.fault(url, first, again, encrypt=encrypt)
        if wrong or session is None:
            self._say(wrong)
            return
        for field in (self.first, self.again):
            field.clear()
        session.remotes.add(name, url, first if encrypt else None, then=self._came)

    def _came(self, key: str) -> None:
        for field in (self.url, self.name, self.first, self.again):
            field.clear()
        self.encrypt.setChecked(False)
        self.hide()
        self._made(key)
