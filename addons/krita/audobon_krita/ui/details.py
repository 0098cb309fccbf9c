# SPDX-License-Identifier: GPL-3.0-or-later
"""The chosen asset: what it is, stars, tags, its versions, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import many, words
from .linked import Linked
from .tagging import TagField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon.model.asset import Asset
    from audobon.session import State
    from audobon.session.state import Chosen

__all__ = ["Details", "History"]

_TAGS = 40
# More do not fit.


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
        self.why = QtWidgets.QLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.why.setAccessibleName("Why it was found")
        self.why.hide()
        column.addWidget(self.why)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(0)
        self.stars = []
        for number in range(1, 6):
            star = QtWidgets.QToolButton(self)
            star.setAutoRaise(True)
            star.setAccessibleName(f"{number} stars")
            star.setFixedWidth(star.fontMetrics().horizontalAdvance("★") + 4)
            star.clicked.connect(lambda _=False, stars=number: self._rate(stars))
            row.addWidget(star)
            self.stars.append(star)
        self.new_tag = TagField(self)
        self.new_tag.returnPressed.connect(self._tag)
        row.addSpacing(4)
        row.addWidget(self.new_tag, 1)
        column.addLayout(row)
        self.tags = QtWidgets.QLabel(self)
        self.tags.setWordWrap(True)
        self.tags.setMinimumHeight(self.tags.fontMetrics().height())
        self.tags.setTextFormat(QtCore.Qt.TextFormat.RichText)
        self.tags.setToolTip("A click takes the tag off")
        self.tags.linkActivated.connect(self.untagged.emit)
        column.addWidget(self.tags)
        self.linked = Linked(self)
        column.addWidget(self.linked)
        self.history = History(self)
        column.addWidget(self.history)
        self._rating = 0
        self.ident = ""

    def show_state(self, state: State, selected: Sequence[Asset] = ()) -> None:
        """Show the chosen asset, or nothing; of several selected ones how many, and their tags."""
        chosen = state.chosen
        for part in (*self.stars, self.new_tag):
            part.setEnabled(chosen is not None and not state.read_only)
        if chosen is None:
            # It keeps its room: a grid that shrinks under a double click is hit elsewhere.
            self.ident = ""
            self.why.hide()
            self.title.setText("Nothing is chosen\n")
            self.tags.clear()
            self.linked.show_state(state, several=False)
            self.history.show_chosen(None)
            self.history.hide()
            return
        asset, several = chosen.asset, words.selected(state)
        self.title.setText(f"{several}\n" if several else words.headline(asset))
        self.ident = "" if several else asset.id
        why = "" if several else words.why(state, asset.id)
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self._rating = -1 if several else asset.rating
        shown = 0 if several else asset.rating
        for number, star in enumerate(self.stars, 1):
            star.setText("★" if number <= shown else "☆")
        self.new_tag.show_state(state)
        tags = many.common_tags(selected) if several else sorted(asset.tags)
        self.tags.setText(words.links(tags[:_TAGS]))
        self.linked.show_state(state, several=bool(several))
        self.history.show_chosen(chosen)
        self.history.setVisible(bool(chosen.versions) and not several)

    def _rate(self, stars: int) -> None:
        # A click on the stars that it has takes them back.
        self.rated.emit(0 if stars == self._rating else stars)

    def _tag(self) -> None:
        signal = self.untagged if self.new_tag.taking else self.tagged
        signal.emit(self.new_tag.text())
        self.new_tag.clear()
        self.new_tag.take(False)
