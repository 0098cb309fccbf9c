# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page for duplicates and lost files shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.tidy import View
    from audobon.session import State

__all__ = ["looking", "view"]


def looking(state: State) -> bool:
    """Whether it is looked for duplicates just now, so that what is shown may be old."""
    from audobon.panel import tidy

    return tidy.looking(state)


def view(state: State) -> View:
    """All of it."""
    from audobon.panel import tidy

    return tidy.view(state)
