"""Pictures that are nearly the same, and why they are held to be."""

from __future__ import annotations

from attrs import frozen

from audobon.model.asset import Asset

__all__ = ["Best", "NearDuplicates", "NearGroup", "NearPair"]


@frozen(slots=True)
class NearPair:
    """Two pictures that are nearly the same, by the ids of their assets.

    ``signs`` of 256 differ between their imprints, and ``color`` is the mean
    difference of their colours, 0 to 1. ``tone`` says how alike light and dark lie in
    them, 1 at most. ``likeness`` is that of their
    embeddings (1 is the same), None where one of them is not known. ``turned``
    says how one lies to the other, empty for the same way; ``cut`` how much of
    the width and height one of them lacks. ``why`` is all of it in a sentence.
    """

    one: str
    other: str
    signs: int
    color: float
    tone: float
    likeness: float | None
    turned: str
    cut: float
    why: str


@frozen(slots=True)
class Best:
    """The asset of a group that is worth keeping, and for what reason."""

    asset: Asset
    why: str


@frozen(slots=True)
class NearGroup:
    """Pictures that are nearly the same, one for each content, the one worth keeping first.

    Every one is in one of ``pairs`` at least; two of them need not be near each other.
    """

    assets: tuple[Asset, ...]
    pairs: tuple[NearPair, ...]
    best: Best


@frozen(slots=True)
class NearDuplicates:
    """Groups of pictures that are nearly the same, the nearest first.

    ``unseen`` pictures were not looked at yet: somebody does it in the background.
    ``plain`` ones have too little in them to be told from others. ``rule`` says in words what
    counts as near.
    """

    groups: tuple[NearGroup, ...] = ()
    unseen: int = 0
    plain: int = 0
    rule: str = ""
