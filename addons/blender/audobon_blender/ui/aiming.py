# SPDX-License-Identifier: GPL-3.0-or-later
"""What all have in common where one points: what lies under the mouse, drawn, and a box there.

No postponed annotations here: Blender reads properties from them.
"""

import math
from typing import Any

from ..host import ghost, kit, placing, pointing
from ..logic import laying
from ..logic.using import box_of
from . import here
from .bringing import Bring
from .library_ops import STOPPED

__all__ = ["Aimed", "Pointing"]

_TURN = math.radians(15)
_GROW = 1.1
_TURNS = {"WHEELUPMOUSE": 1, "WHEELDOWNMOUSE": -1, "LEFT_ARROW": 1, "RIGHT_ARROW": -1}
_GROWS = {"UP_ARROW": 1, "DOWN_ARROW": -1, "NUMPAD_PLUS": 1, "NUMPAD_MINUS": -1}


class Pointing(Bring):
    """Works where the person clicks; Escape and the right button stop it."""

    _ghost: Any = None

    def begin_pointing(self, context: Any, event: Any, text: str, cursor: str) -> set[str]:
        """Begin to follow the mouse, with a line that tells the keys."""
        self._ghost = ghost.Ghost()
        context.workspace.status_text_set(text)
        context.window.cursor_modal_set(cursor)
        if not self.waited:
            context.window_manager.modal_handler_add(self)
        self.show(context, event)
        return {"RUNNING_MODAL"}

    def show(self, context: Any, event: Any) -> None:
        """Draw what a click would do here."""
        raise NotImplementedError

    def clicked(self, context: Any, event: Any) -> set[str]:
        """Do it in this 3D view."""
        raise NotImplementedError

    def change(self, _event: Any) -> bool:
        """Whether this key or step of the wheel has changed something."""
        return False

    def modal(self, context: Any, event: Any) -> set[str]:
        if self._timer is not None:
            return Bring.modal(self, context, event)
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return STOPPED
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            if pointing.view_under_mouse(context, event) is None:
                return {"PASS_THROUGH"}  # the sidebar, or another editor
            return self.clicked(context, event)
        if event.value == "PRESS" and self.change(event):
            self.show(context, event)
            return {"RUNNING_MODAL"}
        if event.type in {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}:
            self.show(context, event)
        return {"PASS_THROUGH"}  # so that one can turn the view meanwhile

    def cancel(self, context: Any) -> None:
        """Also called by Blender, when it ends what goes on: another file is opened."""
        Bring.cancel(self, context)
        if self._ghost is None:
            return
        self._ghost.close()
        self._ghost = None
        context.workspace.status_text_set(None)
        if context.window is not None:
            context.window.cursor_modal_restore()


class Aimed(Pointing):
    """``_found`` and ``_pick`` are what is placed, once they are known."""

    spot: kit.FloatVectorProperty(name="Place", subtype="TRANSLATION")
    up: kit.FloatVectorProperty(
        name="Up", subtype="DIRECTION", default=(0, 0, 1), options={"HIDDEN", "SKIP_SAVE"}
    )
    turn: kit.FloatProperty(name="Turn", subtype="ANGLE", options={"SKIP_SAVE"})
    scale: kit.FloatProperty(
        name="Scale", default=1.0, min=0.001, soft_max=10, options={"SKIP_SAVE"}
    )
    align: kit.BoolProperty(
        name="Along the Surface", description="Stand as the surface does, not upright", default=True
    )
    _found: Any = None
    _pick: Any = None
    _box: Any = None

    def change(self, event: Any) -> bool:
        """Whether this key or step of the wheel has changed something."""
        if event.type == "A":
            self.align = not self.align
        elif event.ctrl or event.alt:
            return False
        elif event.type in _GROWS or (event.type in _TURNS and event.shift):
            self.scale *= _GROW ** (_GROWS.get(event.type) or _TURNS[event.type])
        elif event.type in _TURNS:
            self.turn += _TURN * _TURNS[event.type]
        else:
            return False
        return True

    def aim(self, context: Any, event: Any) -> Any:
        """What lies under the mouse, which is the place from now on; None outside of 3D views."""
        hit = pointing.hit_under_mouse(context, event)
        if hit is not None:
            self.spot, self.up = hit.place, hit.normal
        return hit

    def where(self) -> placing.Spot:
        """The place with its turn and scale."""
        lay = laying.Lay(tuple(self.spot), tuple(self.up), self.turn, self.scale)
        return placing.spots_of([lay], align=self.align)[0]

    def show(self, context: Any, event: Any) -> None:
        """Draw the box under the mouse; a mark until its size is known."""
        if self.aim(context, event) is None:
            self._ghost.clear()
            return
        if self._box is None and self._found is not None and self._pick is not None:
            # It may be read in this very moment.
            state = here.state()
            inside = self._found.inside if state is None else state.inside or self._found.inside
            mine = inside is not None and inside.ident == self._found.asset.id
            self._box = box_of(inside if mine else self._found.inside, self._pick)
        anchor = (0.0, 0.0, 0.0) if self._box is None else self._box.anchor
        self._ghost.box(self._box, placing.matrix_of(self.where(), anchor))
