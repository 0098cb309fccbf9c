# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of assets that are removed for good. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.purging import View
    from audobon.session import State

__all__ = ["ICONS", "Page", "fits", "working"]

ICONS = {
    "goes": "TRASH",
    "uses": "LINKED",
    "stays": "PINNED",
    "away": "ERROR",
    "proof": "CHECKMARK",
    "trace": "ERROR",
}
"""What stands before a line, by what it is."""


def fits(state: State, typed: str) -> bool:
    """Whether what has to be typed was typed."""
    from audobon.panel import purging

    return purging.fits(state.purging, typed)


def working(state: State) -> bool:
    """Whether it is at work just now."""
    from audobon.panel import purging

    return purging.working(state)


class Page:
    """What is planned or was done, in words; made anew only when that is another."""

    def __init__(self) -> None:
        self._seen: object = None
        self._view: View | None = None

    def view(self, state: State) -> View:
        """All of it."""
        if self._view is None or state.purging is not self._seen:
            from audobon.panel import purging

            self._seen, self._view = state.purging, purging.view(state)
        return self._view
