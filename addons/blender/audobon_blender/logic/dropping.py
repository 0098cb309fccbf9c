# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an asset that is let go over a 3D view."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MATERIAL", "PICTURE", "PLACE", "USE", "Drop", "far", "meant"]

PLACE, MATERIAL, PICTURE, USE = "place", "material", "picture", "use"


@dataclass(frozen=True)
class Drop:
    """``what`` is done; ``text`` says it while the mouse moves, or why nothing would come of it."""

    what: str
    text: str


def meant(kind: str, *, face: bool, standing: bool) -> Drop:
    """What letting go does now.

    ``kind`` is a list of ``bpy.data``, ``pictures`` for pictures and
    paintings, empty while the file is being read. ``face`` says that a surface
    that can have a material lies under the mouse, ``standing`` that Shift is held.
    """
    if not kind:
        return Drop(PLACE, "reading what it holds")
    if kind in ("objects", "collections"):
        return Drop(
            PLACE, "let go to place it; wheel turns, with Shift scales; A: along the surface"
        )
    if kind == "materials":
        text = "let go to give this surface the material; Ctrl: only this face"
        return Drop(MATERIAL, text) if face else Drop("", "a material goes onto a surface")
    if kind == "pictures":
        if face and not standing:
            return Drop(MATERIAL, "let go to make it this surface's material; Shift: a plane")
        if standing:
            return Drop(PICTURE, "let go to put a plane with it here")
        return Drop(PICTURE, "let go to put it here as a reference; Shift: a plane")
    if kind == "worlds":
        return Drop(USE, "let go to make it the world of the scene")
    return Drop(USE, "let go to bring it into the file")


def far(start: tuple[int, int], now: tuple[int, int], least: float) -> bool:
    """Whether the mouse has moved so far that it is no click any more."""
    return max(abs(a - b) for a, b in zip(start, now, strict=True)) > least
