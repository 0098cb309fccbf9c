# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in Blender's panels, a bounded number of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy.utils.previews

from ..logic.shelf import Shelf
from ..logic.slots import Slots

__all__ = ["Thumbs"]

_COUNT = 192
"""The largest page, the page before and after it, and what is related: some 20 MB in Blender."""
_LOADERS = {"image": "IMAGE", "blend": "BLEND", "video": "MOVIE"}


class Thumbs:
    """Icons by the key of a picture. Main thread only; files are written elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._slots = Slots(folder, _COUNT)
        self._shelf = Shelf(self._slots)
        self._icons: Any = bpy.utils.previews.new()
        self._direct: list[str] = []
        self._unsure: set[str] = set()

    @property
    def folder(self) -> Path:
        """Where the pictures lie that Blender loads."""
        return self._slots.folder()

    def icon(self, key: str) -> int:
        """The number of the picture's icon, 0 while there is none."""
        if key not in self._icons or self._is_empty(key):
            return 0
        self._slots.touch(key)
        return int(self._icons[key].icon_id)

    def _is_empty(self, key: str) -> bool:
        """Whether Blender found no picture: most scenes that were saved by a script have none.

        Asked where it would be drawn now, when Blender reads it in any case.
        """
        if key not in self._unsure:
            return False
        return tuple(self._icons[key].image_size) == (0, 0)

    def has(self, key: str) -> bool:
        return key in self._icons

    def awaits(self, key: str) -> bool:
        """Whether the picture was put and :meth:`show` has not shown it."""
        return self._shelf.awaits(key)

    def put(self, key: str, data: bytes) -> None:
        """Have an encoded picture shown soon; the one that was not shown for longest goes."""
        lost = self._shelf.put(key, data)
        if lost in self._icons:
            del self._icons[lost]

    def show(self, most: int) -> int:
        """Hand pictures that were written to Blender; how many. OSError if one could not be."""
        shown = 0
        for key, path in self._shelf.ready(most):
            self._icons.load(key, str(path), "IMAGE")
            shown += 1
        return shown

    def put_file(self, key: str, kind: str, path: str) -> bool:
        """Let Blender itself make the picture of a file that is there; False where it cannot.

        For when no worker can. Blender does so for its own file browser too.
        """
        if kind not in _LOADERS:
            return False
        while len(self._direct) >= _COUNT:
            gone = self._direct.pop(0)
            self._unsure.discard(gone)
            del self._icons[gone]
        self._direct.append(key)
        if kind == "blend":
            self._unsure.add(key)
        self._icons.load(key, path, _LOADERS[kind])
        return True

    def close(self) -> None:
        """Release every icon and remove every file."""
        self._shelf.close()
        bpy.utils.previews.remove(self._icons)
        self._slots.clear()
