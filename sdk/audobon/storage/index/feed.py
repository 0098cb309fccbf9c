"""What goes into the search index and what comes out, as inert values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from audobon.model.query import FacetCount

__all__ = ["Document", "Feed", "FeedRow", "Found", "FoundHit", "Page", "page_of"]


@frozen(slots=True, kw_only=True)
class Document:
    """One asset as the index sees it.

    ``key`` identifies it and is positive; ``seq`` is the clock's value of its
    last change. ``path`` is relative to ``root`` with ``/`` between parts.
    ``tags`` holds its tags with all their ancestors (what ``tag:`` finds),
    ``words`` the texts of its own tags and their aliases (what plain words
    find). ``catalogs`` holds every ancestor path of ``catalog``, itself
    included. ``width`` and ``height`` are pixels, ``size`` bytes. Times are
    microseconds since 1970 UTC; ``last_used`` is 0 for never. ``attributes``
    is their searchable text, ``swatches`` are the colours of its
    picture as ``codec.colors`` packs them, None where nobody has looked yet.
    ``minor`` is a map of a material other than its colour: among equals it comes
    later. ``seen`` is what is written in its picture. ``bundle`` is lead or part
    for one of several files that are one thing, ``parts`` are the names of those
    that a lead stands for: it is found by them.
    """

    key: int
    seq: int
    name: str
    path: str
    root: str = ""
    ext: str = ""
    kind: str = "file"
    format: str = ""
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = ()
    catalog: str | None = None
    rating: int = 0
    width: int | None = None
    height: int | None = None
    size: int = 0
    added: int = 0
    updated: int = 0
    used: int = 0
    last_used: int = 0
    note: str = ""
    text: str = ""
    seen: str = ""
    attributes: str = ""
    state: str = "present"
    swatches: bytes | None = b""
    minor: bool = False
    bundle: str = ""
    parts: tuple[str, ...] = ()


class Page(NamedTuple):
    """Documents as columns, one for each field and all of one length, so that what is done to
    thousands of them is not a call for each.

    The meaning is that of the fields of :class:`Document`; ``width`` and ``height`` are 0 for
    unknown. ``seq`` and ``catalog`` are left out, of which nothing is indexed.
    """

    key: Sequence[int] = ()
    name: Sequence[str] = ()
    path: Sequence[str] = ()
    root: Sequence[str] = ()
    ext: Sequence[str] = ()
    kind: Sequence[str] = ()
    format: Sequence[str] = ()
    tags: Sequence[tuple[str, ...]] = ()
    words: Sequence[tuple[str, ...]] = ()
    catalogs: Sequence[tuple[str, ...]] = ()
    rating: Sequence[int] = ()
    width: Sequence[int] = ()
    height: Sequence[int] = ()
    size: Sequence[int] = ()
    added: Sequence[int] = ()
    updated: Sequence[int] = ()
    used: Sequence[int] = ()
    last_used: Sequence[int] = ()
    note: Sequence[str] = ()
    text: Sequence[str] = ()
    seen: Sequence[str] = ()
    attributes: Sequence[str] = ()
    state: Sequence[str] = ()
    swatches: Sequence[bytes | None] = ()
    minor: Sequence[bool] = ()
    bundle: Sequence[str] = ()
    parts: Sequence[tuple[str, ...]] = ()


_FIELDS = attrgetter(*Page._fields)


def page_of(documents: Sequence[Document]) -> Page:
    """The same documents as columns."""
    if not documents:
        return Page()
    page = Page(*zip(*map(_FIELDS, documents), strict=True))
    return page._replace(
        width=[width or 0 for width in page.width], height=[height or 0 for height in page.height]
    )


FeedRow = tuple[int, int, Document | None]
"""``(seq, key, document)``; None for an asset that is removed."""


class Feed(Protocol):
    """The truth that the index is derived from.

    Guarantees: ``clock`` never falls (unless an older state was restored;
    then the index rebuilds itself). A change is visible in ``rows`` before
    ``clock`` reaches its seq. Both see what other processes committed.
    """

    def clock(self) -> int:
        """The highest seq given out so far; 0 for an empty library."""
        ...

    def rows(self, since: int, limit: int) -> Sequence[FeedRow]:
        """The next about ``limit`` rows with ``seq > since``, by rising seq.

        Each key is there once, in its newest state. Rows that share a seq are
        never split over two calls, so the last seq is a safe place to go on
        from. Empty when there are no more.
        """
        ...

    def whole(self, after: int, limit: int) -> Page:
        """The next about ``limit`` documents with ``key > after``, by rising key.

        What is changed between two calls may be met as it was or as it is: it
        has a seq above the ``clock`` of before the first. Empty when there are
        no more.
        """
        ...


@frozen(slots=True)
class FoundHit:
    """``why`` names where the words matched: name, tag, path, note, text; and color."""

    key: int
    score: float
    why: tuple[str, ...] = ()


def _frozen_facets(
    value: Mapping[str, tuple[FacetCount, ...]],
) -> Mapping[str, tuple[FacetCount, ...]]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class Found:
    """One page of keys; the meaning of the fields is that of ``audobon.model.query.Page``."""

    hits: tuple[FoundHit, ...]
    total: int
    next: str | None = None
    facets: Mapping[str, tuple[FacetCount, ...]] = field(factory=dict, converter=_frozen_facets)
    notes: tuple[str, ...] = ()
