# SPDX-License-Identifier: GPL-3.0-or-later
"""The open file: its versions, and parts of it saved as assets.

No postponed annotations here: Blender reads properties from them.
"""

import tempfile
from pathlib import Path
from typing import Any

from ..host import kit, saving
from ..logic.saving import file_name, new_version, save_part
from ..logic.words import tags_of
from . import here
from .browsing import CATEGORY
from .library_ops import DONE, STOPPED, _Open
from .past import file_news, history
from .texts import paragraph

__all__ = ["CLASSES"]

_FOLDER = "Saved"


class _Panel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open" and not state.read_only


class AUDOBON_PT_file(_Panel, kit.Panel):
    """Versions of the open file"""

    bl_label = "This File"
    bl_idname = "AUDOBON_PT_file"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def draw(self, context: Any) -> None:
        layout, state = self.layout, here.state()
        if state is None:
            return
        path = saving.open_file()
        if not path:
            paragraph(layout, context, "Save this file first; then it can have versions.", "INFO")
            return
        file_news(layout, context, state)
        row = layout.row(align=True)
        row.prop(kit.settings(context), "note", text="", icon="TEXT")
        row.operator("audobon.new_version", text="New Version", icon="ADD")
        if state.document is None:
            paragraph(layout, context, "The first version makes this file an asset.")
        else:
            history(layout, context, state.document)


class AUDOBON_PT_save(_Panel, kit.Panel):
    """Parts of the open file become assets"""

    bl_label = "Save as Asset"
    bl_idname = "AUDOBON_PT_save"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, kit.settings(context)
        layout.prop(settings, "name")
        layout.prop(settings, "new_tags")
        layout.prop(settings, "pack")
        column = layout.column(align=True)
        column.scale_y = 1.2
        count = len(context.selected_objects)
        text = f"{count} Objects" if count != 1 else "1 Object"
        column.operator("audobon.save_objects", text=f"Save {text}", icon="OBJECT_DATA")
        column.operator("audobon.save_material", icon="MATERIAL")


class AUDOBON_OT_new_version(_Open):
    """Save this file and keep it, with the whole library, as a version with this note"""

    bl_idname = "audobon.new_version"
    bl_label = "New Version"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _Open.poll(context) and bool(saving.open_file())

    def execute(self, context: Any) -> set[str]:
        session, settings = here.session(), kit.settings(context)
        note = settings.note.strip()
        if session is None or not note:
            self.report({"INFO"}, "Write a note first: what has changed")
            return STOPPED
        here.here().guard.save()
        new_version(session, Path(saving.open_file()), note)
        settings.note = ""
        return DONE


class _Save(_Open):
    """What writes a part of this file as an asset of its own."""

    def keep(self, context: Any, name: str, write: Any) -> set[str]:
        """Write it now, in the main thread, and have the rest done in the background."""
        session, settings = here.session(), kit.settings(context)
        if session is None:
            return STOPPED
        name = file_name(settings.name or name)
        folder = Path(tempfile.mkdtemp(prefix="audobon-save-"))
        raw = folder / f"{name}.blend"
        try:
            write(name, str(raw))
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{name} cannot be written: {error}")
            return STOPPED
        tags = tags_of(settings.new_tags)
        target = Path(session.state.path, _FOLDER)
        save_part(session, saving.blender_command(), raw, target, tags=tags, pack=settings.pack)
        settings.name = settings.new_tags = ""
        return DONE


class AUDOBON_OT_save_objects(_Save):
    """Save the selected objects as one asset in a file of its own, with a rendered preview"""

    bl_idname = "audobon.save_objects"
    bl_label = "Save Selected Objects"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _Open.poll(context) and context.mode == "OBJECT" and bool(context.selected_objects)

    def execute(self, context: Any) -> set[str]:
        chosen = list(context.selected_objects)
        first = context.active_object if context.active_object in chosen else chosen[0]
        return self.keep(
            context, first.name, lambda name, path: saving.write_objects(chosen, name, path)
        )


class AUDOBON_OT_save_material(_Save):
    """Save the material of the active object in a file of its own, with a rendered preview"""

    bl_idname = "audobon.save_material"
    bl_label = "Save Active Material"

    @classmethod
    def poll(cls, context: Any) -> bool:
        active = context.active_object
        return _Open.poll(context) and active is not None and active.active_material is not None

    def execute(self, context: Any) -> set[str]:
        material = context.active_object.active_material
        return self.keep(
            context, material.name, lambda _name, path: saving.write_material(material, path)
        )


CLASSES = (
    AUDOBON_OT_new_version,
    AUDOBON_OT_save_objects,
    AUDOBON_OT_save_material,
    AUDOBON_PT_file,
    AUDOBON_PT_save,
)
