# SPDX-License-Identifier: GPL-3.0-or-later
"""From the fields of a panel to a question for the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session import Session

__all__ = ["ANY", "BEST", "search"]

ANY = "any"
"""The kind that lets every kind pass; a host's menus want no empty values."""
BEST = "best"
"""The order by how well words fit, newest first without words."""


def search(
    session: Session,
    *,
    text: str,
    kind: str,
    tag: str,
    catalog: str,
    rating: int,
    sort: str,
    limit: int,
) -> None:
    """Ask for what the fields say; returns at once."""
    from audobon.session import Wanted

    session.search(
        Wanted(
            text=text,
            kind="" if kind == ANY else kind,
            tag=tag,
            catalog=catalog,
            rating=rating,
            sort=None if sort == BEST else sort,
            limit=limit,
        )
    )
