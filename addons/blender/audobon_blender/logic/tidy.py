# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel for duplicates and lost files shows. To be called once there is a session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.relinking import Proposal
    from audobon.panel.tidy import Case, View
    from audobon.session import State

__all__ = ["PICTURES", "PROPOSALS", "Page", "looking", "proposal_text"]

PICTURES = 4
"""Of a group of more the others are told by name."""
PROPOSALS = 3
"""At once; the others come as these are decided."""
_SEEN_S = 2.0
# A panel that is on the screen is drawn more often than that.


def looking(state: State) -> bool:
    """Whether it is looked for duplicates just now, so that what is shown may be old."""
    from audobon.panel import tidy

    return tidy.looking(state)


def proposal_text(one: Proposal) -> str:
    """What is proposed, how sure, and why."""
    from audobon.panel import tidy

    return tidy.proposal_text(one)


class Page:
    """Which group of duplicates is shown, and which of it is kept."""

    def __init__(self) -> None:
        self._tidy: object = None
        self._view: View | None = None
        self._at = 0
        self._keep = ""
        self._drawn: float | None = None

    def view(self, state: State) -> View:
        """What was found; made anew only when that is another."""
        if self._view is None or state.tidy is not self._tidy:
            from audobon.panel import tidy

            self._tidy, self._view = state.tidy, tidy.view(state)
            self._at = min(self._at, max(0, len(self._view.cases) - 1))
        return self._view

    @property
    def place(self) -> int:
        """Which of the cases is shown, counted from 0."""
        return self._at

    def case(self, state: State) -> Case | None:
        """The group that is shown."""
        cases = self.view(state).cases
        return cases[self._at] if cases else None

    def step(self, state: State, by: int) -> None:
        """Show another group; behind the last comes the first."""
        self._at = (self._at + by) % max(1, len(self.view(state).cases))
        self._keep = ""

    def keep(self, ident: str) -> None:
        """Let this one be kept, instead of the one that is worth it."""
        self._keep = ident

    def kept(self, case: Case) -> str:
        """The id of the one that is kept: as somebody said, else the first."""
        ids = [asset.id for asset in case.assets]
        return self._keep if self._keep in ids else ids[0]

    def look(self) -> None:
        """The panel is being drawn."""
        self._drawn = time.monotonic()

    def pictured(self, state: State) -> tuple[Asset, ...]:
        """The assets whose pictures are on the screen, none while nobody sees the panel."""
        if self._drawn is None or time.monotonic() - self._drawn > _SEEN_S:
            return ()
        case, lost = self.case(state), self.view(state).proposals[:PROPOSALS]
        shown = () if case is None else case.assets[:PICTURES]
        twins = (one.twin for one in lost if one.twin is not None)
        return (*shown, *(one.asset for one in lost), *twins)
