# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks that bring the chosen asset into the open file; one step of Blender's undo each.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit, pictures, pointing, scenes
from ..logic.using import Pick, natural
from . import here
from .asset_ops import _Chosen
from .library_ops import DONE, STOPPED

__all__ = ["CLASSES"]

_LABELS = {
    "collections": "Collection",
    "objects": "Object",
    "materials": "Material",
    "node_groups": "Node group",
    "worlds": "World",
}


def _note_use(asset: Any, kind: str) -> None:
    """Uses are counted: search ranks by them."""
    session = here.session()
    if session is not None and not session.state.read_only:

        def work(library: Any, _report: Any) -> None:
            library.record_use(asset.id, kind, host="blender")

        session.do("Noting the use", work)


class _Use(_Chosen):
    bl_options = {"REGISTER", "UNDO"}  # Blender reads it from the class

    @classmethod
    def poll(cls, context: Any) -> bool:
        if not _Chosen.poll(context) or context.mode != "OBJECT":
            return False
        state = here.state()
        return state is not None and state.chosen is not None

    def take(self, context: Any, asset: Any, pick: Any, *, link: bool, at: Any = None) -> set[str]:
        if pick is None:
            self.report({"ERROR"}, f"{asset.name} holds nothing that can be appended")
            return STOPPED
        stem = asset.name.rpartition(".")[0] or asset.name
        try:
            names = scenes.take(context, asset.file, pick, link=link, name=stem, at=at)
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{asset.name} cannot be read: {error}")
            return STOPPED
        verb = "Linked" if link else "Appended"
        self.report({"INFO"}, f"{verb} {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}")
        _note_use(asset, "linked" if link else "appended")
        return DONE


class AUDOBON_OT_use_scene(_Use):
    """Bring what this file offers to the 3D cursor: marked assets, else its objects"""

    bl_idname = "audobon.use_scene"
    bl_label = "Append Asset"
    link: kit.BoolProperty(
        name="Link", description="Stay connected with the file instead of copying from it"
    )

    def execute(self, context: Any) -> set[str]:
        asset = here.chosen()
        if asset is None:
            return STOPPED
        try:
            pick = natural(scenes.contents(asset.file))
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{asset.name} cannot be read: {error}")
            return STOPPED
        return self.take(context, asset, pick, link=self.link)


class AUDOBON_OT_place(_Use):
    """Append it where you click: on a surface, or on the ground. Escape stops"""

    bl_idname = "audobon.place"
    bl_label = "Place with the Mouse"
    link: kit.BoolProperty(name="Link")
    _pick: Any = None
    _asset: Any = None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self._asset = here.chosen()
        if self._asset is None:
            return STOPPED
        try:
            self._pick = natural(scenes.contents(self._asset.file))
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{self._asset.name} cannot be read: {error}")
            return STOPPED
        context.workspace.status_text_set(f"{self._asset.name}: click where it goes, Esc stops")
        context.window.cursor_modal_set("CROSSHAIR")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self._end(context)
            return STOPPED
        if event.type != "LEFTMOUSE" or event.value != "PRESS":
            return {"PASS_THROUGH"}  # so that one can turn the view meanwhile
        spot = pointing.spot_under_mouse(context, event)
        if spot is None:
            return {"PASS_THROUGH"}
        self._end(context)
        return self.take(context, self._asset, self._pick, link=self.link, at=spot)

    def _end(self, context: Any) -> None:
        context.workspace.status_text_set(None)
        context.window.cursor_modal_restore()


_choices: list[tuple[str, str, str]] = []
# Blender keeps no reference to the texts of such a list, so they must live here.


def _parts(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    return _choices or [("none", "Nothing", "")]


class AUDOBON_OT_use_part(_Use):
    """Append one thing of this file: an object, a material, a world"""

    bl_idname = "audobon.use_part"
    bl_label = "Append a Part"
    bl_property = "part"
    part: kit.EnumProperty(items=_parts, name="Part")
    link: kit.BoolProperty(name="Link")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        asset = here.chosen()
        if asset is None:
            return STOPPED
        try:
            picks = scenes.contents(asset.file).picks()
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{asset.name} cannot be read: {error}")
            return STOPPED
        _choices[:] = [
            (f"{pick.kind}:{pick.names[0]}", f"{_LABELS[pick.kind]}: {pick.names[0]}", "")
            for pick in picks
        ]
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        asset = here.chosen()
        kind, _, name = self.part.partition(":")
        if asset is None or not name:
            return STOPPED
        return self.take(context, asset, Pick(kind, (name,)), link=self.link)


class AUDOBON_OT_use_image(_Use):
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

    def execute(self, context: Any) -> set[str]:
        asset = here.chosen()
        if asset is None:
            return STOPPED
        try:
            name = pictures.use_image(context, asset.file, self.use)
        except RuntimeError as error:
            self.report({"ERROR"}, f"{asset.name}: {error}")
            return STOPPED
        self.report({"INFO"}, f"{name}: used as {self.use}")
        _note_use(asset, "placed")
        return DONE


CLASSES = (
    AUDOBON_OT_use_scene,
    AUDOBON_OT_place,
    AUDOBON_OT_use_part,
    AUDOBON_OT_use_image,
)
