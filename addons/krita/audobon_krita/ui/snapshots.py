# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots: when they are made, which there are, a new one, and the way back from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import history
from ..logic import snapshots as logic
from ..logic.health import breakable
from .asking import Ask
from .passphrase import Passphrase
from .pieces import make_button, make_label
from .progress import Progress
from .risks import Risks
from .snapshot_files import SnapshotFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Snapshots"]


class Snapshots(QtWidgets.QWidget):
    """The list of a place; in its place the files of one snapshot, while somebody looks there."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self.risks = Risks(app, say)
        self._say = say
        self._asked = ""
        self._view: logic.View | None = None
        self._settings: object = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(2, 4, 2, 2)
        self.stack = QtWidgets.QStackedWidget(self)
        self.stack.addWidget(self._list_page())
        self.files = SnapshotFiles(app, say, self.stack)
        self.stack.addWidget(self.files)
        column.addWidget(self.stack, 1)
        self.progress = Progress(self._cancel, self)
        column.addWidget(self.progress)

    def _list_page(self) -> Any:
        page = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.failed = make_label("", page)
        self.schedule = make_label("", page)
        column.addWidget(self.failed)
        column.addWidget(self.schedule)
        column.addLayout(self._place_row(page))
        row = QtWidgets.QHBoxLayout()
        self.every = QtWidgets.QComboBox(page)
        self.every.setMinimumWidth(1)
        self.every.setToolTip("How often snapshots are made by themselves in this place")
        self.set = make_button("By Itself", "Make snapshots there by itself, so often", page)
        self.off = make_button("Off", "Make none by itself any more; those that are stay", page)
        row.addWidget(self.every, 2)
        row.addWidget(self.set, 1)
        row.addWidget(self.off, 1)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        self.take = make_button("Take Now", "Keep everything as it is now in this place", page)
        self.look = make_button("List", "Look which snapshots this place has", page)
        self.verify = make_button("Verify", "Read every byte of this place and check it", page)
        for button in (self.take, self.look, self.verify):
            row.addWidget(button, 1)
        column.addLayout(row)
        self.locked = Passphrase("Open this encrypted place", self._unlock, page)
        column.addWidget(self.locked)
        self.hint = make_label("", page)
        self.verified = make_label("", page)
        column.addWidget(self.hint)
        column.addWidget(self.verified)
        self.list = QtWidgets.QListWidget(page)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(60)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(lambda _item: self._browse())
        column.addWidget(self.list, 1)
        row = QtWidgets.QHBoxLayout()
        self.browse = make_button("Files…", "Look what is in it, and put one file back", page)
        self.all = make_button("Copy To…", "Write all its files into a new folder", page)
        self.back = make_button("Go Back…", "Make the whole library as it was then", page)
        for button in (self.browse, self.all, self.back):
            row.addWidget(button, 1)
        column.addLayout(row)
        self.question = Ask(page)
        column.addWidget(self.question)
        for button, call in (
            *((self.set, self._set), (self.off, self._off), (self.take, self._take)),
            *((self.look, self._look), (self.verify, self._verify)),
            *((self.browse, self._browse), (self.all, self._choose_folder)),
            (self.back, self._ask_back),
        ):
            button.clicked.connect(lambda _=False, call=call: call())
        return page

    def _place_row(self, page: Any) -> Any:
        row = QtWidgets.QHBoxLayout()
        self.place = QtWidgets.QComboBox(page)
        self.place.setEditable(True)
        self.place.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self.place.setMinimumWidth(1)
        self.place.lineEdit().setPlaceholderText("A folder on another disk, or gs://…")
        self.place.setToolTip("Where snapshots lie: a folder, or an address as gs://bucket/prefix")
        choose = QtWidgets.QToolButton(page)
        choose.setText("…")
        choose.setToolTip("Choose a folder")
        choose.setAccessibleName("Choose a folder")
        choose.clicked.connect(lambda _=False: self._choose_place())
        row.addWidget(self.place, 1)
        row.addWidget(choose)
        return row

    # What is shown

    def step(self, session: Session) -> None:
        """Look into the usual place when the page is seen for the first time with a library."""
        path = session.state.path
        if path != self._asked:
            self._asked = path
            session.snapshots.look()
        self.files.step(session.state)

    def show_state(self, _session: Session, state: State) -> None:
        """Show schedule, list and progress; the files where somebody looks into a snapshot."""
        seen = state.snapshots
        self.stack.setCurrentIndex(0 if seen.files is None else 1)
        self.files.show_state(state)
        self.progress.show_doing(state.snapshotting)
        if seen.settings is not None and (seen.settings, seen.places) != self._settings:
            self._settings = (seen.settings, seen.places)
            self._fill_choices(state)
        view = logic.view(state)
        if view != self._view:
            self._fill(view)
        self.locked.setVisible(seen.locked)
        self._enable()

    def _fill_choices(self, state: State) -> None:
        typed = self.place.currentText()
        self.place.clear()
        self.place.addItems(logic.places(state))
        self.place.setEditText(typed or self.place.itemText(0))
        settings = state.snapshots.settings
        if not self.every.count():
            self.every.addItems([text for text, _ in logic.EVERY])
        if settings is not None:
            self.every.setCurrentIndex(logic.every_at(settings.every))

    def _fill(self, view: logic.View) -> None:
        for label, text in (
            (self.failed, view.failed),
            (self.schedule, "\n".join(filter(None, (view.schedule, view.next)))),
            (self.hint, view.hint),
            (self.verified, view.verified),
        ):
            label.setText(breakable(text))
            label.setVisible(bool(text))
        if self._view is None or view.rows != self._view.rows:
            picked = self.picked()
            blocked = self.list.blockSignals(True)
            self.list.clear()
            for row in view.rows:
                item = QtWidgets.QListWidgetItem(f"{row.title}\n{row.text}", self.list)
                item.setToolTip(row.tip)
                item.setData(QtCore.Qt.ItemDataRole.UserRole, row.id)
                if row.id == picked:
                    self.list.setCurrentItem(item)
            self.list.blockSignals(blocked)
        self._view = view

    def picked(self) -> str:
        """The id of the snapshot that is picked, empty for none."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(QtCore.Qt.ItemDataRole.UserRole))

    def _enable(self) -> None:
        state = self.app.state
        if state is None:
            return
        idle, writes = state.snapshotting is None, not state.read_only
        one = idle and bool(self.picked())
        settings = state.snapshots.settings
        for button, there in (
            *((self.browse, one), (self.all, one), (self.back, one and writes)),
            *((self.take, idle and writes), (self.look, idle), (self.verify, idle)),
            *((self.set, idle and writes), (self.locked.give, idle)),
            (self.off, idle and writes and settings is not None and bool(settings.to)),
        ):
            button.setEnabled(there)

    # What is clicked

    def _with(self, call: Callable[[Any], object]) -> None:
        if self.app.session is not None:
            call(self.app.session.snapshots)

    def _typed(self) -> str:
        return str(self.place.currentText()).strip()

    def _choose_place(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "A folder for snapshots")
        if path:
            self.place.setEditText(path)

    def _set(self) -> None:
        if not self._typed():
            self._say("Say where snapshots are to lie first")
            return
        every = logic.EVERY[self.every.currentIndex()][1]
        self._with(lambda snapshots: snapshots.schedule(self._typed(), every))

    def _off(self) -> None:
        every = logic.EVERY[self.every.currentIndex()][1]
        self._with(lambda snapshots: snapshots.schedule("", every))

    def _take(self) -> None:
        self._with(lambda snapshots: snapshots.take(self._typed()))

    def _look(self) -> None:
        self._with(lambda snapshots: snapshots.look(self._typed()))

    def _verify(self) -> None:
        self._with(lambda snapshots: snapshots.verify(self._typed()))

    def _unlock(self) -> None:
        state = self.app.state
        if state is not None and (passphrase := self.locked.take()):
            place = state.snapshots.place
            self._with(lambda snapshots: snapshots.unlock(place, passphrase))

    def _browse(self) -> None:
        ident = self.picked()
        self._with(lambda snapshots: snapshots.browse(ident))

    def _cancel(self) -> None:
        self._with(lambda snapshots: snapshots.cancel())

    def _choose_folder(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "A new, empty folder for the files")
        if path:
            self.copy_to(path)

    def copy_to(self, folder: str) -> None:
        """Write all files of the picked snapshot there."""
        ident = self.picked()
        self._with(lambda snapshots: snapshots.restore_all(ident, folder))

    def _ask_back(self) -> None:
        session, state, ident = self.app.session, self.app.state, self.picked()
        if session is None or state is None or not ident:
            return
        followed = history.library_files(state)

        def back(then: Callable[[bool], None], _choice: Any) -> None:
            session.snapshots.go_back(ident, then=then)

        when = self.list.currentItem().text().partition("\n")[0]
        text = logic.back_text(when)
        self.risks.ask(self.question, text, "Go Back", followed, back)
