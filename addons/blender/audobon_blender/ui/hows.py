# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which data of another file comes into this one, as a menu."""

from __future__ import annotations

from ..logic.using import APPEND, LINK, PACK, REUSE

__all__ = ["HOWS"]

HOWS = (
    (APPEND, "Append", "A copy of everything, which has nothing to do with the file any more"),
    (
        *(REUSE, "Append (Reuse Data)"),
        "A copy that shares meshes, materials and pictures with what came from there before",
    ),
    (LINK, "Link", "Stay connected with the file: changes there are seen here"),
    (PACK, "Append and Pack", "A copy, with its pictures, sounds and fonts put into this file"),
)
