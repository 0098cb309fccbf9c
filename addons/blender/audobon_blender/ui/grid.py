# SPDX-License-Identifier: GPL-3.0-or-later
"""The large grid: what is drawn, and what it keeps between register and unregister."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..host import editor, kit, saving
from ..host.canvas import make_texture
from ..logic.gridkeys import KEYS
from ..logic.gridview import GridView
from ..logic.kept import Kept
from ..logic.otherblender import KINDS, OtherBlender
from ..logic.shown import icon_key, is_decoded
from . import here
from .browsing import CATEGORY
from .grid_drawing import Drawing

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.decoded import Decoded
    from audobon.session import Session, State

__all__ = ["Grids", "begin", "end", "grids"]

_TEXTURES = 224
"""Pictures on the graphics card: two of the largest pages, 56 MB at 256 pixels."""
_BUDGET_S = 0.002
# Of one drawing for new pictures; each takes 0.3 to 1 ms, and the drawing itself 3 to 5 in
# software. The rest comes with the next one.


class Grids:
    """Every area that shows the large grid, and their pictures."""

    def __init__(self) -> None:
        self.views: dict[int, GridView] = {}
        self.textures: Kept[tuple[Any, float]] = Kept(_TEXTURES)
        self.refused: set[str] = set()
        self.other = OtherBlender(lambda: saving.blender_command("shrinking.py"))
        self._elsewhere: dict[str, tuple[str, str]] = {}
        self._more = False
        self._keys = editor.Keys(KEYS)
        self._handle = editor.drawing(self._draw)

    def view(self, area: Any) -> GridView:
        return self.views.setdefault(area.as_pointer(), GridView())

    def step(self, session: Session, state: State) -> None:
        """Ask for the pictures that are seen and not there; called by the timer."""
        there = list(editor.areas())
        pointers = {area.as_pointer() for _, area in there}
        self.views = {key: view for key, view in self.views.items() if key in pointers}
        if not there:
            return
        assets = state.found.assets
        first = [assets[at] for _, area in there for at in self._seen(area, len(assets))]
        lacking = {
            key: asset for asset in (*first, *assets) if not self._has(key := icon_key(asset))
        }
        session.want_pixels(tuple(lacking.values()))
        self._elsewhere = {key: at for key, at in self._elsewhere.items() if key in lacking}
        self.other.want(self._elsewhere)
        now = time.monotonic()
        for _, area in there:
            view = self.view(area)
            if view.drawn and not view.tab:
                view.tab = True
                editor.show_tab(area, CATEGORY)
            if view.rest(now) or self._more or self.other.ready:
                editor.region_of(area).tag_redraw()

    def _seen(self, area: Any, count: int) -> range:
        tiles = self.view(area).tiles
        return tiles.visible() if tiles.count == count else range(0)

    def _has(self, key: str) -> bool:
        return key in self.textures or key in self.refused

    def close(self) -> None:
        self.other.close()
        self._keys.remove()
        editor.stop_drawing(self._handle)
        editor.restore()
        self.textures.clear()

    def _draw(self) -> None:
        context = editor.context_of()
        if not editor.is_grid(context.area):
            return
        owner = here.here()
        with owner.timed():
            try:
                self._draw_area(context)
            except Exception as error:  # noqa: BLE001  # Blender would print it at each drawing
                owner.fail(error)

    def _draw_area(self, context: Any) -> None:
        state, session = here.state(), here.session()
        view = self.view(context.area)
        view.drawn = True
        drawing = Drawing(context, view)
        if state is None or session is None or state.phase != "open":
            drawing.closed(state)
            return
        self._take(session, state)
        drawing.page(state, self.textures)

    def _take(self, session: Session, state: State) -> None:
        """Hand some of the new pictures to the graphics card."""
        end = time.perf_counter() + _BUDGET_S
        self._more = False
        for asset in state.found.assets:
            key = icon_key(asset)
            if self._has(key):
                continue
            found = self._pixels(session, asset, key)
            if found is None:
                continue
            texture = make_texture(found.width, found.height, found.data)
            self.textures.put(key, (texture, found.width / found.height))
            if time.perf_counter() > end:
                self._more = True
                return

    def _pixels(self, session: Session, asset: Asset, key: str) -> Decoded | None:
        """What a worker has decoded, or where none can, another Blender."""
        if key in self._elsewhere:
            if self.other.gave_up(key):
                self._refuse(key)
            return self.other.take(key)
        found = session.pixels(asset)
        if found is None or is_decoded(found):
            return found
        if getattr(found, "code", None) in here.FALLBACK_CODES and asset.kind in KINDS:
            self._elsewhere[key] = (asset.file, asset.kind)
        else:
            self._refuse(key)
        return None

    def _refuse(self, key: str) -> None:
        if len(self.refused) > 10 * _TEXTURES:
            self.refused.clear()
        self.refused.add(key)


_grids: Grids | None = None


def grids() -> Grids:
    """What is there; only asked for while the add-on is registered with a window."""
    assert _grids is not None
    return _grids


def begin() -> None:
    global _grids  # noqa: PLW0603  # Blender's classes have no other way to their add-on
    if not kit.in_background():
        _grids = Grids()
        here.here().followers.append(_grids.step)


def end() -> None:
    global _grids  # as above
    found, _grids = _grids, None
    if found is not None:
        found.close()
