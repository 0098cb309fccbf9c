# SPDX-License-Identifier: GPL-3.0-or-later
"""From the fields of a panel to a question for the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .words import tags_of

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session
    from audobon.session.doing import Report
    from audobon.session.views import View

__all__ = ["ANY", "BEST", "search", "tag_found", "views"]

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
    branch: str = "",
    bundled: bool = False,
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
            branch=branch,
            bundled=bundled,
        )
    )


def views() -> tuple[View, ...]:
    """Ways to look at the library, once the SDK is loaded."""
    from audobon.session.views import VIEWS

    return VIEWS


def tag_found(session: Session, typed: str) -> bool:
    """Give every asset that is found now, on all pages, these tags, as one undoable change.

    False, and nothing is done, when no tag was typed.
    """
    tags, query = tags_of(typed), session.state.found.wanted.query
    if not tags:
        return False

    def work(library: Library, _report: Report) -> str:
        found = library.find_ids(query, typing=True)  # as the page was found
        if not found:
            return "Nothing is found, so nothing was tagged"
        library.edit(found, add_tags=tags, label=f"tag {', '.join(tags)}")
        return f"{len(found):,} tagged {', '.join(tags)}"

    session.do("Tagging", work)
    return True
