# SPDX-License-Identifier: GPL-3.0-or-later
"""An asset that is pressed in a grid, and dragged out of it into a 3D view of the same window.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import editor, ghost, kit, pointing
from ..logic import dropping
from ..logic.ready import is_picture
from ..logic.using import picture_box
from . import here
from .aiming import Aimed
from .bringing import Bring
from .grid import grids
from .library_ops import DONE, STOPPED, _Open

__all__ = ["CLASSES", "press"]

_MOVES = {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}
_LEAST = 5.0
# Pixels at a scale of 1 that a hand moves in a click.


def press(context: Any, event: Any, ident: str) -> None:
    """Select an asset; with Ctrl one more, with Shift all up to it; else it may be dragged."""
    session, state = here.session(), here.state()
    if session is None or state is None:
        return
    how = "range" if event.shift else "toggle" if event.ctrl or event.oskey else "only"
    # One of several is selected alone when it is let go: it may be the beginning of a drag.
    held = event.type == "LEFTMOUSE" and event.value == "PRESS" and how == "only"
    several = held and ident in state.selection.here and state.selection.count > 1
    if not several:
        session.selection.select(ident, how)
    session.choose(ident)
    kit.settings(context).new_tag = ""
    if held:
        kit.call("drag", ids=ident, alone=several, how=kit.settings(context).how)


class AUDOBON_OT_press_tile(_Open):
    """Choose this asset, or drag it into the 3D view"""

    bl_idname = "audobon.press_tile"
    bl_label = "Choose or Drag an Asset"
    ident: kit.StringProperty()

    def invoke(self, context: Any, event: Any) -> set[str]:
        press(context, event, self.ident)
        return DONE


class AUDOBON_OT_drag(Aimed):
    """Drag it into a 3D view: it goes where you let go. Escape stops"""

    bl_idname = "audobon.drag"
    bl_label = "Drag an Asset"
    bl_options = {"INTERNAL"}  # Blender reads it from the class; what it calls has a step of undo
    alone: kit.BoolProperty(
        description="Without having moved, select it alone", options={"HIDDEN", "SKIP_SAVE"}
    )
    _start = (0, 0)
    _kind = ""
    _drop: Any = None
    _face: Any = None
    _hit: Any = None
    _waits = False

    def invoke(self, context: Any, event: Any) -> set[str]:
        self._start = (event.mouse_x, event.mouse_y)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        if event.type in {"ESC", "RIGHTMOUSE"} or here.state() is None:
            self.cancel(context)
            return STOPPED
        if self._waits:
            return self._wait(context, event)
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            # It is passed on: a button of the sidebar that was pressed waits for it too.
            done = self._clicked() if self._ghost is None else self._let_go(context, event)
            return done | {"PASS_THROUGH"}
        if event.type in _MOVES and self._ghost is None:
            least = _LEAST * context.preferences.system.ui_scale
            if dropping.far(self._start, (event.mouse_x, event.mouse_y), least):
                self._begin(context)
        if self._ghost is not None and (event.type in _MOVES or self._turned(event)):
            self._follow(context, event)
        return {"RUNNING_MODAL"}

    def _clicked(self) -> set[str]:
        session = here.session()
        if self.alone and session is not None:
            session.selection.select(self.ids)
        return STOPPED

    def _turned(self, event: Any) -> bool:
        keys = {"LEFT_SHIFT", "RIGHT_SHIFT", "LEFT_CTRL", "RIGHT_CTRL"}
        return event.type in keys or (event.value == "PRESS" and self.change(event))

    def _begin(self, context: Any) -> None:
        self._ghost = ghost.Ghost()
        context.window.cursor_modal_set("HAND")
        if editor.is_grid(context.area):
            view = grids().view(context.area)
            view.hover, view.card = None, False  # what would be told of it lies in the way
            context.region.tag_redraw()
        self._know()

    def _know(self) -> bool:
        """Whether it is known what the asset holds; asks for it the first time."""
        if self._kind:
            return True
        state, session = here.state(), here.session()
        found = self.known()
        if not found and self._ended is None and state is not None and session is not None:
            self._ended = here.here().ready.prepare(session, [self.ids])
        if not found:
            return False
        self._found = found[0]
        asset = self._found.asset
        if asset.format != "blend":
            self._kind = "pictures" if is_picture(asset) else "none"
            self._box = picture_box(asset.width, asset.height)
            return True
        inside = self._found.inside
        if inside is None or (inside.offers is None and inside.problem is None):
            return False  # the session is looking at it
        if inside.offers is None:
            self._kind = "objects"  # what keeps it from being read is said where it is placed
        else:
            self._pick = self.pick(self._found)
            self._kind = "none" if self._pick is None else self._pick.kind
        return True

    def _follow(self, context: Any, event: Any) -> None:
        """Show what letting go would do here."""
        self._know()
        self._hit = pointing.hit_under_mouse(context, event)
        self._face = None if self._hit is None else pointing.face_of(context, self._hit)
        if self._hit is None:
            self._drop = None
            self._ghost.clear()
            context.window.cursor_modal_set("HAND")
            context.workspace.status_text_set("Drag it over a 3D view; Esc stops")
            return
        self._drop = dropping.meant(
            self._kind, face=self._face is not None, standing=bool(event.shift)
        )
        context.window.cursor_modal_set("CROSSHAIR" if self._drop.what else "STOP")
        name = "" if self._found is None else f"{self._found.asset.name}: "
        context.workspace.status_text_set(f"{name}{self._drop.text}; Esc stops")
        if self._drop.what == dropping.MATERIAL:
            self._ghost.face(self._face.corners)
        elif self._drop.what:
            self.show(context, event)
        else:
            self._ghost.clear()

    def _let_go(self, context: Any, event: Any) -> set[str]:
        self._follow(context, event)
        if self._hit is None:
            self.cancel(context)
            return STOPPED
        if not self._kind:
            self._waits = True
            self._timer = kit.begin_timer(context)
            return {"RUNNING_MODAL"}
        return self._put(context, event)

    def _wait(self, context: Any, event: Any) -> set[str]:
        """It was let go before the file had been read."""
        if event.type != "TIMER" or not self._know():
            failed = self._ended is not None and self._ended.is_set() and not self.known()
            if event.type == "TIMER" and failed:
                self.cancel(context)
                if self.ids not in here.here().ready.left:  # else a notice has said why
                    text = "The file cannot be read, or changes meanwhile; try again in a moment"
                    self.refused(text)
                return STOPPED
            return {"PASS_THROUGH"}
        self._drop = dropping.meant(
            self._kind, face=self._face is not None, standing=bool(event.shift)
        )
        return self._put(context, event)

    def _put(self, context: Any, event: Any) -> set[str]:
        hit, face, drop = self._hit, self._face, self._drop
        spot, up = tuple(self.spot), tuple(self.up)
        self.cancel(context)
        how = {"ids": self.ids}
        if not Bring.poll(context):
            self.report({"INFO"}, "Leave the edit mode first")
            return STOPPED
        if not drop.what:
            self.report({"INFO"}, drop.text.capitalize())
            return STOPPED
        if drop.what == dropping.PLACE:
            turned = {"turn": self.turn, "scale": self.scale, "align": self.align}
            kit.call("place", **how, how=self.how, spot=spot, up=up, there=True, **turned)
        elif drop.what == dropping.MATERIAL:
            alone = face.number if event.ctrl else -1
            target = {"target": hit.thing.name, "slot": face.slot, "face": alone}
            kit.call("give_material", **how, how=self.how, **target)
        elif drop.what == dropping.PICTURE:
            use = "plane" if event.shift else "empty"
            kit.call("use_image", **how, use=use, spot=spot, there=True)
        else:
            kit.call("use_scene", **how, how=self.how)
        return DONE


CLASSES = (AUDOBON_OT_press_tile, AUDOBON_OT_drag)
