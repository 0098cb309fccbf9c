# SPDX-License-Identifier: GPL-3.0-or-later
"""The new pictures of this session, the last one first, and what the panel wants to know."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.session import Picture, Session, State

__all__ = ["Computed", "Results", "picture_of"]

_KEPT = 8


@dataclass(frozen=True)
class Computed:
    """A new image: the names of it and of its source in the open file, and its little pictures."""

    number: int
    label: str
    source: str
    result: str
    seconds: float = 0.0

    @property
    def before(self) -> str:
        """The key of the small picture of the source."""
        return f"before-{self.number}"

    @property
    def after(self) -> str:
        """The key of the small picture of the result."""
        return f"after-{self.number}"


def picture_of(name: str, **content: Any) -> Picture:
    """A picture of the host, as the session takes it."""
    from audobon.session import Picture

    return Picture(name, **content)


class Results:
    """What was made, and whether the engine is to be looked at. Main thread only.

    Panels say that they are on the screen by ``seen``; nothing is looked at
    before, because that starts a process.
    """

    def __init__(self) -> None:
        self.seen = False
        self._numbers = itertools.count(1)
        self._made: list[Computed] = []
        self._asked = ""

    @property
    def last(self) -> Computed | None:
        return self._made[0] if self._made else None

    def add(self, label: str, source: str, result: str, seconds: float) -> Computed:
        """Note a new image."""
        made = Computed(next(self._numbers), label, source, result, seconds)
        self._made = [made, *self._made][:_KEPT]
        return made

    def pump(self, session: Session, state: State) -> None:
        """Have the engine looked at once for each library, when somebody sees the panel."""
        if state.phase != "open":
            self._asked = ""
        elif self.seen and state.tools is None and self._asked != state.path:
            self._asked = state.path
            session.look_at_tools()
            session.count_suggestions()
