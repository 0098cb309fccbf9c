# SPDX-License-Identifier: GPL-3.0-or-later
"""All of the docker: welcome, search, grid, the chosen asset, the document, the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import documents
from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic import document as doc
from ..logic import grid as logic
from ..logic import words
from .details import Details, History
from .footer import Footer
from .grid import Grid

if TYPE_CHECKING:
    from pathlib import Path

    from audobon.model.asset import Asset
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Panel"]

_USES = {
    "layer": "Insert as Layer",
    "file layer": "Insert as File Layer",
    "reference": "Insert as Reference",
    "open": "Open",
}


class Panel(QtWidgets.QWidget):
    """Shows the app's state, and turns clicks into calls of ``logic``."""

    def __init__(self, app: App, parent: Any = None) -> None:
        super().__init__(parent)
        self.app = app
        self._number = -1
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.stack = QtWidgets.QStackedWidget(self)
        self.stack.addWidget(self._welcome())
        self.stack.addWidget(self._library())
        column.addWidget(self.stack, 1)
        self.footer = Footer(self)
        column.addWidget(self.footer)

    def _welcome(self) -> Any:
        page = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(page)
        self.hello = QtWidgets.QLabel(
            "A library is a folder of your own files. They stay where they are, and nothing"
            " leaves this machine.",
            page,
        )
        self.hello.setWordWrap(True)
        column.addWidget(self.hello)
        for text, call in (("New Library…", self._new), ("Open Library…", self._open)):
            button = QtWidgets.QPushButton(text, page)
            button.clicked.connect(call)
            column.addWidget(button)
        self.recent = QtWidgets.QListWidget(page)
        self.recent.itemActivated.connect(lambda item: self.app.open(item.text()))
        column.addWidget(self.recent, 1)
        return page

    def _library(self) -> Any:
        page = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        row = QtWidgets.QHBoxLayout()
        self.search = QtWidgets.QLineEdit(page)
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.ask)
        row.addWidget(self.search, 1)
        menu = QtWidgets.QMenu(page)
        menu.addAction("Add a Folder…", self._add_folder)
        menu.addAction("Undo in the Library", self._undo)
        menu.addAction("Close the Library", self.app.leave)
        more = QtWidgets.QToolButton(page)
        more.setText("☰")
        more.setToolTip("The library")
        more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(menu)
        row.addWidget(more)
        column.addLayout(row)
        column.addLayout(self._filters(page))
        self.count = QtWidgets.QLabel(page)
        self.count.setWordWrap(True)
        column.addWidget(self.count)
        self.grid = Grid(page)
        self.grid.chosen.connect(self._choose)
        self.grid.used.connect(lambda asset: self.use("layer", [asset]))
        self.grid.rated.connect(self._rate)
        policy = QtCore.Qt.ContextMenuPolicy.CustomContextMenu
        self.grid.setContextMenuPolicy(policy)
        self.grid.customContextMenuRequested.connect(self._menu)
        column.addWidget(self.grid, 1)
        self.details = Details(page)
        self.details.rated.connect(lambda stars: self._rate(self.grid.selected(), stars))
        self.details.tagged.connect(self._tag)
        self.details.untagged.connect(self._untag)
        self.details.history.wanted.connect(self._old)
        column.addWidget(self.details)
        column.addWidget(self._document(page))
        return page

    def _filters(self, page: Any) -> Any:
        row = QtWidgets.QHBoxLayout()
        self.kind, self.order = QtWidgets.QComboBox(page), QtWidgets.QComboBox(page)
        self.rating = QtWidgets.QComboBox(page)
        self.kind.addItem("Every kind", "")
        for stars in range(6):
            self.rating.addItem("★" * stars + ("+" if 0 < stars < 5 else "") or "All", stars)
        for text, sort in logic.ORDERS:
            self.order.addItem(text, sort)
        for box, tip in ((self.kind, "Kind"), (self.rating, "Stars"), (self.order, "Order")):
            box.setToolTip(tip)
            box.setSizeAdjustPolicy(
                QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(4)
            box.currentIndexChanged.connect(self.ask)
            row.addWidget(box, 1)
        return row

    def _document(self, page: Any) -> Any:
        box = QtWidgets.QGroupBox("This Document", page)
        column = QtWidgets.QVBoxLayout(box)
        row = QtWidgets.QHBoxLayout()
        self.note = QtWidgets.QLineEdit(box)
        self.note.setPlaceholderText("What has changed")
        self.note.returnPressed.connect(self.new_version)
        self.version = QtWidgets.QPushButton("New Version", box)
        self.version.clicked.connect(self.new_version)
        self.keep = QtWidgets.QPushButton("Save as Asset", box)
        self.keep.clicked.connect(self.save_as_asset)
        row.addWidget(self.note, 1)
        row.addWidget(self.version)
        row.addWidget(self.keep)
        column.addLayout(row)
        self.versions = History(box)
        self.versions.wanted.connect(self._old)
        column.addWidget(self.versions)
        self.box = box
        return box

    # Steps of the timer

    def step(self) -> None:
        """Look at the state, and show it where it is another."""
        self.app.pump()
        session, state = self.app.session, self.app.state
        if session is None or state is None:
            if self.app.trouble:
                self.hello.setText(self.app.trouble)
            return
        session.follow_file(documents.active().path)
        if state.number != self._number:
            self._number = state.number
            self._show(session, state)
        if state.phase == "open":
            self.grid.step(session)

    def _show(self, session: Session, state: State) -> None:
        self.stack.setCurrentIndex(1 if state.phase == "open" else 0)
        self.footer.show_state(session, state)
        if state.phase != "open":
            self._show_recent()
            return
        if state.found.wanted.limit != logic.LIMIT:
            self.ask()
        self.grid.show_state(state)
        self.count.setText(words.found(state))
        self._show_kinds(state)
        self.details.show_state(state)
        path = documents.active().path
        self.box.setVisible(documents.active().there and not state.read_only)
        self.version.setVisible(bool(path))
        self.note.setVisible(bool(path))
        self.keep.setVisible(not path or not doc.inside(session, path))
        self.versions.show_chosen(state.document)
        self.versions.setVisible(state.document is not None)

    def _show_recent(self) -> None:
        paths = () if self.app.recent is None else self.app.recent.all()
        shown = [self.recent.item(row).text() for row in range(self.recent.count())]
        if list(paths) != shown:
            self.recent.clear()
            self.recent.addItems(paths)

    def _show_kinds(self, state: State) -> None:
        if self.kind.currentData():
            return  # the counts are of what is found, so the others would seem to be gone
        wanted = [("Every kind", "")]
        wanted += [(f"{one.value} ({one.count:,})", one.value) for one in state.found.kinds]
        shown = [(self.kind.itemText(n), self.kind.itemData(n)) for n in range(self.kind.count())]
        if wanted != shown:
            blocked = self.kind.blockSignals(True)
            self.kind.clear()
            for text, value in wanted:
                self.kind.addItem(text, value)
            self.kind.blockSignals(blocked)

    # What is clicked

    def ask(self, *_: Any) -> None:
        """Look for what the fields say."""
        if self.app.session is not None:
            logic.search(
                self.app.session,
                text=self.search.text(),
                kind=self.kind.currentData() or "",
                tag="",
                rating=self.rating.currentData() or 0,
                sort=self.order.currentData(),
            )

    def focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def use(self, how: str, assets: list[Asset]) -> None:
        """Do this with each of the assets; what cannot be is told and the others follow."""
        for asset in assets:
            document = documents.active()
            possible = words.uses(asset, document=document.there)
            if not possible:
                self.footer.say(f"{asset.name} cannot be used in Krita")
                continue
            try:
                self._use(how if how in possible else possible[0], document, asset)
            except documents.Refused as refused:
                self.footer.say(str(refused))

    def _use(self, how: str, document: Any, asset: Asset) -> None:
        name = words.layer_name(asset)
        if how == "layer":
            document.insert(asset.file, name)
        elif how == "file layer":
            document.insert_file(asset.file, name)
        elif how == "reference":
            document.insert_reference(asset.file)
        else:
            documents.open_file(asset.file)

    def new_version(self) -> None:
        """Save the document, and keep its file as a version."""
        session, state = self.app.session, self.app.state
        if session is None or state is None or state.phase != "open":
            self.footer.say("Open a library first")
            return
        document = documents.active()
        try:
            if state.document is not None:
                document.mark(state.document.asset.id)
            document.save()
        except documents.Refused as refused:
            self.footer.say(str(refused))
            return
        doc.new_version(session, document.path, self.note.text())
        self.note.clear()

    def save_as_asset(self) -> None:
        """Write the document into the library's folder, and go on working there."""
        session = self.app.session
        if session is None:
            return
        document = documents.active()
        try:
            path = doc.place(session, document.name)
            document.save_copy(path)
        except (documents.Refused, OSError) as error:
            self.footer.say(str(error))
            return
        doc.keep(session, path, "")

    def _menu(self, place: Any) -> None:
        assets = self.grid.selected()
        if not assets:
            return
        menu = QtWidgets.QMenu(self)
        for how in words.uses(assets[0], document=documents.active().there):
            menu.addAction(_USES[how], lambda how=how: self.use(how, assets))
        menu.exec(self.grid.viewport().mapToGlobal(place))

    def _choose(self, asset: Asset) -> None:
        if self.app.session is not None:
            self.app.session.choose(asset.id)

    def _rate(self, assets: list[Asset], stars: int) -> None:
        if self.app.session is not None and assets:
            logic.rate(self.app.session, assets, stars)

    def _tag(self, typed: str) -> None:
        if self.app.session is not None:
            logic.tag(self.app.session, self.grid.selected(), typed)

    def _untag(self, name: str) -> None:
        if self.app.session is not None:
            logic.untag(self.app.session, self.grid.selected(), name)

    def _old(self, ident: str, revision: str) -> None:
        if self.app.session is not None:
            doc.copy_of_version(self.app.session, ident, revision, self._show_file)

    def _show_file(self, path: Path) -> None:
        try:
            documents.open_file(str(path))
        except documents.Refused as refused:
            self.footer.say(str(refused))

    def _undo(self) -> None:
        if self.app.session is not None:
            self.app.session.undo()

    def _new(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "The folder of your assets")
        if path:
            self.app.create(path)

    def _open(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "The folder of a library")
        if path:
            self.app.open(path)

    def _add_folder(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "A folder to be added")
        if path:
            self.app.add(path)

    def changeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """Pictures keep; colours are asked for at each drawing, so a theme needs no more."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            self.grid.viewport().update()

    @staticmethod
    def clipboard() -> Any:
        """Krita's clipboard."""
        return QtGui.QGuiApplication.clipboard()
