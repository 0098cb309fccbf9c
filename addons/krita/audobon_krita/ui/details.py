# SPDX-License-Identifier: GPL-3.0-or-later
"""The chosen asset: what it is, stars, tags, its versions, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import words

if TYPE_CHECKING:
    from audobon.session import State
    from audobon.session.state import Chosen

__all__ = ["Details", "History"]


class History(QtWidgets.QListWidget):
    """Versions, newest first; a double click asks for one."""

    wanted = QtCore.pyqtSignal(str, str)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setMaximumHeight(4 * self.fontMetrics().height())
        self._shown: Chosen | None = None
        self.itemDoubleClicked.connect(self._ask)

    def show_chosen(self, chosen: Chosen | None) -> None:
        if chosen == self._shown:
            return
        self._shown = chosen
        self.clear()
        for one in () if chosen is None else chosen.versions:
            item = QtWidgets.QListWidgetItem(words.version(one), self)
            item.setData(QtCore.Qt.ItemDataRole.UserRole, one.id)
            item.setToolTip(f"{one.message}\n{one.author}\nDouble-click opens it beside")

    def _ask(self, item: Any) -> None:
        if self._shown is not None:
            revision = item.data(QtCore.Qt.ItemDataRole.UserRole)
            self.wanted.emit(self._shown.asset.id, revision)


class Details(QtWidgets.QWidget):
    """Below the grid."""

    rated = QtCore.pyqtSignal(int)
    tagged = QtCore.pyqtSignal(str)
    untagged = QtCore.pyqtSignal(str)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.title = QtWidgets.QLabel(self)
        self.title.setWordWrap(True)
        self.title.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        column.addWidget(self.title)
        row = QtWidgets.QHBoxLayout()
        self.stars = []
        for number in range(1, 6):
            star = QtWidgets.QToolButton(self)
            star.setAutoRaise(True)
            star.setAccessibleName(f"{number} stars")
            star.clicked.connect(lambda _=False, stars=number: self._rate(stars))
            row.addWidget(star)
            self.stars.append(star)
        self.new_tag = QtWidgets.QLineEdit(self)
        self.new_tag.setPlaceholderText("add tags")
        self.new_tag.returnPressed.connect(self._tag)
        row.addWidget(self.new_tag, 1)
        column.addLayout(row)
        self.tags = QtWidgets.QLabel(self)
        self.tags.setWordWrap(True)
        self.tags.setTextFormat(QtCore.Qt.TextFormat.RichText)
        self.tags.setToolTip("A click takes the tag off")
        self.tags.linkActivated.connect(self.untagged.emit)
        column.addWidget(self.tags)
        self.history = History(self)
        column.addWidget(self.history)
        self._rating = 0

    def show_state(self, state: State) -> None:
        """Show the chosen asset, or nothing."""
        chosen = state.chosen
        self.setVisible(chosen is not None)
        if chosen is None:
            return
        asset = chosen.asset
        self.title.setText(words.headline(asset))
        self._rating = asset.rating
        for number, star in enumerate(self.stars, 1):
            star.setText("★" if number <= asset.rating else "☆")
            star.setEnabled(not state.read_only)
        self.new_tag.setEnabled(not state.read_only)
        self.tags.setText(words.links(asset.tags))
        self.tags.setVisible(bool(asset.tags))
        self.history.show_chosen(chosen)
        self.history.setVisible(bool(chosen.versions))

    def _rate(self, stars: int) -> None:
        # A click on the stars that it has takes them back.
        self.rated.emit(0 if stars == self._rating else stars)

    def _tag(self) -> None:
        self.tagged.emit(self.new_tag.text())
        self.new_tag.clear()
