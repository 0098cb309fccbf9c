# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of remotes: how the branch stands to each, and what goes there or comes from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit
from ..logic import words
from . import here
from .panels import LibraryPanel
from .recovery import recovery_key
from .texts import letters, paragraph, transferring

if TYPE_CHECKING:
    from audobon.panel.remotes import Row
    from audobon.session import State

__all__ = ["CLASSES"]


class AUDOBON_PT_remotes(LibraryPanel, kit.Panel):
    """Other places of the library: a disk, a NAS, a bucket"""

    bl_label = "Remotes"
    bl_idname = "AUDOBON_PT_remotes"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        session, state, layout = here.session(), here.state(), self.layout
        if session is None or state is None:
            return
        session.remotes.watch()
        if state.remotes.problem is not None:
            paragraph(layout, context, words.sentence(state.remotes.problem.message), "ERROR")
        if not state.remotes.known:
            paragraph(layout, context, "Reading which remotes there are", "SORTTIME")
            return
        page = here.here().remotes
        view = page.view(state)
        recovery_key(layout, context, page.shown(state))
        transferring(layout, state)
        if view.nothing:
            paragraph(layout, context, view.nothing, "INFO")
        for row in view.rows:
            _remote(layout.box(), context, state, row)
        if view.away:
            paragraph(layout, context, f"{view.away}.", "IMPORT")
            row = layout.column(align=True)
            row.enabled = not state.read_only
            kit.button(row, "audobon.fetch_found", "NONE", text="Fetch All")
            kit.button(row, "audobon.fetch_found", "NONE", text="Fetch What Is Found", found=True)
        _new(layout, context, state)


def _remote(box: Any, context: Any, state: State, row: Row) -> None:
    head = box.row(align=True)
    head.label(text=words.short(row.name, letters(context) - 10), icon="DISK_DRIVE")
    kit.button(head, "audobon.remove_remote", "X", text="", name=row.name)
    lines = box.column(align=True)
    lines.scale_y = 0.8
    lines.label(text=words.short(row.url, letters(context) - 4), icon="BLANK1")
    paragraph(lines, context, f"{row.text}.", "BLANK1", less=2)
    sign = "LOCKED" if row.locked or row.lock.startswith("Encrypted") else "UNLOCKED"
    paragraph(box, context, f"{row.lock}.", sign, less=2)
    if row.locked:
        kit.button(box, "audobon.unlock_remote", "KEYINGSET", name=row.name)
        return
    if row.first:
        paragraph(box, context, row.first, "ERROR", less=2)
    if row.estimate:
        paragraph(box, context, f"{row.estimate}.", "INFO", less=2)
    line = box.row(align=True)
    line.enabled = not state.read_only
    kit.button(line, "audobon.pull", "IMPORT", name=row.name)
    push = line.row(align=True)
    push.enabled = not row.first
    kit.button(push, "audobon.push", "EXPORT", name=row.name)
    kit.button(line, "audobon.estimate_push", "QUESTION", text="", name=row.name)
    if row.behind and here.here().guard.dirty_asset(state):
        kit.button(box, "audobon.pull", "FILE_TICK", text="Save, Then Pull", name=row.name,
                   unsaved="save")  # fmt: skip


def _new(layout: Any, context: Any, state: State) -> None:
    if state.read_only:
        return
    row = layout.row(align=True)
    row.prop(kit.settings(context), "remote", text="", icon="DISK_DRIVE")
    row.operator("audobon.add_remote", text="", icon="ADD")


CLASSES = (AUDOBON_PT_remotes,)
