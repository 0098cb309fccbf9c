"""What was taught beside tags: its versions, and what it says of pictures, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from audobon.model.asset import Asset

__all__ = ["KINDS", "LIKENESS", "RATING", "PredictedRating", "PredictedRatings", "Taught"]

RATING = "rating"
"""How many stars somebody would give a picture, learnt from those that were given."""
LIKENESS = "likeness"
"""What belongs together in a library, learnt from its tags and catalogs."""
KINDS = (RATING, LIKENESS)


def _frozen_map(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class Taught:
    """One version of what was learnt; ``used`` says whether it is the one in use.

    ``what`` is one of ``KINDS``. ``refused`` is why it was not taken into use by itself, empty
    when it was. ``space`` names the features that it reads. ``card`` holds the facts: examples by
    digest, figures with their intervals, rivals.
    """

    what: str
    version: int
    made: datetime
    used: bool
    refused: str
    space: str
    card: Mapping[str, Any] = field(converter=_frozen_map, repr=False)


@frozen(slots=True)
class PredictedRating:
    """A picture and how many stars it would be given, 1 to 5, not rounded."""

    asset: Asset
    stars: float


@frozen(slots=True)
class PredictedRatings:
    """Pictures with the stars that they would be given, the most first.

    ``unseen`` are the ids of those among the asked that nobody has looked at yet:
    ``library.run("embed", unseen)`` does.
    """

    found: tuple[PredictedRating, ...] = ()
    unseen: tuple[str, ...] = ()
