# SPDX-License-Identifier: GPL-3.0-or-later
"""How far something is that takes its time, with a button that stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from .asking import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session.state import Doing

__all__ = ["Progress"]


class Progress(QtWidgets.QWidget):
    """A name, a bar and a button; hidden while nothing is being done."""

    def __init__(self, cancel: Callable[[], object], parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.text = label(self)
        column.addWidget(self.text)
        row = QtWidgets.QHBoxLayout()
        self.bar = QtWidgets.QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(1)
        self.bar.setMaximumHeight(10)
        self.stop = QtWidgets.QToolButton(self)
        self.stop.setText("Stop")
        self.stop.setToolTip("Stop it; what is done already is used the next time")
        self.stop.clicked.connect(lambda _=False: cancel())
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        column.addLayout(row)
        self.hide()

    def show_doing(self, doing: Doing | None) -> None:
        """Show how far it is."""
        self.setVisible(doing is not None)
        if doing is None:
            return
        self.text.setText(f"{doing.name}, stopping" if doing.cancelling else doing.name)
        self.text.setToolTip(doing.text)
        self.stop.setEnabled(not doing.cancelling)
        if doing.fraction is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * doing.fraction))
