# SPDX-License-Identifier: GPL-3.0-or-later
"""A view of equal cells, side by side or one below the other.

Qt's own list view lays out every row anew whenever some come, which takes a
second for a hundred thousand. Here a place is computed from a number, so that
nothing costs more for more rows.
"""

from __future__ import annotations

from typing import Any

from ..host.qt import QtCore, QtGui, QtWidgets, view_option

__all__ = ["GAP", "Tiles"]

GAP = 6
"""Between a cell's border and its picture, in pixels."""
_STEP = 8
# Pictures grow by this, so that a docker that is being resized needs few new ones.
_LEAST = 32
_ROLE = QtCore.Qt.ItemDataRole
_MOVES = QtWidgets.QAbstractItemView.CursorAction
_STATE = QtWidgets.QStyle.StateFlag


class Tiles(QtWidgets.QAbstractItemView):
    """As many cells of about ``wish`` pixels as fit, or with ``as_list`` one line a row."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.wish = 96
        self.as_list = False
        self.columns = 1
        self.cell = QtCore.QSize(_LEAST, _LEAST)
        self.edge = _LEAST
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # With a bar that comes and goes the width would, and the columns with it.
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMinimumSize(96, 96)

    # Where things are

    def rows(self) -> int:
        """How many there are."""
        model = self.model()
        return 0 if model is None else int(model.rowCount())

    def measure(self) -> None:
        """Choose columns and the size of a cell for the present width."""
        width, line = max(1, self.viewport().width()), self.fontMetrics().height()
        if self.as_list:
            self.columns, self.edge = 1, line + 2
            self.cell = QtCore.QSize(width, line + GAP)
            return
        self.columns = max(1, round(width / (self.wish + 2 * GAP)))
        across = width // self.columns
        self.edge = max(_LEAST, (across - 2 * GAP) // _STEP * _STEP)
        self.cell = QtCore.QSize(across, self.edge + line + 2 * GAP)

    def place(self, row: int) -> Any:
        """Where a row is drawn, in the viewport."""
        line, column = divmod(row, self.columns)
        if self.isRightToLeft():
            column = self.columns - 1 - column
        y = line * self.cell.height() - self.verticalOffset()
        return QtCore.QRect(QtCore.QPoint(column * self.cell.width(), y), self.cell)

    def seen(self) -> tuple[int, int]:
        """The first and the last row that are on the screen; (0, -1) for none."""
        rows = self.rows()
        if not rows or not self.isVisible():
            return 0, -1
        return self._between(0, self.viewport().height() - 1)

    def _between(self, top: int, bottom: int) -> tuple[int, int]:
        height, offset = self.cell.height(), self.verticalOffset()
        first = max(0, (top + offset) // height) * self.columns
        last = ((bottom + offset) // height + 1) * self.columns - 1
        return first, min(last, self.rows() - 1)

    def _nearest(self, point: Any) -> int:
        column = point.x() // self.cell.width()
        if self.isRightToLeft():
            column = self.columns - 1 - column
        column = min(max(column, 0), self.columns - 1)
        line = max(0, (point.y() + self.verticalOffset()) // self.cell.height())
        return int(min(line * self.columns + column, self.rows() - 1))

    # What Qt asks a view

    def visualRect(self, index: Any) -> Any:  # noqa: N802  # Qt's name
        return self.place(index.row()) if index.isValid() else QtCore.QRect()

    def indexAt(self, point: Any) -> Any:  # noqa: N802  # Qt's name
        rows = self.rows()
        if rows:
            row = self._nearest(point)
            if self.place(row).contains(point):
                return self.model().index(row, 0)
        return QtCore.QModelIndex()

    def scrollTo(self, index: Any, _hint: Any = None) -> None:  # noqa: N802  # Qt's name
        if not index.isValid():
            return
        rect, bar = self.visualRect(index), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() >= self.viewport().height():
            down = rect.bottom() - self.viewport().height() + 1
            bar.setValue(bar.value() + min(down, rect.top()))

    def moveCursor(self, action: Any, _modifiers: Any) -> Any:  # noqa: N802  # Qt's name
        rows, now = self.rows(), self.currentIndex().row()
        if not rows:
            return QtCore.QModelIndex()
        way = -1 if self.isRightToLeft() else 1
        page = max(1, self.viewport().height() // self.cell.height()) * self.columns
        steps = {
            _MOVES.MoveLeft: -way if self.columns > 1 else 0,
            _MOVES.MoveRight: way if self.columns > 1 else 0,
            _MOVES.MovePrevious: -1,
            _MOVES.MoveNext: 1,
            _MOVES.MoveUp: -self.columns,
            _MOVES.MoveDown: self.columns,
            _MOVES.MovePageUp: -page,
            _MOVES.MovePageDown: page,
        }
        row = 0 if now < 0 or action == _MOVES.MoveHome else rows - 1
        if now >= 0 and action in steps:
            row = now + steps[action]
            if not 0 <= row < rows and abs(steps[action]) == self.columns > 1:
                row = now  # there is none below; the last line may be a short one
        return self.model().index(min(max(row, 0), rows - 1), 0)

    def horizontalOffset(self) -> int:  # noqa: N802  # Qt's name
        return 0

    def verticalOffset(self) -> int:  # noqa: N802  # Qt's name
        return int(self.verticalScrollBar().value())

    def isIndexHidden(self, _index: Any) -> bool:  # noqa: N802  # Qt's name
        return False

    def setSelection(self, rect: Any, flags: Any) -> None:  # noqa: N802  # Qt's name
        """All from the one at a rectangle's first corner to that at its last, as text is."""
        if self.rows():
            ends = sorted((self._nearest(rect.topLeft()), self._nearest(rect.bottomRight())))
            self.selectionModel().select(self.span(*ends), flags)

    def span(self, first: int, last: int) -> Any:
        """These rows as a selection."""
        model = self.model()
        return QtCore.QItemSelection(model.index(first, 0), model.index(last, 0))

    def visualRegionForSelection(self, _selection: Any) -> Any:  # noqa: N802  # Qt's name
        return QtGui.QRegion(self.viewport().rect())

    def updateGeometries(self) -> None:  # noqa: N802  # Qt's name
        self.measure()
        lines = -(-self.rows() // self.columns)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, lines * self.cell.height() - height))
        bar.setPageStep(height)
        bar.setSingleStep(max(1, self.cell.height() // 3))
        super().updateGeometries()

    def rowsInserted(self, parent: Any, first: int, last: int) -> None:  # noqa: N802  # Qt's name
        super().rowsInserted(parent, first, last)
        self.updateGeometries()
        self.viewport().update()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """What was at the top stays there, also where it is in another line now."""
        row, columns, height = self.seen()[0], self.columns, self.cell.height()
        super().resizeEvent(event)
        self.updateGeometries()
        if row and (columns, height) != (self.columns, self.cell.height()):
            self.verticalScrollBar().setValue(row // self.columns * self.cell.height())

    def rearrange(self) -> None:
        """Show it as list or tiles, or larger, with the current one in sight."""
        row = max(self.currentIndex().row(), self.seen()[0])
        self.updateGeometries()
        self.scrollTo(self.model().index(row, 0))
        self.viewport().update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        area = event.rect()
        first, last = self._between(area.top(), area.bottom())
        painter = QtGui.QPainter(self.viewport())
        option, model, chosen = view_option(self), self.model(), self.selectionModel()
        plain, current = option.state & ~_STATE.State_HasFocus, self.currentIndex().row()
        focus = self.hasFocus()
        for row in range(first, last + 1):
            index = model.index(row, 0)
            option.rect = self.place(row)
            option.state = plain
            if chosen.isSelected(index):
                option.state |= _STATE.State_Selected
            if focus and row == current:
                option.state |= _STATE.State_HasFocus
            self.itemDelegate().paint(painter, option, index)
        painter.end()
