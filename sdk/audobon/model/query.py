"""A query as a tree, and a page of what it found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from audobon.model.asset import Asset

__all__ = [
    "FACETS",
    "SORTS",
    "And",
    "Compare",
    "Everything",
    "FacetCount",
    "Hit",
    "Keys",
    "Node",
    "Not",
    "Or",
    "Page",
    "Phrase",
    "Signal",
    "Term",
    "Word",
]

SORTS = (
    *("relevance", "added", "updated", "name", "rating", "size", "used", "last_used"),
    *("width", "height"),
)
"""Sort keys; a leading ``-`` turns the order round. Default: relevance, or -added without words."""

FACETS = ("kind", "tag", "catalog", "ext", "rating", "format")
"""Fields that can be counted over all matches."""


@frozen(slots=True)
class Everything:
    """The empty query: every asset that is not removed."""


@frozen(slots=True)
class Word:
    """A bare word; ``prefix`` when it ends in ``*`` or is still being typed."""

    text: str
    prefix: bool = False
    position: int = 0


@frozen(slots=True)
class Phrase:
    """Words in this order, next to each other."""

    text: str
    position: int = 0


@frozen(slots=True)
class Term:
    """``field:value`` on a text field: tag, kind, in, name, path, ext, state, format, note, branch.

    ``branch``, ``uses``, ``usedby`` and ``lacks`` are no fields of the index: a service puts
    :class:`Keys` in their place.
    """

    field: str
    value: str
    prefix: bool = False
    position: int = 0


@frozen(slots=True)
class Keys:
    """Exactly the assets of these keys, in the place of ``source``, a part of a query."""

    keys: tuple[int, ...]
    source: str = ""


@frozen(slots=True)
class Compare:
    """``field:<op><number>`` on a numeric field; ``op`` is one of ``= < <= > >=``.

    Values are in base units: bytes, pixels, stars, uses. For ``added``,
    ``updated`` and ``unused`` the value is an age in seconds before now;
    with ``absolute`` it is a moment in seconds since 1970 (UTC) instead.
    """

    field: str
    op: str
    value: float
    position: int = 0
    absolute: bool = False


@frozen(slots=True)
class Signal:
    """``like:``, ``color:`` or ``meaning:`` with its value, to be ranked by nearness."""

    kind: str
    value: str
    position: int = 0


@frozen(slots=True)
class And:
    parts: tuple[Node, ...]


@frozen(slots=True)
class Or:
    parts: tuple[Node, ...]


@frozen(slots=True)
class Not:
    part: Node


Node = Everything | Word | Phrase | Term | Keys | Compare | Signal | And | Or | Not


@frozen(slots=True)
class Hit:
    """One found asset. ``score`` only orders hits of one query; ``why`` names what matched."""

    asset: Asset
    score: float
    why: tuple[str, ...] = ()


@frozen(slots=True)
class FacetCount:
    value: str
    count: int


def _frozen_facets(
    value: Mapping[str, tuple[FacetCount, ...]],
) -> Mapping[str, tuple[FacetCount, ...]]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class Page:
    """One page of hits. ``next`` is passed as ``after`` for the following page, None at the end.

    ``total`` counts all matches, ``facets`` maps each asked field to its
    values by falling count. ``notes`` say in words what was off or corrected
    (a misspelt word, a signal that needs an extra).
    """

    hits: tuple[Hit, ...]
    total: int
    next: str | None = None
    facets: Mapping[str, tuple[FacetCount, ...]] = field(factory=dict, converter=_frozen_facets)
    notes: tuple[str, ...] = ()
