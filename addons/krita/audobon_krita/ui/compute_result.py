# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made, before it is put anywhere: before and after, or colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtGui, QtWidgets

if TYPE_CHECKING:
    from ..logic.run import Result

__all__ = ["Compare", "Swatches"]

_CHECK = 8
_HEIGHT = 180


class Compare(QtWidgets.QWidget):
    """Before on the left of a line, after on its right; the mouse moves the line."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._before, self._after = QtGui.QPixmap(), QtGui.QPixmap()
        self.opacity = 1.0
        self.line = 0.5
        self.setMinimumHeight(_HEIGHT)
        self.setCursor(QtCore.Qt.CursorShape.SplitHCursor)
        self.setToolTip("Before | after: drag the line")
        self.setAccessibleName("Before and after")

    def show_result(self, result: Result) -> None:
        self._before.loadFromData(result.before)
        self._after.loadFromData(result.after)
        self.line = 0.5
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """How much the result covers its source."""
        self.opacity = opacity
        self.update()

    def _area(self) -> Any:
        size = self._before.size() if not self._before.isNull() else self._after.size()
        room = self.rect()
        fitted = size.scaled(room.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        left = (room.width() - fitted.width()) // 2
        return QtCore.QRect(left, 0, fitted.width(), fitted.height())

    def paintEvent(self, _event: Any) -> None:  # noqa: N802  # Qt's name
        area = self._area()
        if area.isEmpty():
            return
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(area, QtGui.QColor(230, 230, 230))
        for row in range(0, area.height(), _CHECK):
            for column in range((row // _CHECK % 2) * _CHECK, area.width(), 2 * _CHECK):
                check = QtCore.QRect(area.left() + column, row, _CHECK, _CHECK)
                painter.fillRect(check.intersected(area), QtGui.QColor(190, 190, 190))
        split = area.left() + round(self.line * area.width())
        left = QtCore.QRect(area.left(), area.top(), split - area.left(), area.height())
        right = QtCore.QRect(split, area.top(), area.right() + 1 - split, area.height())
        painter.setClipRect(left if self.opacity >= 1.0 else area)
        painter.drawPixmap(area, self._before)
        painter.setClipRect(right)
        painter.setOpacity(self.opacity)
        painter.drawPixmap(area, self._after)
        painter.setOpacity(1.0)
        painter.setClipping(False)
        painter.setPen(QtGui.QPen(QtGui.QColor(255, 255, 255), 2))
        painter.drawLine(split, area.top(), split, area.bottom())
        painter.end()

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        area = self._area()
        place = event.pos() if hasattr(event, "pos") else event.position().toPoint()
        self.line = min(1.0, max(0.0, (place.x() - area.left()) / max(1, area.width())))
        self.update()


class Swatches(QtWidgets.QWidget):
    """Colours, as wide as their share; a click takes one to paint with."""

    picked = QtCore.pyqtSignal(str)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._row = QtWidgets.QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(1)
        self.setMinimumHeight(36)

    def show_colors(self, colors: tuple[tuple[str, float], ...]) -> None:
        while self._row.count():
            self._row.takeAt(0).widget().deleteLater()
        for color, share in colors:
            button = QtWidgets.QPushButton(self)
            button.setStyleSheet(f"background-color: {color}; border: none;")
            button.setMinimumSize(10, 36)
            button.setToolTip(f"{color}, {share:.0%}. A click makes it the colour to paint with")
            button.setAccessibleName(color)
            button.clicked.connect(lambda _=False, color=color: self.picked.emit(color))
            self._row.addWidget(button, max(1, round(100 * share)))
