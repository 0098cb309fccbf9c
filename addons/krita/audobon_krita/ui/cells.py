# SPDX-License-Identifier: GPL-3.0-or-later
"""How an asset is drawn: as a picture with its name, or as a line of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic import grid as logic
from ..logic import words
from .tiles import GAP

if TYPE_CHECKING:
    from audobon.model.asset import Asset

    from ..host.images import Pixmaps

__all__ = ["ASSET", "Delegate"]

ASSET = QtCore.Qt.ItemDataRole.UserRole
_ALIGN = QtCore.Qt.AlignmentFlag
_IN_LINE = _ALIGN.AlignVCenter | _ALIGN.AlignLeading
_MIDDLE = QtCore.Qt.TextElideMode.ElideMiddle
_CHIPS = {
    "missing": QtGui.QColor(165, 35, 35),
    "changed": QtGui.QColor(140, 85, 0),
    "remote": QtGui.QColor(30, 90, 150),
}
_SHADE = QtGui.QColor(0, 0, 0, 150)
_COLUMNS = (("Size", 190, 62), ("Kind", 260, 50), ("Changed", 330, 80), ("Tags", 460, 120))
# What a list shows beside name and stars from which width on, and how wide, for letters of 15
# pixels; more of them take more.


class Delegate(QtWidgets.QStyledItemDelegate):
    """Draws cells for a view that has ``edge`` and ``as_list``."""

    def __init__(self, view: Any, pixmaps: Pixmaps) -> None:
        super().__init__(view)
        self._view = view
        self._pixmaps = pixmaps
        self.marks: dict[str, str] = {}

    def sizeHint(self, _option: Any, _index: Any) -> Any:  # noqa: N802  # Qt's name
        return self._view.cell

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        asset: Asset | None = index.data(ASSET)
        if asset is None:
            return
        painter.save()
        palette, chosen = option.palette, option.state & QtWidgets.QStyle.StateFlag.State_Selected
        group = palette.ColorGroup.Active
        box = option.rect if self._view.as_list else option.rect.adjusted(2, 2, -2, -2)
        if chosen:
            painter.fillRect(box, palette.color(group, palette.ColorRole.Highlight))
        role = palette.ColorRole.HighlightedText if chosen else palette.ColorRole.Text
        painter.setPen(palette.color(group, role))
        if self._view.as_list:
            self._line(painter, option, asset)
        else:
            self._tile(painter, option, asset)
        if option.state & QtWidgets.QStyle.StateFlag.State_HasFocus:
            painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
            painter.setPen(palette.color(group, role))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.restore()

    def _tile(self, painter: Any, option: Any, asset: Asset) -> None:
        edge, line = self._view.edge, option.fontMetrics.height()
        room = QtCore.QRect(0, 0, edge, edge)
        room.moveCenter(option.rect.center())
        room.moveTop(option.rect.top() + GAP)
        below = QtCore.QRect(
            option.rect.left() + 4, room.bottom() + 3, option.rect.width() - 8, line
        )
        name = option.fontMetrics.elidedText(asset.name, _MIDDLE, below.width())
        painter.drawText(below, _ALIGN.AlignCenter, name)
        self._picture(painter, option, asset, room)
        if asset.rating:
            # On a strip of its own: a preview may be as light as the stars.
            strip = QtCore.QRect(room.left(), room.bottom() - line + 1, room.width(), line)
            painter.fillRect(strip, _SHADE)
            painter.setPen(QtCore.Qt.GlobalColor.white)
            painter.drawText(strip.adjusted(3, 0, -3, 0), _ALIGN.AlignLeading, "★" * asset.rating)
        bad = words.badge(asset, self.marks.get(asset.id, ""))
        if bad:
            self._chip(painter, option, room, bad, _CHIPS.get(bad, _SHADE), leading=True)
        if words.favourite(asset):
            self._chip(painter, option, room, "♥", _SHADE, leading=False)

    def _picture(self, painter: Any, option: Any, asset: Asset, room: Any) -> None:
        pixmap = self._pixmaps.get(logic.key(asset))
        if pixmap is None:
            painter.fillRect(room, option.palette.alternateBase())
            painter.setPen(option.palette.color(option.palette.ColorRole.Text))
            if not self._view.as_list:
                painter.drawText(room, _ALIGN.AlignCenter, asset.format or asset.kind)
            return
        keep = QtCore.Qt.AspectRatioMode.KeepAspectRatio
        place = QtCore.QRect(QtCore.QPoint(0, 0), pixmap.size().scaled(room.size(), keep))
        place.moveCenter(room.center())
        if max(pixmap.width(), pixmap.height()) != self._pixmaps.edge:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, pixmap)

    def _chip(
        self, painter: Any, option: Any, room: Any, text: str, color: Any, *, leading: bool
    ) -> None:
        """A word on the upper edge of a picture, at the side where lines begin or end."""
        metrics = option.fontMetrics
        width = min(metrics.horizontalAdvance(text) + 8, room.width())
        left = leading != (option.direction == QtCore.Qt.LayoutDirection.RightToLeft)
        x = room.left() if left else room.right() - width + 1
        rect = QtCore.QRect(x, room.top(), width, metrics.height())
        painter.fillRect(rect, color)
        painter.setPen(QtCore.Qt.GlobalColor.white)
        painter.drawText(rect, _ALIGN.AlignCenter, text)

    def _line(self, painter: Any, option: Any, asset: Asset) -> None:
        """Picture, name, stars, and what else there is room for; from right to left where asked."""
        rect, metrics = option.rect, option.fontMetrics
        large = metrics.height() / 15
        texts = words.line(asset)
        turned = option.direction == QtCore.Qt.LayoutDirection.RightToLeft
        end = rect.width() - 4

        def cell(at: int, width: int) -> Any:
            x = rect.right() - at - width + 1 if turned else rect.left() + at
            return QtCore.QRect(x, rect.top(), width, rect.height())

        picture = cell(2, self._view.edge).adjusted(1, 2, -1, -2)
        pen = painter.pen()
        self._picture(painter, option, asset, picture)
        painter.setPen(pen)
        for name, least, wide in reversed(_COLUMNS):
            if rect.width() >= least * large:
                width = round(wide * large)
                end -= width
                text = metrics.elidedText(
                    texts.get(name, ""), QtCore.Qt.TextElideMode.ElideRight, width - 6
                )
                painter.drawText(cell(end, width - 6), _IN_LINE, text)
        if asset.rating:
            stars = "★" * asset.rating
            width = metrics.horizontalAdvance(stars) + 6
            end -= width
            painter.drawText(cell(end, width), _IN_LINE, stars)
        bad = words.badge(asset, self.marks.get(asset.id, ""))
        mark = ("♥ " if words.favourite(asset) else "") + (f"[{bad}] " if bad else "")
        begin = self._view.edge + 6
        room = cell(begin, max(0, end - begin - 4))
        name = metrics.elidedText(f"{mark}{asset.name}", _MIDDLE, room.width())
        painter.drawText(room, _IN_LINE, name)
