"""Why an asset was found, and questions for a colour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session.state import State

__all__ = ["hex_color", "reason", "with_color"]

_SAID = {
    "name": "its name",
    "tag": "a tag",
    "path": "its folder",
    "note": "its note",
    "text": "text in the file",
    "text in the picture": "text in the picture",
    "color": "its colour",
    "like": "its looks",
    "meaning": "what it means",
}
_COLOR = re.compile(r"(?<![^\s(])colou?r:(?:#?\w+|\"[^\"]*\")", re.IGNORECASE)
_SEARCH = 1000
"""Places of a likeness that are looked through for an asset's."""


def reason(state: State, ident: str) -> str:
    """One line: by what the shown question found an asset; empty where it asked for nothing."""
    like = state.like
    if like is not None:
        if ident not in like.ids[:_SEARCH]:
            return ""
        score = like.scores[like.ids.index(ident)]
        return f"Looks like {like.label}: likeness {score:.2f} of 1"
    why = state.found.whys.get(ident, ())
    # The path holds the name too, so beside it the folder says nothing.
    told = [_SAID.get(each, each) for each in why if each != "path" or "name" not in why]
    if not told:
        return ""
    firsts = ", ".join(told[:-1])
    return f"Found by {firsts} and {told[-1]}" if firsts else f"Found by {told[-1]}"


def hex_color(channels: Sequence[float]) -> str:
    """``#rrggbb`` of red, green and blue from 0 to 1 as a screen shows them."""
    values = (round(255 * min(max(float(each), 0.0), 1.0)) for each in channels[:3])
    return "#" + "".join(f"{each:02x}" for each in values)


def with_color(text: str, color: str) -> str:
    """A question that asks for this colour too, in place of one that it asked for before."""
    asked = f"color:{color}"
    if _COLOR.search(text):
        return _COLOR.sub(asked, text, count=1)
    return f"{text.rstrip()} {asked}".strip()
