# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for tags with commas between them, which offers those that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import many

if TYPE_CHECKING:
    from audobon.session import State

__all__ = ["TagField"]


class TagField(QtWidgets.QLineEdit):
    """``taking`` says that what is typed is to be taken off."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.taking = False
        self._state: State | None = None
        self._typed = ""
        self.setMinimumWidth(40)
        self.names = QtCore.QStringListModel(self)
        self.offer = QtWidgets.QCompleter(self.names, self)
        mode = QtWidgets.QCompleter.CompletionMode.UnfilteredPopupCompletion
        self.offer.setCompletionMode(mode)
        self.offer.setWidget(self)
        self.offer.activated.connect(self._complete)
        self.textEdited.connect(self._offer)
        self.take(False)

    def take(self, taking: bool) -> None:
        """Whether tags are taken off or added."""
        self.taking = taking
        self.setPlaceholderText("take tags off" if taking else "add tags")

    def show_state(self, state: State) -> None:
        """Which tags there are."""
        self._state = state

    def _offer(self, typed: str) -> None:
        self._typed = typed
        known = () if self._state is None else self._state.tags
        last = typed.rpartition(",")[2].strip()
        names = many.known((name for name, _ in known), typed) if last else []
        self.names.setStringList([name for name in names if name != last])
        if self.names.rowCount():
            self.offer.complete()
        else:
            self.offer.popup().hide()

    def _complete(self, name: str) -> None:
        self.setText(many.completed(self._typed, name))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """Escape adds again, and gives the keys back."""
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.clear()
            self.take(False)
            self.clearFocus()
        else:
            super().keyPressEvent(event)
