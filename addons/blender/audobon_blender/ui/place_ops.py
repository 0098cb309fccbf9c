# SPDX-License-Identifier: GPL-3.0-or-later
"""Placing with the mouse, and several at once; one step of Blender's undo each.

No postponed annotations here: Blender reads properties from them.
"""

import math
from typing import Any

from ..host import ghost, kit, placing, pointing
from ..logic import laying
from ..logic.using import Box, box_of
from . import here
from .bringing import Bring
from .library_ops import DONE, STOPPED

__all__ = ["CLASSES"]

_TURN = math.radians(15)
_GROW = 1.1
_KEYS = "Click places; wheel or arrows turn, with Shift scale; A: along the surface; Esc stops"
_TURNS = {"WHEELUPMOUSE": 1, "WHEELDOWNMOUSE": -1, "LEFT_ARROW": 1, "RIGHT_ARROW": -1}
_GROWS = {"UP_ARROW": 1, "DOWN_ARROW": -1, "NUMPAD_PLUS": 1, "NUMPAD_MINUS": -1}
_ONE_METRE = Box((-0.5, -0.5, 0.0), (0.5, 0.5, 1.0), (0.0, 0.0, 0.0))
# For what has no size that is known: as good a guess as any.


class AUDOBON_OT_place(Bring):
    """Bring it where you click: on a surface, along with it, or on the ground. Escape stops"""

    bl_idname = "audobon.place"
    bl_label = "Place with the Mouse"
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
    _ghost: Any = None
    _found: Any = None
    _pick: Any = None
    _box: Any = None

    def invoke(self, context: Any, event: Any) -> set[str]:
        return self.begin(context, event)

    def begin(self, context: Any, event: Any) -> set[str]:
        """Let the person point at a place; ``Bring.begin`` tells more."""
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        self._found, self._pick = found[0], self.pick(found[0])
        if self._pick is None:
            return STOPPED
        if self._pick.kind not in ("objects", "collections"):
            return self.execute(context)  # a material or a world has no place
        self._ghost = ghost.Ghost()
        context.workspace.status_text_set(f"{self._found.asset.name}. {_KEYS}")
        context.window.cursor_modal_set("CROSSHAIR")
        if not self.waited:
            context.window_manager.modal_handler_add(self)
        self._show(context, event)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        if self._timer is not None:
            return Bring.modal(self, context, event)
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return STOPPED
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            if self._point(context, event) is None:
                return {"PASS_THROUGH"}  # the sidebar, or another editor
            self.cancel(context)
            return self.execute(context)
        if event.value == "PRESS" and self._change(event):
            self._show(context, event)
            return {"RUNNING_MODAL"}
        if event.type in {"MOUSEMOVE", "INBETWEEN_MOUSEMOVE"}:
            self._show(context, event)
        return {"PASS_THROUGH"}  # so that one can turn the view meanwhile

    def _change(self, event: Any) -> bool:
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

    def _point(self, context: Any, event: Any) -> Any:
        hit = pointing.hit_under_mouse(context, event)
        if hit is not None:
            self.spot, self.up = hit.place, hit.normal
        return hit

    def _where(self) -> placing.Spot:
        lay = laying.Lay(tuple(self.spot), tuple(self.up), self.turn, self.scale)
        return placing.spots_of([lay], align=self.align)[0]

    def _show(self, context: Any, event: Any) -> None:
        if self._point(context, event) is None:
            self._ghost.clear()
            return
        if self._box is None:  # it may be read in this very moment
            state = here.state()
            inside = self._found.inside if state is None else state.inside or self._found.inside
            mine = inside is not None and inside.ident == self._found.asset.id
            self._box = box_of(inside if mine else self._found.inside, self._pick)
        anchor = (0.0, 0.0, 0.0) if self._box is None else self._box.anchor
        self._ghost.box(self._box, placing.matrix_of(self._where(), anchor))

    def cancel(self, context: Any) -> None:
        """Also called by Blender, when it ends what goes on: another file is opened."""
        Bring.cancel(self, context)
        if self._ghost is None:
            return
        self._ghost.close()
        context.workspace.status_text_set(None)
        if context.window is not None:
            context.window.cursor_modal_restore()

    def execute(self, context: Any) -> set[str]:
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        taken = self.take(context, found[0], self.pick(found[0]), [self._where()])
        if taken is None:
            return STOPPED
        self.told(taken.names)
        return DONE


class AUDOBON_OT_place_several(Bring):
    """Bring several at once: in a row, in a grid, or scattered over a surface"""

    bl_idname = "audobon.place_several"
    bl_label = "Several at Once"
    layout_as: kit.EnumProperty(
        name="Layout",
        items=(
            ("ROW", "Row", "Side by side along X, from the 3D cursor"),
            ("GRID", "Grid", "In rows and columns, from the 3D cursor"),
            ("SCATTER", "Scatter", "By chance over the active object, or on the ground"),
        ),
    )
    count: kit.IntProperty(
        name="Count", description="Copies of each asset", default=5, min=1, max=5000, soft_max=200
    )
    gap: kit.FloatProperty(
        name="Spacing",
        description="Between the boxes of neighbours; scattered: between their middles, at least",
        default=0.2,
        min=0.0,
        subtype="DISTANCE",
    )
    seed: kit.IntProperty(name="Seed", description="Another number is another chance")
    turn: kit.FloatProperty(
        name="Random Turn", subtype="ANGLE", min=0.0, max=math.pi, description="Either way"
    )
    scale: kit.FloatProperty(
        name="Random Scale", subtype="FACTOR", min=0.0, max=0.95, description="Either way"
    )
    surface: kit.EnumProperty(
        name="On",
        items=(
            ("ACTIVE", "Active Object", "Its surface, as it is seen; without one the ground"),
            ("GROUND", "Ground", "Around the 3D cursor"),
        ),
    )
    upward: kit.BoolProperty(
        name="Only from Above", description="Nothing on walls and undersides", default=True
    )
    align: kit.BoolProperty(
        name="Along the Surface", description="Stand as the surface does, not upright", default=True
    )

    def draw(self, _context: Any) -> None:
        """The panel of the last step, in which it can still be changed."""
        names = ["how", "layout_as", "count", "gap", "seed", "turn", "scale"]
        for name in names + (["surface", "upward", "align"] if self.layout_as == "SCATTER" else []):
            self.layout.prop(self, name)

    def execute(self, context: Any) -> set[str]:
        found = [one for one in self.gather(context) if one.asset.format == "blend"]
        if not found or not self.permitted(found):
            return self.left
        picks = [(one, self.pick(one)) for one in found]
        things = [(one, pick) for one, pick in picks if pick is not None and _has_place(pick)]
        if not things:
            self.refused(f"{found[0].asset.name} holds no objects, so it has no place")
            return STOPPED
        boxes = [box_of(one.inside, pick) or _ONE_METRE for one, pick in things]
        surface = context.active_object if self.layout_as == "SCATTER" else None
        lays = self._lays(context, boxes, surface)
        if not lays:
            self.refused("The active object has no surface that faces up; see Only from Above")
            return STOPPED
        made, names = [], []
        for number, (one, pick) in enumerate(things):
            # By turns, so that what is scattered is mixed.
            spots = placing.spots_of(lays[number :: len(things)], align=self.align)
            taken = self.take(context, one, pick, spots) if spots else None
            made += [] if taken is None else taken.objects
            names += [] if taken is None else taken.names
        if not made:
            return STOPPED
        placing.select(context, made, active=surface)
        wanted = self.count * len(things)
        if len(lays) < wanted:
            text = f"{len(lays)} of {wanted}: there is no room for more so far apart"
            self.report({"WARNING"}, text)
        else:
            self.told(names)
        return DONE

    def _lays(self, context: Any, boxes: list[Box], surface: Any) -> list[laying.Lay]:
        total = self.count * len(boxes)
        start = tuple(context.scene.cursor.location)
        if self.layout_as == "ROW":
            widths = [boxes[number % len(boxes)].side for number in range(total)]
            lays = laying.row(widths, self.gap, start)
        elif self.layout_as == "GRID":
            lays = laying.grid(total, max(box.width for box in boxes), self.gap, start)
        else:
            lays = self._scattered(context, total, surface)
        return laying.varied(lays, laying.Variation(self.turn, self.scale), self.seed)

    def _scattered(self, context: Any, total: int, surface: Any) -> list[laying.Lay]:
        on_object = self.surface == "ACTIVE" and surface is not None
        triangles = pointing.surface_of(context, surface) if on_object else []
        if triangles:
            triangles = laying.upward(triangles) if self.upward else triangles
            return laying.on_triangles(triangles, total, self.gap, self.seed)
        start = tuple(context.scene.cursor.location)
        return laying.on_ground(total, self.gap, start, self.seed)


def _has_place(pick: Any) -> bool:
    return pick.kind in ("objects", "collections")


CLASSES = (AUDOBON_OT_place, AUDOBON_OT_place_several)
