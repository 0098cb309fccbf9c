"""Versions of what was taught, made comparable: one row of facts each."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

__all__ = ["HEAD_STATES", "Cut", "HeadRun", "Rival", "Tried"]

Bounds = tuple[float, float]

HEAD_STATES = ("in use", "earlier", "refused", "taken in")
"""What a version is: the one that suggests, one that did or may again, one that was not better
than what it has to beat, one that was learnt in another library and is not in use."""


@frozen(slots=True)
class Rival:
    """Who was compared on the same held-out examples; ``ahead`` is how much the version is
    better by F1, at least and at most, None where nobody has told."""

    name: str
    f1: float
    f1_within: Bounds
    ahead: Bounds | None


@frozen(slots=True)
class Tried:
    """A penalty that was tried on the way, with its log loss and F1 on parts held out."""

    penalty: float
    loss: float
    f1: float


@frozen(slots=True)
class Cut:
    """What held-out examples say of suggestions from ``score`` on: how many of those are right,
    and how many of the pictures that have the tag are among them. Intervals are of 95 %."""

    score: float
    precision: float
    precision_within: Bounds
    recall: float
    recall_within: Bounds


@frozen(slots=True)
class HeadRun:
    """One version of a tag: what it was learnt from, what it is worth, and what it took.

    ``state`` is one of :data:`HEAD_STATES`, ``refused`` why it was not taken into use by itself.
    ``yes`` and ``no`` count different pictures. ``backbone`` names the network behind it.
    ``at_threshold`` is None, and ``cuts`` are empty, where its held-out examples are not known
    here. Of the promise ``asked`` is the precision, ``needed`` how many right ones without a wrong
    one prove it, and ``shown`` and ``right`` what there was. ``path`` is what was tried, from the
    strongest penalty on, with ``penalty`` the chosen one; empty for versions that were learnt
    before it was kept. ``seconds`` is what the learning took, ``took`` the whole job with looking
    at pictures, ``memory`` the bytes that its worker was seen to occupy for it beyond rest: None
    where that is not known.
    """

    tag: str
    version: int
    made: datetime
    state: str
    refused: str
    yes: int
    no: int
    backbone: str
    f1: float
    f1_within: Bounds
    ranked: float
    threshold: float
    at_threshold: Cut | None
    asked: float
    promised: bool
    shown: int
    right: int
    needed: int
    rivals: tuple[Rival, ...]
    penalty: float
    path: tuple[Tried, ...]
    cuts: tuple[Cut, ...]
    seconds: float
    took: float | None
    memory: int | None

    def rival(self, name: str) -> Rival | None:
        """Who was compared under this name."""
        return next((each for each in self.rivals if each.name == name), None)
