"""Ways to look at a library that need no typing, and the tag of favourites."""

from __future__ import annotations

from attrs import frozen

__all__ = ["FAVOURITE", "VIEWS", "View"]

FAVOURITE = "favourite"
"""A tag like any other: searched, undone, committed and merged as tags are, in every host alike."""


@frozen(slots=True)
class View:
    """A query and an order under a name; ``label`` is what a button says."""

    name: str
    label: str
    query: str = ""
    sort: str | None = None


VIEWS = (
    View("all", "Everything"),
    View("favourites", "Favourites", f"tag:{FAVOURITE}"),
    View("used", "Recently used", "-unused:>30d", "-last_used"),
    View("added", "Recently added", "added:<30d", "-added"),
    View("unrated", "Without stars", "rating:0", "-added"),
    View("missing", "Missing files", "state:missing", "name"),
)
