# SPDX-License-Identifier: GPL-3.0-or-later
"""The names below the pictures in the sidebar: pressed to choose an asset, and to drag it.

A button of an operator is called when it is let go, so nothing could be
dragged by it. One of a property is called when it is pressed: each place of
the grid has a property of its own with one value. Only the name is a button;
which picture of a panel lies under the mouse is told to nobody.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import cells, words
from ..logic.shown import MOST
from . import here

__all__ = ["Tiles", "draw_name"]

_VALUE = "PRESS"
_SIGNS = {"missing": "ERROR", "remote": "IMPORT", "changed": "FILE_REFRESH", "favourite": "FUND"}
_NOTHING = [(_VALUE, "", "", "NONE", 1)]
_drawn: list[Any] = [_NOTHING] * MOST
# What each place says. Blender keeps no reference to the texts of such a list.


def _asset(number: int) -> Any:
    state = here.state()
    found = () if state is None else state.found.assets
    return found[number] if number < len(found) else None


def _place(number: int) -> Any:
    def items(_tiles: Any, _context: Any) -> Any:
        return _drawn[number]

    def shown(_tiles: Any) -> int:
        """Blender draws it pressed where the value is that of its only item."""
        state, asset = here.state(), _asset(number)
        if state is None or asset is None:
            return 0
        chosen = state.chosen is not None and state.chosen.asset.id == asset.id
        return int(chosen or asset.id in state.selection.here)

    def pressed(_tiles: Any, _context: Any) -> None:
        asset = _asset(number)
        if asset is not None:
            kit.call("press_tile", ident=asset.id)

    def keep(_tiles: Any, _value: int) -> None:
        """What is pressed is not kept here: the session knows what is chosen."""

    return kit.EnumProperty(items=items, get=shown, set=keep, update=pressed)


class Tiles(kit.PropertyGroup):
    """A property for each place of the largest page."""

    __annotations__ = {f"place_{number}": _place(number) for number in range(MOST)}


def draw_name(column: Any, context: Any, number: int, asset: Any, mark: str, room: int) -> None:
    """Draw the name of the asset at this place of the page."""
    signs = [_SIGNS[badge.shape] for badge in cells.badges(asset, mark)]
    text = words.short(words.stem(asset.name), room)
    tip = "\n".join(cells.card(asset, mark))
    _drawn[number] = [(_VALUE, text, tip, "NONE", 1)]
    tiles = kit.settings(context).tiles
    icon = signs[0] if signs else "NONE"
    column.prop_enum(tiles, f"place_{number}", _VALUE, text=text, icon=icon)
