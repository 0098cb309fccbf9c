# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each asset of a page is drawn, which one lies under the mouse, and where a key leads.

Pixels from the lower left corner, as Blender counts them in a region.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BAR", "FOOT", "Rect", "Tiles"]

BAR = 34
FOOT = 24
"""Height of the bar above and of the line below, at a scale of 1."""
_GAP = 6
_TEXT = 22
_ROW = 26
_SIDE = 8


@dataclass(frozen=True)
class Rect:
    """A rectangle by its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    def has(self, x: float, y: float) -> bool:
        return 0 <= x - self.x < self.width and 0 <= y - self.y < self.height

    def inset(self, by: float) -> Rect:
        return Rect(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def fit(self, width: float, height: float) -> Rect:
        """The largest rectangle of these proportions in the middle of this one."""
        scale = min(self.width / max(width, 1), self.height / max(height, 1))
        w, h = width * scale, height * scale
        return Rect(self.x + (self.width - w) / 2, self.y + (self.height - h) / 2, w, h)


@dataclass(frozen=True)
class Tiles:
    """A page of ``count`` assets in a region of ``width`` times ``height`` pixels.

    ``size`` is the side of a picture at a scale of 1. With ``rows`` each asset
    has a line of its own. ``scroll`` is how many pixels have gone upwards.
    """

    width: float
    height: float
    count: int
    size: float = 128
    rows: bool = False
    scale: float = 1.0
    scroll: float = 0.0

    @property
    def columns(self) -> int:
        if self.rows:
            return 1
        room = self.width - 2 * _SIDE * self.scale
        return max(1, int(room // ((self.size + _GAP) * self.scale)))

    @property
    def _pitch(self) -> tuple[float, float]:
        """From one asset to the next, to the right and down; the width is shared out."""
        room = max(1.0, self.width - 2 * _SIDE * self.scale)
        if self.rows:
            return room, _ROW * self.scale
        return room / self.columns, (self.size + _TEXT + _GAP) * self.scale

    @property
    def top(self) -> float:
        """Where the bar begins."""
        return self.height - BAR * self.scale

    @property
    def head(self) -> float:
        """The height of the line with the names of the columns."""
        return _ROW * self.scale if self.rows else 0.0

    @property
    def room(self) -> float:
        """The height in which assets are seen."""
        return max(1.0, self.top - self.head - FOOT * self.scale)

    @property
    def lines(self) -> int:
        return -(-self.count // self.columns)

    @property
    def furthest(self) -> float:
        """How far one can scroll."""
        return max(0.0, self.lines * self._pitch[1] + 2 * _GAP * self.scale - self.room)

    def scrolled(self, scroll: float) -> float:
        """The nearest place to which one can scroll."""
        return min(max(scroll, 0.0), self.furthest)

    def rect(self, index: int) -> Rect:
        """The tile of an asset, with its name."""
        line, column = divmod(index, self.columns)
        across, down = self._pitch
        gap = _GAP * self.scale
        top = self.top - self.head - gap + self.scroll - line * down
        left = _SIDE * self.scale + column * across
        if self.rows:
            return Rect(left, top - down, across, down)
        return Rect(left + gap / 2, top - down + gap, across - gap, down - gap)

    def picture(self, index: int) -> Rect:
        """The part of the tile that holds the picture."""
        tile = self.rect(index)
        if self.rows:
            return Rect(tile.x, tile.y, tile.height, tile.height).inset(self.scale)
        text = _TEXT * self.scale
        return Rect(tile.x, tile.y + text, tile.width, tile.height - text).inset(3 * self.scale)

    def visible(self) -> range:
        """The assets that are seen at least in part."""
        down = self._pitch[1]
        first = int(max(0.0, self.scroll - _GAP * self.scale) // down)
        last = int((self.scroll + self.room) // down)
        start = min(first * self.columns, self.count)
        return range(start, min(self.count, (last + 1) * self.columns))

    def at(self, x: float, y: float) -> int | None:
        """The asset under a place, None between tiles, on the bar and on the line below."""
        if not FOOT * self.scale <= y < self.top - self.head:
            return None
        for index in self.visible():
            if self.rect(index).has(x, y):
                return index
        return None

    def step(self, index: int, way: str) -> int:
        """Where a key leads: left, right, up, down, home, end. May lie outside of the page."""
        leads = {"left": -1, "right": 1, "up": -self.columns, "down": self.columns}
        if way == "home":
            return 0
        if way == "end":
            return self.count - 1
        found = index + leads[way]
        if way == "down" and found >= self.count and index // self.columns < self.lines - 1:
            return self.count - 1  # the last line is shorter
        return found

    def reveal(self, index: int) -> float:
        """How far to scroll so that all of an asset is seen, as little as possible."""
        down = self._pitch[1]
        above = (index // self.columns) * down
        gap = _GAP * self.scale
        if above < self.scroll:
            return self.scrolled(above)
        if above + down + 2 * gap > self.scroll + self.room:
            return self.scrolled(above + down + 2 * gap - self.room)
        return self.scroll
