# SPDX-License-Identifier: GPL-3.0-or-later
"""Assets removed for good: what would go and what stays, the name that has to be typed, the proof.

In the place of the question whether they are to be taken out of the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.qt import QtWidgets
from ..logic import forgood as logic
from .asking import label
from .pieces import make_button
from .progress import Progress

if TYPE_CHECKING:
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["ForGood"]

_LOW, _HIGH = 90, 150


class ForGood(QtWidgets.QFrame):
    """Hidden until somebody asks for it, or one has to be finished that was cut off."""

    def __init__(self, app: App, parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._ids: tuple[str, ...] = ()
        self._seen: object = None
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self.title = label(self)
        column.addWidget(self.title)
        self.remotes = self._box("Also at all remotes", "Versions there are written anew too")
        self.snapshots = self._box(
            "Also in snapshots", "Where they go by themselves: a new one replaces all older ones"
        )
        self.keep = self._box("Leave the files", "They stay on the disk and leave the library")
        for box in (self.remotes, self.snapshots, self.keep):
            column.addWidget(box)
        self.lines = QtWidgets.QPlainTextEdit(self)
        self.lines.setReadOnly(True)
        self.lines.setMinimumHeight(_LOW)
        self.lines.setMaximumHeight(_HIGH)
        column.addWidget(self.lines)
        self.progress = Progress(self._cancel, self)
        column.addWidget(self.progress)
        self.ask = label(self)
        column.addWidget(self.ask)
        self.typed = QtWidgets.QLineEdit(self)
        self.typed.setMinimumWidth(1)
        self.typed.textChanged.connect(lambda _: self._enable())
        column.addWidget(self.typed)
        row = QtWidgets.QHBoxLayout()
        self.remove = make_button("Remove for Good", "Nothing brings it back", self)
        self.finish = make_button("Finish It", "Bring the earlier removal to its end", self)
        self.leave = make_button("Close", "Nothing is removed by this", self)
        for button, call in (
            *((self.remove, self._remove), (self.finish, self._finish)),
            (self.leave, self._leave),
        ):
            button.clicked.connect(lambda _=False, call=call: call())
            row.addWidget(button, 1)
        column.addLayout(row)
        self.hide()

    def _box(self, text: str, tip: str) -> Any:
        made = QtWidgets.QCheckBox(text, self)
        made.setToolTip(tip)
        made.clicked.connect(lambda _=False: self._plan())
        return made

    def begin(self, _session: Session, ids: tuple[str, ...]) -> None:
        """Look what would go of these."""
        self._ids = ids
        for box in (self.remotes, self.snapshots, self.keep):
            box.setChecked(False)
        self.typed.clear()
        self._plan()
        self.show()

    def _plan(self) -> None:
        if self.app.session is not None and self._ids:
            self.app.session.purging.plan(
                self._ids,
                remotes=None if self.remotes.isChecked() else (),
                snapshots=self.snapshots.isChecked(),
                keep_files=self.keep.isChecked(),
            )

    # What is shown

    def show_state(self, state: State) -> None:
        """Show how far it is."""
        working = logic.working(state)
        if state.purging is not self._seen:
            self._seen = state.purging
            shown = logic.view(state)
            self.lines.setPlainText(logic.text(shown))
            self.ask.setText(shown.ask)
            self.title.setText(shown.cut_off or shown.title)
            self.finish.setVisible(bool(shown.cut_off))
            if shown.cut_off:
                self.show()
        self.progress.show_doing(state.transfer if working else None)
        planned = state.purging.plan is not None
        for widget in (self.ask, self.typed, self.remove):
            widget.setVisible(planned)
        for box in (self.remotes, self.snapshots, self.keep):
            box.setVisible(state.purging.done is None and bool(self._ids))
            box.setEnabled(not working)
        self._enable()

    def _enable(self) -> None:
        state = self.app.state
        idle = state is not None and not logic.working(state) and not state.read_only
        self.remove.setEnabled(idle and state is not None and logic.fits(state, self.typed.text()))
        self.finish.setEnabled(idle)
        self.leave.setEnabled(idle or state is None or state.read_only)

    # What is clicked

    def _remove(self) -> None:
        typed, session = self.typed.text(), self.app.session
        self.typed.clear()
        if session is not None:
            session.purging.purge(typed)

    def _finish(self) -> None:
        self._ids = ()
        if self.app.session is not None:
            self.app.session.purging.finish()

    def _cancel(self) -> None:
        if self.app.session is not None:
            self.app.session.purging.cancel()

    def _leave(self) -> None:
        self._ids = ()
        self.typed.clear()
        self.hide()
        if self.app.session is not None:
            self.app.session.purging.forget()
