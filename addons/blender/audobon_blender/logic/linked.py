# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of the files that the chosen asset uses, and of who uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.linked import Part
    from audobon.session.state import State

__all__ = ["note", "parts"]


def parts(state: State) -> tuple[Part, ...]:
    """Who uses it and what it uses; empty for as long as nobody has looked."""
    if state.linked is None:
        return ()
    from audobon.panel import linked

    return linked.parts(state)


def note(state: State) -> str:
    """What could not be told."""
    if state.linked is None:
        return ""
    from audobon.panel import linked

    return linked.note(state.linked.links)
