# SPDX-License-Identifier: GPL-3.0-or-later
"""A row in which the passphrase of an encrypted place is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from .pieces import make_button

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Passphrase"]


class Passphrase(QtWidgets.QWidget):
    """A field that shows no letters and a button; ``given`` is called by both, and takes it."""

    def __init__(self, tip: str, given: Callable[[], None], parent: Any) -> None:
        super().__init__(parent)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.field = QtWidgets.QLineEdit(self)
        self.field.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText("Passphrase")
        self.field.setMinimumWidth(1)
        self.give = make_button("Open", tip, self)
        row.addWidget(self.field, 1)
        row.addWidget(self.give)
        self.field.returnPressed.connect(given)
        self.give.clicked.connect(lambda _=False: given())

    def take(self) -> str:
        """What was typed, which the field forgets."""
        text = str(self.field.text())
        self.field.clear()
        return text
