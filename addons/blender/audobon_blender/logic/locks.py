# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel of locks shows and remembers. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.panel.locks import LockView, break_lines, idents
    from audobon.session import State
    from audobon.session.locked import LockSeen

__all__ = ["ROWS", "Page", "break_lines", "idents", "meant"]

ROWS = 30
"""More are not drawn: each is some buttons, at every redraw."""


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import locks

    return getattr(locks, name)


def meant(state: State) -> str:
    """How that is said beside the buttons; empty where nothing is selected or chosen."""
    from audobon.panel.locks import SEVERAL

    count = state.selection.count
    if count >= SEVERAL:
        return f"{count:,} assets are selected"
    if state.chosen is not None:
        return state.chosen.asset.name
    return "1 asset is selected" if count else ""


class Page:
    """The list, and the lock of which somebody is asked whether it is to be broken."""

    def __init__(self) -> None:
        self._asked: LockSeen | None = None
        self._seen: object = None
        self._view: LockView | None = None

    def view(self, state: State) -> LockView:
        """All locks in words; made anew only when something of them is another."""
        seen = (state.locks, state.past.holding)
        if self._view is None or seen != self._seen:
            from audobon.panel import locks

            self._seen, self._view = seen, locks.view(state)
        return self._view

    def ask(self, state: State, ident: str) -> None:
        """Somebody would break the lock on this asset; none where it is gone."""
        self._asked = state.locks.lock(ident)

    def asked(self, state: State) -> LockSeen | None:
        """The one to ask about, as long as it is as it was when they clicked."""
        asked = self._asked
        same = asked is not None and state.locks.lock(asked.ident) == asked
        return asked if same else None

    def leave(self) -> None:
        """Nothing is asked any more."""
        self._asked = None
