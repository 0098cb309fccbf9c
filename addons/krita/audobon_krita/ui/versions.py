# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of the open document or of the chosen asset: looked at, compared, brought back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host import opened
from ..host.documents import Refused, open_file
from ..host.images import Pixmaps
from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic import history as logic
from ..logic.filelayers import name_from
from .asking import Ask, label
from .difference import Difference
from .risks import Risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State
    from audobon.session.state import Chosen

    from ..logic.app import App

__all__ = ["Versions"]

_ICON = 48
_ROW = QtCore.Qt.ItemDataRole.UserRole
_DOCUMENT, _CHOSEN = "This document", "The chosen asset"


class Versions(QtWidgets.QWidget):
    """A list with pictures, what can be done with what is picked there, and a comparison."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self.risks = Risks(app, say)
        self.pixmaps = Pixmaps()
        self._shown: Chosen | None = None
        self._rows: tuple[logic.Row, ...] = ()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        self.whose = QtWidgets.QComboBox(self)
        self.whose.addItems([_DOCUMENT, _CHOSEN])
        self.whose.setToolTip("Whose versions are shown")
        self.whose.setMinimumContentsLength(8)
        self.whose.activated.connect(lambda _row: self._refresh())
        column.addWidget(self.whose)
        self.hint = label(self)
        column.addWidget(self.hint)
        column.addWidget(self._list(), 1)
        column.addLayout(self._buttons())
        self.question = Ask(self)
        column.addWidget(self.question)
        self.difference = Difference(self)
        self.difference.closed.connect(self._forget)
        self.difference.paged.connect(self._page)
        column.addWidget(self.difference)

    def _list(self) -> Any:
        self.list = QtWidgets.QListWidget(self)
        self.list.setIconSize(QtCore.QSize(_ICON, _ICON))
        mode = QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection
        self.list.setSelectionMode(mode)
        self.list.setTextElideMode(QtCore.Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(2 * _ICON + 16)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemDoubleClicked.connect(lambda _item: self.open_beside())
        return self.list

    def _buttons(self) -> Any:
        grid = QtWidgets.QGridLayout()
        self.compare = self._button(
            *("What Changed", self.compare_picked),
            "Pick one version to see what it changed, or two to compare them with each other",
        )
        self.beside = self._button(
            *("Open Beside", self.open_beside),
            "Write this version as a file beside the present one, and open it as a document",
        )
        self.insert = self._button(
            *("Insert as Layers", self.insert_layers),
            "Bring the layers of this version into the open document, as a group",
        )
        self.restore = self._button(
            *("Restore…", self.ask_restore),
            "Put the file back as it was in this version; what it is now is kept",
        )
        for number, button in enumerate((self.compare, self.beside, self.insert, self.restore)):
            grid.addWidget(button, number // 2, number % 2)
        return grid

    def _button(self, text: str, call: Callable[[], None], tip: str) -> Any:
        button = QtWidgets.QPushButton(text, self)
        button.setToolTip(tip)
        button.setMinimumWidth(40)
        button.clicked.connect(lambda _=False: call())
        return button

    # What is shown

    def show_state(self, state: State) -> None:
        """Show the versions of what was asked for."""
        chosen = self._wanted(state)
        if chosen != self._shown:
            self._fill(chosen)
        self.hint.setText(self._hint(chosen))
        self.hint.setVisible(bool(self.hint.text()))
        changes = state.past.changes
        if changes is not None and (chosen is None or changes.ident != chosen.asset.id):
            changes = None
        title = "" if changes is None else logic.changes_title(chosen, changes)
        self.difference.show_changes(changes, title)
        self._enable()

    def _wanted(self, state: State) -> Chosen | None:
        return state.document if self.whose.currentText() == _DOCUMENT else state.chosen

    def _hint(self, chosen: Chosen | None) -> str:
        if chosen is None and self.whose.currentText() == _CHOSEN:
            return "Choose an asset on the page Assets."
        if chosen is None:
            return "The open document is no asset of this library: Save as Asset makes it one."
        if chosen.problem is not None:
            return chosen.problem.message
        if not chosen.complete:
            return "Reading the history"
        return "" if chosen.versions else "No version holds it yet: New Version makes the first."

    def _fill(self, chosen: Chosen | None) -> None:
        before = self._shown
        same = before is not None and chosen is not None and before.asset.id == chosen.asset.id
        picked = [row.revision for row in self.picked()] if same else []
        self._shown, self._rows = chosen, () if chosen is None else logic.rows(chosen)
        if not same:
            self.question.hide()
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for number, row in enumerate(self._rows):
            item = QtWidgets.QListWidgetItem(f"{row.title}\n{row.about}", self.list)
            item.setData(_ROW, number)
            item.setToolTip(row.tip)
            item.setSizeHint(QtCore.QSize(10, _ICON + 6))
            item.setSelected(row.revision in picked)
        self.list.blockSignals(blocked)

    def step(self, session: Session) -> None:
        """Ask for the pictures that are seen, and show those that have come."""
        seen = [row for row in self._seen() if row[1].picture is not None]
        session.want_pictures([row.picture for _, row in seen if row.picture is not None])
        for item, row in seen:
            if row.picture is None or not item.icon().isNull():
                continue
            key = logic.picture_key(row.picture)
            if self.pixmaps.get(key) is None:
                data = session.picture(row.picture)
                if not isinstance(data, bytes) or not self.pixmaps.put(key, data):
                    continue
            item.setIcon(QtGui.QIcon(self.pixmaps.get(key)))

    def _seen(self) -> list[tuple[Any, logic.Row]]:
        area, found = self.list.viewport().rect(), []
        for number, row in enumerate(self._rows):
            item = self.list.item(number)
            if self.list.visualItemRect(item).intersects(area):
                found.append((item, row))
        return found

    def picked(self) -> list[logic.Row]:
        """The rows that are picked, from the top."""
        numbers = sorted(item.data(_ROW) for item in self.list.selectedItems())
        return [self._rows[number] for number in numbers if number < len(self._rows)]

    def _version(self) -> logic.Row | None:
        """The one version that is picked."""
        picked = self.picked()
        return picked[0] if len(picked) == 1 and picked[0].revision != logic.NOW else None

    def _pair(self) -> tuple[str, str] | None:
        numbers = [item.data(_ROW) for item in self.list.selectedItems()]
        return logic.compared(self._rows, numbers)

    def _enable(self) -> None:
        state = self.app.state
        one = self._version() is not None
        writes = state is not None and not state.read_only
        self.compare.setEnabled(self._pair() is not None)
        self.beside.setEnabled(one and writes)
        self.insert.setEnabled(one and opened.active().there)
        self.restore.setEnabled(one and writes)

    def _refresh(self) -> None:
        if self.app.state is not None:
            self.show_state(self.app.state)

    # What is clicked

    def compare_picked(self) -> None:
        """Look at what changed between the picked versions."""
        session, pair = self.app.session, self._pair()
        if session is not None and self._shown is not None and pair is not None:
            session.history.compare(self._shown.asset.id, *pair, size=logic.PIXELS)

    def _forget(self) -> None:
        if self.app.session is not None:
            self.app.session.history.forget_changes()

    def _page(self, ident: str, a: str, b: str) -> None:
        if self.app.session is not None:
            self.app.session.history.page(a, b, ident, then=opened.show_page)

    def open_beside(self) -> None:
        """Write the picked version beside the present file, and open it."""
        session, row = self.app.session, self._version()
        if session is None or self._shown is None or row is None or not self.beside.isEnabled():
            return
        session.history.take_out(self._shown.asset.id, row.revision, then=self._open)

    def _open(self, path: str) -> None:
        try:
            open_file(path)
        except Refused as refused:
            self._say(str(refused))

    def insert_layers(self) -> None:
        """Bring the picked version into the document that is open now, wherever one goes then."""
        session, row, chosen = self.app.session, self._version(), self._shown
        document = opened.active()
        if session is None or chosen is None or row is None or not document.there:
            return
        name = logic.group_name(chosen, row.revision)
        home = str(Path(chosen.asset.file).parent)

        def come(path: str) -> None:
            if not document.still_open:
                self._say("The document was closed before the layers came")
                return
            try:
                if logic.keeps_layers(path):
                    document.insert_group(path, name)
                else:
                    document.insert(path, name)
            except Refused as refused:
                self._say(str(refused))

        prepare = partial(name_from, home=home)
        session.history.lend(chosen.asset.id, row.revision, prepare=prepare, then=come)

    def ask_restore(self) -> None:
        """Ask whether the picked version is to be the file again."""
        row, chosen = self._version(), self._shown
        if row is None or chosen is None:
            return
        path = chosen.asset.file
        text = (
            f"{chosen.asset.name} becomes as it was in “{row.title}”. What it is now is kept:"
            " Points has it."
        )
        if opened.at(path).there:
            text += " It is open here, and is loaded again afterwards."
        ident, revision = chosen.asset.id, row.revision

        def restore(then: Callable[[bool], None], _choice: Any) -> None:
            if self.app.session is not None:
                self.app.session.history.restore(ident, revision, then=then)

        self.risks.ask(self.question, text, "Restore", path.__eq__, restore, file=path)
