# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a taught tag, of one kind at a time; each is answered yes or no by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.images import Pixmaps
from ..host.qt import QtCore, QtWidgets
from ..logic import teaching as logic
from .pieces import make_label

if TYPE_CHECKING:
    from audobon.panel.taughtpage import TeachPage
    from audobon.panel.teaching import Picture, TeachView
    from audobon.session import Session, State

__all__ = ["Examples"]

_EDGE, _SIZE = 64, 256
_ROW = 3


class _Cell(QtWidgets.QWidget):
    """A picture with what the next lesson takes it for; a click changes it, the same takes it back.

    ``answered`` tells the id and True, False or None.
    """

    answered = QtCore.pyqtSignal(str, object)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._ident = ""
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.picture = QtWidgets.QLabel(self)
        self.picture.setFixedHeight(_EDGE)
        self.picture.setMinimumWidth(1)
        self.picture.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.picture)
        self.text = QtWidgets.QLabel(self)
        self.text.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.text.setMinimumWidth(1)
        self.text.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.text)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(1)
        self.yes, self.no = QtWidgets.QToolButton(self), QtWidgets.QToolButton(self)
        for button, sign, answer in ((self.yes, "✓", True), (self.no, "✕", False)):
            button.setText(sign)
            button.setCheckable(True)
            button.setAutoRaise(True)  # so that the pressed one alone has a frame
            button.clicked.connect(
                lambda on=False, answer=answer: self.answered.emit(
                    self._ident, answer if on else None
                )
            )
            row.addWidget(button)
        column.addLayout(row)

    def show_picture(self, one: Picture, *, writes: bool) -> None:
        """Show this one."""
        self._ident = one.asset.id
        room = max(30, self.width() - 2)
        elided = self.text.fontMetrics().elidedText(
            one.text, QtCore.Qt.TextElideMode.ElideMiddle, room
        )
        self.text.setText(elided)
        for button, answer, said in ((self.yes, True, "has"), (self.no, False, "has not")):
            button.setChecked(one.yes is answer)
            button.setEnabled(writes)
            button.setAccessibleName(f"{one.asset.name} {said} the tag")
            button.setToolTip(
                f"{one.tip}\nIt {said} the tag; a click on what is pressed takes it back"
            )
        self.picture.setToolTip(one.tip)


class Examples(QtWidgets.QWidget):
    """Kinds of pictures as a list to choose from, and those of the chosen kind, some at a time."""

    marked = QtCore.pyqtSignal(str, object)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._page: TeachPage | None = None
        self._state: State | None = None
        self._pixmaps = Pixmaps(_EDGE)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.kinds = QtWidgets.QComboBox(self)
        self.kinds.setAccessibleName("Which pictures are shown")
        self.kinds.setMinimumContentsLength(1)
        self.kinds.activated.connect(self._open)
        column.addWidget(self.kinds)
        self.about = make_label("", self)
        column.addWidget(self.about)
        grid = QtWidgets.QGridLayout()
        grid.setSpacing(4)
        self.cells = [_Cell(self) for _ in range(logic.PICTURES)]
        for at, cell in enumerate(self.cells):
            cell.answered.connect(self.marked)
            grid.addWidget(cell, at // _ROW, at % _ROW)
        for at in range(_ROW):
            grid.setColumnStretch(at, 1)
        column.addLayout(grid)
        row = QtWidgets.QHBoxLayout()
        self.place = make_label("", self)
        row.addWidget(self.place, 1)
        self.turns = []
        for text, tip, by in (("◀", "Those before", -1), ("▶", "The next ones", 1)):
            button = QtWidgets.QToolButton(self)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, by=by: self._step(by))
            row.addWidget(button)
            self.turns.append(button)
        column.addLayout(row)

    def step(self, session: Session, page: TeachPage) -> None:
        """Fetch the pictures that are shown."""
        shown = [one.asset for one in page.pictures(session.state)] if self.isVisible() else []
        if not shown:
            return
        session.want_pictures(shown, _SIZE)
        for asset, cell in zip(shown, self.cells, strict=False):
            key = logic.key(asset)
            if not self._pixmaps.has(key):
                data = session.picture(asset, _SIZE)
                if not isinstance(data, bytes) or not self._pixmaps.put(key, data):
                    continue
                cell.picture.setPixmap(self._pixmaps.get(key))

    def show_view(self, view: TeachView, page: TeachPage, state: State) -> None:
        """Show the kinds that there are, and the pictures of one."""
        self._page, self._state = page, state
        groups = (*view.groups, *view.examples)
        self.setVisible(bool(groups))
        rows = [
            (one.title if one in view.examples else f"{one.title}: {len(one.pictures)}", one.name)
            for one in groups
        ]
        there = [(self.kinds.itemText(at), self.kinds.itemData(at))
                 for at in range(self.kinds.count())]  # fmt: skip
        if rows != there:
            self.kinds.clear()
            for title, name in rows:
                self.kinds.addItem(title, name)
        group = page.group(state)
        if group is None:
            return
        self.kinds.setCurrentIndex(self.kinds.findData(group.name))
        self.about.setText(group.about)
        pictures = page.pictures(state)
        for at, cell in enumerate(self.cells):
            cell.setVisible(at < len(pictures))
            if at < len(pictures):
                cell.show_picture(pictures[at], writes=not state.read_only)
                found = self._pixmaps.get(logic.key(pictures[at].asset))
                cell.picture.clear() if found is None else cell.picture.setPixmap(found)
        place = page.place(state)
        self.place.setText(place)
        for button in (self.place, *self.turns):
            button.setVisible(bool(place))

    def _open(self, _at: int) -> None:
        if self._page is not None:
            self._page.open(str(self.kinds.currentData()))
            self._again()

    def _step(self, by: int) -> None:
        if self._page is not None and self._state is not None:
            self._page.step(self._state, by)
            self._again()

    def _again(self) -> None:
        page, state = self._page, self._state
        view = None if page is None or state is None else page.view(state)
        if page is not None and state is not None and view is not None:
            self.show_view(view, page, state)
