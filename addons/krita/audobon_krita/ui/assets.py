# SPDX-License-Identifier: GPL-3.0-or-later
"""The first page of the docker: search, the grid, and the chosen asset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import colours, documents, patterns
from ..host.qt import QtCore, QtWidgets
from ..logic import colours as palettes
from ..logic import grid as logic
from ..logic import words
from .details import Details
from .grid import Grid
from .swatches import Swatches

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.model.asset import Asset
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Assets"]

_USES = {
    "layer": "Insert as Layer",
    "file layer": "Insert as File Layer",
    "reference": "Insert as Reference",
    "pattern": "Insert as Pattern",
    "palette": "Palette of Its Colours",
    "open": "Open",
}


class Assets(QtWidgets.QWidget):
    """Turns fields into a question, and clicks on assets into calls of ``logic`` and ``host``."""

    title = "Assets"
    tip = "Find and use what is in the library"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.search = QtWidgets.QLineEdit(self)
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.ask)
        column.addWidget(self.search)
        column.addLayout(self._filters())
        self.count = QtWidgets.QLabel(self)
        self.count.setWordWrap(True)
        column.addWidget(self.count)
        self.grid = Grid(self)
        self.grid.chosen.connect(self._choose)
        self.grid.used.connect(lambda asset: self.use("layer", [asset]))
        self.grid.rated.connect(self._rate)
        self.grid.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._menu)
        column.addWidget(self.grid, 1)
        self.swatches = Swatches(say, self)
        self.swatches.kept.connect(self._keep_palette)
        column.addWidget(self.swatches)
        self.details = Details(self)
        self.details.rated.connect(lambda stars: self._rate(self.grid.selected(), stars))
        self.details.tagged.connect(self._tag)
        self.details.untagged.connect(self._untag)
        column.addWidget(self.details)

    def _filters(self) -> Any:
        row = QtWidgets.QHBoxLayout()
        self.kind, self.order = QtWidgets.QComboBox(self), QtWidgets.QComboBox(self)
        self.rating = QtWidgets.QComboBox(self)
        self.kind.addItem("Every kind", "")
        for stars in range(6):
            self.rating.addItem("★" * stars + ("+" if 0 < stars < 5 else "") or "All", stars)
        for text, sort in logic.ORDERS:
            self.order.addItem(text, sort)
        for box, tip in ((self.kind, "Kind"), (self.rating, "Stars"), (self.order, "Order")):
            box.setToolTip(tip)
            box.setSizeAdjustPolicy(
                QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(4)
            box.currentIndexChanged.connect(self.ask)
            row.addWidget(box, 1)
        return row

    def step(self, session: Session) -> None:
        """Ask for what is seen."""
        self.grid.step(session)

    def show_state(self, _session: Session, state: State) -> None:
        """Show what is found, and the chosen asset."""
        if state.found.wanted.limit != logic.LIMIT:
            self.ask()
        self.grid.show_state(state)
        self.count.setText(words.found(state))
        self._show_kinds(state)
        self.details.show_state(state)

    def _show_kinds(self, state: State) -> None:
        if self.kind.currentData():
            return  # the counts are of what is found, so the others would seem to be gone
        wanted = [("Every kind", "")]
        wanted += [(f"{one.value} ({one.count:,})", one.value) for one in state.found.kinds]
        shown = [(self.kind.itemText(n), self.kind.itemData(n)) for n in range(self.kind.count())]
        if wanted != shown:
            blocked = self.kind.blockSignals(True)
            self.kind.clear()
            for text, value in wanted:
                self.kind.addItem(text, value)
            self.kind.blockSignals(blocked)

    def ask(self, *_: Any) -> None:
        """Look for what the fields say."""
        if self.app.session is not None:
            logic.search(
                self.app.session,
                text=self.search.text(),
                kind=self.kind.currentData() or "",
                tag="",
                rating=self.rating.currentData() or 0,
                sort=self.order.currentData(),
            )

    def focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def use(self, how: str, assets: list[Asset]) -> None:
        """Do this with each of the assets; what cannot be is told and the others follow."""
        for asset in assets:
            document = documents.active()
            possible = words.uses(asset, document=document.there)
            if not possible:
                self._say(f"{asset.name} cannot be used in Krita")
                continue
            try:
                self._use(how if how in possible else possible[0], document, asset)
            except (documents.Refused, OSError) as refused:
                self._say(str(refused))

    def _use(self, how: str, document: Any, asset: Asset) -> None:
        name = words.layer_name(asset)
        if how == "layer":
            document.insert(asset.file, name)
        elif how == "file layer":
            document.insert_file(asset.file, name)
        elif how == "reference":
            document.insert_reference(asset.file)
        elif how == "pattern":
            self._use_pattern(document, asset)
        elif how == "palette" and self.app.session is not None:
            show, read = self.swatches.show_palette, colours.pixels_of
            palettes.find(self.app.session, asset, read, show)
        else:
            documents.open_file(asset.file)

    def _use_pattern(self, document: Any, asset: Asset) -> None:
        name = words.pattern_name(asset)
        written = patterns.write(asset.file, name)
        if document.there:
            patterns.fill(document, asset.file, name)
        known = patterns.known(name)
        self._say(words.pattern_told(name, known=known, written=written, filled=document.there))

    def _keep_palette(self, palette: palettes.Palette) -> None:
        if self.app.session is not None:
            palettes.keep(self.app.session, palette, patterns.folder_of_palettes())

    def _menu(self, place: Any) -> None:
        assets = self.grid.selected()
        if not assets:
            return
        menu = QtWidgets.QMenu(self)
        for how in words.uses(assets[0], document=documents.active().there):
            menu.addAction(_USES[how], lambda how=how: self.use(how, assets))
        menu.exec(self.grid.viewport().mapToGlobal(place))

    def _choose(self, asset: Asset) -> None:
        if self.app.session is not None:
            self.app.session.choose(asset.id)

    def _rate(self, assets: list[Asset], stars: int) -> None:
        if self.app.session is not None and assets:
            logic.rate(self.app.session, assets, stars)

    def _tag(self, typed: str) -> None:
        if self.app.session is not None:
            logic.tag(self.app.session, self.grid.selected(), typed)

    def _untag(self, name: str) -> None:
        if self.app.session is not None:
            logic.untag(self.app.session, self.grid.selected(), name)

    def changeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """Pictures keep; colours are asked for at each drawing, so a theme needs no more."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            self.grid.viewport().update()
