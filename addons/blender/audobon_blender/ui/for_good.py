# SPDX-License-Identifier: GPL-3.0-or-later
"""Assets removed for good: what would go and what stays, the name that has to be typed, the proof.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import forgood
from . import here
from .batch_ops import _Selected
from .library_ops import DONE, STOPPED, Handing, _Open
from .panels import TimedPanel
from .remote_ops import refused
from .texts import paragraph, transferring

__all__ = ["CLASSES"]

_OPTIONS = {"SKIP_SAVE"}


class AUDOBON_PT_for_good(TimedPanel, kit.Panel):
    """What would go for good, where it stays, and the proof that it is gone."""

    bl_label = "Remove for Good"
    bl_idname = "AUDOBON_PT_for_good"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        if state is None or state.phase != "open":
            return False
        return forgood.working(state) or not here.here().for_good.view(state).empty

    def _draw(self, context: Any) -> None:
        state, layout = here.state(), self.layout
        if state is None:
            return
        view, working = here.here().for_good.view(state), forgood.working(state)
        if view.cut_off:
            paragraph(layout, context, view.cut_off, "ERROR")
            row = layout.row()
            row.enabled = not working
            row.operator("audobon.finish_purge", icon="TRASH")
        if working:
            transferring(layout, state)
        if view.title:
            paragraph(layout, context, view.title)
        for line in view.lines:
            paragraph(layout, context, line.text, forgood.ICONS[line.kind])
        if view.ask:
            paragraph(layout, context, view.ask, "QUESTION")
            layout.prop(kit.settings(context), "typed_name", text="")
            layout.operator("audobon.purge", icon="TRASH")
        row = layout.row()
        row.enabled = not working
        row.operator("audobon.forget_purge", icon="X")


class AUDOBON_OT_plan_purge(_Selected):
    """Look what would go for good of all that is selected, and where it would stay"""

    bl_idname = "audobon.plan_purge"
    bl_label = "Remove for Good"
    remotes: kit.BoolProperty(
        name="Also at All Remotes",
        description="Versions there are written anew too",
        options=_OPTIONS,
    )
    snapshots: kit.BoolProperty(
        name="Also in Snapshots",
        description="Where they go by themselves: a new one replaces all older ones",
        options=_OPTIONS,
    )
    keep_files: kit.BoolProperty(
        name="Leave the Files",
        description="They stay on the disk and leave the library",
        options=_OPTIONS,
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        if (session := here.session()) is not None:
            session.remotes.watch()
        return self.dialog(context)

    def draw(self, _context: Any) -> None:
        self.heading()
        self.layout.label(text="Nothing is removed yet: the panel tells what would go.")
        for name in ("remotes", "snapshots", "keep_files"):
            self.layout.prop(self, name)

    def execute(self, context: Any) -> set[str]:
        state = here.state()
        known = () if state is None or not self.remotes else state.remotes.remotes
        if any(refused(self, one.name) for one in known):
            return STOPPED
        kit.settings(context).typed_name = ""
        return super().execute(context)

    def hand(self, session: Any) -> None:
        session.purging.plan(
            session.selection.ids,
            remotes=None if self.remotes else (),
            snapshots=self.snapshots,
            keep_files=self.keep_files,
        )


class AUDOBON_OT_purge(_Open):
    """Remove it for good, if its name was typed. Nothing brings it back"""

    bl_idname = "audobon.purge"
    bl_label = "Remove for Good"

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return (
            _Open.poll(context)
            and state is not None
            and not (state.read_only or forgood.working(state))
            and forgood.fits(state, kit.settings(context).typed_name)
        )

    def execute(self, context: Any) -> set[str]:
        session, settings = here.session(), kit.settings(context)
        typed, settings.typed_name = settings.typed_name, ""
        if session is None:
            return STOPPED
        forget = here.here().forget_pictures
        session.choose(None)
        session.purging.purge(typed, then=forget, otherwise=forget)
        return DONE


class AUDOBON_OT_finish_purge(Handing):
    """Bring the removal to its end that was cut off"""

    bl_idname = "audobon.finish_purge"
    bl_label = "Finish It"

    def hand(self, session: Any) -> None:
        forget = here.here().forget_pictures
        session.purging.finish(then=forget, otherwise=forget)


class AUDOBON_OT_forget_purge(Handing):
    """Close this. Nothing is removed by it"""

    bl_idname = "audobon.forget_purge"
    bl_label = "Close"

    def execute(self, context: Any) -> set[str]:
        kit.settings(context).typed_name = ""
        return super().execute(context)

    def hand(self, session: Any) -> None:
        session.purging.forget()


CLASSES = (
    AUDOBON_OT_plan_purge,
    AUDOBON_OT_purge,
    AUDOBON_OT_finish_purge,
    AUDOBON_OT_forget_purge,
    AUDOBON_PT_for_good,
)
