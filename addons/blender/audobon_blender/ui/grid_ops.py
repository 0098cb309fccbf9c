# SPDX-License-Identifier: GPL-3.0-or-later
"""The mouse and the keys in the large grid.

No postponed annotations here: Blender reads properties from them.
"""

import time
from typing import Any

from ..host import editor, kit
from ..logic.field import Field
from ..logic.gridkeys import CALLS
from ..logic.gridview import SIZES, GridView
from . import here
from .drag_ops import press
from .grid import grids
from .library_ops import DONE, STOPPED, _Open

__all__ = ["CLASSES"]

PASS = {"PASS_THROUGH"}
_SCROLL = 60
# Pixels for one step of the wheel.


class AUDOBON_OT_grid_open(kit.Operator):
    """Show the library here, in place of this editor; the cross at its right end brings it back"""

    bl_idname = "audobon.grid_open"
    bl_label = "Large Grid"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return context.area is not None and not editor.is_grid(context.area)

    def execute(self, context: Any) -> set[str]:
        editor.open_in(context.area)
        return DONE


class AUDOBON_OT_grid_window(kit.Operator):
    """Show the library in a window of its own"""

    bl_idname = "audobon.grid_window"
    bl_label = "Large Grid in a Window"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return context.window is not None and not kit.in_background()

    def execute(self, _context: Any) -> set[str]:
        editor.open_window()
        return DONE


class _InGrid(_Open):
    """What happens in the main region of a large grid, and nowhere else."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        region = context.region
        inside = region is not None and region.type == "WINDOW" and editor.is_grid(context.area)
        return inside and _Open.poll(context)

    @staticmethod
    def view(context: Any) -> GridView:
        return grids().view(context.area)

    @staticmethod
    def place(context: Any, event: Any) -> tuple[float, float]:
        return event.mouse_x - context.region.x, event.mouse_y - context.region.y


class AUDOBON_OT_grid_close(kit.Operator):
    """Show again what was here before"""

    bl_idname = "audobon.grid_close"
    bl_label = "Close the Grid"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return editor.is_grid(context.area)

    def execute(self, context: Any) -> set[str]:
        editor.close(context.window, context.area)
        return DONE


class AUDOBON_OT_grid_click(_InGrid):
    """Select an asset; with Ctrl one more, with Shift all up to it. Drag it into a 3D view"""

    bl_idname = "audobon.grid_click"
    bl_label = "Select in the Grid"

    def invoke(self, context: Any, event: Any) -> set[str]:
        view, session, state = self.view(context), here.session(), here.state()
        if session is None or state is None:
            return STOPPED
        view.move(*self.place(context, event), time.monotonic())
        context.region.tag_redraw()
        if view.over:
            return self.bar(context, view.over)
        if view.hover is None:
            if not (event.shift or event.ctrl):
                session.selection.clear()
            return DONE
        press(context, event, state.found.assets[view.hover].id)
        view.card = False
        view.since = time.monotonic()
        return DONE

    @staticmethod
    def bar(context: Any, name: str) -> set[str]:
        """A click on a part of the bar."""
        settings = kit.settings(context)
        if name.startswith("column "):
            wanted = name.removeprefix("column ")
            settings.sort = wanted
            return DONE
        calls: dict[str, tuple[str, dict[str, Any]]] = {
            "back": ("turn", {"pages": -1}),
            "on": ("turn", {"pages": 1}),
            "bigger": ("grid_size", {"bigger": True}),
            "smaller": ("grid_size", {"bigger": False}),
            "view": ("grid_list", {}),
            "close": ("grid_close", {}),
            "field": ("grid_type", {}),
        }
        if name in calls:
            call, how = calls[name]
            kit.call(call, **how)
        return DONE


class AUDOBON_OT_grid_hover(_InGrid):
    """Light up what lies under the mouse, and tell more of it after a moment"""

    bl_idname = "audobon.grid_hover"
    bl_label = "Look at an Asset"

    def invoke(self, context: Any, event: Any) -> set[str]:
        if self.view(context).move(*self.place(context, event), time.monotonic()):
            context.region.tag_redraw()
        return PASS


class AUDOBON_OT_grid_scroll(_InGrid):
    """Scroll; at the end of the page the next one comes"""

    bl_idname = "audobon.grid_scroll"
    bl_label = "Scroll"
    lines: kit.IntProperty(default=1)

    def invoke(self, context: Any, event: Any) -> set[str]:
        view, session, state = self.view(context), here.session(), here.state()
        if session is None or state is None:
            return STOPPED
        if event.type == "TRACKPADPAN":
            view.scroll = view.tiles.scrolled(view.scroll + event.mouse_y - event.mouse_prev_y)
        else:
            before = view.scroll
            view.scroll = view.tiles.scrolled(before + self.lines * _SCROLL * view.tiles.scale)
            if view.scroll == before and not state.searching:
                session.turn(1 if self.lines > 0 else -1)
        view.card = False
        context.region.tag_redraw()
        return DONE


class AUDOBON_OT_grid_do(_InGrid):
    """A key of the grid"""

    bl_idname = "audobon.grid_do"
    bl_label = "Do in the Grid"
    what: kit.EnumProperty(items=tuple((name, name.capitalize(), "") for name in CALLS))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        name, how = CALLS[self.what]
        if not editor.known_operator(name):
            return PASS
        call = editor.operator(name)
        if not call.poll():
            return PASS
        call("INVOKE_DEFAULT", True, **how)
        self.view(context).card = False
        return DONE


class AUDOBON_OT_grid_rate(_InGrid):
    """Rate all that is selected"""

    bl_idname = "audobon.grid_rate"
    bl_label = "Rate in the Grid"
    rating: kit.IntProperty(min=0, max=5)

    def execute(self, _context: Any) -> set[str]:
        kit.call("rate_selected", rating=self.rating)
        return DONE


class AUDOBON_OT_grid_move(_InGrid):
    """Go to the asset beside the active one; over the end of the page to the next page"""

    bl_idname = "audobon.grid_move"
    bl_label = "Next Asset"
    way: kit.EnumProperty(
        items=tuple((way, way, "") for way in ("left", "right", "up", "down", "home", "end"))
    )
    extend: kit.BoolProperty(description="Select all up to it")

    def execute(self, context: Any) -> set[str]:
        view, session, state = self.view(context), here.session(), here.state()
        if session is None or state is None or not state.found.assets:
            return STOPPED
        ids = [asset.id for asset in state.found.assets]
        active = state.selection.active
        index = view.tiles.step(ids.index(active), self.way) if active in ids else 0
        if not 0 <= index < len(ids):
            if self.way in ("left", "right", "down", "up"):
                session.turn(1 if index > 0 else -1)
            return DONE
        session.selection.select(ids[index], "range" if self.extend else "only")
        session.choose(ids[index])
        view.scroll = view.tiles.reveal(index)
        context.region.tag_redraw()
        return DONE


class AUDOBON_OT_grid_size(_InGrid):
    """Larger or smaller pictures"""

    bl_idname = "audobon.grid_size"
    bl_label = "Size of the Pictures"
    bigger: kit.BoolProperty(default=True)

    def execute(self, context: Any) -> set[str]:
        settings = kit.settings(context)
        known = [str(size) for size in SIZES]
        at = known.index(settings.tile) + (1 if self.bigger else -1)
        settings.tile = known[min(max(at, 0), len(known) - 1)]
        settings.as_list = False
        context.region.tag_redraw()
        return DONE


class AUDOBON_OT_grid_list(_InGrid):
    """A list with columns instead of pictures, or pictures again"""

    bl_idname = "audobon.grid_list"
    bl_label = "List or Pictures"

    def execute(self, context: Any) -> set[str]:
        settings = kit.settings(context)
        settings.as_list = not settings.as_list
        context.region.tag_redraw()
        return DONE


class AUDOBON_OT_grid_menu(_InGrid):
    """What can be done with the selected assets"""

    bl_idname = "audobon.grid_menu"
    bl_label = "Menu of the Grid"

    def invoke(self, context: Any, event: Any) -> set[str]:
        view, session, state = self.view(context), here.session(), here.state()
        if session is None or state is None:
            return STOPPED
        view.move(*self.place(context, event), time.monotonic())
        if view.hover is not None:
            ident = state.found.assets[view.hover].id
            if ident not in state.selection.here:
                session.selection.select(ident)
                session.choose(ident)
        view.card = False
        context.region.tag_redraw()
        kit.menu("AUDOBON_MT_selection")
        return DONE


class AUDOBON_OT_grid_type(_InGrid):
    """Type what is looked for; the grid follows each letter. Enter or a click ends it"""

    bl_idname = "audobon.grid_type"
    bl_label = "Search in the Grid"
    _view: Any = None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self._view = self.view(context)
        self._view.field = Field(kit.settings(context).text)
        context.window_manager.modal_handler_add(self)
        context.region.tag_redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        field = self._view.field
        settings = kit.settings(context)
        if context.area is None or field is None or here.state() is None:
            return self._end(DONE)
        if event.type in {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE", "TIMER", "WINDOW_DEACTIVATE"}:
            return PASS
        if event.value not in {"PRESS", "DOUBLE_CLICK"}:
            return {"RUNNING_MODAL"}
        if event.type in {"LEFTMOUSE", "RIGHTMOUSE", "MIDDLEMOUSE"}:
            return self._end(PASS | DONE)
        if event.type == "ESC" or event.type in {"RET", "NUMPAD_ENTER", "TAB"}:
            return self._end(DONE)
        if event.ctrl or event.oskey:
            changed = self._control(field, event)
        elif event.unicode and event.unicode.isprintable():
            changed = field.put(event.unicode)
        else:
            changed = field.key(event.type)
        if changed:
            settings.text = field.text
        kit.redraw()
        return {"RUNNING_MODAL"}

    @staticmethod
    def _control(field: Field, event: Any) -> bool:
        if event.type == "V":
            return field.put(kit.pasted())
        if event.type == "C":
            kit.copy_text(field.text)
            return False
        if event.type == "X":
            kit.copy_text(field.text)
            return field.clear()
        return field.key(event.type, ctrl=True)

    def _end(self, status: set[str]) -> set[str]:
        self._view.field = None
        kit.redraw()  # the area may be gone by now
        return status


CLASSES = (
    AUDOBON_OT_grid_open,
    AUDOBON_OT_grid_window,
    AUDOBON_OT_grid_close,
    AUDOBON_OT_grid_click,
    AUDOBON_OT_grid_hover,
    AUDOBON_OT_grid_scroll,
    AUDOBON_OT_grid_do,
    AUDOBON_OT_grid_rate,
    AUDOBON_OT_grid_move,
    AUDOBON_OT_grid_size,
    AUDOBON_OT_grid_list,
    AUDOBON_OT_grid_menu,
    AUDOBON_OT_grid_type,
)
