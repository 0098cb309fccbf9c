# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of locks: who works on what, in the whole library; lock, unlock, and break with a word.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import locks, words
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .panels import LibraryPanel
from .texts import letters, paragraph

__all__ = ["CLASSES"]


class AUDOBON_PT_locks(LibraryPanel, kit.Panel):
    """Who works on which asset, here and elsewhere"""

    bl_label = "Locks"
    bl_idname = "AUDOBON_PT_locks"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        session, state, layout = here.session(), here.state(), self.layout
        if session is None or state is None:
            return
        session.locks.watch()
        _meant(layout, context, state)
        if state.locks.problem is not None:
            paragraph(layout, context, words.sentence(state.locks.problem.message), "ERROR")
        if not state.locks.known:
            paragraph(layout, context, "Looking who works on what", "SORTTIME")
            return
        page = here.here().locks
        view, asked = page.view(state), page.asked(state)
        if view.nothing:
            paragraph(layout, context, view.nothing, "INFO")
        for row in view.rows[: locks.ROWS]:
            _lock(layout.box(), context, state, row, asked)
        hidden = len(view.rows[locks.ROWS :]) + state.locks.more
        if hidden:
            layout.label(text=f"and {hidden:,} more", icon="BLANK1")


def _meant(layout: Any, context: Any, state: Any) -> None:
    """What is selected or chosen, with buttons about it."""
    text = locks.meant(state)
    if not text or state.read_only:
        return
    column = layout.column(align=True)
    column.label(text=words.short(text, letters(context) - 4), icon="RESTRICT_SELECT_OFF")
    row = column.row(align=True)
    row.operator("audobon.lock_assets", icon="LOCKED")
    row.operator("audobon.unlock_assets", icon="UNLOCKED")


def _lock(box: Any, context: Any, state: Any, row: Any, asked: Any) -> None:
    head = box.row(align=True)
    name = words.short(row.name, letters(context) - 10)
    icon = "LOCKED" if row.mine else "USER"
    if row.known:
        kit.button(head, "audobon.choose", icon, text=name, ident=row.ident)
    else:
        head.label(text=name, icon=icon)
    ends = head.row(align=True)
    ends.enabled = row.known and not state.read_only
    if row.mine:
        kit.button(ends, "audobon.unlock_assets", "UNLOCKED", text="", ident=row.ident)
    else:
        kit.button(ends, "audobon.ask_break_lock", "X", text="", ident=row.ident)
    lines = box.column(align=True)
    paragraph(lines, context, f"{row.text}.", "BLANK1", less=2)
    paragraph(lines, context, f"{row.until}.", "BLANK1", less=2)
    if asked is not None and asked.ident == row.ident:
        for number, line in enumerate(locks.break_lines(asked)[1:]):
            paragraph(box, context, line, "BLANK1" if number else "ERROR", less=2)
        answers = box.row(align=True)
        answers.operator("audobon.break_lock", icon="ERROR")
        answers.operator("audobon.leave_lock", icon="CHECKMARK")


class _Writing(Handing):
    """What needs a library that can be changed."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return _Open.poll(context) and state is not None and not state.read_only


class AUDOBON_OT_lock_assets(_Writing):
    """Tell others that you work on what is selected, for 12 hours. What is locked is renewed"""

    bl_idname = "audobon.lock_assets"
    bl_label = "Lock"

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        wanted = () if session is None or state is None else locks.idents(session, state)
        if session is None or not wanted:
            self.report({"INFO"}, "Select or choose an asset first")
            return STOPPED
        session.locks.lock(wanted, program="Blender")
        return DONE


class AUDOBON_OT_unlock_assets(_Writing):
    """Let go of your lock. A file that is open here is not locked again until it is opened anew"""

    bl_idname = "audobon.unlock_assets"
    bl_label = "Unlock"
    ident: kit.StringProperty(options={"SKIP_SAVE"})

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        wanted: tuple[str, ...] = (self.ident,) if self.ident else ()
        if not wanted and session is not None and state is not None:
            wanted = locks.idents(session, state)
        if session is None or not wanted:
            self.report({"INFO"}, "Select or choose an asset first")
            return STOPPED
        session.locks.unlock(wanted)
        return DONE


class AUDOBON_OT_ask_break_lock(_Writing):
    """Break the lock of somebody else. The panel says first what may be lost by that"""

    bl_idname = "audobon.ask_break_lock"
    bl_label = "Break the Lock"
    ident: kit.StringProperty(options={"SKIP_SAVE"})

    def execute(self, _context: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        here.here().locks.ask(state, self.ident)
        kit.redraw()
        return DONE


class AUDOBON_OT_break_lock(_Writing):
    """Take their lock away, as was asked; they are told, unless a remote brought it"""

    bl_idname = "audobon.break_lock"
    bl_label = "Break It"

    def execute(self, _context: Any) -> set[str]:
        session, state, page = here.session(), here.state(), here.here().locks
        asked = None if state is None else page.asked(state)
        page.leave()
        if session is None or asked is None:
            self.report({"INFO"}, "That lock is another one now; nothing is broken")
            return STOPPED
        session.locks.break_lock(asked)
        return DONE


class AUDOBON_OT_leave_lock(_Open):
    """Leave their lock as it is"""

    bl_idname = "audobon.leave_lock"
    bl_label = "Leave It"

    def execute(self, _context: Any) -> set[str]:
        here.here().locks.leave()
        kit.redraw()
        return DONE


CLASSES = (
    AUDOBON_PT_locks,
    AUDOBON_OT_lock_assets,
    AUDOBON_OT_unlock_assets,
    AUDOBON_OT_ask_break_lock,
    AUDOBON_OT_break_lock,
    AUDOBON_OT_leave_lock,
)
