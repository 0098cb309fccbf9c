# SPDX-License-Identifier: GPL-3.0-or-later
"""The grid: its model holds what was scrolled past, and there are pictures of what is seen."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ..host.images import Pixmaps
from ..host.qt import QtCore, event_point
from ..logic import grid as logic
from ..logic import keys, words
from .cells import ASSET, Delegate
from .closer import Closer
from .tiles import Tiles

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.ahead import Ahead
    from audobon.panel.pages import Change, Pages
    from audobon.session import Session, State

__all__ = ["Grid", "Model"]

_LOADS_S = 0.003
# What decoding may take of one step; a picture takes up to a millisecond.
_ROWS = 4000
# That are compared with the session's selection in one step: some 2 ms.
SIZES = (64, 96, 128, 192, 256)
_FLAG = QtCore.QItemSelectionModel.SelectionFlag
_MODIFIER = QtCore.Qt.KeyboardModifier
_NAMES = {
    QtCore.Qt.Key.Key_Return: "return",
    QtCore.Qt.Key.Key_Enter: "return",
    QtCore.Qt.Key.Key_Escape: "escape",
    QtCore.Qt.Key.Key_Space: "space",
    QtCore.Qt.Key.Key_Plus: "plus",
    QtCore.Qt.Key.Key_Minus: "minus",
    QtCore.Qt.Key.Key_Delete: "delete",
}


class Model(QtCore.QAbstractListModel):
    """Rows for what has come of a search; asks nothing and waits for nothing."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._pages: Pages | None = None
        self._ahead: Ahead | None = None
        self._library = ""

    @property
    def pages(self) -> Pages:
        """Made when there is something to show: the SDK is loaded by then."""
        if self._pages is None:
            self._pages = logic.pages()
        return self._pages

    def ahead(self, first: int, last: int) -> list[Asset]:
        """What will be seen next if somebody scrolls on."""
        if self._ahead is None:
            self._ahead = logic.ahead()
        rows = self.pages.rows
        return [rows[row] for row in self._ahead.rows(first, last, len(rows))]

    def rowCount(self, parent: Any = None) -> int:  # noqa: N802  # Qt's name
        if self._pages is None or (parent is not None and parent.isValid()):
            return 0
        return len(self._pages.rows)

    def data(self, index: Any, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        asset = self.pages.rows[index.row()]
        if role == ASSET:
            return asset
        if role == QtCore.Qt.ItemDataRole.DisplayRole:
            return asset.name
        if role == QtCore.Qt.ItemDataRole.AccessibleDescriptionRole:
            return words.about(asset)
        return None

    def flags(self, index: Any) -> Any:
        return super().flags(index) | QtCore.Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:  # noqa: N802  # Qt's name
        return ["text/uri-list"]

    def mimeData(self, indexes: Any) -> Any:  # noqa: N802  # Qt's name
        """The files, so that they can be dropped on the canvas or into any other program."""
        data = QtCore.QMimeData()
        assets = [self.pages.rows[index.row()] for index in indexes]
        data.setUrls([QtCore.QUrl.fromLocalFile(asset.file) for asset in assets])
        return data

    def show(self, state: State) -> Change:
        """Take in the page that is found now; what has become of the rows."""
        if state.library != self._library:
            self._library, self._pages = state.library, None
        before = len(self.pages.rows)
        change = self.pages.take(state.found)
        now = len(self.pages.rows)
        if change.how == "all":
            self.beginResetModel()
            self.endResetModel()
        elif change.how == "more":
            # The rows are there already; views only ask once they are told.
            self.beginInsertRows(QtCore.QModelIndex(), before, now - 1)
            self.endInsertRows()
        elif change.count:
            last = self.index(change.first + change.count - 1)
            self.dataChanged.emit(self.index(change.first), last)
        return change


class Grid(Tiles):
    """The view. ``step`` is called from time to time; it fetches what is seen and no more.

    What is selected in it is ``session.selection``, which holds rows too that are not here.
    """

    chosen = QtCore.pyqtSignal(object)
    used = QtCore.pyqtSignal(object)
    asked = QtCore.pyqtSignal(str)
    lifted = QtCore.pyqtSignal(object)
    """What is to be dragged and is only at a remote yet, with the rest of what is selected."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._syncing = self._only = False
        self._turn = -1
        self._behind: int | None = None
        self._wanted: object = None
        self._over: Any = None
        self.pixmaps = Pixmaps()
        self.setModel(Model(self))
        self.cells = Delegate(self, self.pixmaps)
        self.setItemDelegate(self.cells)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.closer = Closer(self)
        self.pictures = ExitStack()
        for each in (self.pixmaps, self.closer.pixmaps):
            self.pictures.callback(each.close)
        self.doubleClicked.connect(lambda index: self.used.emit(index.data(ASSET)))
        self.verticalScrollBar().valueChanged.connect(lambda _: self.closer.look(None))

    # What is selected, here and in the session

    def currentChanged(self, now: Any, before: Any) -> None:  # noqa: N802  # Qt's name
        super().currentChanged(now, before)
        if now.isValid() and not self._syncing:
            self.chosen.emit(now.data(ASSET))

    def selectionCommand(self, index: Any, event: Any = None) -> Any:  # noqa: N802  # Qt's name
        command = super().selectionCommand(index, event)
        self._only = bool(command & _FLAG.Clear)
        return command

    def selectionChanged(self, added: Any, dropped: Any) -> None:  # noqa: N802  # Qt's name
        super().selectionChanged(added, dropped)
        session = self._session
        if self._syncing or session is None:
            return
        active = self.current()
        # After a plain click it is these alone; otherwise rows that are elsewhere stay selected.
        new = self._idents(self.selectionModel().selection() if self._only else added)
        old = [] if self._only else self._idents(dropped)
        name = "" if active is None else active.id
        self._behind = None if self._only else self._behind
        session.selection.change(new, old, active=name, only=self._only)
        self._turn = session.state.selection.turn

    def _idents(self, selection: Any) -> list[str]:
        rows = self.model().pages.rows
        parts = [selection[n] for n in range(len(selection))]
        return [asset.id for one in parts for asset in rows[one.top() : one.bottom() + 1]]

    def startDrag(self, actions: Any) -> None:  # noqa: N802  # Qt's name
        """Drag the files of what is selected: they have to be here for it."""
        assets = self.selected()
        if any(asset.state == "remote" for asset in assets):
            self.lifted.emit(assets)
        else:
            super().startDrag(actions)

    def current(self) -> Asset | None:
        """The asset that the keyboard is at."""
        asset: Asset | None = self.currentIndex().data(ASSET)
        return asset

    def selected(self, most: int | None = None) -> list[Asset]:
        """The selected assets that are here, in their order, at most so many."""
        rows, selection = self.model().pages.rows, self.selectionModel().selection()
        parts = sorted((selection[n].top(), selection[n].bottom()) for n in range(len(selection)))
        found: list[Asset] = []
        for top, bottom in parts:
            more = bottom + 1 - top if most is None else most - len(found)
            found += rows[top : min(bottom + 1, top + more)]
        return found

    def _follow(self, session: Session, change: Change) -> None:
        """Select here what is selected in the session, in the rows that can have changed."""
        state, rows = session.state, self.model().pages.rows
        known = state.selection.turn == self._turn
        if known and change.how == "same":
            return
        first = change.first if known and change.how == "more" else 0
        left = self._behind if known else None
        self._turn, self._behind = state.selection.turn, None
        if not first and self.selectionModel().hasSelection():
            self._select(QtCore.QItemSelection(), _FLAG.Clear)
        if state.selection.count:
            # What is seen at once, the others some at a time: there may be very many.
            begin, end = self.seen()
            self._take(session, max(first, begin), end + 1)
            first = first if left is None else min(left, first)
            self._behind = first if first < len(rows) else None
            self._catch_up(session)

    def _catch_up(self, session: Session) -> None:
        if self._behind is not None:
            begin, rows = self._behind, self.rows()
            self._behind = begin + _ROWS if begin + _ROWS < rows else None
            self._take(session, begin, min(begin + _ROWS, rows))

    def _take(self, session: Session, begin: int, end: int) -> None:
        """Select of these rows what is selected in the session."""
        model = self.model()
        ids = [asset.id for asset in model.pages.rows[begin:end]]
        held = session.selection.among(ids)
        chosen = QtCore.QItemSelection()
        start = None
        for row, ident in enumerate([*ids, ""] if held else (), begin):
            if ident in held:
                start = row if start is None else start
            elif start is not None:
                chosen.select(model.index(start), model.index(row - 1))
                start = None
        if held:
            self._select(chosen, _FLAG.Select)

    def _select(self, chosen: Any, flag: Any) -> None:
        self._syncing = True
        self.selectionModel().select(chosen, flag)
        self._syncing = False

    # What is shown

    def show_state(self, session: Session, state: State) -> None:
        """Show what is found; the chosen asset stays chosen, what is selected stays selected."""
        self._session = session
        before = self.current()
        for asset in state.found.assets:
            self.cells.marks.pop(asset.id, None)
        self.cells.marks.update(state.marks)
        change = self.model().show(state)
        if change.how == "all":
            if state.found.wanted != self._wanted:
                self.verticalScrollBar().setValue(0)
            self.closer.look(None)
        self._wanted = state.found.wanted
        if before is not None and not self.currentIndex().isValid():
            row = logic.row_of(self.model().pages, before.id)
            if row is not None:
                self._syncing = True
                self.selectionModel().setCurrentIndex(self.model().index(row), _FLAG.NoUpdate)
                self._syncing = False
        self._follow(session, change)
        self.viewport().update()

    def step(self, session: Session) -> None:
        """Ask for the pictures and the page that are seen, and draw what has come."""
        first, last = self.seen()
        pages = self.model().pages
        self._catch_up(session)
        self.pixmaps.resize(round(self.edge * self.devicePixelRatioF()))
        assets = pages.rows[first : last + 1]
        ahead = self.model().ahead(first, last)
        session.want_pictures(assets, closer=self.closer.wanted(), ahead=ahead)
        self.closer.step(session)
        came, until = 0, time.perf_counter() + _LOADS_S
        for asset in assets:
            key = logic.key(asset)
            if self.pixmaps.has(key):
                continue
            data = session.picture(asset)
            if isinstance(data, bytes):
                came += self.pixmaps.put(key, data)
            elif logic.engine_lacks(data):
                came += self.pixmaps.put_file(key, asset.file)
            if time.perf_counter() > until:
                break
        if came:
            self.viewport().update()
        state = session.state
        turn = 0 if state.searching else pages.wish(first, last, state.found)
        if turn:
            session.turn(turn)

    def resize_pictures(self, larger: bool) -> None:
        """The next size up or down."""
        at = SIZES.index(self.wish) if self.wish in SIZES else 1
        self.wish = SIZES[min(max(at + (1 if larger else -1), 0), len(SIZES) - 1)]
        self.rearrange()

    # Mouse and keys

    def over(self) -> Any:
        """The cell under the mouse, or None."""
        return self._over

    def event(self, event: Any) -> Any:
        """Keys of ours are no shortcuts of Krita's while the grid has the focus."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride and self._meaning(event):
            event.accept()
            return True
        return super().event(event)

    def _meaning(self, event: Any) -> str:
        held = event.modifiers()
        name = _NAMES.get(event.key(), "")
        if not name:
            code = int(event.key())
            name = chr(code) if 0x20 < code < 0x7F else ""
        return keys.meaning(
            name,
            shift=bool(held & _MODIFIER.ShiftModifier),
            ctrl=bool(held & _MODIFIER.ControlModifier),
            other=bool(held & (_MODIFIER.AltModifier | _MODIFIER.MetaModifier)),
        )

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """What a key means is asked for; arrows and the like are the list's."""
        meaning = self._meaning(event)
        if not meaning:
            self.closer.look(None)
            super().keyPressEvent(event)
        elif meaning == "look":
            asset = None if self.closer.isVisible() else self.current()
            self._over = self.currentIndex()
            self.closer.look(asset, "" if asset is None else self._mark(asset), now=True)
        else:
            self.closer.look(None)
            self.asked.emit(meaning)

    def keyboardSearch(self, _typed: str) -> None:  # noqa: N802  # Qt's name
        """Nothing: Qt's own would look at each row, and there is a field for it."""

    def _mark(self, asset: Asset) -> str:
        return self.cells.marks.get(asset.id, "")

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        super().mouseMoveEvent(event)
        index = self.indexAt(event_point(event))
        if event.buttons() or not index.isValid():
            self._over = None
            self.closer.look(None)
            return
        self._over = index
        asset = index.data(ASSET)
        self.closer.look(asset, self._mark(asset))

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        self.closer.look(None)
        super().mousePressEvent(event)

    def leaveEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        self.closer.look(None)
        super().leaveEvent(event)

    def hideEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        self.closer.look(None)
        super().hideEvent(event)

    def wheelEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """With Ctrl pictures grow and shrink."""
        if event.modifiers() & _MODIFIER.ControlModifier:
            self.asked.emit("larger" if event.angleDelta().y() > 0 else "smaller")
            event.accept()
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: Any) -> Any:  # noqa: N802  # Qt's name
        if event.type() == QtCore.QEvent.Type.Leave:
            self.closer.look(None)
        return super().viewportEvent(event)
