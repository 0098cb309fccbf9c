# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of an asset in a row: a click paints with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import colours as host
from ..host.documents import Refused
from ..host.qt import QtCore, QtWidgets
from ..logic.colours import COUNT, Palette

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Swatches"]

_SIZE = 22


class Swatches(QtWidgets.QWidget):
    """Below the grid, hidden until colours are asked for. ``kept`` wants them as a palette."""

    kept = QtCore.pyqtSignal(object)

    def __init__(self, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self._say = say
        self.palette_shown: Palette | None = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = QtWidgets.QHBoxLayout()
        self.title = QtWidgets.QLabel(self)
        self.title.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.title.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred
        )
        self.keep = QtWidgets.QToolButton(self)
        self.keep.setText("Add to Palettes")
        self.keep.setToolTip("Keep these colours among Krita's palettes")
        self.keep.clicked.connect(lambda: self.kept.emit(self.palette_shown))
        away = QtWidgets.QToolButton(self)
        away.setText("✕")
        away.setToolTip("Hide the colours")
        away.clicked.connect(self.hide)
        row.addWidget(self.title, 1)
        row.addWidget(self.keep)
        row.addWidget(away)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(1)
        self.buttons = [self._button(number) for number in range(COUNT)]
        for button in self.buttons:
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.hide()

    def _button(self, number: int) -> Any:
        button = QtWidgets.QToolButton(self)
        button.setAutoRaise(True)
        button.setIconSize(QtCore.QSize(_SIZE, _SIZE))
        button.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        button.clicked.connect(lambda: self._pick(number, background=False))
        button.customContextMenuRequested.connect(lambda _: self._pick(number, background=True))
        return button

    def show_palette(self, palette: Palette) -> None:
        """Show these colours."""
        self.palette_shown = palette
        self.title.setText(f"Colours of {palette.name}")
        for number, button in enumerate(self.buttons):
            there = number < len(palette.colours)
            button.setVisible(there)
            if there:
                one = palette.colours[number]
                button.setIcon(host.Swatch(one.hex, _SIZE).icon)
                button.setAccessibleName(one.hex)
                share = f"{one.share:.0%} of the picture"
                button.setToolTip(f"{one.hex}, {share}\nA click paints with it; right: background")
        self.show()

    def _pick(self, number: int, *, background: bool) -> None:
        if self.palette_shown is None or number >= len(self.palette_shown.colours):
            return
        one = self.palette_shown.colours[number]
        try:
            host.paint_with(one.red, one.green, one.blue, background=background)
        except Refused as refused:
            self._say(str(refused))
