# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks that bring the chosen asset into the open file; one step of Blender's undo each.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit, pictures, pointing, scenes
from ..logic import words
from ..logic.trust import stamp_of
from ..logic.using import Contents, Pick, contents_of, natural
from . import here
from .asset_ops import _Chosen
from .library_ops import DONE, STOPPED

__all__ = ["CLASSES"]

_WIDTH = 520
_LETTERS = 84
# Of the pop-up that asks: pixels of Blender's interface, and what fits into them.

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


def _contents(asset: Any) -> Contents:
    """Of the session where it has them; else Blender reads the names here and now."""
    state = here.state()
    inside = None if state is None else state.inside
    found = contents_of(inside, asset.id, stamp_of(asset.file))
    return scenes.contents(asset.file) if found is None else found


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


class _UseScene(_Use):
    """What brings a .blend file in; one with scripts only as the person wants it."""

    def permitted(self, asset: Any) -> bool:
        """Whether to go on. Where the person is asked, a yes calls this operator again."""
        found = here.here().verdict(asset)
        if found.what == "go":
            return True
        if found.what == "ask" and not kit.in_background():
            kit.call("confirm_scripts", then=self.bl_idname.partition("_OT_")[2], link=self.link)
        elif found.what == "wait":
            self.report({"INFO"}, f"{asset.name}: {found.text}")
        else:
            self.report({"ERROR"}, f"{asset.name} is not brought in. {found.text}")
        return False


class AUDOBON_OT_confirm_scripts(_Use):
    """Bring this scene in although it holds scripts, or links other files"""

    bl_idname = "audobon.confirm_scripts"
    bl_label = "Bring In a Scene with Scripts?"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    then: kit.EnumProperty(
        items=tuple((name, name, "") for name in ("use_scene", "place", "use_part"))
    )
    link: kit.BoolProperty()

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        asset = here.chosen()
        if asset is None:
            return
        found = here.here().verdict(asset)
        self.layout.label(text=words.short(asset.name, _LETTERS), icon="ERROR")
        self.layout.label(text=f"{found.text}.")
        column = self.layout.column(align=True)
        for line in found.lines:
            column.label(text=words.short(line, _LETTERS))
        self.layout.label(text="Nothing of it has been run. OK brings it in, Escape leaves it.")

    def execute(self, _context: Any) -> set[str]:
        asset = here.chosen()
        if asset is None or here.here().verdict(asset).what != "ask":
            return STOPPED
        here.here().accept(asset)
        kit.call(self.then, link=self.link)
        return DONE


class AUDOBON_OT_use_scene(_UseScene):
    """Bring what this file offers to the 3D cursor: marked assets, else its objects"""

    bl_idname = "audobon.use_scene"
    bl_label = "Append Asset"
    link: kit.BoolProperty(
        name="Link", description="Stay connected with the file instead of copying from it"
    )

    def execute(self, context: Any) -> set[str]:
        asset = here.chosen()
        if asset is None or not self.permitted(asset):
            return STOPPED
        try:
            pick = natural(_contents(asset))
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{asset.name} cannot be read: {error}")
            return STOPPED
        return self.take(context, asset, pick, link=self.link)


class AUDOBON_OT_place(_UseScene):
    """Append it where you click: on a surface, or on the ground. Escape stops"""

    bl_idname = "audobon.place"
    bl_label = "Place with the Mouse"
    link: kit.BoolProperty(name="Link")
    _pick: Any = None
    _asset: Any = None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self._asset = here.chosen()
        if self._asset is None or not self.permitted(self._asset):
            return STOPPED
        try:
            self._pick = natural(_contents(self._asset))
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


class AUDOBON_OT_use_part(_UseScene):
    """Append one thing of this file: an object, a material, a world"""

    bl_idname = "audobon.use_part"
    bl_label = "Append a Part"
    bl_property = "part"
    part: kit.EnumProperty(items=_parts, name="Part")
    link: kit.BoolProperty(name="Link")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        asset = here.chosen()
        if asset is None or not self.permitted(asset):
            return STOPPED
        try:
            picks = _contents(asset).picks()
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
        if asset is None or not name or not self.permitted(asset):
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
    AUDOBON_OT_confirm_scripts,
    AUDOBON_OT_use_scene,
    AUDOBON_OT_place,
    AUDOBON_OT_use_part,
    AUDOBON_OT_use_image,
)
