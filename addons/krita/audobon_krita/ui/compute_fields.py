# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be made, of what, and how strong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import sheets
from ..host.qt import QtCore, QtWidgets
from ..logic.computing import style_pictures
from ..logic.making import OPERATIONS, Operation, Options

if TYPE_CHECKING:
    from audobon.session import State

__all__ = ["Fields"]

_STYLES = 26
_PICTURE = 32
# Pixels of the little pictures in the list of styles: more make the field too high.
_PAPERS = (("On nothing", "none"), ("On white", "white"), ("On black", "black"))


class Fields(QtWidgets.QWidget):
    """Only those that matter for the chosen operation are seen."""

    changed = QtCore.pyqtSignal()

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.source = self._box(("Active layer", "layer"), ("Whole document", "document"))
        self.source.setToolTip("What it is made of")
        self.selection = self._check("Only the selection", "The result is limited to it, too")
        self.operation = self._box(*((each.label, each.pipeline) for each in OPERATIONS))
        self.tip = QtWidgets.QLabel(self)
        self.tip.setWordWrap(True)
        self.tip.setEnabled(False)
        self.factor = self._box(("Twice as large", 2), ("Four times as large", 4))
        self.paper = self._box(*_PAPERS)
        self.style = self._box(
            *((f"Style {number}", number) for number in range(_STYLES)), ("As the asset", -1)
        )
        self._picture_styles()
        self.directx = self._check("Green is down (DirectX)", "Else it is up, as OpenGL has it")
        self.wrap = self._check("It tiles", "Its edges meet, and those of the result will")
        self.colors = QtWidgets.QSpinBox(self)
        self.colors.setRange(2, 32)
        self.colors.setValue(8)
        self.colors.setSuffix(" colours")
        self.strength = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self.strength.setRange(0, 100)
        self.strength.setValue(100)
        self.strength.setAccessibleName("Strength")
        self.strength.valueChanged.connect(self._tell)
        self.told = QtWidgets.QLabel(self)
        for each in (self.source, self.selection, self.operation, self.tip, self.factor,
                     self.paper, self.style, self.directx, self.wrap, self.colors):  # fmt: skip
            column.addWidget(each)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.told)
        row.addWidget(self.strength, 1)
        column.addLayout(row)
        self._asset = ""
        self._tell()

    def _box(self, *entries: tuple[str, Any]) -> Any:
        box = QtWidgets.QComboBox(self)
        for text, value in entries:
            box.addItem(text, value)
        box.setSizeAdjustPolicy(
            QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        box.setMinimumContentsLength(6)
        box.currentIndexChanged.connect(self._tell)
        return box

    def _check(self, text: str, tip: str) -> Any:
        box = QtWidgets.QCheckBox(text, self)
        box.setToolTip(tip)
        box.toggled.connect(self._tell)
        return box

    def _picture_styles(self) -> None:
        """Show beside each style how it paints."""
        self.style.setIconSize(QtCore.QSize(_PICTURE, _PICTURE))
        for number, icon in enumerate(sheets.icons_of(*style_pictures())):
            self.style.setItemIcon(number, icon)

    def show_source(self, name: str, *, selected: bool) -> None:
        """Name the active layer; the selection can be chosen only where there is one."""
        text = f"Layer: {name}" if name else "Active layer"
        if self.source.itemText(0) != text:
            self.source.setItemText(0, text)
        self.selection.setVisible(selected)
        if not selected and self.selection.isChecked():
            self.selection.setChecked(False)

    def show_asset(self, name: str) -> None:
        """Name the asset whose style can be taken."""
        if name != self._asset:
            self._asset = name
            self.style.setItemText(_STYLES, f"As {name}" if name else "As the asset")

    def of(self) -> str:
        return str(self.source.currentData())

    def inside(self) -> bool:
        return bool(self.selection.isChecked())

    def choose(self, pipeline: str) -> None:
        self.operation.setCurrentIndex(self.operation.findData(pipeline))

    def wanted(self, state: State) -> tuple[Operation, Options]:
        """The operation, and what the fields say about it."""
        operation = self._operation()
        like = ""
        if self.style.currentData() == -1 and state.chosen is not None:
            like = state.chosen.asset.id
        return operation, Options(
            strength=self.strength.value() / 100 * operation.most,
            factor=self.factor.currentData(),
            style=max(0, self.style.currentData()),
            like=like,
            paper=self.paper.currentData(),
            directx=self.directx.isChecked(),
            wrap=self.wrap.isChecked(),
            colors=self.colors.value(),
        )

    def opacity(self) -> float:
        """How much a result is to cover its source."""
        return self.strength.value() / 100 if self._operation().strength == "opacity" else 1.0

    def _operation(self) -> Operation:
        return OPERATIONS[max(0, self.operation.currentIndex())]

    def _tell(self, *_: Any) -> None:
        operation = self._operation()
        name = operation.pipeline
        self.tip.setText(operation.tip)
        for field, names in (
            (self.factor, ("upscale",)),
            (self.paper, ("lineart",)),
            (self.style, ("style",)),
            (self.directx, ("normal",)),
            (self.wrap, ("upscale", "denoise", "normal")),
            (self.colors, ("palette",)),
        ):
            field.setVisible(name in names)
        self.strength.setVisible(bool(operation.strength))
        self.told.setVisible(bool(operation.strength))
        value = self.strength.value()
        if operation.strength == "opacity":
            self.told.setText(f"Strength {value} %")
        else:
            self.told.setText(f"Strength {value / 100 * operation.most:.1f}")
        self.changed.emit()
