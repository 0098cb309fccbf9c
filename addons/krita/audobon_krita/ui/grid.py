# SPDX-License-Identifier: GPL-3.0-or-later
"""The grid: a list view whose model holds what was scrolled past, and pictures of what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.images import Pixmaps
from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic import grid as logic
from ..logic import words

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.pages import Pages
    from audobon.session import Session, State

__all__ = ["Delegate", "Grid", "Model"]

_ASSET = QtCore.Qt.ItemDataRole.UserRole
_LOADS = 8
# Pictures that are decoded in one step; each takes 0.2 ms.
_MARGIN = 6


class Model(QtCore.QAbstractListModel):
    """Rows for what has come of a search; asks nothing and waits for nothing."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._pages: Pages | None = None

    @property
    def pages(self) -> Pages:
        """Made when there is something to show: the SDK is loaded by then."""
        if self._pages is None:
            self._pages = logic.pages()
        return self._pages

    def rowCount(self, parent: Any = None) -> int:  # noqa: N802  # Qt's name
        if self._pages is None or (parent is not None and parent.isValid()):
            return 0
        return len(self._pages.rows)

    def data(self, index: Any, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        asset = self.pages.rows[index.row()]
        if role == _ASSET:
            return asset
        if role == QtCore.Qt.ItemDataRole.DisplayRole:
            return asset.name
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
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

    def show(self, state: State) -> None:
        """Take in the page that is found now."""
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


class Delegate(QtWidgets.QStyledItemDelegate):
    """Draws a cell: the picture, the name below, stars, and a mark where the file is gone."""

    def __init__(self, parent: Any, pixmaps: Pixmaps) -> None:
        super().__init__(parent)
        self.pixmaps = pixmaps
        self.edge = 96

    def sizeHint(self, option: Any, _index: Any) -> Any:  # noqa: N802  # Qt's name
        return QtCore.QSize(self.edge + 2 * _MARGIN, self.edge + option.fontMetrics.height() + 14)

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        asset: Asset | None = index.data(_ASSET)
        if asset is None:
            return
        painter.save()
        palette, box = option.palette, option.rect.adjusted(2, 2, -2, -2)
        chosen = bool(option.state & QtWidgets.QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(box, palette.highlight())
        line = option.fontMetrics.height()
        room = box.adjusted(_MARGIN, _MARGIN, -_MARGIN, -line - 6)
        pixmap = self.pixmaps.get(logic.key(asset))
        if pixmap is None:
            painter.fillRect(room, palette.alternateBase())
            painter.setPen(palette.mid().color())
            painter.drawText(room, QtCore.Qt.AlignmentFlag.AlignCenter, asset.format or asset.kind)
        else:
            size = pixmap.size().scaled(room.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
            place = QtCore.QRect(QtCore.QPoint(0, 0), size)
            place.moveCenter(room.center())
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, pixmap)
        marks = "★" * asset.rating
        if words.badge(asset):
            marks = f"⚠ {words.badge(asset)} {marks}"
        if marks:
            # On a strip of its own: a preview may be as light as the stars.
            strip = QtCore.QRect(room.left(), room.bottom() - line + 1, room.width(), line)
            painter.fillRect(strip, QtGui.QColor(0, 0, 0, 150))
            painter.setPen(QtCore.Qt.GlobalColor.white)
            painter.drawText(strip, QtCore.Qt.AlignmentFlag.AlignLeft, marks)
        ink = palette.highlightedText() if chosen else palette.text()
        painter.setPen(ink.color())
        below = QtCore.QRect(room.left(), room.bottom() + 2, room.width(), line)
        name = option.fontMetrics.elidedText(
            asset.name, QtCore.Qt.TextElideMode.ElideMiddle, below.width()
        )
        painter.drawText(below, QtCore.Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


class Grid(QtWidgets.QListView):
    """The view. ``step`` is called from time to time; it fetches what is seen and no more."""

    chosen = QtCore.pyqtSignal(object)
    used = QtCore.pyqtSignal(object)
    rated = QtCore.pyqtSignal(object, int)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.pixmaps = Pixmaps()
        self.setModel(Model(self))
        self.setItemDelegate(Delegate(self, self.pixmaps))
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setLayoutMode(QtWidgets.QListView.LayoutMode.Batched)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragEnabled(True)
        self.setMinimumSize(120, 120)
        self.doubleClicked.connect(lambda index: self.used.emit(index.data(_ASSET)))

    def currentChanged(self, now: Any, before: Any) -> None:  # noqa: N802  # Qt's name
        super().currentChanged(now, before)
        if now.isValid():
            self.chosen.emit(now.data(_ASSET))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """0 to 5 rate what is selected, Enter uses it; all else is the list's."""
        text, assets = event.text(), self.selected()
        if text in logic.RATINGS and assets:
            self.rated.emit(assets, int(text))
        elif text in ("\r", "\n") and assets:
            self.used.emit(assets[0])
        else:
            super().keyPressEvent(event)

    def selected(self) -> list[Asset]:
        """The selected assets in their order; the one that is current where none is."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self.model().pages.rows[row] for row in rows]

    def show_state(self, state: State) -> None:
        """Show what is found; the chosen asset stays chosen."""
        before = self.currentIndex().data(_ASSET)
        self.model().show(state)
        if before is not None and not self.currentIndex().isValid():
            row = logic.row_of(self.model().pages, before.id)
            if row is not None:
                self.setCurrentIndex(self.model().index(row))

    def seen(self) -> tuple[int, int]:
        """The first and the last row that are on the screen; (0, -1) for none."""
        rows = self.model().rowCount()
        if not rows or not self.isVisible():
            return 0, -1
        area = self.viewport().rect()
        first = self.indexAt(QtCore.QPoint(_MARGIN, _MARGIN))
        cell = self.sizeHintForIndex(self.model().index(0))
        across = max(1, area.width() // max(1, cell.width()))
        down = area.height() // max(1, cell.height()) + 2
        begin = first.row() if first.isValid() else 0
        return begin, min(rows, begin + across * down) - 1

    def step(self, session: Session) -> None:
        """Ask for the pictures and the page that are seen, and draw what has come."""
        first, last = self.seen()
        pages = self.model().pages
        assets = pages.rows[first : last + 1]
        session.want_pictures(assets)
        came = 0
        for asset in assets:
            key = logic.key(asset)
            if came >= _LOADS:
                break
            if self.pixmaps.get(key) is not None:
                continue
            data = session.picture(asset)
            if isinstance(data, bytes):
                came += self.pixmaps.put(key, data)
            elif logic.engine_lacks(data):
                came += self.pixmaps.put_file(key, asset.file)
        if came:
            self.viewport().update()
        state = session.state
        turn = 0 if state.searching else pages.wish(first, last, state.found)
        if turn:
            session.turn(turn)
