# SPDX-License-Identifier: GPL-3.0-or-later
"""The first page of the docker: search, the grid, and the chosen asset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import colours, documents, kit, patterns
from ..host.qt import QtCore, QtWidgets
from ..logic import colours as palettes
from ..logic import grid as logic
from ..logic import many, words
from ..logic.using import FETCHING, fetch_dragged, fetch_first
from .bundles import BundleBox
from .details import Details
from .filters import Filters, Views, small
from .forgood import ForGood
from .grid import Grid
from .removing import Removing
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
_DEEDS = (
    ("favour", "Favourite", True),
    ("tag", "Add Tags…", True),
    ("untag", "Take Tags Off…", True),
    ("similar", "Similar Pictures", False),
    ("read", "Look at the Files Again", True),
    ("everything", "Select All Found", False),
    ("invert", "Invert the Selection", False),
    ("remove", "Remove from the Library…", True),
)
# What is asked of :meth:`Assets.do`, what the menu says, and whether it changes the library.
_SHOWN = 200
# Selected assets whose tags are shown.


class Assets(QtWidgets.QWidget):
    """Turns fields into a question, and clicks on assets into calls of ``logic`` and ``host``."""

    title = "Assets"
    icon = "view-grid"
    tip = "Find and use what is in the library"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(3)
        column.addLayout(self._head())
        self.filters = Filters(self)
        self.filters.asked.connect(self.ask)
        self.rating = self.filters.rating
        column.addWidget(self.filters)
        column.addLayout(self._tail())
        self.for_good = ForGood(app, self)
        self.removing = Removing(say, self, self.for_good.begin)
        column.addWidget(self.removing)
        column.addWidget(self.for_good)
        self.grid = Grid(self)
        self.grid.chosen.connect(self._choose)
        self.grid.used.connect(lambda asset: self.use("layer", [asset]))
        self.grid.asked.connect(self.do)
        self.grid.lifted.connect(lambda all_: fetch_dragged(self.app.session, all_, self._say))
        self.grid.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._menu)
        column.addWidget(self.grid, 1)
        self.swatches = Swatches(say, self)
        self.swatches.kept.connect(self._keep_palette)
        column.addWidget(self.swatches)
        self.details = Details(self)
        self.details.rated.connect(lambda stars: self._rate(stars, self.details.ident))
        self.details.tagged.connect(self._tag)
        self.details.untagged.connect(self._untag)
        self.details.linked.chosen.connect(self._go_to)
        self.details.linked.asked.connect(lambda query: self.show_query(query, None))
        column.addWidget(self.details)
        self.bundle = BundleBox(app, self)
        self.bundle.chosen.connect(self._choose_id)
        column.addWidget(self.bundle)
        self.grid.as_list = kit.setting("list") == "yes"
        size = kit.setting("size")
        self.grid.wish = int(size) if size.isdigit() else self.grid.wish

    def _head(self) -> Any:
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(2)
        self.search = QtWidgets.QLineEdit(self)
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(60)
        self.search.textChanged.connect(self.ask)
        self.views = Views(self)
        self.views.shown.connect(self.show_query)
        self.views.saving.connect(self._name_set)
        self.views.removed.connect(self._remove_set)
        self.color = small(self, "◉", "Look for the brush's colour", self._ask_color)
        row.addWidget(self.search, 1)
        row.addWidget(self.color)
        row.addWidget(self.views)
        self.bundled = small(self, "⧉", "Maps, sizes and numbered versions as one")
        self.bundled.setCheckable(True)
        self.bundled.setChecked(kit.setting("bundled") == "yes")
        self.bundled.toggled.connect(self._turn_bundled)
        row.addWidget(self.bundled)
        row.addWidget(small(self, "▤", "List or pictures (L)", lambda: self.do("list")))
        return row

    def _tail(self) -> Any:
        """How many there are, how many are selected, and a name for a set."""
        column = QtWidgets.QVBoxLayout()
        self.set_name = QtWidgets.QLineEdit(self)
        self.set_name.setPlaceholderText("Name of this search, then Enter")
        self.set_name.returnPressed.connect(self._save_set)
        self.set_name.hide()
        column.addWidget(self.set_name)
        row = QtWidgets.QHBoxLayout()
        self.count = QtWidgets.QLabel(self)
        self.count.setWordWrap(True)
        row.addWidget(self.count, 3)
        row.addWidget(self.filters.order, 2)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        self.like = small(self, "", "Show everything again (Escape)", self._leave_like)
        self.like.hide()
        self.selected = small(self, "", "Select nothing (Escape)", lambda: self.do("clear"))
        self.selected.hide()
        row.addWidget(self.selected)
        row.addWidget(self.like)
        row.addStretch(1)
        column.addLayout(row)
        return column

    def step(self, session: Session) -> None:
        """Ask for what is seen."""
        self.grid.step(session)

    def show_state(self, session: Session, state: State) -> None:
        """Show what is found, and the chosen asset."""
        if state.found.wanted.limit != logic.LIMIT:
            self.ask()
        self.grid.show_state(session, state)
        self.count.setText(words.found(state))
        several = words.selected(state)
        self.selected.setText(f"{several} ✕")
        self.selected.setVisible(bool(several))
        self.like.setVisible(state.like is not None)
        self.like.setText("" if state.like is None else f"✕ Similar to {state.like.label}")
        self.for_good.show_state(state)
        self.filters.show_state(state)
        self.views.show_state(state)
        self.details.show_state(state, self.grid.selected(_SHOWN) if several else ())
        self.bundle.show_state(state, several=bool(several))

    def ask(self, *_: Any) -> None:
        """Look for what the fields say."""
        if self.app.session is not None:
            wanted = {**self.filters.wanted(), "bundled": self.bundled.isChecked()}
            logic.search(self.app.session, text=self.search.text(), **wanted)

    def _turn_bundled(self, on: bool) -> None:  # Qt's signal
        kit.set_setting("bundled", "yes" if on else "no")
        self.ask()

    def show_query(self, query: str, sort: str | None) -> None:
        """Look for what a view or a set says, and nothing besides."""
        self.filters.reset(sort)
        blocked = self.search.blockSignals(True)
        self.search.setText(query)
        self.search.blockSignals(blocked)
        self.ask()

    def _ask_color(self) -> None:
        """Write the brush's colour into the question, in place of the one there."""
        try:
            self.search.setText(words.with_color(self.search.text(), colours.painted_with()))
        except documents.Refused as refused:
            self._say(str(refused))

    def focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _name_set(self) -> None:
        self.set_name.setText("")
        self.set_name.show()
        self.set_name.setFocus()

    def _save_set(self) -> None:
        name = self.set_name.text().strip()
        if self.app.session is not None and name:
            self.app.session.save_set(name)
        self.set_name.hide()

    def _go_to(self, ident: str) -> None:
        if self.app.session is not None:
            self.app.session.choose(ident)

    def _remove_set(self, name: str) -> None:
        if self.app.session is not None:
            self.app.session.remove_set(name)

    def do(self, what: str) -> None:
        """What a key of the grid or a button means."""
        session, asset = self.app.session, self.grid.current()
        if session is None:
            return
        if what.startswith("rate "):
            self._rate(int(what[5:]))
            return
        calls: dict[str, Callable[[], Any]] = {
            "use": lambda: self.use("layer", self.grid.selected()),
            "tag": lambda: self._type_tags(False),
            "untag": lambda: self._type_tags(True),
            "favour": lambda: many.favour(session, asset),
            "similar": lambda: self._alike(session, asset),
            "read": lambda: many.read_again(session, self.grid.selected()),
            "everything": session.selection.everything,
            "invert": session.selection.invert,
            "clear": lambda: self._clear(session),
            "remove": lambda: self.removing.begin(session),
            "search": self.focus_search,
            "list": self._turn_list,
            "larger": lambda: self._resize(True),
            "smaller": lambda: self._resize(False),
        }
        calls[what]()

    @staticmethod
    def _alike(session: Session, asset: Asset | None) -> None:
        if asset is not None:
            session.find_alike(asset.name, asset.id)

    def _type_tags(self, off: bool) -> None:
        self.details.new_tag.take(off)
        self.details.new_tag.setFocus()

    def _turn_list(self) -> None:
        self.grid.as_list = not self.grid.as_list
        self.grid.rearrange()
        kit.set_setting("list", "yes" if self.grid.as_list else "no")

    def _resize(self, larger: bool) -> None:
        self.grid.resize_pictures(larger)
        kit.set_setting("size", str(self.grid.wish))

    def _leave_like(self) -> None:
        if self.app.session is not None:
            self.app.session.leave_alike()

    def _clear(self, session: Session) -> None:
        """What is selected first, then what looks alike."""
        if session.state.selection.count:
            session.selection.clear()
            self.grid.clearSelection()
        elif session.state.like is not None:
            self._leave_like()

    def use(self, how: str, assets: list[Asset]) -> None:
        """Do this with the assets; what cannot be is told and the others follow."""
        if silent := words.silent(self.app.state):
            self._say(silent)  # Krita reads files in its own thread, and would wait with it
            return
        assets = [self.bundle.sized(each) for each in assets]
        if fetch_first(self.app.session, assets, lambda here: self.use(how, here)):
            self._say(FETCHING)
            return
        if how in words.TOGETHER and len(assets) > 1 and documents.active().there:
            self._use_together(how, assets)
            return
        placed = []
        for asset in assets:
            document = documents.active()
            possible = words.uses(asset, document=document.there)
            if not possible:
                self._say(f"{asset.name} cannot be used in Krita")
                continue
            try:
                chosen = how if how in possible else possible[0]
                self._use(chosen, document, asset)
                if chosen != "open":  # what is opened is noted when it is the document
                    placed.append((asset.id, "placed"))
            except (documents.Refused, OSError) as refused:
                self._say(str(refused))
        self._note(placed)

    def _note(self, placed: list[tuple[str, str]]) -> None:
        if self.app.session is not None:
            self.app.session.note_uses(placed, host="krita")

    def _use_together(self, how: str, assets: list[Asset]) -> None:
        fit = [each for each in assets if how in words.uses(each, document=True)]
        said = [f"{each.name} cannot be inserted" for each in assets if each not in fit]
        pictures = [(each.file, words.layer_name(each)) for each in fit]
        try:
            if fit:
                title, follow = words.group_title(fit), how == "file layer"
                wrong = documents.active().insert_several(pictures, title, follow=follow)
                said += wrong
                came = [each for each in fit if not any(each.name in text for text in wrong)]
                self._note([(each.id, "placed") for each in came])
        except (documents.Refused, OSError) as refused:
            said.append(str(refused))
        if said:
            more = f"; and {len(said) - 1} more" if len(said) > 1 else ""
            self._say(f"{said[0]}{more}")

    def _use(self, how: str, document: Any, asset: Asset) -> None:
        name = words.layer_name(asset)
        if how in words.TOGETHER:
            document.insert(asset.file, name, follow=how == "file layer")
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
        assets, session = self.grid.selected(), self.app.session
        if not assets or session is None:
            return
        menu = QtWidgets.QMenu(self)
        self.fill_menu(menu, assets, session.state)
        menu.exec(self.grid.viewport().mapToGlobal(place))

    def fill_menu(self, menu: Any, assets: list[Asset], state: State) -> None:
        """What can be done with these assets."""
        for how in words.uses(assets[0], document=documents.active().there):
            menu.addAction(_USES[how], lambda how=how: self.use(how, assets))
        menu.addSeparator()
        for what, text, changes in _DEEDS:
            action = menu.addAction(text, lambda what=what: self.do(what))
            action.setEnabled(not (changes and state.read_only))
        stars = menu.addMenu("Stars")
        stars.setEnabled(not state.read_only)
        for number in range(6):
            text = "★" * number or "None"
            stars.addAction(text, lambda number=number: self._rate(number))

    def _choose_id(self, ident: str) -> None:
        if self.app.session is not None:
            self.app.session.choose(ident)

    def _choose(self, asset: Asset) -> None:
        if self.app.session is not None:
            self.app.session.choose(asset.id)

    def _rate(self, stars: int, ident: str = "") -> None:
        if self.app.session is not None:
            many.rate(self.app.session, stars, ident)

    def _tag(self, typed: str) -> None:
        if self.app.session is not None:
            many.tag(self.app.session, typed, self.details.ident)

    def _untag(self, typed: str) -> None:
        if self.app.session is not None:
            many.untag(self.app.session, typed, self.details.ident)

    def changeEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
        """Pictures keep; colours are asked for at each drawing, so a theme needs no more."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.PaletteChange:
            self.grid.viewport().update()
