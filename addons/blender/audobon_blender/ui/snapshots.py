# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of snapshots: the whole library kept in another place, and got back from there.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import snapshots, words
from . import here
from .details import _Panel
from .library_ops import DONE, STOPPED, Handing, _Open
from .past_ops import _Risky
from .remote_ops import refused
from .texts import letters, paragraph, snapshotting

__all__ = ["CLASSES"]

_SHOWN = 8
_WIDTH = 420


class AUDOBON_PT_snapshots(_Panel, kit.Panel):
    """Everything of the library as it was, in another place"""

    bl_label = "Snapshots"
    bl_idname = "AUDOBON_PT_snapshots"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open"

    def draw(self, context: Any) -> None:
        with here.here().timed():
            self._draw(context)

    def _draw(self, context: Any) -> None:
        state, layout = here.state(), self.layout
        if state is None:
            return
        seen, view = state.snapshots, snapshots.view(state)
        snapshotting(layout, state)
        for text, icon in ((view.schedule, "TIME"), (view.next, "BLANK1"), (view.failed, "ERROR")):
            if text:
                paragraph(layout, context, text, icon)
        row = layout.row(align=True)
        row.prop(kit.settings(context), "snapshots", text="", icon="DISK_DRIVE")
        row.operator("audobon.list_snapshots", text="", icon="VIEWZOOM")
        if seen.place:
            text = words.short(seen.place, letters(context) - 4)
            layout.label(text=text, icon="FILE_FOLDER")
        if seen.locked:
            layout.operator("audobon.unlock_snapshots", icon="KEYINGSET")
        row = layout.row()
        row.enabled = not state.read_only
        row.operator("audobon.take_snapshot", icon="FILE_TICK")
        if view.hint:
            paragraph(layout, context, view.hint, "LOCKED" if seen.locked else "INFO")
        if view.standing:
            box = layout.box()
            paragraph(box, context, view.standing, "QUESTION")
            row = box.row(align=True)
            row.operator("audobon.snapshot_over", icon="CHECKMARK")
            row.operator("audobon.snapshot_stays", icon="X")
        for one in view.rows[:_SHOWN]:
            _snapshot(layout.box(), context, state, one)
        if len(view.rows) > _SHOWN:
            layout.label(text=f"and {len(view.rows) - _SHOWN} more")


def _snapshot(box: Any, context: Any, state: Any, one: Any) -> None:
    box.label(text=words.short(one.title, letters(context) - 4), icon="RECOVER_LAST")
    paragraph(box, context, one.text, "BLANK1", less=2)
    column = box.column(align=True)
    if state.chosen is not None:
        row = column.row()
        row.enabled = not state.read_only
        name = words.short(state.chosen.asset.name, letters(context) - 12)
        kit.button(row, "audobon.restore_from_snapshot", "LOOP_BACK", text=f"Restore {name}",
                   ident=one.id)  # fmt: skip
    kit.button(column, "audobon.restore_snapshot", "EXPORT", ident=one.id)


class _AtPlace(_Open):
    """Something of the place that is named, that of the panel's field without one."""

    place: kit.StringProperty(options={"SKIP_SAVE"})

    def hand(self, snapshots: Any, place: str) -> None:
        raise NotImplementedError

    def execute(self, context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        where = (self.place or kit.settings(context).snapshots).strip()
        if refused(self, where):
            return STOPPED
        self.hand(session.snapshots, kit.real_path(where) if where else "")
        return DONE


class AUDOBON_OT_list_snapshots(_AtPlace):
    """Look which snapshots are in this place"""

    bl_idname = "audobon.list_snapshots"
    bl_label = "List Snapshots"

    def hand(self, snapshots: Any, place: str) -> None:
        snapshots.look(place)


class AUDOBON_OT_take_snapshot(_AtPlace):
    """Keep everything of the library, as it is now, in this place. Only what it lacks is sent"""

    bl_idname = "audobon.take_snapshot"
    bl_label = "Take One Now"

    def hand(self, snapshots: Any, place: str) -> None:
        snapshots.take(place)


class AUDOBON_OT_unlock_snapshots(_Open):
    """Give the passphrase of this encrypted place. Only the system's keyring keeps it"""

    bl_idname = "audobon.unlock_snapshots"
    bl_label = "Give Its Passphrase"
    passphrase: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def execute(self, _context: Any) -> set[str]:
        session, state, given = here.session(), here.state(), self.passphrase
        self.passphrase = ""
        if session is None or state is None or not given:
            return STOPPED
        session.snapshots.unlock(state.snapshots.place, given)
        return DONE


class AUDOBON_OT_restore_from_snapshot(_Risky):
    """Put the chosen asset's file back as it was. Where another one lies there you are asked"""

    bl_idname = "audobon.restore_from_snapshot"
    bl_label = "Restore the File"
    ident: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        session, asset = here.session(), here.chosen()
        if session is None or asset is None or not self.settled(touches=True):
            return STOPPED
        session.snapshots.restore(self.ident, asset.id, then=self.came())
        return DONE


class AUDOBON_OT_snapshot_over(_Risky):
    """Put it back; what lies there now is kept in a version first"""

    bl_idname = "audobon.snapshot_over"
    bl_label = "Put It Back"

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        standing = None if state is None else state.snapshots.standing
        if session is None or standing is None or not self.settled(touches=True):
            return STOPPED
        ident, asset = standing.snapshot.id, standing.entry.asset_id
        session.snapshots.restore(ident, asset, over=True, then=self.came())
        return DONE


class AUDOBON_OT_snapshot_stays(Handing):
    """Leave the file as it is"""

    bl_idname = "audobon.snapshot_stays"
    bl_label = "Leave It"

    def hand(self, session: Any) -> None:
        session.snapshots.leave_standing()


class AUDOBON_OT_restore_snapshot(_Open):
    """Write all files of this snapshot into a new folder. The library stays as it is"""

    bl_idname = "audobon.restore_snapshot"
    bl_label = "All Files into a New Folder"
    ident: kit.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    folder: kit.StringProperty(name="New Folder", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        self.folder = self.folder or f"{state.path} restored"
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.folder.strip():
            return STOPPED
        session.snapshots.restore_all(self.ident, kit.real_path(self.folder.strip()))
        return DONE


class AUDOBON_OT_cancel_snapshot(Handing):
    """Stop it. What is in the place already is used the next time"""

    bl_idname = "audobon.cancel_snapshot"
    bl_label = "Stop"

    def hand(self, session: Any) -> None:
        session.snapshots.cancel()


CLASSES = (
    AUDOBON_OT_list_snapshots,
    AUDOBON_OT_take_snapshot,
    AUDOBON_OT_unlock_snapshots,
    AUDOBON_OT_restore_from_snapshot,
    AUDOBON_OT_snapshot_over,
    AUDOBON_OT_snapshot_stays,
    AUDOBON_OT_restore_snapshot,
    AUDOBON_OT_cancel_snapshot,
    AUDOBON_PT_snapshots,
)
