"""What a page for teaching remembers while somebody looks: pictures of a kind, page by page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from audobon.panel.teaching import view

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.teaching import Group, Picture, TeachView
    from audobon.session.state import State

__all__ = ["TeachPage"]

_SEEN_S = 2.0
# A page that is on the screen is drawn more often than that.


class TeachPage:
    """Which pictures are shown, ``size`` at once, of which version, and from which on."""

    def __init__(self, size: int = 6) -> None:
        self._size = size
        self._seen: object = None
        self._view: TeachView | None = None
        self._name = ""
        self._first = 0
        self._tag = ""
        self._version = 0
        self._drawn: float | None = None

    def look(self, tag: str) -> int:
        """The panel is being drawn for this tag; the version whose pictures are to be shown."""
        self._drawn = time.monotonic()
        if tag != self._tag:
            self._tag, self._version, self._name, self._first = tag, 0, "", 0
        return self._version

    def view(self, state: State) -> TeachView | None:
        """All of it in words, None until the tag was looked at; made anew when it is another."""
        if not state.teaching.known or state.teaching.tag != self._tag:
            return None
        computing = None if state.computing is None else state.computing.name
        seen = (state.teaching, computing)
        if self._view is None or seen != self._seen:
            self._seen, self._view = seen, view(state)
        return self._view

    def show(self, version: int) -> None:
        """Show the pictures of this version."""
        self._version, self._first = version, 0

    def open(self, name: str) -> None:
        """Show the pictures of this kind."""
        self._name, self._first = name, 0

    def step(self, state: State, by: int) -> None:
        """Show the pictures that lie so many pages on; behind the last comes the first."""
        group = self.group(state)
        count = 0 if group is None else len(group.pictures)
        pages = max(1, -(-count // self._size))
        self._first = ((self._first // self._size + by) % pages) * self._size

    def group(self, state: State) -> Group | None:
        """The pictures that are open: of the kind that was asked for, else of the first kind."""
        shown = self.view(state)
        if shown is None:
            return None
        every = (*shown.groups, *shown.examples)
        return shown.group(self._name) or (every[0] if every else None)

    def pictures(self, state: State) -> tuple[Picture, ...]:
        """Those on the page that is shown."""
        group = self.group(state)
        if group is None:
            return ()
        if self._first >= len(group.pictures):
            self._first = 0
        return group.pictures[self._first : self._first + self._size]

    def place(self, state: State) -> str:
        """Which of how many are shown; empty where all of them are."""
        group = self.group(state)
        if group is None or len(group.pictures) <= self._size:
            return ""
        last = min(self._first + self._size, len(group.pictures))
        return f"{self._first + 1} to {last} of {len(group.pictures) + group.more:,}"

    def pictured(self, state: State) -> tuple[Asset, ...]:
        """The assets whose pictures are on the screen, none while nobody sees the panel."""
        if self._drawn is None or time.monotonic() - self._drawn > _SEEN_S:
            return ()
        return tuple(one.asset for one in self.pictures(state))
