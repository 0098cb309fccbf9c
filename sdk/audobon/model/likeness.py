"""How alike pictures look."""

from __future__ import annotations

from attrs import frozen

from audobon.model.asset import Asset

__all__ = ["Alike", "Likeness"]


@frozen(slots=True)
class Alike:
    """A picture and how alike it is to another one: 1 is the same, 0 nothing in common."""

    asset: Asset
    score: float


@frozen(slots=True)
class Likeness:
    """The pictures most alike to one, the most alike first.

    ``unseen`` are the ids of pictures that nobody has looked at yet:
    ``library.run("embed", unseen)`` does.
    """

    near: tuple[Alike, ...] = ()
    unseen: tuple[str, ...] = ()
