# SPDX-License-Identifier: GPL-3.0-or-later
"""An editor of our own: an entry in Blender's menu of editors, drawn by us, with keys of its own.

A tree of nodes that never has a node: it is the one kind of editor that an
add-on can name. There is no data-block for it, so files stay as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import bpy

from ..logic.gridkeys import Key

__all__ = [
    "CLASSES",
    "Keys",
    "areas",
    "close",
    "content_width",
    "context_of",
    "drawing",
    "is_grid",
    "known_operator",
    "open_in",
    "open_window",
    "operator",
    "region_of",
    "restore",
    "show_tab",
    "stop_drawing",
    "theme",
]

KIND = "AudobonGrid"
_KEYMAP = "View2D"
# The first keymap that such a region asks. Other editors ask it too, and there our operators
# do not poll, so that the key goes on to whom it is meant for. 3D views never ask it.
_before: dict[int, str] = {}


class AUDOBON_NT_grid(bpy.types.NodeTree):
    """Assets of an Audobon library"""

    bl_idname = KIND
    bl_label = "Audobon Assets"
    bl_icon = "ASSET_MANAGER"


CLASSES = (AUDOBON_NT_grid,)


def is_grid(area: Any) -> bool:
    return area is not None and area.type == "NODE_EDITOR" and area.ui_type == KIND


def areas() -> Iterator[tuple[Any, Any]]:
    """Each window with each of its areas that shows the grid."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if is_grid(area):
                yield window, area


def region_of(area: Any, kind: str = "WINDOW") -> Any:
    return next(region for region in area.regions if region.type == kind)


def content_width(area: Any) -> float:
    """How much of the region's width the sidebar leaves: it may lie over it."""
    main, side = region_of(area), region_of(area, "UI")
    if side.width > 1 and main.x <= side.x < main.x + main.width:
        return float(side.x - main.x)
    return float(main.width)


def open_in(area: Any) -> None:
    """Show the grid in an area, in place of what was there."""
    if not is_grid(area):
        _before[area.as_pointer()] = area.ui_type
        area.ui_type = KIND
    space = area.spaces.active
    space.show_region_header = False  # its menus are about nodes
    space.show_region_toolbar = False
    space.show_region_ui = True


def show_tab(area: Any, name: str) -> None:
    """Bring a tab of the sidebar to the front, where this Blender lets add-ons (4.2 and newer)."""
    with contextlib.suppress(AttributeError, TypeError):  # read-only, or not drawn yet
        region_of(area, "UI").active_panel_category = name


def close(window: Any, area: Any) -> None:
    """Show again what was there before; a window of its own is closed."""
    kind = _before.pop(area.as_pointer(), "")
    if not kind and len(window.screen.areas) == 1 and len(bpy.context.window_manager.windows) > 1:
        if bpy.context.window == window:  # as for whoever has clicked there
            bpy.ops.wm.window_close()
        return
    area.spaces.active.show_region_header = True
    area.ui_type = kind or "VIEW_3D"


def open_window() -> None:
    """Show the grid in a new window."""
    bpy.ops.wm.window_new()
    made = bpy.context.window_manager.windows[-1]
    area = max(made.screen.areas, key=lambda each: each.width * each.height)
    area.ui_type = KIND
    open_in(area)
    _before.pop(area.as_pointer(), None)


def restore() -> None:
    """Leave no area without its editor when the add-on goes."""
    for _window, area in list(areas()):
        area.spaces.active.show_region_header = True
        area.ui_type = _before.pop(area.as_pointer(), "VIEW_3D")
    _before.clear()


def drawing(draw: Callable[[], None]) -> Any:
    """Have ``draw`` called whenever an editor of that type is drawn; for :func:`stop_drawing`."""
    return bpy.types.SpaceNodeEditor.draw_handler_add(draw, (), "WINDOW", "POST_PIXEL")


def stop_drawing(handle: Any) -> None:
    bpy.types.SpaceNodeEditor.draw_handler_remove(handle, "WINDOW")


def context_of() -> Any:
    return bpy.context


def operator(name: str) -> Any:
    """The operator of an idname such as ``audobon.rate``, to be called."""
    group, _, call = name.partition(".")
    return getattr(getattr(bpy.ops, group), call)


def known_operator(name: str) -> bool:
    """Whether an operator is registered."""
    group, _, call = name.partition(".")
    return hasattr(bpy.types, f"{group.upper()}_OT_{call}")


def theme() -> dict[str, tuple[float, float, float, float]]:
    """Colours of the person's theme."""
    themes = bpy.context.preferences.themes[0]
    tool, field = themes.user_interface.wcol_tool, themes.user_interface.wcol_text
    back = tuple(themes.file_browser.space.back)[:3]

    def solid(color: Any) -> tuple[float, float, float, float]:
        red, green, blue, *_ = color
        return (red, green, blue, 1.0)

    return {
        "back": solid(back),
        "text": solid(tool.text),
        "tile": solid(tool.inner),
        "selected": solid(tool.inner_sel),
        "selected_text": solid(tool.text_sel),
        "field": solid(field.inner),
        "field_text": solid(field.text),
    }


class Keys:
    """Our keys in the add-on's own layer of the keymap; the person can change them.

    They reach the grid, and Blender's own browsers of assets as well.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._made: list[tuple[Any, Any]] = []
        layer = bpy.context.window_manager.keyconfigs.addon
        if layer is None:  # in the background there are no keys
            return
        keymap = layer.keymaps.new(name=_KEYMAP, space_type="EMPTY", region_type="WINDOW")
        for key in keys:
            how = {"any": True} if key.any else {"shift": key.shift, "ctrl": key.ctrl}
            item = keymap.keymap_items.new(
                key.operator, key.event, key.value, repeat=key.repeat, **how
            )
            for name, value in key.options.items():
                setattr(item.properties, name, value)
            self._made.append((keymap, item))

    def remove(self) -> None:
        for keymap, item in self._made:
            keymap.keymap_items.remove(item)
        self._made.clear()
