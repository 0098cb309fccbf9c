# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's own list of asset libraries, and browsers that show one of them."""

from __future__ import annotations

from typing import Any

import bpy

from ..logic.native import Entry, same_folder

__all__ = ["add", "change", "entries", "refresh", "remove"]


def _list() -> Any:
    return bpy.context.preferences.filepaths.asset_libraries


def _path(each: Any) -> str:
    return str(bpy.path.abspath(each.path))


def entries() -> list[Entry]:
    """All of it, as it is in the preferences."""
    return [Entry(str(each.name), _path(each)) for each in _list()]


def add(entry: Entry) -> None:
    """Put an entry at the end. Blender saves its preferences as it is set to."""
    bpy.ops.preferences.asset_library_add(directory=entry.path)
    _list()[len(_list()) - 1].name = entry.name


def change(old: Entry, new: Entry) -> None:
    """Give an entry another name and folder; it stays where it is in the list."""
    for each in _list():
        if same_folder(_path(each), old.path):
            each.name, each.path = new.name, new.path
            bpy.context.preferences.is_dirty = True
            return


def remove(path: str) -> bool:
    """Take the entry of a folder out; False when there is none. Nothing on disk is touched."""
    for number, each in enumerate(_list()):
        if same_folder(_path(each), path):
            bpy.ops.preferences.asset_library_remove(index=number)
            return True
    return False


def refresh(name: str) -> None:
    """Have browsers that show the library of this name look at it again; others stay."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if area.type != "FILE_BROWSER" or getattr(space, "browse_mode", "") != "ASSETS":
                continue
            shown = getattr(space.params, "asset_library_reference", None)
            shown = shown or getattr(space.params, "asset_library_ref", None)
            if shown in {name, "ALL"}:
                with bpy.context.temp_override(window=window, area=area):
                    if bpy.ops.asset.library_refresh.poll():
                        bpy.ops.asset.library_refresh()
