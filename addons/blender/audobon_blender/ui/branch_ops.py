# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about branches: planned, switched, merged, decided, and the way back.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import past
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .past_ops import _GoesBack, _Risky

__all__ = ["CLASSES"]

_WIDTH = 460
# Of the pop-up that asks, in pixels of Blender's interface.


class AUDOBON_OT_plan_branch(Handing):
    """Show what would change; nothing is changed yet"""

    bl_idname = "audobon.plan_branch"
    bl_label = "Show What Would Change"
    what: kit.EnumProperty(items=(("switch", "Switch", ""), ("merge", "Merge", "")))
    name: kit.StringProperty()

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        verb = "Switch to" if properties.what == "switch" else "Merge"
        return f"{verb} this branch. First you are shown what would change"

    def hand(self, session: Any) -> None:
        session.history.plan(self.what, self.name)


class AUDOBON_OT_forget_plan(Handing):
    """Leave everything as it is"""

    bl_idname = "audobon.forget_plan"
    bl_label = "Cancel"

    def hand(self, session: Any) -> None:
        session.history.forget_plan()


class AUDOBON_OT_add_branch(_Open):
    """Make a branch with this name and go on there. No file changes by it"""

    bl_idname = "audobon.add_branch"
    bl_label = "New Branch"

    def execute(self, context: Any) -> set[str]:
        session, settings = here.session(), kit.settings(context)
        name = settings.branch.strip()
        if session is None or not name:
            self.report({"INFO"}, "Write a name for the branch first")
            return STOPPED
        session.history.add_branch(name, switch=True)
        settings.branch = ""
        return DONE


class AUDOBON_OT_remove_branch(Handing):
    """Remove this branch. No file changes by it"""

    bl_idname = "audobon.remove_branch"
    bl_label = "Remove the Branch"
    name: kit.StringProperty()
    force: kit.BoolProperty(
        name="With Its Versions",
        description="Also where it has versions that nothing else has",
        options={"SKIP_SAVE"},
    )

    def _branch(self) -> Any:
        state = here.state()
        several = () if state is None else state.past.branches
        return next((one for one in several if one.name == self.name), None)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        branch = self._branch()
        if branch is None or not branch.ahead:
            return self.execute(context)  # the current branch has all of it
        self.force = True
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        branch = self._branch()
        if branch is None:
            return
        for number, line in enumerate(past.remove_lines(branch)):
            self.layout.label(text=line, icon="BLANK1" if number else "ERROR")

    def hand(self, session: Any) -> None:
        session.history.remove_branch(self.name, force=self.force)


class _Planned(_Risky):
    """What was planned: its plan must be on the screen, so that nobody is surprised."""

    name: kit.StringProperty()
    force: kit.BoolProperty(
        name="Keep and Go On",
        description="Uncommitted work in the way is kept in a rescue version, then replaced",
        options={"SKIP_SAVE"},
    )

    def begun(self, what: str) -> bool:
        """Whether to go on; says what is missing otherwise."""
        state = here.state()
        plan = None if state is None else state.past.plan
        if plan is None or (plan.what, plan.name) != (what, self.name) or not plan.ready:
            self.report({"ERROR"}, f"{self.name}: have it shown first what would change")
            return False
        if plan.problem is not None:
            self.report({"ERROR"}, plan.problem.message)
            return False
        if plan.blocked and not self.force:
            self.report(
                {"ERROR"},
                f"{plan.blocked[0]} is in no version yet: make one first, or keep it and go on",
            )
            return False
        return self.settled(touches=plan.document != "" and not plan.conflicts)

    @property
    def forced(self) -> bool:
        """Also what was just saved is in the way then, and is kept in the same manner."""
        return bool(self.force) or self.unsaved == "save"


class AUDOBON_OT_switch_branch(_Planned):
    """Make files and metadata as they are on this branch. A recovery point is kept first"""

    bl_idname = "audobon.switch_branch"
    bl_label = "Switch"

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.begun("switch"):
            return STOPPED
        session.history.switch(self.name, force=self.forced, then=self.came())
        return DONE


class AUDOBON_OT_merge_branch(_Planned):
    """Take everything of this branch into the current one. A recovery point is kept first"""

    bl_idname = "audobon.merge_branch"
    bl_label = "Merge"

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.begun("merge"):
            return STOPPED
        session.history.merge(self.name, force=self.forced, then=self.came())
        return DONE


class AUDOBON_OT_resolve(_Risky):
    """Decide what becomes of it; until the last one is decided nothing is changed"""

    bl_idname = "audobon.resolve"
    bl_label = "Decide"
    conflict: kit.StringProperty()
    take: kit.StringProperty()
    whole: kit.BoolProperty(options={"SKIP_SAVE"})
    force: kit.BoolProperty(options={"SKIP_SAVE"})

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        return {
            "ours": "As it is on the current branch",
            "theirs": "As it is on the branch that is merged",
            "both": "Keep both, side by side",
        }.get(properties.take, "Decide")

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        merge = None if state is None else state.past.merge
        if session is None or state is None or merge is None:
            return STOPPED
        # The last decision writes files, perhaps the open one.
        last = len(merge.conflicts) <= 1
        if not self.settled(touches=last and here.here().guard.merge_writes(state)):
            return STOPPED
        force = self.force or (last and self.unsaved != "refuse")
        session.history.resolve(
            *([self.conflict], self.take), whole=self.whole, force=force, then=self.came()
        )
        return DONE


class AUDOBON_OT_abort_merge(Handing):
    """End the merge; everything is as before it"""

    bl_idname = "audobon.abort_merge"
    bl_label = "End the Merge"

    def hand(self, session: Any) -> None:
        session.history.abort_merge(then=here.here().guard.came("refuse"))


class AUDOBON_OT_go_back(_GoesBack):
    """Make everything as it was then. What is now becomes a version first, so nothing is lost"""

    bl_idname = "audobon.go_back"
    bl_label = "Go Back"
    point: kit.StringProperty()

    def back(self, session: Any) -> None:
        session.history.go_back(self.point, then=self.came())


CLASSES = (
    AUDOBON_OT_plan_branch,
    AUDOBON_OT_forget_plan,
    AUDOBON_OT_add_branch,
    AUDOBON_OT_remove_branch,
    AUDOBON_OT_switch_branch,
    AUDOBON_OT_merge_branch,
    AUDOBON_OT_resolve,
    AUDOBON_OT_abort_merge,
    AUDOBON_OT_go_back,
)
