# SPDX-License-Identifier: GPL-3.0-or-later
"""Placing with the mouse, and several at once; one step of Blender's undo each.

No postponed annotations here: Blender reads properties from them.
"""

import math
from typing import Any

from ..host import kit, pictures, placing, pointing
from ..logic import laying
from ..logic.ready import is_picture
from ..logic.using import Box, box_of, picture_box
from . import here
from .aiming import Aimed
from .bringing import Bring, note_use
from .library_ops import DONE, STOPPED
from .material_ops import give_by_turns
from .use_ops import open_image

__all__ = ["CLASSES"]

_KEYS = "Click places; wheel or arrows turn, with Shift scale; A: along the surface; Esc stops"
_ONE_METRE = Box((-0.5, -0.5, 0.0), (0.5, 0.5, 1.0), (0.0, 0.0, 0.0))
# For what has no size that is known: as good a guess as any.
_MOST = 200
# Assets at once: all of them are read first, and no more are kept.


class AUDOBON_OT_place(Aimed):
    """Bring it where you click: on a surface, along with it, or on the ground. Escape stops"""

    bl_idname = "audobon.place"
    bl_label = "Place with the Mouse"
    there: kit.BoolProperty(
        description="The place is given; nobody is asked to point", options={"HIDDEN", "SKIP_SAVE"}
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        return self.begin(context, event)

    def begin(self, context: Any, event: Any) -> set[str]:
        """Let the person point at a place; ``Bring.begin`` tells more."""
        if self.there:
            return self.execute(context)
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        self._found, self._pick = found[0], self.pick(found[0])
        if self._pick is None:
            return STOPPED
        if self._pick.kind not in ("objects", "collections"):
            return self.execute(context)  # a material or a world has no place
        text = f"{self._found.asset.name}. {_KEYS}"
        return self.begin_pointing(context, event, text, "CROSSHAIR")

    def clicked(self, context: Any, event: Any) -> set[str]:
        self.aim(context, event)
        self.cancel(context)
        return self.execute(context)

    def execute(self, context: Any) -> set[str]:
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        taken = self.take(context, found[0], self.pick(found[0]), [self.where()])
        if taken is None:
            return STOPPED
        self.told(taken.names)
        return DONE


class AUDOBON_OT_place_several(Bring):
    """Bring several at once: in a row, in a grid, or scattered; materials onto selected objects"""

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

    pictures_as: kit.EnumProperty(
        name="Pictures As",
        items=(
            ("PLANE", "Planes", "Standing planes with the pictures on them"),
            ("EMPTY", "References", "Pictures to look at, which are not rendered"),
            ("MATERIAL", "Materials", "Of the selected objects, as materials of scenes are"),
        ),
    )
    selected: kit.BoolProperty(
        description="All that is selected in the library", options={"HIDDEN", "SKIP_SAVE"}
    )

    def draw(self, _context: Any) -> None:
        """The panel of the last step, in which it can still be changed."""
        names = ["how", "layout_as", "count", "gap", "seed", "turn", "scale", "pictures_as"]
        for name in names + (["surface", "upward", "align"] if self.layout_as == "SCATTER" else []):
            self.layout.prop(self, name)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        session = here.session()
        if self.selected and session is not None:
            idents = session.selection.ids
            self.ids = " ".join(idents[:_MOST])
            if len(idents) > _MOST:
                self.report({"WARNING"}, f"The first {_MOST} of {len(idents):,} that are selected")
        return self.execute(context)

    def execute(self, context: Any) -> set[str]:
        found = self.gather(context)
        scenes = [one for one in found if one.asset.format == "blend"]
        if not found or not self.permitted(scenes):
            return self.left
        things, given = self._sorted(found)
        if not things and given:
            return give_by_turns(self, context, given)
        if not things:
            self.refused(f"{found[0].asset.name} holds nothing that has a place")
            return STOPPED
        if given:
            text = f"{given[0].asset.name} is a material: it goes onto objects, not to a place"
            self.report({"WARNING"}, text)
        boxes = [self._box(one, pick) for one, pick in things]
        surface = context.active_object if self.layout_as == "SCATTER" else None
        lays = self._lays(context, boxes, surface)
        if not lays:
            self.refused("The active object has no surface that faces up; see Only from Above")
            return STOPPED
        made: list[Any] = []
        names: list[str] = []
        for number, (one, pick) in enumerate(things):
            # By turns, so that what is scattered is mixed.
            spots = placing.spots_of(lays[number :: len(things)], align=self.align)
            objects, told = self._put(context, one, pick, spots) if spots else ([], [])
            made += objects
            names += told
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

    def _sorted(self, found: list[Any]) -> tuple[list[Any], list[Any]]:
        """What has a place, each with what of it is meant; and what is a material."""
        things: list[Any] = []
        given: list[Any] = []
        for one in found:
            if one.asset.format != "blend":
                if not is_picture(one.asset):
                    self.refused(f"{one.asset.name} cannot be brought into a scene")
                elif self.pictures_as == "MATERIAL":
                    given.append(one)
                else:
                    things.append((one, None))
                continue
            pick = self.pick(one)
            if pick is not None and _has_place(pick):
                things.append((one, pick))
            elif pick is not None and pick.kind == "materials":
                given.append(one)
        return things, given

    @staticmethod
    def _box(one: Any, pick: Any) -> Box:
        if pick is None:
            return picture_box(one.asset.width, one.asset.height)
        return box_of(one.inside, pick) or _ONE_METRE

    def _put(self, context: Any, one: Any, pick: Any, spots: list[Any]) -> tuple[list[Any], Any]:
        """The objects that one asset becomes, and how they are called."""
        if pick is not None:
            taken = self.take(context, one, pick, spots)
            return ([], []) if taken is None else (taken.objects, taken.names)
        try:
            image = open_image(one)
        except RuntimeError as error:
            self.refused(f"{one.asset.name}: {error}")
            return [], []
        flat = self.pictures_as == "EMPTY"
        note_use(one.asset, "placed")
        return pictures.put_several(context, image, spots, reference=flat), [image.name]

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
