"""Tags, catalogs, sets and marks as they go from one library to another."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

__all__ = ["MarkedAsset", "TagWord", "TakenWords", "Words"]


@frozen(slots=True)
class TagWord:
    """A tag, the tag above it, and other words for it."""

    name: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()


@frozen(slots=True)
class MarkedAsset:
    """What an asset was marked with, and by what it is known again in another library.

    ``digest`` is the sha256 of its bytes, empty where they were never read as
    a whole; ``partial`` is of samples of them, in hex, and counts together with ``size``.
    """

    path: str
    size: int
    digest: str = ""
    partial: str = ""
    tags: tuple[str, ...] = ()
    rating: int = 0


@frozen(slots=True)
class Words:
    """Everything of one file. ``library`` is the name of the one it came from."""

    library: str = ""
    tags: tuple[TagWord, ...] = ()
    catalogs: tuple[str, ...] = ()
    sets: Mapping[str, str] = {}
    assets: tuple[MarkedAsset, ...] = ()


@frozen(slots=True)
class TakenWords:
    """What came in: names of new tags, catalogs and sets, and how many assets were marked.

    ``change`` is the number of the one change that undo takes back, None
    where everything was there. ``unknown`` are paths of assets that this library does
    not have. ``kept`` says in a sentence each what was not taken, because this library has it
    otherwise.
    """

    change: int | None = None
    tags: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    assets: int = 0
    unknown: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
