# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials onto objects and faces: those of scenes, of pictures, and of whole texture sets.

No postponed annotations here: Blender reads properties from them.
"""

import random
from typing import Any

from ..host import kit, materials, pictures, pointing, texturing
from ..logic.using import Pick
from .aiming import Pointing
from .bringing import Bring, contents, note_use
from .library_ops import DONE, STOPPED
from .use_ops import open_image

__all__ = ["CLASSES", "give_by_turns"]

_KEYS = "Click a surface; with Ctrl only this face gets it; Esc stops"


class AUDOBON_OT_give_material(Pointing):
    """Give the active object this material, or what you point at. A texture set becomes one"""

    bl_idname = "audobon.give_material"
    bl_label = "Give Material"
    point: kit.BoolProperty(
        name="Point at It", description="Click what shall have it", options={"HIDDEN", "SKIP_SAVE"}
    )
    target: kit.StringProperty(
        name="Object", description="Empty: the active object", options={"SKIP_SAVE"}
    )
    slot: kit.IntProperty(
        name="Slot", description="-1: the active one", default=-1, min=-1, options={"SKIP_SAVE"}
    )
    face: kit.IntProperty(
        name="Face", description="-1: all of the slot", default=-1, min=-1, options={"SKIP_SAVE"}
    )
    heights: kit.EnumProperty(
        name="Heights",
        items=(
            (texturing.BUMP, "Bump", "A map of heights changes how light falls"),
            (texturing.DISPLACE, "Displacement", "It moves the surface, where that is fine enough"),
        ),
    )

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        if properties.point:
            return "Click the surface that shall have this material"
        return "Give the active slot of the active object this material"

    def draw(self, _context: Any) -> None:
        """The panel of the last step, in which it can still be changed."""
        for name in ("target", "slot", "face", "heights"):
            self.layout.prop(self, name)

    def invoke(self, context: Any, event: Any) -> set[str]:
        return self.begin(context, event)

    def begin(self, context: Any, event: Any) -> set[str]:
        """Let the person point at a place; ``Bring.begin`` tells more."""
        if not self.point:
            return self.execute(context)
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        return self.begin_pointing(context, event, f"{found[0].asset.name}. {_KEYS}", "EYEDROPPER")

    def clicked(self, context: Any, event: Any) -> set[str]:
        hit, face = self._under(context, event)
        self.cancel(context)
        if hit is None or face is None:
            self.refused("There is no surface that can have a material")
            return STOPPED
        self.target, self.slot = hit.thing.name, face.slot
        if event.ctrl and face.number < 0:
            self.refused("Modifiers make this face; apply them first, or click without Ctrl")
            return STOPPED
        self.face = face.number if event.ctrl else -1
        return self.execute(context)

    @staticmethod
    def _under(context: Any, event: Any) -> tuple[Any, Any]:
        hit = pointing.hit_under_mouse(context, event)
        return hit, None if hit is None else pointing.face_of(context, hit)

    def show(self, context: Any, event: Any) -> None:
        _, face = self._under(context, event)
        if face is None:
            self._ghost.clear()
        else:
            self._ghost.face(face.corners)

    def execute(self, context: Any) -> set[str]:
        found = self.gather(context)[:1]
        if not found or not self.permitted(found):
            return self.left
        one = found[0]
        try:
            thing = materials.target(context, self.target)
            material = material_for(self, one, self.heights)
            if material is None:
                self.refused(f"{one.asset.name} holds no material")
                return STOPPED
            materials.give(thing, material, slot=self.slot, face=self.face)
        except (OSError, RuntimeError) as error:
            self.refused(f"{one.asset.name}: {error}")
            return STOPPED
        self.report({"INFO"}, f"{thing.name} has {material.name}")
        if one.asset.format != "blend":
            note_use(one.asset, "placed")
        return DONE


def material_for(operator: Bring, one: Any, heights: str = texturing.BUMP) -> Any:
    """The material of an asset; None where it holds none. OSError, RuntimeError."""
    if one.asset.format != "blend":
        if one.textures is not None:
            return texturing.material_of(one.textures, heights)
        return pictures.material_of(open_image(one))
    inside = contents(one)
    names = [*inside.marked.get("materials", ()), *inside.names.get("materials", ())]
    if not names:
        return None
    return materials.of_file(one.asset.file, Pick("materials", (names[0],)), operator.how)


def give_by_turns(operator: Any, context: Any, several: list[Any]) -> set[str]:
    """Give the selected objects the materials of several assets, by turns; scattered by chance.

    Several maps of one texture set are one material.
    """
    things = [one for one in context.selected_objects if materials.can_have(one)]
    if not things:
        operator.refused("Select the objects that shall have the materials first")
        return STOPPED
    made, sets = [], set()
    for one in several:
        if one.textures is not None and one.textures.name in sets:
            continue
        try:
            material = material_for(operator, one)
        except (OSError, RuntimeError) as error:
            operator.refused(f"{one.asset.name}: {error}")
            continue
        if one.textures is not None:
            sets.add(one.textures.name)
        if material is not None:
            made.append(material)
            note_use(one.asset, "placed" if one.asset.format != "blend" else "appended")
    if not made:
        return STOPPED
    chance = random.Random(operator.seed) if operator.layout_as == "SCATTER" else None
    for number, thing in enumerate(sorted(things, key=lambda each: str(each.name))):
        which = number % len(made) if chance is None else chance.randrange(len(made))
        materials.give(thing, made[which])
    objects = "1 object" if len(things) == 1 else f"{len(things)} objects"
    operator.report({"INFO"}, f"{objects}: {', '.join(one.name for one in made[:3])}")
    return DONE


CLASSES = (AUDOBON_OT_give_material,)
