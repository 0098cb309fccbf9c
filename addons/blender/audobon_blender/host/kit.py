# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``ui`` builds on: Blender's types and properties, and a few calls that differ by version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import AddonPreferences, Menu, Operator, Panel, PropertyGroup

from . import editor

__all__ = [
    "AddonPreferences",
    "BoolProperty",
    "EnumProperty",
    "FloatProperty",
    "FloatVectorProperty",
    "IntProperty",
    "Menu",
    "Operator",
    "Panel",
    "PointerProperty",
    "PropertyGroup",
    "StringProperty",
    "add_status",
    "add_timer",
    "attach",
    "bar",
    "begin_timer",
    "begin_waiting",
    "button",
    "call",
    "copy_text",
    "detach",
    "end_waiting",
    "has_online",
    "in_background",
    "keywords",
    "menu",
    "online",
    "open_scene",
    "pasted",
    "preferences",
    "progress",
    "real_path",
    "redraw",
    "redraw_status",
    "register_class",
    "remove_status",
    "remove_timer",
    "settings",
    "show_folder",
    "unregister_class",
    "user_folder",
]

register_class = bpy.utils.register_class
unregister_class = bpy.utils.unregister_class


def attach(kind: type) -> None:
    """Give every window manager our properties: they are no part of any file and of no undo."""
    bpy.types.WindowManager.audobon = PointerProperty(type=kind)


def detach() -> None:
    del bpy.types.WindowManager.audobon


def call(name: str, /, **how: Any) -> None:
    """Do one of our own operators as if it had been clicked, with its step of undo."""
    getattr(bpy.ops.audobon, name)("INVOKE_DEFAULT", True, **how)


def begin_waiting(context: Any, operator: Any) -> Any:
    """Have an operator called ten times a second from now on; its timer.

    Not a call from a timer of ours later: that would need ``temp_override``,
    and inside one Blender's operators read Python objects without the lock
    while a thread of ours has it (``PyC_IsInterpreterActive`` asks whether
    anybody has it, up to Python 3.11). That crashed now and then.
    """
    timer = begin_timer(context)
    context.window_manager.modal_handler_add(operator)
    return timer


def begin_timer(context: Any) -> Any:
    """Events ten times a second for what is modal already; its timer, for :func:`end_waiting`."""
    return context.window_manager.event_timer_add(0.1, window=context.window)


def end_waiting(context: Any, timer: Any) -> None:
    context.window_manager.event_timer_remove(timer)


def keywords(operator: Any) -> dict[str, Any]:
    """The properties of an operator as plain data, to call it again or to write them as JSON."""
    found = {}
    for name, value in operator.as_keywords().items():
        plain = value if isinstance(value, str | bool | int | float) else tuple(value)
        found[name] = plain
    return found


def settings(context: Any = None) -> Any:
    """Our properties of the window manager."""
    return (context or bpy.context).window_manager.audobon


def preferences(package: str) -> Any:
    """The add-on's preferences, None while it is not enabled by the usual way."""
    entry = bpy.context.preferences.addons.get(package)
    return None if entry is None else entry.preferences


def user_folder(package: str) -> Path:
    """Where the add-on may write: its own folder of the user's, made by whoever writes there."""
    if package.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(package))
    return Path(bpy.utils.user_resource("CONFIG"), "audobon")


def in_background() -> bool:
    return bool(bpy.app.background)


def has_online() -> bool:
    """Whether this Blender itself has a switch for online access (4.2 and newer)."""
    return hasattr(bpy.app, "online_access")


def online(package: str) -> bool:
    """Whether anything may be fetched: by Blender's own switch, else by the add-on's."""
    if has_online():
        return bool(bpy.app.online_access)
    chosen = preferences(package)
    return chosen is not None and bool(chosen.online)


def add_timer(step: Callable[[], float | None], first_s: float) -> None:
    """Call ``step`` again and again, also after another file was opened."""
    bpy.app.timers.register(step, first_interval=first_s, persistent=True)


def remove_timer(step: Callable[[], float | None]) -> None:
    if bpy.app.timers.is_registered(step):
        bpy.app.timers.unregister(step)


def menu(name: str) -> None:
    """Open a menu under the mouse."""
    bpy.ops.wm.call_menu("INVOKE_DEFAULT", name=name)


def real_path(path: str) -> str:
    """A path as Blender's fields have it (``//`` is beside the open file), or an address."""
    return path if "://" in path else str(bpy.path.abspath(path))


def pasted() -> str:
    """What is in the clipboard."""
    return str(bpy.context.window_manager.clipboard)


def redraw() -> None:
    """Have the sidebars of 3D views and image editors and all large grids drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if editor.is_grid(area):
                area.tag_redraw()
            if area.type in ("VIEW_3D", "IMAGE_EDITOR"):
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()


def redraw_status() -> None:
    """Have the status bars drawn again. They are no area of a screen, so this is told around."""
    bpy.msgbus.publish_rna(key=(bpy.types.Window, "view_layer"))


def add_status(draw: Callable[[Any, Any], None]) -> None:
    """Have ``draw(header, context)`` called whenever a status bar is drawn."""
    bpy.types.STATUSBAR_HT_header.append(draw)


def remove_status(draw: Callable[[Any, Any], None]) -> None:
    bpy.types.STATUSBAR_HT_header.remove(draw)
    redraw_status()


def open_scene(path: str) -> None:
    """Open a file in place of the present one; with a window, unsaved changes are asked about."""
    how = "EXEC_DEFAULT" if in_background() else "INVOKE_DEFAULT"
    bpy.ops.wm.open_mainfile(how, filepath=path, display_file_selector=False)


def show_folder(path: str) -> None:
    """Show the folder of a file in the system's own browser of files."""
    bpy.ops.wm.path_open(filepath=str(Path(path).parent))


def copy_text(text: str) -> None:
    bpy.context.window_manager.clipboard = text


def button(layout: Any, name: str, icon: str, /, *, text: str | None = None, **how: Any) -> Any:
    """A button for one of our operators, with its properties."""
    shown = {} if text is None else {"text": text}
    made = layout.operator(name, icon=icon, **shown)
    for key, value in how.items():
        setattr(made, key, value)
    return made


_BAR = 5  # letters of the longest bar; more are cut off in a narrow sidebar
_EIGHTHS = "\u258f\u258f\u258e\u258d\u258c\u258b\u258a\u2589"


def bar(layout: Any, text: str, share: float) -> None:
    """A bar of a chart where this Blender has one (4.0 and newer), else one of letters."""
    if hasattr(layout, "progress"):
        layout.progress(text=text, factor=share)
    else:
        row = layout.split(factor=0.3)
        whole, rest = divmod(round(share * _BAR * 8), 8)
        row.label(text="\u2588" * whole + (_EIGHTHS[rest] if rest or not whole else ""))
        row.label(text=text)


def progress(layout: Any, text: str, fraction: float | None) -> None:
    """A bar where this Blender has one (4.0 and newer), else the same in words."""
    if fraction is None:
        layout.label(text=text, icon="SORTTIME")
    elif hasattr(layout, "progress"):
        layout.progress(text=text, factor=fraction)
    else:
        layout.label(text=f"{text}  {fraction:.0%}", icon="SORTTIME")
