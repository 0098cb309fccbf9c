# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the large grid, as data: they can be changed in Blender's preferences like any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CALLS", "KEYS", "SIMILAR", "Key"]

SIMILAR = "audobon.alike"
"""What S does: the active asset is looked for among all pictures."""

_DIGITS = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE")


@dataclass(frozen=True)
class Key:
    """An event and the operator it calls. ``any`` lets every modifier pass."""

    event: str
    operator: str
    options: Mapping[str, object] = field(default_factory=dict)
    value: str = "PRESS"
    shift: bool = False
    ctrl: bool = False
    any: bool = False
    repeat: bool = False


def _stars() -> tuple[Key, ...]:
    return tuple(
        Key(event, "audobon.grid_rate", {"rating": stars})
        for stars, digit in enumerate(_DIGITS)
        for event in (digit, f"NUMPAD_{stars}")
    )


def _ways() -> tuple[Key, ...]:
    arrows = {"LEFT_ARROW": "left", "RIGHT_ARROW": "right", "UP_ARROW": "up", "DOWN_ARROW": "down"}
    found = []
    for event, way in {**arrows, "HOME": "home", "END": "end"}.items():
        for shift in (False, True):
            options = {"way": way, "extend": shift}
            found.append(Key(event, "audobon.grid_move", options, shift=shift, repeat=True))
    for event in ("RET", "NUMPAD_ENTER"):
        found.append(Key(event, "audobon.grid_move", {"way": "right"}, repeat=True))
        found.append(Key(event, "audobon.grid_move", {"way": "left"}, shift=True, repeat=True))
    return tuple(found)


def _do(
    event: str, what: str, *, shift: bool = False, ctrl: bool = False, repeat: bool = False
) -> Key:
    how: Mapping[str, object] = {"what": what}
    return Key(event, "audobon.grid_do", how, shift=shift, ctrl=ctrl, repeat=repeat)


CALLS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "back": ("audobon.turn", {"pages": -1}),
    "on": ("audobon.turn", {"pages": 1}),
    "tag": ("audobon.tag_selected", {}),
    "untag": ("audobon.untag_selected", {}),
    "favour": ("audobon.favour_selected", {}),
    "similar": (SIMILAR, {}),
    "remove": ("audobon.remove_selected", {}),
    "undo": ("audobon.undo_library", {}),
    **{
        what: ("audobon.select_assets", {"what": what})
        for what in ("page", "everything", "invert", "clear")
    },
}
"""What a key does by its name: an operator that buttons call too.

Keys never call those themselves: other editors ask the same keymap, and must not find them.
"""

KEYS: tuple[Key, ...] = (
    Key("LEFTMOUSE", "audobon.grid_click", any=True),
    Key("MOUSEMOVE", "audobon.grid_hover", value="ANY", any=True),
    Key("RIGHTMOUSE", "audobon.grid_menu"),
    Key("WHEELUPMOUSE", "audobon.grid_scroll", {"lines": -1}),
    Key("WHEELDOWNMOUSE", "audobon.grid_scroll", {"lines": 1}),
    Key("WHEELUPMOUSE", "audobon.grid_size", {"bigger": True}, ctrl=True),
    Key("WHEELDOWNMOUSE", "audobon.grid_size", {"bigger": False}, ctrl=True),
    Key("TRACKPADPAN", "audobon.grid_scroll", value="ANY"),
    _do("PAGE_UP", "back", repeat=True),
    _do("PAGE_DOWN", "on", repeat=True),
    *_ways(),
    *_stars(),
    _do("T", "tag"),
    _do("T", "untag", shift=True),
    _do("F", "favour"),
    _do("S", "similar"),
    _do("DEL", "remove"),
    _do("A", "page"),
    _do("A", "everything", ctrl=True),
    _do("I", "invert", ctrl=True),
    _do("ESC", "clear"),
    _do("Z", "undo", ctrl=True),
    Key("F", "audobon.grid_type", ctrl=True),
    Key("SLASH", "audobon.grid_type"),
    Key("L", "audobon.grid_list"),
)
