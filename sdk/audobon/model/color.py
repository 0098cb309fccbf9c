"""Colours of pictures."""

from __future__ import annotations

from attrs import frozen

__all__ = ["COLORED", "Swatch"]

COLORED = ("image", "document", "blend", "vector")
"""Kinds of assets whose pictures have colours of their own, not those that we draw with."""


@frozen(slots=True)
class Swatch:
    """One colour of a picture: sRGB of 8 bits a channel, and the share of what is seen, 0 to 1."""

    rgb: tuple[int, int, int]
    share: float

    @property
    def color(self) -> str:
        """``#rrggbb``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)
