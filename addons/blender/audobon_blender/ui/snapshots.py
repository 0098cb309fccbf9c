# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of snapshots: the whole library kept in another place, and got back from there.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import snapshots, words
from . import here, snapshot_ops
from .panels import LibraryPanel
from .texts import letters, paragraph, snapshotting

__all__ = ["CLASSES"]

_SHOWN = 8


class AUDOBON_PT_snapshots(LibraryPanel, kit.Panel):
    """Everything of the library as it was, in another place"""

    bl_label = "Snapshots"
    bl_idname = "AUDOBON_PT_snapshots"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        state, layout = here.state(), self.layout
        if state is None:
            return
        seen, view = state.snapshots, snapshots.view(state)
        snapshotting(layout, state)
        if view.standing:
            _standing(layout.box(), context, seen.standing, view.standing)
        if seen.files is not None:
            _files(layout, context, state)
            return
        self._schedule(layout, context, state, view)
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
        self._care(layout, context, state, view)
        for one in view.rows[:_SHOWN]:
            _snapshot(layout.box(), context, state, one)
        if len(view.rows) > _SHOWN:
            layout.label(text=f"and {len(view.rows) - _SHOWN} more")

    @staticmethod
    def _schedule(layout: Any, context: Any, state: Any, view: Any) -> None:
        for text, icon in ((view.schedule, "TIME"), (view.next, "BLANK1"), (view.failed, "ERROR")):
            if text:
                paragraph(layout, context, text, icon)
        settings = state.snapshots.settings
        row = layout.row(align=True)
        row.enabled = not state.read_only and settings is not None
        row.operator_menu_enum("audobon.schedule_snapshots", "every", text="By Itself")
        off = row.row(align=True)
        off.enabled = settings is not None and bool(settings.to)
        off.operator("audobon.unschedule_snapshots")

    @staticmethod
    def _care(layout: Any, context: Any, state: Any, view: Any) -> None:
        if not state.snapshots.place:
            return
        row = layout.row(align=True)  # without icons, which would cut the words
        kit.button(row, "audobon.verify_snapshots", "NONE", text="Verify")
        kit.button(row, "audobon.verify_snapshots", "NONE", text="A Part", part=True)
        mend = row.row(align=True)
        mend.enabled = not state.read_only
        mend.operator("audobon.repair_snapshots")
        if view.verified:
            sound = state.snapshots.verified is not None and state.snapshots.verified.ok
            paragraph(layout, context, view.verified, "CHECKMARK" if sound else "ERROR")


def _standing(box: Any, context: Any, standing: Any, text: str) -> None:
    paragraph(box, context, text, "QUESTION")
    row = box.row(align=True)  # without icons, which would cut the words
    row.operator("audobon.snapshot_over", text="Put Back")
    which = {"ident": standing.snapshot.id, "asset": standing.entry.asset_id}
    kit.button(row, "audobon.snapshot_beside", "NONE", **which)
    row.operator("audobon.snapshot_stays")


def _files(layout: Any, context: Any, state: Any) -> None:
    """The files of one snapshot, a page of them."""
    made, settings = state.snapshots.files.snapshot, kit.settings(context)
    row = layout.row(align=True)
    row.operator("audobon.close_snapshot", text="", icon="BACK")
    row.label(text=f"Files of {made.time.astimezone():%Y-%m-%d %H:%M}")
    layout.prop(settings, "snapshot_words", text="", icon="VIEWZOOM")
    page = snapshot_ops.files_page(context, state)
    column, last = layout.column(align=True), ""
    for entry in page.rows:
        folder, _, name = entry.path.partition("/")[2].rpartition("/")
        if folder != last:  # once for all that lie in it: names alone fit into a narrow sidebar
            column.label(text=words.short(folder or "/", letters(context) - 4), icon="FILE_FOLDER")
            last = folder
        row = column.row(align=True)
        row.label(text=words.short(name, letters(context) - 8))
        which = {"ident": made.id, "asset": entry.asset_id}
        back = row.row(align=True)
        back.enabled = not state.read_only
        kit.button(back, "audobon.restore_from_snapshot", "LOOP_BACK", text="", **which)
        kit.button(back, "audobon.snapshot_beside", "DUPLICATE", text="", **which)
    row = layout.row(align=True)
    for pages, icon, there in ((-1, "TRIA_LEFT", page.back), (1, "TRIA_RIGHT", page.on)):
        turn = row.row(align=True)
        turn.enabled = there
        kit.button(turn, "audobon.turn_snapshot", icon, text="", pages=pages)
        if pages < 0:
            middle = row.row()
            middle.alignment = "CENTER"
            middle.label(text=page.text)


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
    row = column.row(align=True)  # without icons, which would cut the words
    kit.button(row, "audobon.snapshot_files", "NONE", ident=one.id)
    kit.button(row, "audobon.restore_snapshot", "NONE", text="Copy To", ident=one.id)
    back = row.row(align=True)
    back.enabled = not state.read_only
    kit.button(back, "audobon.go_back_snapshot", "NONE", ident=one.id)


CLASSES = (*snapshot_ops.CLASSES, AUDOBON_PT_snapshots)
