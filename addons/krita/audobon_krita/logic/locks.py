# SPDX-License-Identifier: GPL-3.0-or-later
"""What the list of locks shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.panel.locks import LockRow, LockView, break_lines, idents, view
    from audobon.session import State

__all__ = ["LockRow", "LockView", "break_lines", "idents", "meant", "more", "row_text", "view"]


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import locks

    return getattr(locks, name)


def meant(state: State) -> str:
    """How that is said beside the button."""
    from audobon.panel.locks import SEVERAL

    count = state.selection.count
    if count >= SEVERAL:
        return f"{count:,} assets are selected in Assets."
    if state.chosen is not None:
        return f"{state.chosen.asset.name} is chosen in Assets."
    return "1 asset is selected in Assets." if count else "Nothing is selected in Assets."


def row_text(row: LockRow) -> str:
    """A lock in the list."""
    return f"{row.name}\n{row.text}\n{row.until}"


def more(view: LockView) -> str:
    """What is said below the list; empty where all is in it."""
    return f"{view.more[:1].upper()}{view.more[1:]}." if view.more else ""
