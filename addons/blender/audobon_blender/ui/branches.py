# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of branches: where one is, what a switch or a merge would do, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit, opened
from ..logic import past, shown, words
from . import here
from .browsing import CATEGORY
from .texts import letters, paragraph, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audobon.model.merge import MergeConflict, MergeReport
    from audobon.session.past import Plan
    from audobon.session.state import State

__all__ = ["CLASSES"]

_BRANCHES = 20
_CONFLICTS = 12
_POINTS = 6


class AUDOBON_PT_branches(kit.Panel):
    """Lines of versions"""

    bl_label = "Branches"
    bl_idname = "AUDOBON_PT_branches"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open" and not state.read_only

    def draw(self, context: Any) -> None:
        with here.here().timed():
            self._draw(context)

    def _draw(self, context: Any) -> None:
        layout, state = self.layout, here.state()
        if state is None:
            return
        here.here().guard.look()
        if state.past.problem is not None:
            problem(layout, context, state.past.problem)
        if not state.past.known:
            paragraph(layout, context, "Reading the history", "SORTTIME")
            return
        if not state.past.branches:
            paragraph(layout, context, "The first version begins the branch main.", "INFO")
        _branches(layout, context, state)
        if state.past.plan is not None:
            _plan(layout, context, state.past.plan)
        if state.past.merge is not None:
            _merge(layout, context, state, state.past.merge)


def _branches(layout: Any, context: Any, state: State) -> None:
    column = layout.column(align=True)
    for branch in state.past.branches[:_BRANCHES]:
        row = column.row(align=True)
        icon = "RADIOBUT_ON" if branch.current else "RADIOBUT_OFF"
        row.label(text=words.short(branch.name, letters(context) - 8), icon=icon)
        distance = past.distance_text(branch)
        if distance and not branch.current:
            small = column.row()
            small.scale_y = 0.7
            small.label(text=distance, icon="BLANK1")
        if branch.current or state.past.merge is not None:
            continue
        name = {"name": branch.name}
        if branch.ahead:
            kit.button(row, "audobon.plan_branch", "AUTOMERGE_ON", text="", what="merge", **name)
        kit.button(row, "audobon.plan_branch", "PLAY", text="", what="switch", **name)
        kit.button(row, "audobon.remove_branch", "X", text="", **name)
    if len(state.past.branches) > _BRANCHES:
        column.label(text=f"and {len(state.past.branches) - _BRANCHES} more")
    if state.past.branches and state.past.merge is None:
        row = layout.row(align=True)
        row.prop(kit.settings(context), "branch", text="", icon="ADD")
        row.operator("audobon.add_branch", text="New Branch")


def _plan(layout: Any, context: Any, plan: Plan) -> None:
    box = layout.box()
    row = box.row(align=True)
    verb = "Switch to" if plan.what == "switch" else "Merge"
    row.label(text=words.short(f"{verb} {plan.name}", letters(context) - 6), icon="VIEWZOOM")
    row.operator("audobon.forget_plan", text="", icon="X", emboss=False)
    if not plan.ready:
        paragraph(box, context, "Looking at what would change", "SORTTIME")
        return
    if plan.problem is not None:
        problem(box, context, plan.problem)
        return
    column = box.column(align=True)
    for line in past.plan_lines(plan):
        paragraph(column, context, line)
    if plan.kind == "nothing":
        return
    if plan.blocked:
        text = "Not in any version yet, and in the way:"
        paragraph(box, context, text, "ERROR")
        for path in plan.blocked[:_CONFLICTS]:
            box.label(text=words.short(path, letters(context) - 5), icon="BLANK1")
    _choices(box, context, plan)


def _choices(box: Any, context: Any, plan: Plan) -> None:
    """Buttons that say what becomes of work that is not saved, or in no version."""
    name = f"audobon.{plan.what}_branch"
    verb = "Switch" if plan.what == "switch" else "Merge"
    icon = "PLAY" if plan.what == "switch" else "AUTOMERGE_ON"
    touched = plan.document and not plan.conflicts
    dirty = bool(touched) and opened.is_dirty()
    if plan.document == "removed":
        paragraph(box, context, "The open file is not on that branch; it stays open here.", "INFO")
    elif touched:
        paragraph(box, context, "The open file changes too, and is loaded again.", "INFO")
    column = box.column(align=True)
    column.scale_y = 1.1
    if plan.blocked or dirty:
        column.prop(kit.settings(context), "note", text="", icon="TEXT")
        column.operator("audobon.new_version", text="New Version First", icon="ADD")
    for choice in past.choices(verb, dirty=dirty, blocked=bool(plan.blocked)):
        shown = "ERROR" if choice.unsaved == "discard" else icon
        how = {"unsaved": choice.unsaved, "force": choice.force, "name": plan.name}
        kit.button(column, name, shown, text=choice.text, **how)


def _merge(layout: Any, context: Any, state: State, merge: MergeReport) -> None:
    box = layout.box()
    row = box.row(align=True)
    title = f"{merge.name}: {len(merge.conflicts)} to decide"
    row.label(text=words.short(title, letters(context) - 4), icon="AUTOMERGE_ON")
    paragraph(box, context, "Nothing is changed until the last one is decided.")
    last = len(merge.conflicts) == 1
    dirty = last and here.here().guard.merge_writes(state) and opened.is_dirty()
    if last and (dirty or merge.blocked):
        text = "What is not in a version is kept aside when you decide the last one."
        paragraph(box, context, text, "INFO")
    how = {"force": bool(last and merge.blocked), "unsaved": "save" if dirty else "refuse"}
    for conflict in merge.conflicts[:_CONFLICTS]:
        _conflict(box.box(), context, conflict, how)
    if len(merge.conflicts) > _CONFLICTS:
        box.label(text=f"and {len(merge.conflicts) - _CONFLICTS} more")
    for conflict in merge.decided[:_CONFLICTS]:
        row = box.row(align=True)
        text = words.short(past.conflict_text(conflict), letters(context) - 14)
        row.label(text=text, icon="CHECKMARK")
        _takes(row, conflict, how, depressed=conflict.take)
    box.operator("audobon.abort_merge", icon="X")


def _conflict(box: Any, context: Any, conflict: MergeConflict, how: Mapping[str, Any]) -> None:
    paragraph(box, context, past.conflict_text(conflict), "ERROR")
    if conflict.reason:
        paragraph(box, context, f"Not merged by its parts: {conflict.reason}")
    covers = past.covers(conflict)
    icons = [(side, here.here().thumbs.icon(shown.icon_key(one))) for side, one in covers]
    if icons and all(icon for _, icon in icons):
        row = box.row(align=True)
        for _, icon in icons:
            row.template_icon(icon_value=icon, scale=3.0)
    _takes(box.row(align=True), conflict, how)


def _takes(
    row: Any, conflict: MergeConflict, how: Mapping[str, Any], *, depressed: str = ""
) -> None:
    for take in conflict.takes:
        button = row.operator(
            "audobon.resolve", text=past.take_label(take), depress=take == depressed
        )
        button.conflict, button.take = conflict.id, take
        for key, value in how.items():
            setattr(button, key, value)


class AUDOBON_PT_points(kit.Panel):
    """What was before something risky"""

    bl_label = "Recovery Points"
    bl_parent_id = "AUDOBON_PT_branches"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        layout, state = self.layout, here.state()
        if state is None:
            return
        if not state.past.points:
            text = "Before a switch, a merge or a restore, everything is kept here by itself."
            paragraph(layout, context, text, "INFO")
        column = layout.column(align=True)
        for point in state.past.points[:_POINTS]:
            row = column.row(align=True)
            texts = row.column(align=True)
            texts.scale_y = 0.8
            room = letters(context) - 6
            texts.label(text=words.short(point.reason, room), icon="RECOVER_LAST")
            when = f"{words.age(point.time)}, on {point.branch}"
            texts.label(text=words.short(when, room), icon="BLANK1")
            kit.button(row, "audobon.go_back", "LOOP_BACK", text="", point=point.id)


CLASSES = (AUDOBON_PT_branches, AUDOBON_PT_points)
