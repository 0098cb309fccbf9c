# SPDX-License-Identifier: GPL-3.0-or-later
"""From the docker's fields to a question, and from its answers to a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.ahead import Ahead
    from audobon.panel.pages import Pages
    from audobon.session import Session, State
    from audobon.session.views import View

__all__ = [
    "CLOSER",
    "LIMIT",
    "ORDERS",
    "ahead",
    "engine_lacks",
    "key",
    "kinds",
    "pages",
    "row_of",
    "search",
    "views",
]

LIMIT = 60
"""Assets of a page: more than are on the screen of a docker at once."""
CLOSER = 512
"""The size in pixels of the large picture of the asset under the mouse."""
ORDERS = (
    ("Best first", None),
    ("Name", "name"),
    ("Newest", "-added"),
    ("Changed", "-updated"),
    ("Rating", "-rating"),
    ("Recently used", "-last_used"),
    ("Most used", "-used"),
    ("Largest", "-size"),
)

_LACKING = (50, 51, 60, 61)
# No engine, an engine without decoders, or one that ended: Qt can still read the file.


def search(
    session: Session,
    *,
    text: str,
    kind: str = "",
    tag: str = "",
    catalog: str = "",
    rating: int = 0,
    sort: str | None = None,
    bundled: bool = False,
) -> None:
    """Ask for what the fields say; returns at once. An empty filter lets everything pass.

    With ``bundled`` files that are one thing are shown as one.
    """
    from audobon.session import Wanted

    session.search(Wanted(text, kind, tag, catalog, rating, sort, LIMIT, bundled=bundled))


def views() -> tuple[View, ...]:
    """Ways to look at the library that need no typing."""
    from audobon.session.views import VIEWS

    return VIEWS


def kinds(state: State, before: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """Kinds with how many are found of each; as ``before`` while one is chosen.

    The counts are of what is found, so the others would seem to be gone.
    """
    if state.found.wanted.kind or state.found.problem is not None:
        return before
    return tuple((one.value, one.count) for one in state.found.kinds)


def ahead() -> Ahead:
    """What tells which rows are seen next."""
    from audobon.panel.ahead import Ahead

    return Ahead()


def pages() -> Pages:
    """A list for what is found."""
    from audobon.panel.pages import Pages

    return Pages()


def key(asset: Asset, size: int = 256) -> str:
    """Names the picture of an asset as its file is now."""
    from audobon.session.pictures import picture_key

    return picture_key(asset, size)


def engine_lacks(found: object) -> bool:
    """Whether a preview is missing because nobody is there who could decode it."""
    return getattr(found, "code", None) in _LACKING


def row_of(rows: Pages, ident: str) -> int | None:
    """Where an asset stands in the list, None when it is not there."""
    return next((row for row, asset in enumerate(rows.rows) if asset.id == ident), None)
