# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels that say whether changes on disk are seen, and what was used how often.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import usage, words
from . import here
from .library_ops import Handing
from .panels import TimedPanel
from .texts import letters, paragraph

__all__ = ["CLASSES"]


class AUDOBON_PT_watch(TimedPanel, kit.Panel):
    """Whether what other programs change on disk appears by itself."""

    bl_label = "Changes on Disk"
    bl_parent_id = "AUDOBON_PT_work"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        state = here.state()
        if state is None:
            return
        shown = usage.view(state)
        paragraph(self.layout, context, shown.watch)
        if shown.hint:
            paragraph(self.layout, context, shown.hint, "INFO")
        row = self.layout.row()
        row.enabled = not state.read_only
        text, icon = ("Do Not Watch", "HIDE_ON") if shown.watched else ("Watch", "HIDE_OFF")
        row.operator("audobon.switch_watch", text=text, icon=icon)


class AUDOBON_PT_usage(TimedPanel, kit.Panel):
    """What was used, by month, asset, tag and program."""

    bl_label = "Used"
    bl_parent_id = "AUDOBON_PT_work"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        state, layout = here.state(), self.layout
        if state is None:
            return
        shown = usage.view(state)
        row = layout.row(align=True)
        row.operator("audobon.count_uses", icon="SORTSIZE")
        change = row.row(align=True)
        change.enabled = not state.read_only and shown.counted
        text = "Do Not Note" if shown.noted else "Note Uses"
        change.operator("audobon.switch_usage", text=text)
        change.operator("audobon.forget_uses", text="", icon="TRASH")
        if shown.usage:
            paragraph(layout, context, shown.usage)
        for chart in shown.charts:
            column = layout.column(align=True)
            column.label(text=chart.title)
            for bar in chart.bars:
                label = words.short(bar.label, letters(context) - 6)
                kit.bar(column, f"{label}  {bar.count:,}", bar.share)


class AUDOBON_OT_switch_watch(Handing):
    """Have changes that other programs make on disk appear by themselves, or not"""

    bl_idname = "audobon.switch_watch"
    bl_label = "Watch for Changes"

    def hand(self, session: Any) -> None:
        session.switch_watch(on=not usage.view(session.state).watched)


class AUDOBON_OT_count_uses(Handing):
    """Count what was used in this library"""

    bl_idname = "audobon.count_uses"
    bl_label = "Count"

    def hand(self, session: Any) -> None:
        session.look_at_usage()


class AUDOBON_OT_switch_usage(Handing):
    """Have uses noted in this library, or not. What was noted stays"""

    bl_idname = "audobon.switch_usage"
    bl_label = "Note Uses"

    def hand(self, session: Any) -> None:
        session.switch_usage(on=not usage.view(session.state).noted)


class AUDOBON_OT_forget_uses(Handing):
    """Remove everything that was noted about uses, for good"""

    bl_idname = "audobon.forget_uses"
    bl_label = "Forget All Uses"

    def invoke(self, context: Any, event: Any) -> set[str]:
        return set(context.window_manager.invoke_confirm(self, event))

    def hand(self, session: Any) -> None:
        session.forget_usage()


CLASSES = (
    AUDOBON_OT_switch_watch,
    AUDOBON_OT_count_uses,
    AUDOBON_OT_switch_usage,
    AUDOBON_OT_forget_uses,
    AUDOBON_PT_watch,
    AUDOBON_PT_usage,
)
