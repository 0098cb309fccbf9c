# SPDX-License-Identifier: GPL-3.0-or-later
"""Tabs that fit into a narrow docker: where their titles do not, all but the current are icons."""

from __future__ import annotations

from typing import Any

from ..host import kit
from ..host.qt import QtCore, QtWidgets

__all__ = ["Tabs"]

_ICON = 16
_AROUND = 18
# Styles leave up to 28 pixels around an icon, and six tabs would not fit into a narrow docker.


class _Bar(QtWidgets.QTabBar):
    """Tabs that are icons alone take no more room than they need."""

    def tabSizeHint(self, index: int) -> Any:  # noqa: N802  # Qt's name
        hint = super().tabSizeHint(index)
        if self.tabText(index):
            return hint
        return QtCore.QSize(min(hint.width(), _ICON + _AROUND), hint.height())


class Tabs(QtWidgets.QTabWidget):
    """Titles where there is room, else icons with tips; Qt's arrows only where neither fits."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setTabBar(_Bar(self))
        self.setDocumentMode(True)
        self.setIconSize(QtCore.QSize(_ICON, _ICON))
        self._titles: list[str] = []
        self._icons: list[Any] = []
        self.currentChanged.connect(self.fit)

    def add(self, page: Any, title: str, icon: str, tip: str) -> None:
        """Put a page behind the others."""
        self._titles.append(title)
        self._icons.append(kit.icon(icon))
        at = self.addTab(page, title)
        self.setTabToolTip(at, f"{title}: {tip}")
        self.tabBar().setAccessibleTabName(at, title)

    def fit(self, _current: int = 0) -> None:
        """Show as many titles as there is room for: all, the current one, or none."""
        corner = self.cornerWidget()
        room = self.width() - (0 if corner is None else corner.sizeHint().width())
        every, current = set(range(self.count())), {self.currentIndex()}
        for titled in (every, current, set()):
            self._show(titled)
            if self.tabBar().sizeHint().width() <= room:
                return

    def _show(self, titled: set[int]) -> None:
        for at, (title, icon) in enumerate(zip(self._titles, self._icons, strict=True)):
            bare = icon.isNull()  # this Krita has none of that name
            self.setTabText(at, title if at in titled or bare else "")
            alone = len(titled) < len(self._titles)
            self.setTabIcon(at, icon if alone else kit.icon(""))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """Another theme has other icons, another font other widths."""
        super().changeEvent(event)
        if event.type() in (QtCore.QEvent.Type.FontChange, QtCore.QEvent.Type.StyleChange):
            self.fit()
