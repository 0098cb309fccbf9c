# SPDX-License-Identifier: GPL-3.0-or-later
"""Branches: which one it is, what a switch or a merge would do, and what must be decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ..host.images import Pixmaps
from ..host.qt import QtCore, QtWidgets
from ..logic import history as logic
from .asking import Ask, label
from .conflicts import Conflicts
from .risks import Risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon.model.branch import Branch
    from audobon.session import Session, State
    from audobon.session.past import Plan

    from ..logic.app import App

__all__ = ["Branches"]


class Branches(QtWidgets.QWidget):
    """A list of branches with a plan before each switch and merge, and the open merge."""

    def __init__(self, app: App, say: Callable[[str], None], parent: Any) -> None:
        super().__init__(parent)
        self.app = app
        self.risks = Risks(app, say)
        self._say = say
        self._branches: tuple[Branch, ...] = ()
        self._asked: object = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        self.hint = label(self)
        column.addWidget(self.hint)
        self.list = QtWidgets.QListWidget(self)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.setMinimumHeight(60)
        column.addWidget(self.list, 1)
        self.actions = QtWidgets.QWidget(self)
        grid = QtWidgets.QGridLayout(self.actions)
        grid.setContentsMargins(0, 0, 0, 0)
        self.switch = self._button("Switch…", partial(self._plan, "switch"))
        self.switch.setToolTip("Make files as they are there; first it is shown what would change")
        self.merge = self._button("Merge…", partial(self._plan, "merge"))
        self.merge.setToolTip("Take everything of it into the branch on which you are")
        self.remove = self._button("Remove", self._remove)
        self.remove.setToolTip("Remove a branch that is merged; its versions stay")
        self.name = QtWidgets.QLineEdit(self)
        self.name.setPlaceholderText("Name of a new branch")
        self.name.setMinimumWidth(40)
        self.name.returnPressed.connect(self._add)
        self.add = self._button("New Branch", self._add)
        self.add.setToolTip("Begin a branch here and go on there; no file changes by it")
        for number, button in enumerate((self.switch, self.merge, self.remove)):
            grid.addWidget(button, 0, number)
        grid.addWidget(self.name, 1, 0, 1, 2)
        grid.addWidget(self.add, 1, 2)
        column.addWidget(self.actions)
        self.question = Ask(self)
        column.addWidget(self.question)
        self.conflicts = Conflicts(self)
        self.conflicts.decided.connect(self._decide)
        self.conflicts.ended.connect(self._abort)
        column.addWidget(self.conflicts, 2)

    def _button(self, text: str, call: Callable[[], None]) -> Any:
        button = QtWidgets.QPushButton(text, self)
        button.setMinimumWidth(40)
        button.clicked.connect(lambda _=False: call())
        return button

    # What is shown

    def show_state(self, state: State) -> None:
        """Show the branches, the plan, and the open merge."""
        past = state.past
        if past.problem is not None:
            self.hint.setText(past.problem.message)
        elif not past.known:
            self.hint.setText("Reading the history")
        elif not past.branches:
            self.hint.setText("The first version begins the branch main.")
        else:
            self.hint.setText("")
        self.hint.setVisible(bool(self.hint.text()))
        if past.branches != self._branches:
            self._fill(past.branches)
        self.list.setVisible(past.merge is None)
        self.actions.setVisible(not state.read_only and bool(past.branches) and past.merge is None)
        self._enable()
        self.conflicts.show_merge(past.merge)
        self._ask(past.plan)

    def _fill(self, branches: tuple[Branch, ...]) -> None:
        picked = self.picked()
        self._branches = branches
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for branch in branches:
            item = QtWidgets.QListWidgetItem(logic.branch_text(branch), self.list)
            item.setToolTip(branch.name)
            if branch.current:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            if picked is not None and branch.name == picked.name:
                self.list.setCurrentItem(item)
        self.list.blockSignals(blocked)

    def picked(self) -> Branch | None:
        row = self.list.currentRow()
        return self._branches[row] if 0 <= row < len(self._branches) else None

    def _enable(self) -> None:
        branch, state = self.picked(), self.app.state
        other = branch is not None and not branch.current
        self.switch.setEnabled(other)
        self.merge.setEnabled(branch is not None and other and branch.ahead > 0)
        gone = branch is not None and state is not None and logic.removable(state.past, branch)
        self.remove.setEnabled(gone)

    def _ask(self, plan: Plan | None) -> None:
        """The plan as a question; asked again when another document has unsaved changes."""
        if plan is None:
            if self._asked is not None:
                self.question.hide()
            self._asked = None
            return
        dirty = [each.path for each in self.risks.dirty(self._touches(plan))]
        if (plan, dirty) == self._asked:
            return
        self._asked = (plan, dirty)
        verb = "Switch" if plan.what == "switch" else "Merge"
        answers: list[tuple[str, Callable[[], object]]] = []
        text = logic.plan_text(plan)
        if plan.ready and plan.problem is None and plan.kind != "nothing":
            blocked = bool(plan.blocked)
            touches, do = self._touches(plan), partial(self._go, plan)
            answers = self.risks.answers(verb, touches, do, blocked=blocked)
            if dirty:
                text += "\nOpen documents that change too are not saved yet."
            elif plan.document == "written":
                text += "\nThe open document changes too, and is loaded again."
            elif plan.document == "removed":
                text += "\nThe open document is not on that branch; it stays open here."
        self.question.ask(text, answers, ("Cancel", self._forget))

    @staticmethod
    def _touches(plan: Plan) -> Callable[[str], bool]:
        # With something to decide nothing is written yet.
        paths = () if plan.conflicts else (*plan.written, *plan.removed)
        return lambda file: logic.touched(paths, file)

    def step(self, session: Session, pixmaps: Pixmaps) -> None:
        """Fetch the pictures of what collides, and look whether the question still holds."""
        self.conflicts.step(session, pixmaps)
        if session.state.past.plan is not None:
            self._ask(session.state.past.plan)

    # What is clicked

    def _plan(self, what: str) -> None:
        branch = self.picked()
        if self.app.session is not None and branch is not None:
            self._asked = None  # the same plan may come as the one that was just cancelled
            self.app.session.history.plan(what, branch.name)

    def _forget(self) -> None:
        if self.app.session is not None:
            self.app.session.history.forget_plan()

    def _go(self, plan: Plan, then: Callable[[bool], None], choice: logic.Choice) -> None:
        session = self.app.session
        if session is not None:
            go = session.history.switch if plan.what == "switch" else session.history.merge
            go(plan.name, force=choice.force, then=then)

    def _add(self) -> None:
        name = self.name.text().strip()
        if self.app.session is None or not name:
            self._say("Write a name for the branch first")
            return
        self.app.session.history.add_branch(name, switch=True)
        self.name.clear()

    def _remove(self) -> None:
        branch, session = self.picked(), self.app.session
        if branch is not None and session is not None:
            text = f"Remove the branch {branch.name}? Everything of it is in the present one."
            go = partial(session.history.remove_branch, branch.name)
            self.question.ask(text, [("Remove", go)])

    def _decide(self, ident: str, take: str) -> None:
        session, state = self.app.session, self.app.state
        merge = None if state is None else state.past.merge
        if session is None or state is None or merge is None:
            return

        def resolve(then: Callable[[bool], None], choice: logic.Choice) -> None:
            session.history.resolve([ident], take, force=choice.force, then=then)

        if {one.id for one in merge.conflicts} - {ident}:
            session.history.resolve([ident], take)
            return
        # The last decision writes files, perhaps open ones.
        paths = logic.merge_paths(state.past)

        def touches(file: str) -> bool:
            return logic.touched(paths, file)

        blocked = bool(merge.blocked)
        if blocked or self.risks.dirty(touches):
            text = "This is the last decision, and open documents are not saved yet."
            if blocked:
                text = "This is the last decision; what is in no version is kept aside by it."
            answers = self.risks.answers("Merge", touches, resolve, blocked=blocked)
            self.question.ask(text, answers)
        else:
            self.risks.go(logic.choices("Merge", dirty=False)[0], touches, resolve)

    def _abort(self) -> None:
        if self.app.session is not None:
            self.app.session.history.abort_merge()
