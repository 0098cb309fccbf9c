# SPDX-License-Identifier: GPL-3.0-or-later
"""The page for duplicates and lost files: one case after another, pictures side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtGui, QtWidgets
from ..logic import tidy as logic
from .asking import label
from .difference import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.model.asset import Asset
    from audobon.model.relinking import Proposal
    from audobon.panel.tidy import Case
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Tidy"]

_SIZE = 256
_HIGH = 160


class Tidy(QtWidgets.QWidget):
    """Looks when it is asked to; what is merged or accepted is one step of undo."""

    title = "Tidy"
    icon = "duplicatelayer"
    tip = "Duplicates, and files that were lost"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self._cases: tuple[Case, ...] = ()
        self._proposals: tuple[Proposal, ...] = ()
        self._at = 0
        self._tidy: object = None
        self._drawn: tuple[object, ...] = ()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(2, 4, 2, 2)
        self.look = self._button("Look for Duplicates", lambda one: one.look_for_duplicates())
        column.addWidget(self.look)
        self.pictures = Pictures(self, _HIGH)
        self.title_line, self.why = label(self), label(self)
        column.addWidget(self.title_line)
        column.addWidget(self.pictures)
        column.addWidget(self.why)
        row = QtWidgets.QHBoxLayout()
        self.back = self._step("◀", "The case before", -1)
        self.merge = self._button("Merge", self._merge)
        self.merge.setToolTip(
            "The first one gets tags, rating and relationships of the others; files stay"
        )
        self.ahead = self._step("▶", "The next case", 1)
        for one in (self.back, self.merge, self.ahead):
            row.addWidget(one, 1 if one is self.merge else 0)
        column.addLayout(row)
        self.apart = self._button("Not the Same", self._keep_apart)
        self.apart.setToolTip("Never show these as nearly the same again")
        column.addWidget(self.apart)
        self.files = QtWidgets.QCheckBox("Also remove the other files", self)
        self.files.setToolTip("Their bytes are kept in a version first; undo writes them again")
        column.addWidget(self.files)
        self.find = self._button("Look for Lost Files", lambda one: one.look_for_lost())
        column.addWidget(self.find)
        self.lost = label(self)
        column.addWidget(self.lost)
        row = QtWidgets.QHBoxLayout()
        self.accept = self._button("It Is", lambda one: one.accept([self._proposals[0]]))
        self.refuse = self._button("It Is Not", lambda one: one.refuse([self._proposals[0]]))
        row.addWidget(self.accept, 1)
        row.addWidget(self.refuse, 1)
        column.addLayout(row)
        column.addStretch(1)
        self._show()

    def _button(self, text: str, call: Callable[[Any], object]) -> Any:
        made = QtWidgets.QPushButton(text, self)
        made.setMinimumWidth(1)

        def clicked(_checked: bool = False) -> None:  # Qt's signature
            if self.app.session is not None:
                call(self.app.session.tidying)

        made.clicked.connect(clicked)
        return made

    def _step(self, text: str, tip: str, by: int) -> Any:
        made = QtWidgets.QToolButton(self)
        made.setText(text)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.clicked.connect(lambda _=False: self._go(by))
        return made

    def _go(self, by: int) -> None:
        self._at = (self._at + by) % max(1, len(self._cases))
        self._show()

    def _merge(self, tidying: Any) -> None:
        case = self._cases[self._at]
        ids = [one.id for one in case.assets]
        tidying.merge(ids[0], ids[1:], files=self.files.isChecked())

    def _keep_apart(self, tidying: Any) -> None:
        tidying.keep_apart(self._cases[self._at].pairs)

    @property
    def _seen(self) -> tuple[Asset, ...]:
        return self._cases[self._at].assets[:4] if self._cases else ()

    def step(self, session: Session) -> None:
        """Fetch the pictures of the case that is shown."""
        seen = self._seen
        session.want_pictures(seen, _SIZE)
        told = [session.picture(one, _SIZE) for one in seen]
        shown = tuple(
            (one.id, isinstance(data, bytes)) for one, data in zip(seen, told, strict=True)
        )
        if shown == self._drawn:
            return
        self._drawn = shown
        pixmaps = []
        for data in told:
            pixmap = QtGui.QPixmap()
            if isinstance(data, bytes) and pixmap.loadFromData(data):
                pixmaps.append(pixmap)
        self.pictures.show_pictures(pixmaps)

    def show_state(self, _session: Session, state: State) -> None:
        """Show what was found, where it is another than before."""
        if state.tidy is not self._tidy:
            self._tidy = state.tidy
            view = logic.view(state)
            self._cases, self._proposals = view.cases, view.proposals
            self._at = min(self._at, max(0, len(self._cases) - 1))
            self._show(view.nothing)
            self.lost.setText(view.lost)
        busy = state.doing is not None or logic.looking(state)
        writes = not state.read_only
        for button, there in (
            (self.merge, bool(self._cases)),
            (self.apart, bool(self._cases) and bool(self._cases[self._at].pairs)),
            (self.accept, bool(self._proposals)),
            (self.refuse, bool(self._proposals)),
            (self.find, True),
        ):
            button.setEnabled(writes and there and not busy)
        self.look.setEnabled(not busy)

    def _show(self, nothing: str = "") -> None:
        count = len(self._cases)
        if count:
            case = self._cases[self._at]
            self.title_line.setText(f"{self._at + 1} of {count}: {case.title}")
            self.why.setText(case.text)
        else:
            self.title_line.setText(nothing)
            self.why.setText("")
        self.apart.setVisible(bool(count and self._cases[self._at].pairs))
        self.back.setEnabled(count > 1)
        self.ahead.setEnabled(count > 1)
        for one in (self.accept, self.refuse):
            one.setVisible(bool(self._proposals))
