"""A decoded picture, as a graphics card takes it."""

from __future__ import annotations

from attrs import field, frozen

__all__ = ["Decoded"]


@frozen(slots=True, eq=False)
class Decoded:
    """RGBA as 32-bit floats from 0 to 1 in this machine's byte order, rows from the bottom up.

    sRGB encoded as it is shown, with straight alpha; ``len(data)`` is ``width * height * 16``.
    """

    width: int
    height: int
    data: bytes = field(repr=False)
