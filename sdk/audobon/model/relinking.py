"""What a missing file may have become."""

from __future__ import annotations

from attrs import frozen

from audobon.model.asset import Asset

__all__ = ["Evidence", "Proposal"]


@frozen(slots=True)
class Evidence:
    """One reason, ``what`` (picture, name, folder, size, pixels, fields or text), in a sentence.

    ``weight`` is what it alone says, from 0 to 1.
    """

    what: str
    weight: float
    text: str


@frozen(slots=True)
class Proposal:
    """A missing asset and a file that may be it, moved and edited. Nobody has decided that.

    ``file`` is the path. ``twin`` is the asset that the file is by now, None while it is
    none. ``score`` from 0 to 1 is how much speaks for it, and ``reasons`` are what does.
    """

    asset: Asset
    file: str
    twin: Asset | None
    score: float
    reasons: tuple[Evidence, ...]
