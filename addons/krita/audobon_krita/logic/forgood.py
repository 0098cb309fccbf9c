# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of assets that are removed for good. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.purging import View
    from audobon.session import State

__all__ = ["SIGNS", "fits", "text", "view", "working"]

SIGNS = {"goes": "✗", "uses": "↻", "stays": "•", "away": "⚠", "proof": "✓", "trace": "⚠"}
"""What stands before a line, by what it is."""


def view(state: State) -> View:
    """What is planned or was done, in words."""
    from audobon.panel import purging

    return purging.view(state)


def text(shown: View) -> str:
    """All lines of it."""
    return "\n".join(f"{SIGNS[line.kind]} {line.text}" for line in shown.lines)


def fits(state: State, typed: str) -> bool:
    """Whether what has to be typed was typed."""
    from audobon.panel import purging

    return purging.fits(state.purging, typed)


def working(state: State) -> bool:
    """Whether it is at work just now."""
    from audobon.panel import purging

    return purging.working(state)
