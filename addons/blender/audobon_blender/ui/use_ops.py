# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks that bring assets into the open file; one step of Blender's undo each.

No postponed annotations here: Blender reads properties from them.
"""

import json
import math
from typing import Any

from ..host import kit, paintings, pictures
from ..logic import words
from ..logic.ready import is_painting
from ..logic.trust import AWAY, stamp_of
from ..logic.using import Pick
from . import here
from .bringing import Bring, contents, note_use
from .library_ops import DONE, STOPPED

__all__ = ["CLASSES", "open_image"]

_WIDTH = 520
_LETTERS = 84
# Of the pop-up that asks: pixels of Blender's interface, and what fits into them.
_LISTED = 3
# Scenes whose findings are told one by one.

_LABELS = {
    "collections": "Collection",
    "objects": "Object",
    "materials": "Material",
    "node_groups": "Node group",
    "worlds": "World",
}
_ASKED = ("use_scene", "place", "use_part", "place_several", "give_material")


def open_image(one: Any) -> Any:
    """The picture of an asset as an image of Blender. RuntimeError when it cannot be read."""
    if is_painting(one.asset):
        return paintings.painting(one.asset.file, one.picture, one.stamp)
    return pictures.image_of(one.asset.file)


class AUDOBON_OT_confirm_scripts(Bring):
    """Bring this scene in although it holds scripts, or links other files"""

    bl_idname = "audobon.confirm_scripts"
    bl_label = "Bring In a Scene with Scripts?"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    then: kit.EnumProperty(items=tuple((name, name, "") for name in _ASKED))
    args: kit.StringProperty(default="{}", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def asked(self, several: list[Any]) -> list[Any]:
        """The scenes that are asked about, each with what was found."""
        found = [(one, here.here().verdict(one.asset, one.inside)) for one in several]
        return [(one, verdict) for one, verdict in found if verdict.what == "ask"]

    def draw(self, _context: Any) -> None:
        found = self.asked(self.known())
        for one, verdict in found[:_LISTED]:
            self.layout.label(text=words.short(one.asset.name, _LETTERS), icon="ERROR")
            self.layout.label(text=f"{verdict.text}.")
            column = self.layout.column(align=True)
            for line in verdict.lines:
                column.label(text=words.short(line, _LETTERS))
        if len(found) > _LISTED:
            self.layout.label(text=f"and {len(found) - _LISTED} more scenes like these")
        self.layout.label(text="Nothing of it has been run. OK brings it in, Escape leaves it.")

    def execute(self, context: Any) -> set[str]:
        found = self.asked(self.gather(context))
        if not found:
            return STOPPED
        for one, _ in found:
            here.here().accept(one.asset, one.inside)
        kit.call(self.then, **json.loads(self.args))
        return DONE


class AUDOBON_OT_use_scene(Bring):
    """Bring what this file offers to the 3D cursor: marked assets, else its objects"""

    bl_idname = "audobon.use_scene"
    bl_label = "Bring to the 3D Cursor"

    def execute(self, context: Any) -> set[str]:
        found = self.gather(context)
        if not found or not self.permitted(found):
            return self.left
        names: list[str] = []
        for one in found:
            taken = self.take(context, one, self.pick(one))
            names += [] if taken is None else taken.names
        if not names:
            return STOPPED
        self.told(names)
        return DONE


_choices: list[tuple[str, str, str]] = []
# Blender keeps no reference to the texts of such a list, so they must live here.


def _parts(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    return _choices or [("none", "Nothing", "")]


class AUDOBON_OT_use_part(Bring):
    """Bring in one thing of this file: an object, a material, a world"""

    bl_idname = "audobon.use_part"
    bl_label = "A Part"
    bl_property = "part"
    part: kit.EnumProperty(items=_parts, name="Part")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        try:
            picks = contents(found[0]).picks()
        except (OSError, RuntimeError) as error:
            self.refused(f"{found[0].asset.name} cannot be read: {error}")
            return STOPPED
        _choices[:] = [
            (f"{pick.kind}:{pick.names[0]}", f"{_LABELS[pick.kind]}: {pick.names[0]}", "")
            for pick in picks
        ]
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        found = self.gather(context)[:1]
        kind, _, name = self.part.partition(":")
        if not found or not name or not self.permitted(found):
            return STOPPED
        taken = self.take(context, found[0], Pick(kind, (name,)))
        if taken is None:
            return STOPPED
        self.told(taken.names)
        return DONE


class AUDOBON_OT_use_image(Bring):
    """Bring this picture into the scene"""

    bl_idname = "audobon.use_image"
    bl_label = "Use Image"
    use: kit.EnumProperty(
        name="As",
        items=(
            ("plane", "Plane", "A standing plane with the picture on it"),
            ("empty", "Reference", "A picture to look at, which is not rendered"),
            ("texture", "Texture", "A node in the material of the active object"),
            ("world", "World", "The surroundings of the scene, best an HDRI"),
        ),
    )
    turn: kit.FloatProperty(
        name="Turned",
        description="How far the surroundings are turned",
        subtype="ANGLE",
        soft_min=-math.pi,
        soft_max=math.pi,
    )
    strength: kit.FloatProperty(
        name="Strength", description="How bright the surroundings are", default=1.0, min=0.0
    )
    there: kit.BoolProperty(
        name="At a Place", description="Else at the 3D cursor", options={"SKIP_SAVE"}
    )
    spot: kit.FloatVectorProperty(name="Place", subtype="TRANSLATION", options={"SKIP_SAVE"})

    def draw(self, _context: Any) -> None:
        """The panel of the last step, in which it can still be changed."""
        self.layout.prop(self, "use")
        if self.use == "world":
            self.layout.prop(self, "turn")
            self.layout.prop(self, "strength")
        elif self.there:
            self.layout.prop(self, "spot")

    def execute(self, context: Any) -> set[str]:
        done = False
        for one in self.gather(context):
            if stamp_of(one.asset.file) == AWAY:
                self.refused(f"{one.asset.name}: the disk it lies on does not answer")
                continue
            try:
                world = pictures.World(self.turn, self.strength)
                spot = tuple(self.spot) if self.there else None
                name = pictures.use_image(context, open_image(one), self.use, world, spot)
            except RuntimeError as error:
                self.refused(f"{one.asset.name}: {error}")
                continue
            self.report({"INFO"}, f"{name}: used as {self.use}")
            note_use(one.asset, "placed")
            done = True
        return DONE if done else self.left


CLASSES = (
    AUDOBON_OT_confirm_scripts,
    AUDOBON_OT_use_scene,
    AUDOBON_OT_use_part,
    AUDOBON_OT_use_image,
)
