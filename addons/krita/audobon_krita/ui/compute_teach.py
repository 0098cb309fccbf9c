# SPDX-License-Identifier: GPL-3.0-or-later
"""A tag that is taught: examples by a click, a lesson, its result, pictures to correct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import opened
from ..host.qt import QtCore, QtWidgets
from ..logic import computing, making
from ..logic import teaching as logic
from .compute_engine import Getting
from .compute_examples import Examples
from .pieces import make_button, make_label

if TYPE_CHECKING:
    from audobon.panel.taughtpage import TeachPage
    from audobon.panel.teaching import TeachView
    from audobon.session import Session, State

__all__ = ["Teach"]


class Teach(QtWidgets.QGroupBox):
    """Nothing is tagged by it: what was learnt is suggested, to be reviewed above."""

    reviewed = QtCore.pyqtSignal()

    def __init__(self, parent: Any) -> None:
        super().__init__("Teach a Tag", parent)
        self._session: Session | None = None
        self._page: TeachPage | None = None
        self._view: TeachView | None = None
        self._known: tuple[str, ...] | None = None
        column = QtWidgets.QVBoxLayout(self)
        self.tag = QtWidgets.QComboBox(self)
        self.tag.setEditable(True)
        self.tag.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self.tag.setMinimumWidth(1)
        self.tag.setMinimumContentsLength(1)
        self.tag.setAccessibleName("The tag that is taught")
        self.tag.lineEdit().setPlaceholderText("A tag, or a new word")
        self.tag.lineEdit().editingFinished.connect(self._look)
        self.tag.activated.connect(lambda _at: self._look())
        column.addWidget(self.tag)
        self.about = make_label("", self)
        column.addWidget(self.about)
        self.inner = QtWidgets.QWidget(self)
        self._fill(self.inner)
        column.addWidget(self.inner)
        self.inner.hide()

    def _fill(self, parent: Any) -> None:
        column = QtWidgets.QVBoxLayout(parent)
        column.setContentsMargins(0, 0, 0, 0)
        self.meant = make_label("", parent)
        column.addWidget(self.meant)
        row = QtWidgets.QHBoxLayout()
        self.yes = make_button("✓ Yes", "They have the tag. Nothing is tagged by it", parent)
        self.no = make_button("✕ No", "They have it not; best those that look alike", parent)
        self.none = make_button("Take Back", "They are no examples of this tag any more", parent)
        for button, answer in ((self.yes, True), (self.no, False), (self.none, None)):
            button.clicked.connect(lambda _=False, answer=answer: self.mark(answer))
            row.addWidget(button, 1)
        column.addLayout(row)
        self.counts = make_label("", parent)
        column.addWidget(self.counts)
        self.getting = Getting(parent)
        column.addWidget(self.getting)
        row = QtWidgets.QHBoxLayout()
        self.learn = make_button("Learn", "From all these examples, on this machine", parent)
        self.learn.clicked.connect(lambda _=False: self._learn())
        self.precision = QtWidgets.QComboBox(parent)
        self.precision.setToolTip("How many suggestions are to be right; more finds fewer pictures")
        self.precision.setMinimumContentsLength(1)
        for share in logic.PRECISIONS:
            self.precision.addItem(f"{share}% right", share)
        self.precision.setCurrentIndex(logic.PRECISIONS.index(80))
        row.addWidget(self.learn, 1)
        row.addWidget(self.precision)
        column.addLayout(row)
        row = QtWidgets.QHBoxLayout()
        self.bar = QtWidgets.QProgressBar(parent)
        self.stop = QtWidgets.QToolButton(parent)
        self.stop.setText("✕")
        self.stop.setToolTip("Stop it; what it has looked at is kept")
        self.stop.clicked.connect(lambda _=False: self._cancel())
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        column.addLayout(row)
        self.live = make_label("", parent)
        column.addWidget(self.live)
        self.result = make_label("", parent)
        column.addWidget(self.result)
        row = QtWidgets.QHBoxLayout()
        self.review = make_button("Review", "The next asset with a suggestion of this tag", parent)
        self.review.clicked.connect(lambda _=False: self._review())
        self.suggest = make_button("For All Found", "Look at all found, and suggest", parent)
        self.suggest.clicked.connect(lambda _=False: self._suggest())
        row.addWidget(self.review, 1)
        row.addWidget(self.suggest, 1)
        column.addLayout(row)
        self.examples = Examples(parent)
        self.examples.marked.connect(self._correct)
        column.addWidget(self.examples)
        self.versions = QtWidgets.QComboBox(parent)
        self.versions.setMinimumContentsLength(1)
        self.versions.setMinimumWidth(1)
        self.versions.setAccessibleName("Versions")
        self.versions.activated.connect(self._shown)
        self.use = make_button("Use", "Have this version suggest from now on", parent)
        self.use.clicked.connect(lambda _=False: self._use())
        column.addWidget(self.versions)
        row = QtWidgets.QHBoxLayout()
        self.page = make_button(
            "Compare…", "All versions, plots and pictures, in your browser", parent
        )
        self.page.clicked.connect(lambda _=False: self._show_page())
        row.addWidget(self.use, 1)
        row.addWidget(self.page, 1)
        column.addLayout(row)

    @property
    def word(self) -> str:
        """The tag that is taught; empty for none."""
        return str(self.tag.lineEdit().text()).strip()

    # What the page calls

    def step(self, session: Session) -> None:
        """Have the tag looked at, and its pictures fetched."""
        self._session = session
        page = self._page = self._page or logic.new_page()
        session.teaching.watch(self._looked, page.look(self._looked))
        self.examples.step(session, page)

    _looked = ""
    # What is typed is taught once it is whole: a look at each letter would tell of other tags.

    def _look(self) -> None:
        self._looked = self.word
        if self._session is not None:
            self.show_state(self._session, self._session.state)

    def show_state(self, session: Session, state: State) -> None:
        """Show what is known of the tag."""
        self._session = session
        page = self._page = self._page or logic.new_page()
        page.look(self._looked)
        self._offer(state)
        view = page.view(state)
        self.inner.setVisible(bool(self._looked) and view is not None)
        self.about.setVisible(not self._looked)
        if view is None:
            return
        self.about.setText(view.about)
        self._view = view
        meant = logic.meant(state)
        self.meant.setText(meant or "Select pictures in Assets, and say which have the tag.")
        writes = not state.read_only
        for button in (self.yes, self.no, self.none):
            button.setEnabled(writes and bool(meant))
        self.counts.setText(" ".join(each for each in (view.counts, view.need, view.fresh) if each))
        wish = computing.wish(state, logic.TEACH, making.Options())
        self.getting.show_wish(session, wish)
        idle = writes and state.computing is None
        self.learn.setText(view.button)
        self.learn.setEnabled(idle and view.ready and wish.ready)
        self._show_work(state, view)
        self.result.setText("\n".join(view.result))
        self.result.setVisible(bool(view.result))
        self.review.setText(f"Review {state.teaching.waiting:,}" if view.review else "Review")
        self.review.setEnabled(bool(view.review))
        used = any(one.used for one in view.versions)
        self.suggest.setEnabled(idle and used)
        for button in (self.review, self.suggest):
            button.setVisible(bool(view.versions))
        self.examples.show_view(view, page, state)
        self._show_versions(view, idle=idle)

    def _offer(self, state: State) -> None:
        """Tags to choose from, without touching what is typed."""
        known = logic.known(state)
        if known != self._known:
            self._known = known
            text = self.tag.lineEdit().text()
            blocked = self.tag.blockSignals(True)
            self.tag.clear()
            self.tag.addItems(list(known))
            self.tag.setCurrentIndex(-1)
            self.tag.lineEdit().setText(text)
            self.tag.blockSignals(blocked)

    def _show_work(self, state: State, view: TeachView) -> None:
        doing = state.computing
        for each in (self.bar, self.stop):
            each.setVisible(doing is not None)
        self.live.setVisible(view.learning)
        self.live.setText(view.live)
        if doing is not None:
            self.bar.setRange(0, 0 if doing.fraction is None else 1000)
            self.bar.setValue(round(1000 * (doing.fraction or 0)))
            self.bar.setFormat(doing.name)
            self.bar.setToolTip(doing.name)

    def _show_versions(self, view: TeachView, *, idle: bool) -> None:
        rows = [(one.text, one.version) for one in view.versions]
        if any(one.used for one in view.versions):
            rows.append(("None: no suggestions", 0))
        there = [(self.versions.itemText(at), self.versions.itemData(at))
                 for at in range(self.versions.count())]  # fmt: skip
        if rows != there:
            self.versions.clear()
            for text, version in rows:
                self.versions.addItem(text, version)
            self.versions.setCurrentIndex(max(self.versions.findData(view.shown), 0))
        for each in (self.versions, self.use, self.page):
            each.setVisible(bool(rows))
        picked = self.versions.currentData()
        used = next((one.version for one in view.versions if one.used), 0)
        self.use.setEnabled(idle and picked != used)

    # What is clicked

    def mark(self, answer: bool | None, ident: str = "") -> None:
        """Mark one picture, or what is selected in Assets."""
        if self._session is not None and self._looked:
            logic.mark(self._session, self._looked, answer, ident)

    def _correct(self, ident: str, answer: object) -> None:
        self.mark(answer if isinstance(answer, bool) else None, ident)

    def _learn(self) -> None:
        if self._session is not None and self._page is not None:
            self._page.show(0)
            self._page.open("")
            share = self.precision.currentData()
            self._session.teaching.learn(self._looked, precision=share / 100)

    def _cancel(self) -> None:
        if self._session is not None:
            self._session.cancel_computing()

    def _review(self) -> None:
        if self._session is not None:
            self._session.next_suggestions(self._looked)
            self.reviewed.emit()

    def _suggest(self) -> None:
        if self._session is not None:
            self._session.teaching.suggest(self._looked)

    def _shown(self, _at: int) -> None:
        version = self.versions.currentData()
        if self._page is not None and self._session is not None and version:
            self._page.show(version)
        self._look()

    def _show_page(self) -> None:
        if self._session is not None:
            self._session.teaching.page(self._looked, opened.show_page)

    def _use(self) -> None:
        if self._session is not None:
            self._session.teaching.use(self._looked, self.versions.currentData() or None)
