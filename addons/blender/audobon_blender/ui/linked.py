# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the chosen asset is used, what it uses, and what of it is missing or out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..logic import linked as logic
from ..logic import words
from .browsing import kind_icon
from .texts import letters, paragraph

if TYPE_CHECKING:
    from audobon.panel.linked import Row
    from audobon.session.state import State

__all__ = ["linked"]

_MARKS = {"missing": "LIBRARY_DATA_BROKEN", "older": "FILE_REFRESH", "outside": "QUESTION"}


def linked(layout: Any, context: Any, state: State) -> None:
    """Draw it; nothing where nothing is known yet."""
    parts, note = logic.parts(state), logic.note(state)
    for part in parts:
        box = layout.box()
        row = box.row()
        paragraph(row.column(), context, part.head, "ERROR" if part.alarm else "NONE", less=6)
        row.operator("audobon.show_query", text="", icon="VIEWZOOM").query = part.query
        column = box.column(align=True)
        for each in part.rows:
            _row(column, context, each)
        if part.more:
            column.label(text=f"and {part.more:,} more")
    if note:
        paragraph(layout, context, note, "INFO")


def _row(column: Any, context: Any, one: Row) -> None:
    icon = _MARKS.get(one.mark) or kind_icon(one.kind)
    name = words.short(one.name, letters(context) - 6)
    if one.ident:
        column.operator("audobon.choose", text=name, icon=icon).ident = one.ident
    else:
        column.label(text=name, icon=icon)
    if one.told:
        paragraph(column, context, one.told, "BLANK1", less=6)
