# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for besides words: kind, tag, catalog, stars, order, views and sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import grid as logic

if TYPE_CHECKING:
    from audobon.session import State

__all__ = ["Choice", "Filters", "Views", "small"]

_ROWS = 200
# Entries of a list; whoever has more tags types `tag:...` into the search.
_WIDE = 180

Entry = tuple[str, Any]


def small(parent: Any, text: str, tip: str, call: Callable[[], Any] | None = None) -> Any:
    """A button that takes no more room than its sign."""
    button = QtWidgets.QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    if call is not None:
        button.clicked.connect(lambda _=False: call())
    return button


class Choice(QtWidgets.QComboBox):
    """A list that is asked for only when it opens, and shrinks as far as it has to."""

    def __init__(
        self, parent: Any, tip: str, any_: str, entries: Callable[[], list[Entry]]
    ) -> None:
        super().__init__(parent)
        self._any, self._entries = any_, entries
        self.addItem(any_, None)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        policy = QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(policy)
        self.setMinimumContentsLength(2)
        self.setMinimumWidth(40)
        policies = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policies.Ignored, policies.Fixed)

    def showPopup(self) -> None:  # noqa: N802  # Qt's name
        self.refill()
        self.view().setMinimumWidth(_WIDE)
        super().showPopup()

    def refill(self) -> None:
        """Take in what there is to choose now; what is chosen stays."""
        chosen, text = self.currentData(), self.currentText()
        entries = [(self._any, None), *self._entries()]
        if chosen is not None and chosen not in [value for _, value in entries]:
            entries.append((text, chosen))
        blocked = self.blockSignals(True)
        self.clear()
        for label, value in entries:
            self.addItem(label, value)
        self.setCurrentIndex([value for _, value in entries].index(chosen))
        self.blockSignals(blocked)

    def choose(self, value: Any) -> None:
        """Choose it as a click would."""
        self.refill()
        self.setCurrentIndex(max(0, self.findData(value)))

    def reset(self) -> None:
        """Any, without a word."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(0)
        self.blockSignals(blocked)


class Filters(QtWidgets.QWidget):
    """Two rows of lists. That of orders is for whoever shows how many are found."""

    asked = QtCore.pyqtSignal()

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._state: State | None = None
        self._kinds: tuple[tuple[str, int], ...] = ()
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        self.kind = Choice(self, "Kind", "Kind", self._kind_entries)
        self.tag = Choice(self, "Tag", "Tag", self._tag_entries)
        self.catalog = Choice(self, "Catalog", "Catalog", self._catalog_entries)
        self.rating = Choice(self, "Stars", "Stars", _stars)
        self.order = Choice(parent, "Order", logic.ORDERS[0][0], lambda: list(logic.ORDERS[1:]))
        self.rating.refill()
        self.order.refill()
        self.all = (self.kind, self.tag, self.catalog, self.rating, self.order)
        for place, box in enumerate(self.all):
            if box is not self.order:
                grid.addWidget(box, place // 2, place % 2)
            box.currentIndexChanged.connect(lambda _=0: self._changed())
        self.clear = small(self, "✕", "Clear the filters", self._clear)
        self.clear.setEnabled(False)
        grid.addWidget(self.clear, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def show_state(self, state: State) -> None:
        """What there is to choose; taken in when a list opens."""
        self._state = state
        self._kinds = logic.kinds(state, self._kinds)

    def wanted(self) -> dict[str, Any]:
        """What they say, for ``logic.grid.search``."""
        return {
            "kind": self.kind.currentData() or "",
            "tag": self.tag.currentData() or "",
            "catalog": self.catalog.currentData() or "",
            "rating": self.rating.currentData() or 0,
            "sort": self.order.currentData(),
        }

    def reset(self, sort: str | None = None) -> None:
        """Any of everything, in this order, without asking."""
        for box in self.all:
            box.reset()
        blocked = self.order.blockSignals(True)
        self.order.choose(sort)
        self.order.blockSignals(blocked)
        self._mark()

    def _clear(self) -> None:
        self.reset(self.order.currentData())
        self.asked.emit()

    def _changed(self) -> None:
        self._mark()
        self.asked.emit()

    def _mark(self) -> None:
        self.clear.setEnabled(any(box.currentIndex() > 0 for box in self.all[:4]))

    def _kind_entries(self) -> list[Entry]:
        return [(f"{name} ({count:,})", name) for name, count in self._kinds]

    def _tag_entries(self) -> list[Entry]:
        tags = () if self._state is None else self._state.tags[:_ROWS]
        return [(f"{name} ({count:,})", name) for name, count in tags]

    def _catalog_entries(self) -> list[Entry]:
        found = () if self._state is None else self._state.catalogs[:_ROWS]
        return [
            (f"{'    ' * path.count('/')}{path.rpartition('/')[2]} ({count:,})", path)
            for path, count in found
        ]


def _stars() -> list[Entry]:
    return [("★" * stars + ("+" if stars < 5 else ""), stars) for stars in range(1, 6)]


class Views(QtWidgets.QToolButton):
    """A menu of ways to look at the library, and of saved searches."""

    shown = QtCore.pyqtSignal(str, object)
    saving = QtCore.pyqtSignal()
    removed = QtCore.pyqtSignal(str)

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._state: State | None = None
        self.setText("☆")
        self.setToolTip("Favourites, recent ones, and saved searches")
        self.setAccessibleName("Views and sets")
        self.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.entries = QtWidgets.QMenu(self)
        self.entries.aboutToShow.connect(self.refill)
        self.setMenu(self.entries)

    def show_state(self, state: State) -> None:
        """What there is to choose; taken in when the menu opens."""
        self._state = state

    def refill(self) -> None:
        """Views, then sets, then what can be done with sets."""
        menu, state = self.entries, self._state
        menu.clear()
        if state is None:
            return
        for view in logic.views():
            self._entry(menu, view.label, view.query, view.sort)
        menu.addSeparator()
        for name, query in state.sets:
            self._entry(menu, name, query, None)
        keep = menu.addAction("Save This Search…", self.saving.emit)
        keep.setEnabled(not state.read_only)
        if state.sets and not state.read_only:
            forget = menu.addMenu("Remove a Set")
            for name, _ in state.sets:
                forget.addAction(name.replace("&", "&&"), lambda name=name: self.removed.emit(name))

    def _entry(self, menu: Any, label: str, query: str, sort: str | None) -> None:
        action = menu.addAction(label.replace("&", "&&"), lambda: self.shown.emit(query, sort))
        action.setToolTip(query or "Everything in the library")
        action.setCheckable(True)
        found = self._state.found.wanted if self._state is not None else None
        action.setChecked(found is not None and bool(query) and found.query == query)
