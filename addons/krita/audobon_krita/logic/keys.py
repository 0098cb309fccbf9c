# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the grid. They are those of Blender's large grid, where both have them."""

from __future__ import annotations

__all__ = ["KEYS", "meaning"]

KEYS = {
    **{str(stars): f"rate {stars}" for stars in range(6)},
    "return": "use",
    "t": "tag",
    "shift+t": "untag",
    "f": "favour",
    "s": "similar",
    "l": "list",
    "delete": "remove",
    "ctrl+a": "everything",
    "ctrl+i": "invert",
    "escape": "clear",
    "/": "search",
    "ctrl+f": "search",
    "plus": "larger",
    "minus": "smaller",
    "space": "look",
}
"""What a key does by its name; Krita's own keys rest while the grid has the focus."""


def meaning(name: str, *, shift: bool = False, ctrl: bool = False, other: bool = False) -> str:
    """What a key means in the grid, empty for nothing. ``other`` are Alt and the system's key.

    Digits and signs are typed with Shift on some keyboards, so it counts for letters only.
    """
    if other:
        return ""
    name = name.casefold()
    shift = shift and len(name) == 1 and name.isalpha()
    return KEYS.get(f"{'ctrl+' if ctrl else ''}{'shift+' if shift else ''}{name}", "")
