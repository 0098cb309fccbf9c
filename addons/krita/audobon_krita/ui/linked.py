# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the chosen asset is used, what it uses, and what of it is missing or out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import linked as logic

if TYPE_CHECKING:
    from audobon.session import State

__all__ = ["Linked"]

_LINES = 6
_ROLE = QtCore.Qt.ItemDataRole.UserRole
_MARKS = {"missing": "✗", "older": "↻", "outside": "?"}


class Linked(QtWidgets.QListWidget):
    """Headings that find all of their kind, and files below them to go to, by a click or Enter."""

    chosen = QtCore.pyqtSignal(str)
    asked = QtCore.pyqtSignal(str)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setAccessibleName("Used by, and uses")
        self.setTextElideMode(QtCore.Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: Any = None
        self.itemClicked.connect(self._go)
        self.itemActivated.connect(self._go)
        self.hide()

    def show_state(self, state: State, *, several: bool) -> None:
        """Show it of the chosen asset; hidden where there is nothing, and for several."""
        shown = () if several else logic.lines(state)
        if shown == self._shown:
            return
        self._shown = shown
        self.clear()
        for line in shown:
            mark = _MARKS.get(line.mark, "")
            text = line.text if line.head else f"   {mark + ' ' if mark else ''}{line.text}"
            item = QtWidgets.QListWidgetItem(text, self)
            item.setToolTip(line.tip)
            item.setData(_ROLE, (line.ident, line.query))
            if line.head:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
        height = self.sizeHintForRow(0) if shown else 0
        self.setFixedHeight(min(len(shown), _LINES) * height + 2 * self.frameWidth())
        self.setVisible(bool(shown))

    def _go(self, item: Any) -> None:
        ident, query = item.data(_ROLE)
        if query:
            self.asked.emit(query)
        elif ident:
            self.chosen.emit(ident)
