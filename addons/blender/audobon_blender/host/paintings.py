# SPDX-License-Identifier: GPL-3.0-or-later
"""Paintings of Krita as images: their merged picture is packed, and replaced when they are saved.

Blender cannot read such a file. The picture lies in the open file, so that
this is whole by itself; which painting it is, and as it was when, stands in
two properties of the image. So undo takes both back, and the next look brings
the newest again.
"""

from __future__ import annotations

import os
from typing import Any

import bpy

from ..logic.trust import Stamp

__all__ = ["followed", "painting", "renew"]

_PATH, _STAMP = "audobon_painting", "audobon_painting_stamp"


def painting(path: str, picture: bytes, stamp: Stamp) -> Any:
    """The image of a painting, the same one where it is here already, as it is now."""
    known = next((one for one in bpy.data.images if one.get(_PATH) == path), None)
    if known is None:
        known = bpy.data.images.new(os.path.basename(path), 1, 1)
        known.source = "FILE"
        known[_PATH] = path
    _fill(known, picture, stamp)
    return known


def followed() -> dict[str, Stamp]:
    """The paintings that this file shows, as they were when they were read."""
    found = {}
    for one in bpy.data.images:
        path = one.get(_PATH)
        if isinstance(path, str) and one.library is None:
            found[path] = _stamp(one)
    return found


def renew(path: str, picture: bytes, stamp: Stamp) -> int:
    """Show a painting as it was saved meanwhile; how many images it was."""
    count = 0
    for one in bpy.data.images:
        if one.get(_PATH) == path and one.library is None and _stamp(one) != stamp:
            _fill(one, picture, stamp)
            count += 1
    return count


def _stamp(image: Any) -> Stamp:
    size, _, time = str(image.get(_STAMP, "")).partition(" ")
    return (int(size), int(time)) if size.isdecimal() and time.isdecimal() else (0, 0)


def _fill(image: Any, picture: bytes, stamp: Stamp) -> None:
    image.pack(data=picture, data_len=len(picture))
    image.source = "FILE"
    # Not reload(): that looks for a file on the disk, and there is none that Blender can read.
    image.buffers_free()
    image.gl_free()
    image[_STAMP] = f"{stamp[0]} {stamp[1]}"  # text: a number of a property has 32 bits
    image.update_tag()
