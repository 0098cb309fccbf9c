# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel of keys shows. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.keys import Row, View
    from audobon.session import State

__all__ = ["Page", "fault", "home", "row_of", "text"]


def text(name: str) -> str:
    """A sentence of ``audobon.panel.keys`` by its name, as RENEWS."""
    from audobon.panel import keys

    return str(getattr(keys, name))


def home() -> str:
    """What the library itself is called, where its recovery key is shown."""
    return text("HOME")


def fault(first: str, again: str, *, name: str | None = None, row: Row | None = None) -> str:
    """Why a new passphrase, and its ``name`` where it gets one, cannot be taken; else empty."""
    from audobon.panel import keys, remotes

    wrong = ""
    if name is not None:
        wrong = keys.name_fault(name, () if row is None else row.names)
    return wrong or remotes.passphrase_fault(first, again)


def row_of(view: View, place: str) -> Row | None:
    """The place of this address, or of the remote of this name."""
    return next((row for row in view.rows if place in (row.url, row.title)), None)


class Page:
    """What is known of encrypted places, in words; made anew only when that is another."""

    def __init__(self) -> None:
        self._seen: object = None
        self._view: View | None = None

    def view(self, state: State) -> View:
        """All of it."""
        if self._view is None or state.keys is not self._seen:
            from audobon.panel import keys

            self._seen, self._view = state.keys, keys.view(state)
        return self._view
