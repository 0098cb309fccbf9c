# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's own list of asset libraries, and browsers that show one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import bpy

from ..logic.gridkeys import Key
from ..logic.native import Entry, same_folder
from . import editor

__all__ = ["Refreshing", "add", "change", "entries", "remove"]

_EVENTS_S = 0.05


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


def _browsers(name: str) -> Iterator[tuple[Any, Any]]:
    """Each window with each of its browsers that shows the library of this name."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if area.type != "FILE_BROWSER" or getattr(space, "browse_mode", "") != "ASSETS":
                continue
            shown = getattr(space.params, "asset_library_reference", None)
            shown = shown or getattr(space.params, "asset_library_ref", None)
            if shown in {name, "ALL"}:
                yield window, area


class Refreshing:
    """Has Blender's browsers look at a library again, each in its own context.

    Blender's operator for that works in the browser that it is called in.
    From our timer that would be a ``temp_override`` (see ``kit.begin_waiting``
    for what is wrong with it), so a key of type ``TIMER`` calls an operator of
    ours: events of a timer reach every area, wherever the mouse is.
    """

    def __init__(self, operator: str) -> None:
        self._keys = editor.Keys((Key("TIMER", operator, value="ANY", any=True),))
        self._waits: set[int] = set()
        self._timers: dict[int, Any] = {}

    def ask(self, name: str) -> None:
        """Browsers that show the library of this name are to look again; others stay."""
        for window, area in _browsers(name):
            self._waits.add(area.as_pointer())
            if window.as_pointer() not in self._timers:
                manager = bpy.context.window_manager
                timer = manager.event_timer_add(_EVENTS_S, window=window)
                self._timers[window.as_pointer()] = timer

    def waits(self, area: Any) -> bool:
        """Whether this area is a browser that is to look again."""
        return bool(self._waits) and area is not None and area.as_pointer() in self._waits

    def look(self, area: Any) -> None:
        """Look again; called in the context of this area."""
        self._waits.discard(area.as_pointer())
        if bpy.ops.asset.library_refresh.poll():
            bpy.ops.asset.library_refresh()

    def step(self) -> None:
        """End what nobody waits for any more; called by our timer."""
        if not self._timers:
            return
        windows = {each.as_pointer(): each for each in bpy.context.window_manager.windows}
        there = {area.as_pointer() for each in windows.values() for area in each.screen.areas}
        self._waits &= there
        if not self._waits:
            self._end(windows)

    def _end(self, windows: Mapping[int, Any]) -> None:
        for pointer, timer in self._timers.items():
            if pointer in windows:  # else Blender has ended it together with its window
                bpy.context.window_manager.event_timer_remove(timer)
        self._timers.clear()

    def close(self) -> None:
        self._waits.clear()
        self.step()
        self._keys.remove()
