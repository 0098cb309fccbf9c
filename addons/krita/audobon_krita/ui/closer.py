# SPDX-License-Identifier: GPL-3.0-or-later
"""The large picture with what is known, beside the docker, of the asset under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.images import Pixmaps
from ..host.qt import QtCore, QtWidgets
from ..logic import grid as logic
from ..logic import words

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.session import Session

__all__ = ["Closer"]

_WAIT_MS = 450
# Long enough for a mouse that passes by, short enough for one that waits.
_EDGE = 320
_BUDGET = 16_000_000


class Closer(QtWidgets.QFrame):
    """Hidden until :meth:`look` was called and a moment has passed; takes no mouse and no keys."""

    def __init__(self, beside: Any) -> None:
        flags = QtCore.Qt.WindowType
        super().__init__(beside, flags.ToolTip | flags.FramelessWindowHint)
        attributes = QtCore.Qt.WidgetAttribute
        self.setAttribute(attributes.WA_ShowWithoutActivating)
        self.setAttribute(attributes.WA_TransparentForMouseEvents)
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.asset: Asset | None = None
        self._beside = beside
        self._mark = ""
        self.pixmaps = Pixmaps(_EDGE, _BUDGET)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        self.picture = QtWidgets.QLabel(self)
        self.picture.setFixedSize(_EDGE, _EDGE)
        self.picture.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self.text = QtWidgets.QLabel(self)
        self.text.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        column.addWidget(self.picture)
        column.addWidget(self.text)
        self.timer = QtCore.QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(_WAIT_MS)
        self.timer.timeout.connect(self._open)

    def look(self, asset: Asset | None, mark: str = "", *, now: bool = False) -> None:
        """Show this asset after a moment, at once where another one is shown, or nothing."""
        if asset is None:
            self.timer.stop()
            self.asset = None
            self.hide()
            return
        if self.asset is not None and asset.id == self.asset.id and not now:
            return
        self.asset, self._mark = asset, mark
        if now or self.isVisible():
            self._open()
        else:
            self.timer.start()

    def wanted(self) -> tuple[tuple[Asset, int], ...]:
        """What a session is to fetch for it."""
        return ((self.asset, logic.CLOSER),) if self.asset is not None and self.isVisible() else ()

    def step(self, session: Session) -> None:
        """Show the picture once it is there, and until then the small one."""
        if self.asset is None or not self.isVisible():
            return
        self.pixmaps.resize(round(_EDGE * self.devicePixelRatioF()))
        for size in (logic.CLOSER, 256):
            key = logic.key(self.asset, size)
            if not self.pixmaps.has(key):
                data = session.picture(self.asset, size)
                if isinstance(data, bytes):
                    self.pixmaps.put(key, data)
                elif logic.engine_lacks(data):
                    self.pixmaps.put_file(key, self.asset.file)
            if self.pixmaps.has(key):
                self._show(key)
                return
        self.picture.setText(self.asset.format or self.asset.kind)

    def _show(self, key: str) -> None:
        pixmap = self.pixmaps.get(key)
        if pixmap is not None and self.picture.property("key") != key:
            self.picture.setProperty("key", key)
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            self.picture.setPixmap(pixmap)

    def _open(self) -> None:
        if self.asset is None:
            return
        self.picture.clear()
        self.picture.setProperty("key", "")
        self.text.setText(words.about(self.asset, self._mark))
        self.adjustSize()
        self.move(self._corner())
        self.show()

    def _corner(self) -> Any:
        """On the side of the docker that has more room, and wholly on the screen."""
        beside = self._beside
        screen = beside.window().windowHandle().screen().availableGeometry()
        begin = beside.mapToGlobal(QtCore.QPoint(0, 0)).x()
        end = begin + beside.width()
        left = begin - screen.left() >= screen.right() - end
        x = begin - self.width() - 4 if left else end + 4
        rect = beside.visualRect(beside.over()) if beside.over() is not None else beside.rect()
        y = beside.viewport().mapToGlobal(rect.topLeft()).y()
        x = min(max(x, screen.left()), screen.right() - self.width())
        y = min(max(y, screen.top()), screen.bottom() - self.height())
        return QtCore.QPoint(x, y)
