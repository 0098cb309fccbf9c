# SPDX-License-Identifier: GPL-3.0-or-later
"""A form in which a new passphrase is typed twice; it keeps nothing that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from .asking import label
from .pieces import make_button

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NewPassphrase"]


class NewPassphrase(QtWidgets.QFrame):
    """Hidden until it asks. ``name`` is shown where a new one gets a name."""

    def __init__(self, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self._say = say
        self._fault: Callable[[str, str, str | None], str] | None = None
        self._given: Callable[[str, str], object] | None = None
        self._named = False
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.text = label(self)
        column.addWidget(self.text)
        self.name = self._line("Its name", column)
        self.first = self._line("Passphrase", column)
        self.again = self._line("Passphrase again", column)
        for field in (self.first, self.again):
            field.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        row = QtWidgets.QHBoxLayout()
        self.give = make_button("OK", "Nothing that was typed is kept here", self)
        self.leave = make_button("Cancel", "Nothing is changed", self)
        row.addWidget(self.give, 1)
        row.addWidget(self.leave, 1)
        column.addLayout(row)
        self.again.returnPressed.connect(self._give)
        self.give.clicked.connect(lambda _=False: self._give())
        self.leave.clicked.connect(lambda _=False: self.end())
        self.hide()

    def _line(self, text: str, column: Any) -> Any:
        made = QtWidgets.QLineEdit(self)
        made.setPlaceholderText(text)
        made.setMinimumWidth(1)
        column.addWidget(made)
        return made

    def ask(
        self,
        text: str,
        button: str,
        fault: Callable[[str, str, str | None], str],
        given: Callable[[str, str], object],
        *,
        named: bool = False,
    ) -> None:
        """Ask in place of what was asked before; ``given`` gets the name and the passphrase.

        ``fault`` says why what was typed twice, under a name or none, cannot be taken.
        """
        self.end()
        self._fault, self._given, self._named = fault, given, named
        self.text.setText(text)
        self.give.setText(button)
        self.name.setVisible(named)
        self.show()

    def _give(self) -> None:
        name, first = str(self.name.text()).strip(), str(self.first.text())
        fault, given = self._fault, self._given
        if fault is None or given is None or not self.give.isEnabled():
            return
        if wrong := fault(first, str(self.again.text()), name if self._named else None):
            self._say(wrong)
            return
        self.end()
        given(name, first)

    def end(self) -> None:
        """Forget what was typed, and hide."""
        for field in (self.name, self.first, self.again):
            field.clear()
        self._fault = self._given = None
        self.hide()
