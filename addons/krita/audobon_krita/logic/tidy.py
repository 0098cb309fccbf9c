# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page for duplicates and lost files shows of a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from audobon.model.relinking import Proposal
    from audobon.panel.tidy import Case
    from audobon.session import State

__all__ = ["View", "view"]


class View(NamedTuple):
    """Groups of duplicates, a sentence where there are none, and the first proposal in words."""

    cases: tuple[Case, ...] = ()
    nothing: str = ""
    proposals: tuple[Proposal, ...] = ()
    lost: str = ""


def view(state: State) -> View:
    """All of it."""
    from audobon.panel import tidy

    found = state.tidy
    proposals = found.proposals or ()
    lost = ""
    if proposals:
        lost = tidy.proposal_text(proposals[0])
    elif found.proposals is not None:
        lost = f"{found.missing:,} missing, nothing is proposed."
    return View(tidy.cases(found), tidy.summary(found), proposals, lost)
