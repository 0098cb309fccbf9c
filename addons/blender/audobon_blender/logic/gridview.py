# SPDX-License-Identifier: GPL-3.0-or-later
"""What one large grid remembers between two drawings, and what its bar holds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .tiles import BAR, Rect, Tiles

if TYPE_CHECKING:
    from audobon.session.state import Found

    from .field import Field

__all__ = ["CARD_S", "SIZES", "GridView", "bar"]

CARD_S = 0.6
"""Until the card of the asset under the mouse comes."""
SIZES = (64, 96, 128, 176, 224)
"""Sides of pictures to choose from; a preview has 256 pixels."""
_BUTTONS = ("close", "view", "bigger", "smaller", "on", "count", "back")
_COUNT = 150


@dataclasses.dataclass
class GridView:
    """One area. ``mouse`` is where it was seen last in the region, ``since`` for how long."""

    scroll: float = 0.0
    hover: int | None = None
    mouse: tuple[float, float] = (-1.0, -1.0)
    since: float = 0.0
    card: bool = False
    drawn: bool = False
    tab: bool = False
    field: Field | None = None
    tiles: Tiles = dataclasses.field(default_factory=lambda: Tiles(1, 1, 0))
    places: dict[str, Rect] = dataclasses.field(default_factory=dict)
    _page: tuple[object, int] | None = None

    def lay_out(
        self, found: Found, width: float, height: float, *, size: float, rows: bool, scale: float
    ) -> Tiles:
        """The tiles of this page; another page or another question begins at the top."""
        page = (found.wanted, found.page)
        if page != self._page:
            self._page, self.scroll, self.hover = page, 0.0, None
        tiles = Tiles(width, height, len(found.assets), size, rows, scale)
        self.scroll = tiles.scrolled(self.scroll)
        self.tiles = dataclasses.replace(tiles, scroll=self.scroll)
        if self.hover is not None and self.hover >= len(found.assets):
            self.hover = None
        self.places = bar(width, height, self.tiles.scale)
        return self.tiles

    def move(self, x: float, y: float, now: float) -> bool:
        """The mouse has moved; whether anything is to be drawn otherwise."""
        before = (self.hover, self.card, self.over)
        self.mouse = (x, y)
        self.hover = self.tiles.at(x, y)
        if self.hover != before[0]:
            self.since, self.card = now, False
        return (self.hover, self.card, self.over) != before

    def rest(self, now: float) -> bool:
        """Whether the mouse has rested long enough by now for the card to come."""
        if self.hover is None or self.card or now - self.since < CARD_S:
            return False
        self.card = True
        return True

    @property
    def over(self) -> str:
        """The part of the bar under the mouse, or empty."""
        return next((name for name, place in self.places.items() if place.has(*self.mouse)), "")


def bar(width: float, height: float, scale: float) -> dict[str, Rect]:
    """The places of the bar above: the field to type in, then what fits from the right."""
    side, gap = (BAR - 10) * scale, 4 * scale
    y = height - (BAR - 5) * scale
    found: dict[str, Rect] = {}
    right = width - 2 * gap
    least = 160 * scale
    for name in _BUTTONS:
        wide = _COUNT * scale if name == "count" else side
        if right - wide - gap < least:
            continue
        found[name] = Rect(right - wide, y, wide, side)
        right -= wide + gap
    found["field"] = Rect(2 * gap, y, max(1.0, min(right - 2 * gap, 460 * scale)), side)
    return found
