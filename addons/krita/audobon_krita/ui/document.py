# SPDX-License-Identifier: GPL-3.0-or-later
"""The document that is open: saving it, and its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import documents
from ..host.qt import QtWidgets
from ..logic import document as doc
from ..logic import words
from .details import History
from .keeping import Keeping
from .news import News

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Document"]


class Document(QtWidgets.QGroupBox):
    """Below the pages; hidden while no document is open."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__("This Document", parent)
        self.app = app
        self._say = say
        column = QtWidgets.QVBoxLayout(self)
        self.news = News(app, say, self)
        column.addWidget(self.news)
        row = QtWidgets.QHBoxLayout()
        self.note = QtWidgets.QLineEdit(self)
        self.note.setPlaceholderText("What has changed")
        self.note.returnPressed.connect(self.new_version)
        self.version = QtWidgets.QPushButton("New Version", self)
        self.version.clicked.connect(self.new_version)
        self.keep = QtWidgets.QPushButton("Save as Asset", self)
        self.keep.clicked.connect(self.save_as_asset)
        row.addWidget(self.note, 1)
        row.addWidget(self.version)
        row.addWidget(self.keep)
        column.addLayout(row)
        self.versions = History(self)
        column.addWidget(self.versions)
        self.keeping = Keeping(app, say, self)
        column.addWidget(self.keeping)

    def show_state(self, session: Session, state: State) -> None:
        """Show what can be done with the document, and its versions."""
        path = documents.active().path
        if state.document is not None and state.document.asset.file == path:
            documents.active().mark(state.document.asset.id)
        self.setVisible(documents.active().there and not state.read_only)
        self.version.setVisible(bool(path))
        self.note.setVisible(bool(path))
        self.keep.setVisible(not path or not doc.inside(session, path))
        self.news.show_state(state)
        self.versions.show_chosen(state.document)
        self.versions.setVisible(state.document is not None)

    def new_version(self) -> None:
        """Save the document, and keep its file as a version."""
        session, state = self.app.session, self.app.state
        if session is None or state is None or state.phase != "open":
            self._say("Open a library first")
            return
        if silent := words.silent(state):
            self._say(silent)
            return
        document = documents.active()
        try:
            if state.document is not None:
                document.mark(state.document.asset.id)
            document.save()
        except documents.Refused as refused:
            self._say(str(refused))
            return
        doc.new_version(session, document.path, self.note.text())
        self.note.clear()

    def save_as_asset(self) -> None:
        """Write the document into the library's folder, and go on working there."""
        session = self.app.session
        if session is None:
            return
        if silent := words.silent(self.app.state):
            self._say(silent)
            return
        document = documents.active()
        try:
            path = doc.place(session, document.name)
            document.save_copy(path)
        except (documents.Refused, OSError) as error:
            self._say(str(error))
            return
        doc.keep(session, path, "", then=documents.marker(str(path)))
