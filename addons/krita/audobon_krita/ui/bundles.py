# SPDX-License-Identifier: GPL-3.0-or-later
"""What the chosen asset is one of: its sizes to choose from, and its other files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import bundles as logic
from ..logic.health import breakable
from .filters import Choice, small

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.session import State

    from ..logic.app import App

__all__ = ["BundleBox"]

_PARTS = 200


class BundleBox(QtWidgets.QWidget):
    """Two rows under the chosen asset; hidden for one that is alone."""

    chosen = QtCore.pyqtSignal(str)

    def __init__(self, app: App, parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._bundle: Any = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.title = QtWidgets.QLabel(self)
        self.title.setWordWrap(True)
        self.title.setMinimumWidth(1)
        self.title.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        column.addWidget(self.title)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(2)
        self.size = Choice(
            self, "The size that is taken when it is used", "As chosen", self._entries
        )
        self.files = small(self, "Files", "All files of it")
        self.files.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QtWidgets.QMenu(self)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.files.setMenu(self.menu)
        self.apart = small(self, "Take apart", "Show each of them for itself, for good", self._take)
        row.addWidget(self.size, 1)
        row.addWidget(self.files)
        row.addWidget(self.apart)
        column.addLayout(row)
        self.hide()

    def show_state(self, state: State, *, several: bool) -> None:
        """Show what the chosen asset is one of; nothing while several are selected."""
        chosen = state.chosen
        self._bundle = None if chosen is None or several else chosen.bundle
        self.setVisible(self._bundle is not None)
        if self._bundle is None:
            return
        self.title.setText(breakable(logic.headline(self._bundle)))
        self.size.setVisible(len(logic.sizes(self._bundle)) > 1)
        self.apart.setEnabled(not state.read_only)

    def sized(self, asset: Asset) -> Asset:
        """The asset, or the file of it in the size that is chosen here."""
        return logic.asset_at(self._bundle, asset, self.size.currentData() or "")

    def fill_menu(self) -> None:
        """A line for each file; a click chooses it."""
        self.menu.clear()
        for text, ident in logic.parts(self._bundle)[:_PARTS]:
            self.menu.addAction(
                text.replace("&", "&&"), lambda ident=ident: self.chosen.emit(ident)
            )

    def _entries(self) -> list[tuple[str, Any]]:
        return [(size, size) for size in logic.sizes(self._bundle)]

    def _take(self) -> None:
        session = self.app.session
        if session is not None and session.state.chosen is not None:
            session.take_apart(session.state.chosen.asset.id)
