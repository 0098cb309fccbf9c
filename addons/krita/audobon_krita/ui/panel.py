# SPDX-License-Identifier: GPL-3.0-or-later
"""All of the docker: welcome, the pages, the document, the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import documents
from ..host.qt import QtWidgets
from ..logic import document as doc
from ..logic import sealed
from .assets import Assets
from .document import Document
from .dropping import Dropping
from .encrypted import Encrypted
from .footer import Footer
from .pages import PAGES
from .remote_add import RecoveryKey
from .tabs import Tabs

if TYPE_CHECKING:
    from pathlib import Path

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Panel"]


class Panel(Dropping):
    """Shows the app's state, and turns clicks into calls of ``logic``."""

    def __init__(self, app: App, parent: Any = None) -> None:
        super().__init__(parent)
        self.app = app
        self._number = -1
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.footer = Footer(self)
        self.stack = QtWidgets.QStackedWidget(self)
        self.stack.addWidget(self._welcome())
        self.stack.addWidget(self._library())
        self.key = RecoveryKey(self)
        column.addWidget(self.key)
        column.addWidget(self.stack, 1)
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
        for text, call in (
            *(("New Library…", self._new), ("New Encrypted Library…", self._new_encrypted)),
            ("Open Library…", self._open),
        ):
            button = QtWidgets.QPushButton(text, page)
            button.clicked.connect(call)
            column.addWidget(button)
        self.encrypted = Encrypted(self.app, self.say, self._made, page)
        column.addWidget(self.encrypted)
        self.recent = QtWidgets.QListWidget(page)
        self.recent.itemActivated.connect(lambda item: self.app.open(item.text()))
        column.addWidget(self.recent, 1)
        return page

    def _library(self) -> Any:
        page = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.tabs = Tabs(page)
        self._pages: dict[type[Any], Any] = {}
        for kind in PAGES:
            holder = QtWidgets.QWidget(self.tabs)
            QtWidgets.QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
            self.tabs.add(holder, kind.title, kind.icon, kind.tip)
        self.tabs.currentChanged.connect(self._turned)
        self.tabs.setCornerWidget(self._menu(page))
        column.addWidget(self.tabs, 1)
        self.document = Document(self.app, self.footer.say, page)
        column.addWidget(self.document)
        for history in (self.document.versions, self.assets.details.history):
            history.wanted.connect(self._old)
        return page

    def _menu(self, page: Any) -> Any:
        menu = QtWidgets.QMenu(page)
        menu.addAction("Add a Folder…", self._add_folder)
        menu.addAction("Write Tags to a File…", self._export_tags)
        menu.addAction("Take Tags from a File…", self._import_tags)
        menu.addAction("Undo in the Library", self._undo)
        menu.addAction("Close the Library", self.app.leave)
        more = QtWidgets.QToolButton(page)
        more.setText("☰")
        more.setToolTip("The library")
        more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(menu)
        return more

    def page(self, kind: type[Any]) -> Any:
        """The page of this class. Made when somebody looks at it: Krita's start has to be short."""
        if kind not in self._pages:
            holder = self.tabs.widget(PAGES.index(kind))
            self._pages[kind] = kind(self.app, self.footer.say, holder)
            holder.layout().addWidget(self._pages[kind])
        return self._pages[kind]

    @property
    def current(self) -> Any:
        """The page that is seen."""
        return self.page(PAGES[self.tabs.currentIndex()])

    @property
    def assets(self) -> Any:
        """The page with the grid."""
        return self.page(Assets)

    def turn_to(self, kind: type[Any]) -> Any:
        """Show the page of this class; it."""
        self.tabs.setCurrentIndex(PAGES.index(kind))
        return self.page(kind)

    def _turned(self, _row: int) -> None:
        self._number = -1

    # Steps of the timer

    def step(self) -> None:
        """Look at the state, and show it where it is another."""
        self.app.pump()
        session, state = self.app.session, self.app.state
        if session is None or state is None:
            if self.app.trouble:
                self.hello.setText(self.app.trouble)
            return
        session.follow_file(documents.active().path, host="krita")
        if state.number != self._number:
            self._number = state.number
            self._show(session, state)
        if state.phase == "open":
            self.document.news.step(session)
            self.current.step(session)
            self.document.keeping.step(state)

    def _show(self, session: Session, state: State) -> None:
        self.stack.setCurrentIndex(1 if state.phase == "open" else 0)
        self.footer.show_state(session, state)
        self.encrypted.show_state(state)
        if state.phase != "open":
            self._show_recent()
            return
        self.current.show_state(session, state)
        self.document.show_state(session, state)

    def _show_recent(self) -> None:
        paths = () if self.app.recent is None else self.app.recent.all()
        shown = [self.recent.item(row).text() for row in range(self.recent.count())]
        if list(paths) != shown:
            self.recent.clear()
            self.recent.addItems(paths)

    # What is clicked

    def say(self, text: str) -> None:
        """Show a sentence in the footer."""
        self.footer.say(text)

    def focus_search(self) -> None:
        """Let the person type a search."""
        search = self.turn_to(Assets).search
        search.setFocus()
        search.selectAll()

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

    def _new_encrypted(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "The folder of your assets")
        if path:
            self.encrypted.ask(path)

    def _made(self, key: str) -> None:
        self.key.show_key(key, sealed.HOME)

    def _open(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "The folder of a library")
        if path:
            self.app.open(path)

    def _export_tags(self) -> None:
        path, _ = QtWidgets.QFileDialog.getSaveFileName(
            self, "A file for the tags of this library", "tags.json", "*.json"
        )
        if path and self.app.session is not None:
            self.app.session.export_tags(path)

    def _import_tags(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, "The tags of another library", "", "*.json"
        )
        if path and self.app.session is not None:
            self.app.session.import_tags(path)

    def _add_folder(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, "A folder to be added")
        if path:
            self.app.add(path)
