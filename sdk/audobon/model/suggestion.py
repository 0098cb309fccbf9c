"""Suggested tags, and what people said about them in general."""

from __future__ import annotations

from attrs import frozen

from audobon.model.asset import Asset

__all__ = ["RULES", "VERDICTS", "Decision", "Suggestion", "TagRule"]

RULES = ("always", "never")
"""Accept suggestions of a tag without asking; show none of them anywhere."""

VERDICTS = ("accepted", "rejected")
"""What people say to a suggestion."""


@frozen(slots=True)
class Decision:
    """What somebody said to a suggested tag of an asset; ``verdict`` is accepted or rejected.

    ``component`` proposed it with ``score``: nobody and None where it was not proposed.
    """

    tag: str
    verdict: str
    component: str = ""
    score: float | None = None


@frozen(slots=True)
class Suggestion:
    """A tag that a component proposes for an asset; the asset does not have it.

    ``score`` is the component's own, from 0 to 1. ``threshold`` is the lowest
    score at which this tag is shown: it follows what was accepted and rejected.
    """

    asset: Asset
    tag: str
    score: float
    threshold: float
    component: str
    version: str


@frozen(slots=True)
class TagRule:
    """What is done with every suggestion of a tag: ``rule`` is always or never."""

    tag: str
    rule: str
