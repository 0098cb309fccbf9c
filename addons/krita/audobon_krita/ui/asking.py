# SPDX-License-Identifier: GPL-3.0-or-later
"""A question in the docker itself, with its answers as buttons: no box that holds Krita up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..host.qt import QtCore, QtWidgets

__all__ = ["Ask", "label"]

Answer = tuple[str, Callable[[], object]]


def label(parent: Any, text: str = "") -> Any:
    """Text that is wrapped, and shown as it is."""
    made = QtWidgets.QLabel(text, parent)
    made.setWordWrap(True)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    # Else the longest word of a path makes the whole docker wider.
    made.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
    return made


class Ask(QtWidgets.QFrame):
    """Hidden until it asks; an answer hides it, and so does Cancel."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self.text = label(self)
        self._column.addWidget(self.text)
        self.buttons: list[Any] = []
        self.hide()

    def ask(self, text: str, answers: Sequence[Answer], leave: Answer | None = None) -> None:
        """Ask in place of what was asked before; ``leave`` is a Cancel that does something."""
        for button in self.buttons:
            button.deleteLater()
        self.text.setText(text)
        self.buttons = [self._button(*answer) for answer in answers]
        self.buttons.append(self._button(*(leave or ("Cancel", lambda: None))))
        self.show()

    def _button(self, text: str, call: Callable[[], object]) -> Any:
        def answered() -> None:
            self.hide()
            call()

        button = QtWidgets.QPushButton(text, self)
        button.setMinimumWidth(40)
        button.clicked.connect(answered)
        self._column.addWidget(button)
        return button
