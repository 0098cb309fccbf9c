# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that are not typed: for a colour.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import brushes, kit
from ..logic import words
from . import here

__all__ = ["CLASSES"]

DONE, STOPPED = {"FINISHED"}, {"CANCELLED"}


class AUDOBON_OT_ask_color(kit.Operator):
    """Look for pictures that have a colour: that of the active brush, or another"""

    bl_idname = "audobon.ask_color"
    bl_label = "Look for a Colour"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    color: kit.FloatVectorProperty(
        name="Colour", subtype="COLOR_GAMMA", size=3, min=0.0, max=1.0, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open"

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self.color = brushes.brush_color(context) or (0.5, 0.5, 0.5)
        return set(context.window_manager.invoke_props_dialog(self, width=220))

    def execute(self, context: Any) -> set[str]:
        color: Any = tuple(self.color)
        if not self.properties.is_property_set("color"):
            color = brushes.brush_color(context)
        if color is None:
            self.report({"ERROR"}, "There is no brush: choose a colour")
            return STOPPED
        settings = kit.settings(context)
        settings.text = words.with_color(settings.text, color)
        return DONE


CLASSES = (AUDOBON_OT_ask_color,)
