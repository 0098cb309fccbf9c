# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two versions: pictures side by side, where, how much, and layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic import history as logic
from .asking import label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from audobon.session.past import Changes

__all__ = ["Difference"]

_WAYS = ("Side by Side", "Difference", "Before", "After")
_SMALL, _LARGE = 180, 640
# How high the pictures are in the docker and in a window of their own, in pixels at most.


class Pictures(QtWidgets.QWidget):
    """One picture, or two beside each other, as large as there is room."""

    def __init__(self, parent: Any, height: int) -> None:
        super().__init__(parent)
        self._shown: tuple[Any, ...] = ()
        self._height = height
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)

    def show_pictures(self, pixmaps: Sequence[Any]) -> None:
        self._shown = tuple(pixmaps)
        self._settle()
        self.update()

    def _cell(self) -> Any:
        width = self.width() // max(1, len(self._shown)) - 4
        largest = QtCore.QSize(0, 0)
        for pixmap in self._shown:
            largest = largest.expandedTo(pixmap.size())
        if not largest.isValid() or largest.isEmpty():
            return QtCore.QSize(max(1, width), 1)
        room = QtCore.QSize(max(1, width), self._height)
        return largest.scaled(room, QtCore.Qt.AspectRatioMode.KeepAspectRatio)

    def _settle(self) -> None:
        self.setFixedHeight(self._cell().height() if self._shown else 0)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._settle()

    def paintEvent(self, _event: Any) -> None:  # noqa: N802  # Qt's name
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        width = self.width() // max(1, len(self._shown))
        for number, pixmap in enumerate(self._shown):
            room = QtCore.QRect(number * width + 2, 0, width - 4, self.height())
            size = pixmap.size().scaled(room.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
            place = QtCore.QRect(QtCore.QPoint(0, 0), size)
            place.moveCenter(room.center())
            _chequers(painter, place)
            painter.drawPixmap(place, pixmap)
        painter.end()


def _chequers(painter: Any, place: Any) -> None:
    """What is seen where a picture is transparent."""
    painter.fillRect(place, QtGui.QColor(150, 150, 150))
    brush = QtGui.QBrush(QtGui.QColor(110, 110, 110), QtCore.Qt.BrushStyle.Dense4Pattern)
    painter.fillRect(place, brush)


class Difference(QtWidgets.QFrame):
    """Shows a comparison; ``large`` is the one in a window of its own."""

    closed = QtCore.pyqtSignal()
    paged = QtCore.pyqtSignal(str, str, str)

    def __init__(self, parent: Any, *, large: bool = False) -> None:
        super().__init__(parent)
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self._pixmaps: dict[str, Any] = {}
        self._shown: Changes | None = None
        self._window: Any = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.title = label(self)
        column.addWidget(self.title)
        row = QtWidgets.QHBoxLayout()
        self.way = QtWidgets.QComboBox(self)
        self.way.setMinimumContentsLength(8)
        self.way.currentIndexChanged.connect(self._draw)
        row.addWidget(self.way, 1)
        buttons: tuple[tuple[str, str, Callable[..., None]], ...] = (
            ("Larger", "In a window of its own", self._enlarge),
            ("Page", "As a page with pictures, in your browser", self._page),
            ("✕", "Close this comparison", self.closed.emit),
        )
        self.tools = []
        for text, tip, call in buttons[1 if large else 0 :]:
            button = QtWidgets.QToolButton(self)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, call=call: call())
            row.addWidget(button)
            self.tools.append(button)
        column.addLayout(row)
        self.pictures = Pictures(self, _LARGE if large else _SMALL)
        column.addWidget(self.pictures)
        self.text = label(self)
        column.addWidget(self.text)
        self.parts = QtWidgets.QListWidget(self)
        self.parts.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.NoSelection)
        self.parts.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setTextElideMode(QtCore.Qt.TextElideMode.ElideMiddle)
        column.addWidget(self.parts, 1 if large else 0)
        self._large = large

    def show_changes(self, changes: Changes | None, title: str) -> None:
        """Show this comparison under a title, or none."""
        self.setVisible(changes is not None)
        same = changes == self._shown
        self._shown = changes
        if changes is None or same:
            return
        self.title.setText(title)
        problem = changes.problem
        self.text.setText(logic.summary(changes) if problem is None else problem.message)
        self._take(changes)
        lines = logic.changed_lines(changes)
        self.parts.clear()
        for line in lines:
            item = QtWidgets.QListWidgetItem(line, self.parts)
            item.setToolTip(line.strip())
        self.parts.setVisible(bool(lines))
        if not self._large:
            line = self.fontMetrics().height() + 4
            self.parts.setFixedHeight(min(8, len(lines) + 1) * line)
        if self._window is not None:
            self._window.inside.show_changes(changes, title)

    def _take(self, changes: Changes) -> None:
        self._pixmaps = {}
        details = changes.details
        if details is not None:
            for name in ("before", "after", "difference"):
                pixmap = QtGui.QPixmap()
                if pixmap.loadFromData(getattr(details.pictures, name) or b""):
                    self._pixmaps[name] = pixmap
        possible = [way for way in _WAYS if all(one in self._pixmaps for one in _needs(way))]
        chosen = self.way.currentText()
        blocked = self.way.blockSignals(True)
        self.way.clear()
        self.way.addItems(possible)
        self.way.setCurrentIndex(max(0, self.way.findText(chosen)))
        self.way.blockSignals(blocked)
        self.way.setVisible(bool(possible))
        self._draw()

    def _draw(self, *_: Any) -> None:
        shown = [self._pixmaps[name] for name in _needs(self.way.currentText())]
        self.pictures.show_pictures(shown)
        self.pictures.setVisible(bool(shown))

    def _enlarge(self) -> None:
        if self._window is None:
            self._window = _Window(self)
            self._window.inside.paged.connect(self.paged.emit)
        self._window.inside.show_changes(self._shown, self.title.text())
        self._window.show()
        self._window.raise_()

    def _page(self) -> None:
        if self._shown is not None:
            self.paged.emit(self._shown.ident, self._shown.a, self._shown.b)


def _needs(way: str) -> tuple[str, ...]:
    """Which pictures are shown this way."""
    if way == _WAYS[0]:
        return ("before", "after")
    return (way.lower(),) if way else ()


class _Window(QtWidgets.QDialog):
    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setWindowTitle("What Changed")
        self.resize(1000, 720)
        column = QtWidgets.QVBoxLayout(self)
        self.inside = Difference(self, large=True)
        self.inside.closed.connect(self.hide)
        column.addWidget(self.inside)
