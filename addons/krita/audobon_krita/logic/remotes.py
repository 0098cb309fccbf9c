# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of remotes shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.panel.remotes import KEEP, Row, View, passphrase_fault, suggested_name, view
    from audobon.session import State

__all__ = ["KEEP", "Row", "View", "fault", "open_lines", "passphrase_fault", "row_lines"]
__all__ += ["suggested_name", "view"]


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import remotes

    return getattr(remotes, name)


def row_lines(row: Row) -> tuple[str, ...]:
    """What is said of the remote that is picked."""
    return tuple(line for line in (row.url, row.lock, row.first, row.estimate) if line)


def open_lines(state: State) -> str:
    """Where to go on after a pull that could not be finished; empty where there is nothing."""
    if state.past.merge is not None:
        return "What both sides changed is decided in History, Branches."
    return "What is in the way is shown in History, Branches." if state.past.plan else ""


def fault(url: str, first: str, again: str, *, encrypt: bool) -> str:
    """Why a remote cannot be added like that, as a sentence; empty where it can."""
    if not url.strip():
        return "Say where it is: a folder, or an address as gs://bucket/prefix."
    from audobon.panel.remotes import passphrase_fault

    return passphrase_fault(first, again) if encrypt else ""
