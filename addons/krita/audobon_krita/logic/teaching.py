# SPDX-License-Identifier: GPL-3.0-or-later
"""What the part that teaches tags shows and asks for. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .making import Operation

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.taughtpage import TeachPage
    from audobon.session import Session, State

__all__ = ["PICTURES", "PRECISIONS", "TEACH", "key", "known", "mark", "meant", "new_page"]

TEACH = Operation("embed", "Teaching", "A tag from examples", gives="tag", strength="")
"""Not among what can be made: it gives suggestions."""
PICTURES = 6
"""At once: two rows in a docker of the usual width."""
PRECISIONS = (60, 70, 80, 90, 95)
_SEVERAL = 2


def new_page() -> TeachPage:
    """What is remembered while somebody looks."""
    from audobon.panel.taughtpage import TeachPage

    return TeachPage(PICTURES)


def known(state: State) -> tuple[str, ...]:
    """Tags to choose from: those that are taught, then all others."""
    return tuple(dict((*state.teaching.tags, *state.tags)))


def key(asset: Asset) -> str:
    """Names the picture of an asset as its file is now."""
    return f"{asset.id}-{asset.size}-{asset.mtime_ns}"


def meant(state: State) -> str:
    """What a click on Yes or No is about; empty where nothing is selected or chosen."""
    count = state.selection.count
    if count >= _SEVERAL:
        return f"{count:,} assets are selected in Assets"
    if state.chosen is not None:
        return f"{state.chosen.asset.name} is chosen in Assets"
    return "1 asset is selected in Assets" if count else ""


def mark(session: Session, tag: str, answer: bool | None, ident: str = "") -> None:
    """Mark one picture, or all that is meant."""
    state = session.state
    idents: tuple[str, ...] = (ident,) if ident else tuple(session.selection.ids)
    if not ident and state.chosen is not None and state.selection.count < _SEVERAL:
        idents = (state.chosen.asset.id,)
    if idents:
        session.teaching.mark(tag, idents, answer)
