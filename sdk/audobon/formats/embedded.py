"""A picture that a file carries inside."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Embedded"]


@frozen(slots=True)
class Embedded:
    """The bytes of a picture stored in a file.

    ``media_type`` is ``image/png`` or ``image/jpeg`` (``data`` is such a file)
    or ``raw/rgba8``: rows from top to bottom, four bytes a pixel, straight
    alpha, sRGB. ``width`` and ``height`` are in pixels.
    """

    data: bytes
    media_type: str
    width: int
    height: int
