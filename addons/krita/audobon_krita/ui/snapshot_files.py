# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one snapshot: found by their names, and one of them put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtCore, QtWidgets
from ..logic import snapshots as logic
from .asking import Ask, label
from .pieces import make_button
from .risks import Risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.model.snapshot import SnapshotEntry
    from audobon.session import State
    from audobon.session.kept import Standing

    from ..logic.app import App

__all__ = ["SnapshotFiles"]

_SHOWN = 500
# More rows nobody reads; a word finds the others.


class SnapshotFiles(QtWidgets.QWidget):
    """A field to search in, a list, and a button; what is in the way is asked about."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self.risks = Risks(app, say)
        self._shown: tuple[SnapshotEntry, ...] = ()
        self._drawn: object = None
        self._asked: object = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QtWidgets.QHBoxLayout()
        self.back = QtWidgets.QToolButton(self)
        self.back.setText("◀")
        self.back.setToolTip("Back to the list of snapshots")
        self.back.setAccessibleName("Back to the list of snapshots")
        self.back.clicked.connect(lambda _=False: self._close())
        self.name = label(self)
        row.addWidget(self.back)
        row.addWidget(self.name, 1)
        column.addLayout(row)
        self.search = QtWidgets.QLineEdit(self)
        self.search.setPlaceholderText("A part of a name")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(1)
        self.search.textChanged.connect(lambda _text: self._fill())
        column.addWidget(self.search)
        self.list = QtWidgets.QListWidget(self)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemSelectionChanged.connect(self._enable)
        column.addWidget(self.list, 1)
        self.more = label(self)
        column.addWidget(self.more)
        self.restore = make_button(
            "Put Back", "Make this file as it was then; you are asked before one is replaced", self
        )
        self.restore.clicked.connect(lambda _=False: self._restore())
        column.addWidget(self.restore)
        self.question = Ask(self)
        column.addWidget(self.question)

    def show_state(self, state: State) -> None:
        """Show the files, and the question."""
        files = state.snapshots.files
        if files is not self._drawn:
            self._drawn = files
            self.search.blockSignals(True)
            self.search.clear()
            self.search.blockSignals(False)
            when = "" if files is None else f"{files.snapshot.time.astimezone():%Y-%m-%d %H:%M}"
            self.name.setText(f"Files of {when}")
            self._fill()
        self._ask(state.snapshots.standing)
        self._enable()

    def step(self, state: State) -> None:
        """See whether the question still holds: documents get changes without the session."""
        if state.snapshots.standing is not None:
            self._ask(state.snapshots.standing)

    def _fill(self) -> None:
        state = self.app.state
        found = () if state is None else logic.entries(state.snapshots, self.search.text())
        self._shown = found[:_SHOWN]
        self.list.clear()
        for entry in self._shown:
            item = QtWidgets.QListWidgetItem(logic.entry_text(entry), self.list)
            item.setToolTip("\n".join(filter(None, (entry.path, ", ".join(entry.tags)))))
        left = len(found) - len(self._shown)
        self.more.setText(f"and {left:,} more: type a part of a name" if left else "")
        self.more.setVisible(bool(left))
        self._enable()

    def picked(self) -> SnapshotEntry | None:
        row = self.list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _enable(self) -> None:
        state = self.app.state
        idle = state is not None and state.snapshotting is None and not state.read_only
        self.restore.setEnabled(idle and self.picked() is not None)

    def _close(self) -> None:
        if self.app.session is not None:
            self.app.session.snapshots.close_files()

    def _restore(self) -> None:
        state, session, entry = self.app.state, self.app.session, self.picked()
        files = None if state is None else state.snapshots.files
        if session is not None and files is not None and entry is not None:
            self._asked = None
            session.snapshots.restore(files.snapshot.id, entry.asset_id)

    def _ask(self, standing: Standing | None) -> None:
        """What is to become of the file that is there; asked again when it has unsaved changes."""
        if standing is None:
            if self._asked is not None:
                self.question.hide()
            self._asked = None
            return

        def touches(file: str) -> bool:
            return logic.same_file(file, standing.file)

        dirty = [each.path for each in self.risks.dirty(touches)]
        session = self.app.session
        if (standing, dirty) == self._asked or session is None:
            return
        self._asked = (standing, dirty)
        ident, asset = standing.snapshot.id, standing.entry.asset_id

        def over(then: Callable[[bool], None], _choice: Any) -> None:
            session.snapshots.restore(ident, asset, over=True, then=then)

        def beside() -> None:
            session.snapshots.restore(ident, asset, beside=True)

        answers = self.risks.answers("Put Back", touches, over, file=standing.file)
        text = logic.standing_text(standing)
        if dirty:
            text += "\nIt is open with changes that are not saved yet."
        leave = session.snapshots.leave_standing
        self.question.ask(text, [*answers, ("Put Beside It", beside)], ("Cancel", leave))
