# SPDX-License-Identifier: GPL-3.0-or-later
"""From the docker's fields to a question, and from its answers to a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.asset import Asset
    from audobon.panel.pages import Pages
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = [
    "LIMIT",
    "ORDERS",
    "RATINGS",
    "engine_lacks",
    "key",
    "pages",
    "rate",
    "row_of",
    "search",
    "tag",
    "untag",
]

LIMIT = 60
"""Assets of a page: more than are on the screen of a docker at once."""
ORDERS = (
    ("Best match", None),
    ("Name", "name"),
    ("Newest", "-added"),
    ("Rating", "-rating"),
    ("Size", "-size"),
)

RATINGS = frozenset("012345")
"""The keys that rate."""

_LACKING = (50, 51, 60, 61)
# No engine, an engine without decoders, or one that ended: Qt can still read the file.


def search(
    session: Session, *, text: str, kind: str, tag: str, rating: int, sort: str | None
) -> None:
    """Ask for what the fields say; returns at once. An empty ``kind`` or ``tag`` is any."""
    from audobon.session import Wanted

    session.search(Wanted(text=text, kind=kind, tag=tag, rating=rating, sort=sort, limit=LIMIT))


def pages() -> Pages:
    """A list for what is found."""
    from audobon.panel.pages import Pages

    return Pages()


def key(asset: Asset) -> str:
    """Names the picture of an asset as its file is now."""
    from audobon.session.pictures import picture_key

    return picture_key(asset, 256)


def engine_lacks(found: object) -> bool:
    """Whether a preview is missing because nobody is there who could decode it."""
    return getattr(found, "code", None) in _LACKING


def row_of(rows: Pages, ident: str) -> int | None:
    """Where an asset stands in the list, None when it is not there."""
    return next((row for row, asset in enumerate(rows.rows) if asset.id == ident), None)


def rate(session: Session, assets: Sequence[Asset], stars: int) -> None:
    """Give these assets so many stars, as one undoable change."""
    idents = [asset.id for asset in assets]

    def work(library: Library, _report: Report) -> None:
        library.edit(idents, rating=stars)

    session.do("Rating", work)


def tag(session: Session, assets: Sequence[Asset], typed: str) -> bool:
    """Give these assets the tags that were typed, as one undoable change; False for no tags."""
    from audobon.panel.words import tags_of

    tags, idents = tags_of(typed), [asset.id for asset in assets]
    if not tags or not idents:
        return False

    def work(library: Library, _report: Report) -> str:
        library.edit(idents, add_tags=tags, label=f"tag {', '.join(tags)}")
        return f"{len(idents):,} tagged {', '.join(tags)}"

    session.do("Tagging", work)
    return True


def untag(session: Session, assets: Sequence[Asset], name: str) -> None:
    """Take a tag from these assets, as one undoable change."""
    idents = [asset.id for asset in assets]

    def work(library: Library, _report: Report) -> None:
        library.edit(idents, remove_tags=[name])

    session.do("Tagging", work)
