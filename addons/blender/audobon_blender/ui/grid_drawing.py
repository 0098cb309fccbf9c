# SPDX-License-Identifier: GPL-3.0-or-later
"""How the large grid looks: pictures or lines, the bar above, the line below, the card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import editor, kit
from ..host.canvas import Canvas, Color
from ..logic import cells, words
from ..logic.gridview import GridView
from ..logic.kept import Kept
from ..logic.shown import icon_key
from ..logic.tiles import BAR, FOOT, Rect, Tiles
from . import here

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.session import State

__all__ = ["Drawing"]

_LETTER = 7.2
_CARD = 340
_LINE = 17
_BADGES: dict[str, Color] = {
    "missing": (0.95, 0.35, 0.25, 1),
    "changed": (0.98, 0.72, 0.2, 1),
    "remote": (0.45, 0.75, 1.0, 1),
    "favourite": (0.95, 0.35, 0.5, 1),
}
_STAR: Color = (1.0, 0.8, 0.25, 1)


class Drawing:
    """One drawing of one area."""

    def __init__(self, context: Any, view: GridView) -> None:
        self.view = view
        self.settings = kit.settings(context)
        self.scale = context.preferences.system.ui_scale
        self.width = editor.content_width(context.area)
        self.height = float(context.region.height)
        self.colors = editor.theme()
        self.canvas = Canvas(self.scale)
        self.canvas.fill(Rect(0, 0, context.region.width, self.height), self.colors["back"])

    def faded(self, name: str, alpha: float) -> Color:
        red, green, blue, _ = self.colors[name]
        return (red, green, blue, alpha)

    def closed(self, state: State | None) -> None:
        text = "Opening" if state is not None and state.phase == "opening" else "No library is open"
        if state is not None and state.problem is not None:
            text = words.sentence(state.problem.message)
        middle = Rect(0, self.height / 2, self.width, 24 * self.scale)
        self.canvas.text(text, middle, self.colors["text"], size=14, align="middle")
        self.canvas.flush()

    def page(self, state: State, textures: Kept[tuple[Any, float]]) -> None:
        found = state.found
        tiles = self.view.lay_out(
            found,
            self.width,
            self.height,
            size=float(self.settings.tile),
            rows=bool(self.settings.as_list),
            scale=self.scale,
        )
        for index in tiles.visible():
            self._tile(tiles, index, found.assets[index], state, textures)
        if not found.assets and not state.searching:
            middle = Rect(0, self.height / 2, self.width, 24 * self.scale)
            self.canvas.text("Nothing fits", middle, self.faded("text", 0.6), align="middle")
        self.canvas.flush()
        if tiles.rows:
            self._head(tiles)
        self._scrollbar(tiles)
        self._bar(state)
        self._foot(state)
        self.canvas.flush()
        if self.view.card and self.view.hover is not None:
            self._card(found.assets[self.view.hover], state)
            self.canvas.flush()

    def _tile(
        self,
        tiles: Tiles,
        index: int,
        asset: Asset,
        state: State,
        textures: Kept[tuple[Any, float]],
    ) -> None:
        canvas, rect = self.canvas, tiles.rect(index)
        selected = asset.id in state.selection.here
        if selected:
            canvas.fill(rect, self.colors["selected"])
        elif index == self.view.hover:
            canvas.fill(rect, self.faded("tile", 0.9))
        elif not tiles.rows or index % 2:
            canvas.fill(rect, self.faded("tile", 0.35))
        if asset.id == state.selection.active:
            canvas.frame(rect, self.faded("text", 0.9), max(1.0, self.scale))
        color = self.colors["selected_text" if selected else "text"]
        place = tiles.picture(index)
        self._picture(place, asset, textures.get(icon_key(asset)), color)
        if tiles.rows:
            self._cells(rect, asset, color)
        else:
            room = max(6, int(rect.width / (_LETTER * self.scale)))
            name = Rect(
                rect.x + 4 * self.scale, rect.y, rect.width - 8 * self.scale, 22 * self.scale
            )
            canvas.text(cells.label(asset, room), name, color, align="middle")
            self._stars(
                asset.rating, Rect(place.x + 3 * self.scale, place.y + 3 * self.scale, 0, 0)
            )
        self._badges(place, asset, state, small=tiles.rows)

    def _picture(
        self, place: Rect, asset: Asset, found: tuple[Any, float] | None, color: Color
    ) -> None:
        if found is not None:
            texture, shape = found
            self.canvas.picture(texture, place.fit(shape, 1.0))
            return
        faint = (color[0], color[1], color[2], 0.45)
        text = (asset.ext or asset.kind).upper()[:5]
        size = 16 if place.width > 60 * self.scale else 8
        self.canvas.text(text, place, faint, size=size, align="middle")

    def _stars(self, rating: int, at: Rect) -> None:
        side = 11 * self.scale
        for star in range(rating):
            place = Rect(at.x + star * (side + self.scale), at.y, side, side)
            self.canvas.sign("star", Rect(place.x + 1, place.y - 1, side, side), (0, 0, 0, 0.6))
            self.canvas.sign("star", place, _STAR)

    def _badges(self, place: Rect, asset: Asset, state: State, *, small: bool) -> None:
        side = (11 if small else 17) * self.scale
        right = place.x + place.width - side
        top = place.y + place.height - side
        for badge in cells.badges(asset, state.marks.get(asset.id, "")):
            at = Rect(right, top, side, side)
            self.canvas.sign("circle", at, (0.1, 0.1, 0.1, 0.75))
            inner = at.inset(side * 0.16)
            self.canvas.sign(badge.shape, inner, _BADGES[badge.shape])
            if badge.shape == "missing":
                self.canvas.sign("mark", inner, (0, 0, 0, 1))
            right -= side + 2 * self.scale

    def _cells(self, rect: Rect, asset: Asset, color: Color) -> None:
        gap = 6 * self.scale
        left = rect.x + rect.height + gap
        texts = cells.cells(asset)
        for column, at, wide in cells.columns_for(rect.width - rect.height - gap, self.scale):
            place = Rect(left + at, rect.y, wide - gap, rect.height)
            if column.name == "Stars":
                self._stars(asset.rating, Rect(place.x, rect.y + rect.height * 0.3, 0, 0))
            else:
                room = max(4, int(place.width / (6.4 * self.scale)))
                self.canvas.text(words.short(texts[column.name], room), place, color)

    def _head(self, tiles: Tiles) -> None:
        canvas, gap = self.canvas, 6 * self.scale
        rect = Rect(0, tiles.top - tiles.head, self.width, tiles.head)
        canvas.fill(rect, self.colors["back"])
        canvas.fill(rect, self.faded("tile", 0.8))
        row = tiles.rect(0) if tiles.count else rect
        left = row.x + tiles.head + gap
        self.view.places = {
            name: place
            for name, place in self.view.places.items()
            if not name.startswith("column ")
        }
        for column, at, wide in cells.columns_for(row.width - tiles.head - gap, self.scale):
            place = Rect(left + at, rect.y, wide - gap, rect.height)
            sorted_by = column.sort and column.sort == self.settings.sort
            if column.sort:
                self.view.places[f"column {column.sort}"] = place
            alpha = 1.0 if sorted_by or self.view.over == f"column {column.sort}" else 0.65
            canvas.text(column.name, place, self.faded("text", alpha), size=11)

    def _scrollbar(self, tiles: Tiles) -> None:
        if not tiles.furthest:
            return
        whole = tiles.furthest + tiles.room
        height = max(24 * self.scale, tiles.room * tiles.room / whole)
        down = (tiles.room - height) * tiles.scroll / tiles.furthest
        wide = 4 * self.scale
        y = tiles.top - tiles.head - down - height
        self.canvas.fill(Rect(self.width - wide - 1, y, wide, height), self.faded("text", 0.35))

    def _bar(self, state: State) -> None:
        canvas, places, found = self.canvas, self.view.places, state.found
        canvas.fill(
            Rect(0, self.height - BAR * self.scale, self.width, BAR * self.scale),
            self.colors["back"],
        )
        canvas.fill(
            Rect(0, self.height - BAR * self.scale, self.width, BAR * self.scale),
            self.faded("tile", 0.6),
        )
        self._field(places["field"])
        for name, place in places.items():
            if name in ("field", "count") or name.startswith("column "):
                continue
            able = {"back": found.page > 0, "on": found.more}.get(name, True)
            if able and self.view.over == name:
                canvas.fill(place, self.colors["tile"])
            shape = ("grid" if self.settings.as_list else "list") if name == "view" else name
            canvas.sign(
                shape, place.inset(place.width * 0.3), self.faded("text", 0.9 if able else 0.3)
            )
        if "count" in places:
            canvas.text(
                words.page_text(found), places["count"], self.colors["text"], align="middle"
            )

    def _field(self, place: Rect) -> None:
        canvas, field = self.canvas, self.view.field
        canvas.fill(place, self.colors["field"])
        inner = Rect(place.x + 8 * self.scale, place.y, place.width - 16 * self.scale, place.height)
        text = self.settings.text if field is None else field.text
        if text:
            canvas.text(text, inner, self.colors["field_text"])
        elif field is None:
            canvas.text("Search   Ctrl F", inner, self.faded("field_text", 0.45))
        if field is not None:
            canvas.frame(place, self.colors["selected"], max(1.0, 1.5 * self.scale))
            at = inner.x + canvas.width(text[: field.at])
            mark = Rect(
                min(at, place.x + place.width - 4),
                place.y + 4 * self.scale,
                max(1.0, 1.5 * self.scale),
                place.height - 8 * self.scale,
            )
            canvas.fill(mark, self.colors["selected"])

    def _foot(self, state: State) -> None:
        rect = Rect(0, 0, self.width, FOOT * self.scale)
        self.canvas.fill(rect, self.colors["back"])
        self.canvas.fill(rect, self.faded("tile", 0.5))
        inner = Rect(10 * self.scale, 0, self.width - 20 * self.scale, rect.height)
        text, name = _foot_text(state)
        color = _BADGES["missing"] if name == "problem" else self.faded("text", 0.9)
        self.canvas.text(text, inner, color, size=11)
        doing = state.doing
        if doing is not None:
            part = "" if doing.fraction is None else f"  {doing.fraction:.0%}"
            self.canvas.text(f"{doing.name}{part}", inner, color, size=11, align="right")
            if doing.fraction is not None:
                wide = self.width * min(1.0, doing.fraction)
                self.canvas.fill(Rect(0, 0, wide, 2 * self.scale), self.colors["selected"])

    def _card(self, asset: Asset, state: State) -> None:
        canvas, scale = self.canvas, self.scale
        lines = cells.card(asset, state.marks.get(asset.id, ""))
        height = (len(lines) * _LINE + 14) * scale
        width = min(self.width, (_CARD * scale))
        x = min(self.view.mouse[0] + 14 * scale, self.width - width - 4)
        y = self.view.mouse[1] - height - 12 * scale
        if y < 4:
            y = min(self.view.mouse[1] + 16 * scale, self.height - height)
        place = Rect(max(2.0, x), y, width, height)
        canvas.fill(place, (0.06, 0.06, 0.06, 1))
        canvas.frame(place, (0.4, 0.4, 0.4, 0.6), 1)
        for number, line in enumerate(lines):
            top = place.y + height - 7 * scale - (number + 1) * _LINE * scale
            at = Rect(place.x + 9 * scale, top, width - 18 * scale, _LINE * scale)
            shade = 1.0 if number == 0 else 0.75
            canvas.text(words.short(line, 56), at, (shade, shade, shade, 1), size=11)


def _foot_text(state: State) -> tuple[str, str]:
    """What stands in the line below, and whether that is a problem."""
    trouble = here.here().trouble
    if trouble is not None:
        return words.sentence(trouble.message), "problem"
    if state.found.problem is not None:
        return words.sentence(state.found.problem.message), "problem"
    notice = state.notice
    if notice is not None and not notice.stays and notice.number != here.here().notice:
        return notice.text, "notice"
    if state.unread:
        return words.notice_text(state.unread[-1]), "problem"
    chosen = state.selection
    names = [asset.name for asset in state.found.assets if asset.id in chosen.here]
    text = cells.selection_text(chosen.count, names, full=chosen.full)
    return text or "; ".join(state.found.notes), "selection"
