"""What was taught of a tag: the versions of its head, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from audobon.model.asset import Asset
from audobon.model.usual import TARGET

__all__ = ["DOUBT", "IMPORTED", "TARGET", "Example", "Judged", "TaughtHead"]
__all__ += ["doubtful", "mistakes", "surest"]

IMPORTED = "it was learnt in another library, on pictures that are not known here"
"""Why a version that was taken in from a file is not in use by itself."""

DOUBT = 0.3
"""From an even chance; what lies beyond is told rightly or a mistake, and no doubtful picture."""


def _frozen_map(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class TaughtHead:
    """One version of what was learnt of a tag; ``used`` says whether it is the one in use.

    ``refused`` is why it was not taken into use by itself, empty when it was. ``component`` is
    the name under which its suggestions stand, the same for all versions. ``precision`` is
    the one that was asked for, ``promised`` whether that can be kept, ``threshold`` the lowest
    score that is shown before anything is decided. ``space`` names the features that it reads.
    ``card`` holds the facts: examples by digest, figures with their intervals, rivals.
    """

    tag: str
    version: int
    made: datetime
    used: bool
    refused: str
    component: str
    precision: float
    promised: bool
    threshold: float
    space: str
    card: Mapping[str, Any] = field(converter=_frozen_map, repr=False)


@frozen(slots=True)
class Example:
    """A picture that a lesson would learn from now, and what it would take it for.

    ``source`` is why: "marked", "reviewed", "tagged", or "taught" for one of the version in use.
    """

    asset: Asset
    yes: bool
    source: str


@frozen(slots=True)
class Judged:
    """An example that was held out: its answer, and the chance of yes that it got unseen."""

    asset: Asset
    yes: bool
    score: float

    @property
    def wrong(self) -> bool:
        """Whether what was learnt of the others says the opposite."""
        return (self.score >= 0.5) != self.yes


def surest(judged: Iterable[Judged]) -> list[Judged]:
    """Those that have the tag, the surest first."""
    return sorted((one for one in judged if one.yes), key=lambda one: -one.score)


def doubtful(judged: Iterable[Judged]) -> list[Judged]:
    """All of them, the most doubtful first."""
    return sorted(judged, key=_doubt)


def mistakes(judged: Iterable[Judged]) -> list[Judged]:
    """Those that are judged otherwise than they are marked, the surest first."""
    return sorted((one for one in judged if one.wrong), key=_doubt, reverse=True)


def _doubt(one: Judged) -> float:
    return abs(one.score - 0.5)
