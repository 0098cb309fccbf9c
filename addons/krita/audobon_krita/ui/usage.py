# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether changes on disk are seen, and what was used how often, as a part of the health page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic.health import breakable
from ..logic.usage import view
from .pieces import make_button, make_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.panel.usage import Bar, Chart
    from audobon.session import Session, State

__all__ = ["BarRow", "Used"]


class BarRow(QtWidgets.QWidget):
    """A bar behind its own text: what on the left, how often on the right."""

    def __init__(self, bar: Bar, parent: Any) -> None:
        super().__init__(parent)
        self.bar = bar
        self.setMinimumSize(1, self.fontMetrics().height() + 4)
        self.setToolTip(f"{bar.label}: {bar.count:,}")
        self.setAccessibleName(f"{bar.label}: {bar.count:,}")

    def paintEvent(self, _event: Any) -> None:  # noqa: N802  # Qt's name
        painter = QtGui.QPainter(self)
        palette, inside = self.palette(), self.rect().adjusted(0, 1, 0, -1)
        painter.fillRect(inside, palette.color(QtGui.QPalette.ColorRole.AlternateBase))
        length = max(3, round(inside.width() * self.bar.share))
        color = palette.color(QtGui.QPalette.ColorRole.Highlight)
        color.setAlpha(150)
        painter.fillRect(inside.adjusted(0, 0, length - inside.width(), 0), color)
        painter.setPen(palette.color(QtGui.QPalette.ColorRole.Text))
        text, count = inside.adjusted(4, 0, -4, 0), f"{self.bar.count:,}"
        middle = QtCore.Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, middle | QtCore.Qt.AlignmentFlag.AlignRight, count)
        metrics = self.fontMetrics()
        room = text.width() - metrics.horizontalAdvance(count) - 8
        label = metrics.elidedText(self.bar.label, QtCore.Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(text, middle | QtCore.Qt.AlignmentFlag.AlignLeft, label)
        painter.end()


class Used(QtWidgets.QWidget):
    """Watching with its switch, and the charts of uses with what counts and forgets them."""

    def __init__(self, ask: Callable[[Callable[[Session], object]], None], parent: Any) -> None:
        super().__init__(parent)
        self._ask = ask
        self._shown: object = None
        self._body: Any = None
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(2)
        self.watch, self.switch = make_label("", self), make_button("", "", self)
        self.switch.clicked.connect(self._switch_watch)
        self._column.addWidget(_heading("Changes on Disk", self))
        self._column.addWidget(self.watch)
        self._column.addWidget(self.switch)
        self._column.addWidget(_heading("Used", self))
        row = QtWidgets.QHBoxLayout()
        self.count = make_button("Count", "Count what was used in this library", self)
        self.count.clicked.connect(lambda: self._ask(lambda one: one.look_at_usage()))
        self.note = make_button("", "Have uses noted in this library, or not", self)
        self.note.clicked.connect(self._switch_usage)
        self.forget = make_button("Forget…", "Remove everything that was noted, for good", self)
        self.forget.clicked.connect(self._forget)
        for button in (self.count, self.note, self.forget):
            row.addWidget(button, 1)
        self._column.addLayout(row)
        self.told = make_label("", self)
        self._column.addWidget(self.told)
        self._on = self._watched = True

    def show_state(self, state: State) -> None:
        """Show all of it, where something of it is another."""
        if self._shown == (state.watch, state.usage, state.read_only):
            return
        self._shown = (state.watch, state.usage, state.read_only)
        shown = view(state)
        self._watched, self._on = shown.watched, shown.noted
        self.watch.setText(breakable(f"{shown.watch} {shown.hint}".strip()))
        self.switch.setText("Do Not Watch" if self._watched else "Watch")
        self.switch.setToolTip("Have changes that other programs make appear by themselves, or not")
        self.note.setText("Do Not Note" if self._on else "Note Uses")
        for button in (self.switch, self.note, self.forget):
            button.setEnabled(not state.read_only)
        self.note.setVisible(shown.counted)
        self.forget.setVisible(shown.counted)
        self.told.setText(breakable(shown.usage))
        self.told.setVisible(bool(shown.usage))
        self._show(shown.charts)

    def _show(self, shown: tuple[Chart, ...]) -> None:
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for chart in shown:
            column.addWidget(_heading(chart.title, self._body))
            for bar in chart.bars:
                column.addWidget(BarRow(bar, self._body))
        self._column.addWidget(self._body)

    def _switch_watch(self) -> None:
        on = not self._watched
        self._ask(lambda session: session.switch_watch(on=on))

    def _switch_usage(self) -> None:
        on = not self._on
        self._ask(lambda session: session.switch_usage(on=on))

    def _forget(self) -> None:
        kinds = QtWidgets.QMessageBox.StandardButton
        text = "Remove everything that was noted about uses of this library, for good?"
        if QtWidgets.QMessageBox.question(self, "Audobon", text) == kinds.Yes:
            self.forget_now()

    def forget_now(self) -> None:
        """Forget all uses without asking once more."""
        self._ask(lambda session: session.forget_usage())


def _heading(text: str, parent: Any) -> Any:
    made = QtWidgets.QLabel(text, parent)
    font = made.font()
    font.setBold(True)
    made.setFont(font)
    return made
