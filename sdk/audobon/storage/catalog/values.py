"""What goes into the catalog and what comes out, where the model has no word for it."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from audobon.model.asset import Asset

__all__ = [
    "CatalogInfo",
    "FeedRow",
    "SavedSet",
    "TagInfo",
    "Use",
    "UseCount",
]


@frozen(slots=True)
class FeedRow:
    """One asset as the search index needs it; ``asset`` is None once it is removed.

    ``tags`` are its tags and all their ancestors, ``tag_words`` its own tags
    and their aliases, each name once. ``swatches`` are the colours of its
    picture as ``codec.colors`` packs them, None where nobody has looked. ``bundle``
    is lead or part for one of several files that are one thing, ``parts`` are
    the names that a lead stands for. ``seq`` is that of its last change, or of
    when these were learnt.
    """

    seq: int
    key: int
    asset: Asset | None
    tags: tuple[str, ...] = ()
    tag_words: tuple[str, ...] = ()
    swatches: bytes | None = None
    bundle: str = ""
    parts: tuple[str, ...] = ()


@frozen(slots=True)
class TagInfo:
    """A tag. ``count`` is the number of assets that have it itself, removed ones left out."""

    name: str
    parent: str | None
    aliases: tuple[str, ...]
    count: int


@frozen(slots=True)
class CatalogInfo:
    """A catalog by its full path. ``count`` is what lies in it itself, ``total`` in its subtree."""

    path: str
    count: int
    total: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str | None:
        return self.path.rpartition("/")[0] or None


@frozen(slots=True)
class Use:
    """One use of an asset: what was done (``link``, ``append``, ``open``, ...), by which host."""

    kind: str
    host: str
    at: datetime


@frozen(slots=True)
class UseCount:
    """How often something was used, and when last; ``ident`` is the id where it is an asset."""

    name: str
    count: int
    last: datetime
    ident: str = ""


@frozen(slots=True)
class SavedSet:
    """A saved query."""

    name: str
    query: str
