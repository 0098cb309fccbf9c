# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that says how library, engine and work are, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit, opened
from ..host.qt import QtCore, QtGui, QtWidgets
from ..logic import health as logic
from .pieces import make_button, make_label
from .usage import Used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from audobon.panel.health import JobLine
    from audobon.panel.measured import FaultLine
    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Health", "Log"]

Button = tuple[str, str, "Callable[[], object]"]


class Log(QtWidgets.QDialog):
    """What was done and went wrong in this session, with a button that copies it."""

    def __init__(self, text: str, parent: Any) -> None:
        super().__init__(parent)
        self.setWindowTitle("Audobon Log")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 480)
        column = QtWidgets.QVBoxLayout(self)
        self.text = QtWidgets.QPlainTextEdit(text, self)
        self.text.setReadOnly(True)
        self.text.setFont(QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont))
        self.text.moveCursor(QtGui.QTextCursor.MoveOperation.End)
        column.addWidget(self.text)
        row = QtWidgets.QHBoxLayout()
        self.copy = QtWidgets.QPushButton("Copy", self)
        self.copy.clicked.connect(lambda: _copy(text))
        close = QtWidgets.QPushButton("Close", self)
        close.clicked.connect(self.close)
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(close)
        column.addLayout(row)


class _Section(QtWidgets.QWidget):
    """A heading with rows below it; hidden while it has none."""

    def __init__(self, title: str, parent: Any) -> None:
        super().__init__(parent)
        self._shown: object = None
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(2)
        head = QtWidgets.QLabel(title, self)
        font = head.font()
        font.setBold(True)
        head.setFont(font)
        self._column.addWidget(head)
        self._body: Any = None

    def show_rows(self, rows: Iterable[Any], fill: Callable[[Any], None]) -> None:
        """Have ``fill`` add each row, unless these are shown already."""
        wanted = tuple(rows)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.setVisible(bool(wanted))
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._column.addWidget(self._body)
        for row in wanted:
            fill(row)

    def add(self, text: str, *buttons: Button, sign: str = "") -> None:
        """A row: a sign, a text that is broken where it must be, and buttons."""
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        if sign:
            row.addWidget(make_label(sign, self._body), 0, QtCore.Qt.AlignmentFlag.AlignTop)
        row.addWidget(make_label(text, self._body), 1)
        for name, tip, call in buttons:
            button = QtWidgets.QToolButton(self._body)
            button.setText(name)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, call=call: call())
            row.addWidget(button, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        self._body.layout().addLayout(row)

    def add_bar(self) -> Any:
        """A bar of thousandths below the row above."""
        bar = QtWidgets.QProgressBar(self._body)
        bar.setRange(0, 1000)
        bar.setTextVisible(False)
        bar.setMaximumHeight(6)
        self._body.layout().addWidget(bar)
        return bar


class Health(QtWidgets.QScrollArea):
    """Everything that is no asset: findings, work, storage, caches, engine, failures."""

    title = "Health"
    icon = "dialog-ok"
    tip = "How the library, its engine and its work are"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self._asked = ""
        self._view: logic.View | None = None
        self._bars: dict[int, Any] = {}
        self.log: Log | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(inside)
        column.setContentsMargins(2, 4, 2, 2)
        column.addLayout(self._head(inside))
        self.read_only, self.verdict = make_label("", inside), make_label("", inside)
        column.addWidget(self.read_only)
        column.addWidget(self.verdict)
        self.sections = {
            name: _Section(title, inside)
            for name, title in (
                ("findings", "Findings"),
                ("jobs", "Work"),
                ("troubles", "Recent errors"),
                ("faults", "Failures of the last seven days"),
                ("slow", "What takes long"),
                ("storage", "Versions"),
                ("caches", "Kept only to be quicker"),
                ("engine", "Engine"),
            )
        }
        for section in self.sections.values():
            section.hide()
            column.addWidget(section)
        column.addLayout(self._engine_row(inside))
        self.used = Used(self._with, inside)
        column.addWidget(self.used)
        self.versions = make_label("", inside)
        self.versions.setEnabled(False)
        column.addWidget(self.versions)
        column.addStretch(1)
        self.setWidget(inside)

    def _head(self, inside: Any) -> Any:
        row = QtWidgets.QHBoxLayout()
        self.check = make_button(
            "Check", "Look at every part of the library and its engine", inside
        )
        self.check.clicked.connect(lambda: self._with(lambda session: session.check()))
        self.mend = make_button("Mend", "Build again and put right what can be", inside)
        self.mend.clicked.connect(lambda: self._with(lambda session: session.check(repair=True)))
        self.show_log = make_button("Log…", "What was done and went wrong in this session", inside)
        self.show_log.clicked.connect(lambda: self._with(lambda one: one.log(self._open_log)))
        self.page = make_button("Page…", "All of it with plots, in your browser", inside)
        self.page.clicked.connect(lambda: self._with(lambda one: one.health_page(opened.show_page)))
        for button in (self.check, self.mend, self.show_log, self.page):
            row.addWidget(button, 1)
        return row

    def _engine_row(self, inside: Any) -> Any:
        row = QtWidgets.QHBoxLayout()
        self.look = make_button("Look Again", "Look what the engine can compute", inside)
        self.look.clicked.connect(lambda: self._with(lambda one: one.look_at_tools()))
        self.choose = make_button(
            "Use a Python…", "Have a Python of yours do the heavy work", inside
        )
        self.choose.clicked.connect(self._choose)
        row.addWidget(self.look, 1)
        row.addWidget(self.choose, 1)
        return row

    def step(self, _session: Session) -> None:
        """Nothing here has to be fetched."""

    def show_state(self, session: Session, state: State) -> None:
        """Show all of it; what the engine can do is asked for once a library."""
        if state.tools is None and state.engine.state == "ready" and self._asked != state.path:
            self._asked = state.path
            session.look_at_tools()
        view = logic.view(session, state, kit.version())
        if view != self._view:
            self._view = view
            self._show(view)
        self.used.show_state(state)
        # In place: a row that is built anew under the mouse loses the click.
        for ident, fraction in logic.progress(state):
            if (bar := self._bars.get(ident)) is not None:
                bar.setValue(round(1000 * fraction))

    def _show(self, view: logic.View) -> None:
        self.read_only.setText(logic.breakable(view.read_only))
        self.read_only.setVisible(bool(view.read_only))
        self.verdict.setText(logic.breakable(view.verdict))
        self.mend.setVisible(view.mends)
        parts = self.sections
        finding = parts["findings"].add
        parts["findings"].show_rows(view.findings, lambda row: finding(row[1], sign=row[0]))
        more = (view.more_jobs,) if view.more_jobs else ()
        read_only = bool(view.read_only)
        parts["jobs"].show_rows(
            [(row, read_only) for row in (*view.jobs, *more)], lambda row: self._job_row(*row)
        )
        parts["troubles"].show_rows(view.troubles, self._trouble_row)
        parts["faults"].show_rows(view.faults, self._fault_row)
        switch = ((*view.measuring, read_only),) if view.measuring[1] else ()
        parts["slow"].show_rows(
            (*((text, "", False) for text in view.slow), *switch), lambda row: self._slow_row(*row)
        )
        parts["storage"].show_rows(view.storage, parts["storage"].add)
        parts["caches"].show_rows(
            [(*one, read_only) for one in view.caches], lambda row: self._cache_row(*row)
        )
        parts["engine"].show_rows(
            (*((line, "") for line in view.engine), *view.missing),
            lambda row: self._engine_line(*row),
        )
        self.versions.setText(view.versions)

    def _job_row(self, row: JobLine | str, read_only: bool) -> None:  # of a row
        section = self.sections["jobs"]
        if isinstance(row, str):
            section.add(row)
            return
        buttons: list[Button] = []
        if not read_only:
            buttons.append(self._job_button(row))
        if row.state == "failed":
            details = row.details
            buttons.append(("Copy", "Copy details", lambda: _copy(details)))
        section.add(row.text, *buttons)
        if row.reason:
            section.add(row.reason)
        if row.state == "running":
            self._bars[row.id] = section.add_bar()

    def _job_button(self, row: JobLine) -> Button:
        ident = row.id
        if row.state == "failed":
            return "↻", "Try again", lambda: self._with(lambda one: one.retry_job(ident))
        return "✕", "Stop this", lambda: self._with(lambda one: one.cancel_job(ident))

    def _trouble_row(self, row: tuple[str, str]) -> None:
        text, details = row
        self.sections["troubles"].add(text, ("Copy", "Copy details", lambda: _copy(details)))

    def _fault_row(self, row: FaultLine) -> None:
        details, section = row.details, self.sections["faults"]
        section.add(row.text, ("Copy", "Copy details", lambda: _copy(details)))
        section.add(logic.breakable(row.advice))

    def _slow_row(self, text: str, switch: str, read_only: bool) -> None:  # of a row
        on = switch == "Keep"
        call = (
            switch,
            "Have it kept how long things take and what fails, or not",
            lambda: self._with(lambda one: one.switch_metrics(on=on)),
        )
        self.sections["slow"].add(text, *((call,) if switch and not read_only else ()))

    def _engine_line(self, text: str, commands: str) -> None:
        copy = ("Copy", "Copy the commands", lambda: _copy(commands))
        self.sections["engine"].add(text, *((copy,) if commands else ()))

    def _cache_row(self, text: str, name: str, read_only: bool) -> None:  # of a row
        clear = ("Clear", "It is made again when needed", lambda: self._clear(name))
        room = ("Room…", "How much it may take", lambda: self._ask_room(name))
        self.sections["caches"].add(text, *(() if read_only else (room, clear)))

    def _ask_room(self, name: str) -> None:
        menu = QtWidgets.QMenu(self)
        self.fill_rooms(menu, name)
        menu.exec(QtGui.QCursor.pos())

    def fill_rooms(self, menu: Any, name: str) -> None:
        """Budgets to choose from, for one of the caches."""
        state = None if self.app.session is None else self.app.session.state
        for size, text in () if state is None else logic.rooms(state, name):
            menu.addAction(
                text, lambda size=size: self._with(lambda one: one.limit_cache(name, size))
            )

    def _clear(self, name: str) -> None:
        self._with(lambda session: session.clear_caches(name))

    def _choose(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, "The Python of an environment with audobon[images] or audobon[ai]"
        )
        if path:
            self.use_python(path)

    def use_python(self, path: str) -> None:
        """Have this Python do the heavy work, if it can; the library is opened anew."""
        self._asked = ""
        self._with(lambda session: logic.register(session, path))

    def _open_log(self, text: str) -> None:
        self.log = Log(text, self)
        self.log.show()

    def _with(self, call: Callable[[Session], object]) -> None:
        if self.app.session is not None:
            call(self.app.session)


def _copy(text: str) -> None:
    QtWidgets.QApplication.clipboard().setText(text)
