# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that computes: something new of a layer, what looks like it, suggested tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import colours as host_colours
from ..host import documents, patterns, sources, targets
from ..host.qt import QtCore, QtWidgets
from ..logic import colours, computing, making
from ..logic.run import Run
from .compute_engine import Engine, Getting
from .compute_fields import Fields
from .compute_result import Compare, Swatches
from .compute_tags import Tags
from .compute_teach import Teach
from .compute_text import Texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.session import Session, State

    from ..logic.app import App

__all__ = ["Compute"]

_TURN_MS = 20
# Between two turns of reading and placing, of which each takes at most 12 ms.
_LOOKS = 6
# Turns of the docker's timer between two looks at the active layer: three looks a second.


class Compute(QtWidgets.QScrollArea):
    """Nothing of the document changes before a result is added, and that is one step of undo."""

    title = "Compute"
    icon = "tools-wizard"
    tip = "New layers by local AI, what looks alike, suggested and taught tags, text"

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self._say = say
        self.run = Run(self._tell)
        self.anchor: sources.Anchor | None = None
        self._asked = ""
        self._turns = 0
        self._shown: Any = None
        self.timer = QtCore.QTimer(self)
        self.timer.setInterval(_TURN_MS)
        self.timer.timeout.connect(self._turn)
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QtWidgets.QWidget(self)
        column = QtWidgets.QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        self.fields = Fields(inner)
        self.fields.changed.connect(self._changed)
        column.addWidget(self.fields)
        self.getting = Getting(inner)
        column.addWidget(self.getting)
        self.go = QtWidgets.QPushButton("Preview", inner)
        self.go.setToolTip("Computes it and shows it here; the document stays as it is")
        self.go.clicked.connect(self.begin)
        column.addWidget(self.go)
        column.addLayout(self._progress(inner))
        column.addWidget(self._result(inner))
        column.addWidget(self._alike(inner))
        self.tags = Tags(inner)
        column.addWidget(self.tags)
        self.teach = Teach(inner)
        self.teach.reviewed.connect(lambda: self.ensureWidgetVisible(self.tags))
        column.addWidget(self.teach)
        self.texts = Texts(inner)
        column.addWidget(self.texts)
        self.engine = Engine(inner)
        column.addWidget(self.engine)
        column.addStretch(1)
        self.setWidget(inner)
        self._show_run()

    def _progress(self, parent: Any) -> Any:
        row = QtWidgets.QHBoxLayout()
        self.bar = QtWidgets.QProgressBar(parent)
        self.stop = QtWidgets.QToolButton(parent)
        self.stop.setText("✕")
        self.stop.setToolTip("Stop it; nothing half-made is left")
        self.stop.clicked.connect(self.cancel)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        return row

    def _result(self, parent: Any) -> Any:
        self.result = QtWidgets.QWidget(parent)
        column = QtWidgets.QVBoxLayout(self.result)
        column.setContentsMargins(0, 0, 0, 0)
        self.about = QtWidgets.QLabel(self.result)
        self.about.setWordWrap(True)
        self.about.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        column.addWidget(self.about)
        self.compare = Compare(self.result)
        column.addWidget(self.compare)
        self.swatches = Swatches(self.result)
        self.swatches.picked.connect(self._pick)
        column.addWidget(self.swatches)
        self.apply = QtWidgets.QPushButton(self.result)
        self.apply.clicked.connect(self.put)
        column.addWidget(self.apply)
        row = QtWidgets.QHBoxLayout()
        self.keep = QtWidgets.QPushButton("Keep as File", self.result)
        self.keep.setToolTip("Beside the document's file, or in the library")
        self.keep.clicked.connect(self._keep)
        self.leave = QtWidgets.QPushButton("Discard", self.result)
        self.leave.clicked.connect(self.discard)
        row.addWidget(self.keep)
        row.addWidget(self.leave)
        column.addLayout(row)
        return self.result

    def _alike(self, parent: Any) -> Any:
        box = QtWidgets.QGroupBox("Similar Pictures", parent)
        column = QtWidgets.QVBoxLayout(box)
        row = QtWidgets.QHBoxLayout()
        self.alike = QtWidgets.QPushButton("To the Source", box)
        self.alike.setToolTip("What looks like the layer, the document or the selection above")
        self.alike.clicked.connect(self.find_alike)
        self.alike_asset = QtWidgets.QPushButton("To the Asset", box)
        self.alike_asset.clicked.connect(self._find_alike_asset)
        row.addWidget(self.alike)
        row.addWidget(self.alike_asset)
        column.addLayout(row)
        self.unseen = QtWidgets.QLabel(box)
        self.unseen.setWordWrap(True)
        column.addWidget(self.unseen)
        self.look_at = QtWidgets.QPushButton("Look at Them", box)
        self.look_at.clicked.connect(self._look_at_unseen)
        column.addWidget(self.look_at)
        self.getting_alike = Getting(box)
        column.addWidget(self.getting_alike)
        return box

    # What the docker calls

    def step(self, session: Session) -> None:
        """Have the engine looked at once, when somebody sees the page; name the active layer."""
        state = session.state
        if state.tools is None and self._asked != state.path:
            self._asked = state.path
            session.look_at_tools()
            session.count_suggestions()
        self._turns += 1
        if self._turns % _LOOKS == 1:
            self.fields.show_source(sources.active_name(), selected=sources.selected())
            self.teach.step(session)
            self.alike.setEnabled(bool(sources.active_name()))
        self._show_run()

    def show_state(self, session: Session, state: State) -> None:
        """Show what can be run, and what waits."""
        self._changed()
        similar = computing.wish(state, computing.ALIKE, making.Options())
        self.getting_alike.show_wish(session, similar)
        self.alike_asset.setEnabled(state.chosen is not None)
        unseen = computing.unseen_line(state)
        self.unseen.setText(unseen)
        self.unseen.setVisible(bool(unseen))
        self.look_at.setVisible(bool(unseen))
        self.fields.show_asset("" if state.chosen is None else state.chosen.asset.name)
        tags = computing.wish(state, computing.TAGS, making.Options())
        self.tags.show_state(session, state, ready=tags.ready)
        self.teach.show_state(session, state)
        self.texts.show_state(session, state)
        self.engine.show_state(session, state)

    def _changed(self) -> None:
        session = self.app.session
        if session is None:
            return
        operation, options = self.fields.wanted(session.state)
        wish = computing.wish(session.state, operation, options)
        self.getting.show_wish(session, wish)
        self.go.setEnabled(wish.ready and not self.run.busy)
        self.compare.set_opacity(self.fields.opacity())

    # What is clicked

    def begin(self) -> None:
        """Compute what the fields say."""
        session = self.app.session
        if session is not None:
            self._begin(session, *self.fields.wanted(session.state))

    def find_alike(self) -> None:
        """Show what looks like the source."""
        session = self.app.session
        if session is not None and self._begin(session, computing.ALIKE, making.Options()):
            self._show_assets()

    def _begin(self, session: Session, operation: making.Operation, options: Any) -> bool:
        if self.run.busy:
            self._say("Something is being computed already; wait for it, or stop it")
            return False
        try:
            source, anchor, reader = sources.look(self.fields.of(), inside=self.fields.inside())
        except documents.Refused as refused:
            self._tell(str(refused))
            return False
        reason = self.run.begin(session, operation, options, source, reader)
        if reason:
            self._tell(reason)
            return False
        self.anchor = anchor
        self.timer.start()
        self._show_run()
        return True

    def put(self) -> None:
        """Put what is shown where it belongs."""
        result = self.run.result
        if result is None or self.anchor is None:
            return
        opacity = self.fields.opacity() if result.operation.strength == "opacity" else 1.0
        try:
            self.run.put(targets.place_for(self.anchor, result, opacity))
        except documents.Refused as refused:
            self._tell(str(refused))
        self.timer.start()
        self._show_run()

    def cancel(self) -> None:
        self.run.cancel()
        self._show_run()

    def discard(self) -> None:
        self.run.discard()
        self._show_run()

    def _turn(self) -> None:
        try:
            self.run.step()
        except documents.Refused as refused:
            self.run.fail(str(refused))
        except Exception as error:  # noqa: BLE001  # Krita would show a box at each turn
            self.run.fail(computing.mistake(self.app.session, error))
        if not self.run.busy:
            self.timer.stop()
        self._show_run()

    def _keep(self) -> None:
        session, result = self.app.session, self.run.result
        if session is None or result is None:
            return
        if result.colors:
            palette = colours.palette_of(result.source.name, result.colors)
            colours.keep(session, palette, patterns.folder_of_palettes())
        elif result.file is not None:
            real = None if self.anchor is None else self.anchor.document()
            computing.keep_file(session, result, "" if real is None else str(real.fileName()))

    def _pick(self, color: str) -> None:
        try:
            host_colours.paint_with(*bytes.fromhex(color.lstrip("#")))
        except documents.Refused as refused:
            self._tell(str(refused))

    def _find_alike_asset(self) -> None:
        session = self.app.session
        if session is not None and session.state.chosen is not None:
            asset = session.state.chosen.asset
            session.find_alike(asset.name, asset.id)
            self._show_assets()

    def _show_assets(self) -> None:
        """The first page, on which what looks alike appears."""
        tabs = self.parentWidget()
        while tabs is not None and not isinstance(tabs, QtWidgets.QTabWidget):
            tabs = tabs.parentWidget()
        if tabs is not None:
            tabs.setCurrentIndex(0)

    def _look_at_unseen(self) -> None:
        session = self.app.session
        if session is not None and session.state.like is not None:
            session.look_at_pictures("embed", session.state.like.unseen)

    # What is shown of a run

    def _tell(self, text: str) -> None:
        self._say(f"{text[:1].upper()}{text[1:]}")

    def _show_run(self) -> None:
        run = self.run
        self.bar.setVisible(run.busy)
        self.stop.setVisible(run.busy)
        if run.busy:
            self.bar.setRange(0, 0 if run.fraction is None else 1000)
            self.bar.setValue(round(1000 * (run.fraction or 0)))
            self.bar.setFormat(run.name)
            self.bar.setToolTip(run.name)
        result = run.result
        self.result.setVisible(result is not None)
        state = self.app.state
        if result is not self._shown:
            self._shown = result
            if state is not None:
                self._changed()
            if result is not None:
                self._show_result(result)
        if result is not None and not run.busy:
            how = targets.possible(self.anchor, result) if self.anchor is not None else ""
            self.apply.setText(computing.apply_text(how or result.place))
            self.apply.setEnabled(bool(how))
            self.about.setText(computing.about(result, how))
        for each in (self.apply, self.keep, self.leave):
            each.setVisible(not (each is self.apply and result is not None and result.colors))
            if each is not self.apply:
                each.setEnabled(not run.busy)
        if run.busy:
            self.apply.setEnabled(False)
        self.go.setEnabled(self.go.isEnabled() and not run.busy)

    def _show_result(self, result: Any) -> None:
        self.compare.setVisible(not result.colors)
        self.swatches.setVisible(bool(result.colors))
        self.keep.setText("Keep as Palette" if result.colors else "Keep as File")
        if result.colors:
            self.swatches.show_colors(result.colors)
        else:
            self.compare.show_result(result)
        self.ensureWidgetVisible(self.result)
