"""A rectangle of a picture."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Region"]


@frozen(slots=True)
class Region:
    """``x`` and ``y`` of the upper left corner, ``width`` and ``height``.

    In pixels where ``pixels`` says so, else in fractions of the whole picture.
    """

    x: float
    y: float
    width: float
    height: float
    pixels: bool = False
