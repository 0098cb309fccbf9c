# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are one thing: their sizes to choose from, their parts; and tags as a file.

No postponed annotations here: Blender reads properties from them.
"""

from pathlib import Path
from typing import Any

from ..host import kit
from ..logic import bundles as logic
from ..logic import words
from . import here
from .library_ops import DONE, STOPPED, _Open
from .texts import letters, paragraph

__all__ = ["CLASSES", "bundle_box"]

_PARTS = 8
# More are in a menu of their own.
_LISTED = 200


def bundle_box(layout: Any, context: Any, state: Any) -> None:
    """What the chosen asset is one of, where it is one of several."""
    chosen = state.chosen
    if chosen is None or chosen.bundle is None:
        return
    bundle = chosen.bundle
    box = layout.box()
    row = box.row(align=True)
    row.label(
        text=words.short(logic.headline(bundle), letters(context) - 4),
        icon="OUTLINER_OB_GROUP_INSTANCE",
    )
    apart = row.row(align=True)
    apart.enabled = not state.read_only
    apart.operator("audobon.take_apart", text="", icon="MOD_EXPLODE")
    if bundle.kind != "versions" and len(bundle.sizes) > 1:
        _sizes(box, context, bundle.sizes)
    column = box.column(align=True)
    column.scale_y = 0.9
    for text, ident in logic.parts(bundle, _PARTS):
        short = words.short(text, letters(context) - 2)
        here_now = ident == chosen.asset.id
        column.operator("audobon.choose", text=short, depress=here_now).ident = ident
    if len(bundle.parts) > _PARTS:
        box.menu("AUDOBON_MT_parts", text=f"All {len(bundle.parts)} files")


def _sizes(box: Any, context: Any, sizes: tuple[str, ...]) -> None:
    wish = kit.settings(context).map_size
    row = box.row(align=True)
    for size in sizes:
        row.operator("audobon.map_size", text=size, depress=size == wish).size = size
    if wish and wish not in sizes:
        paragraph(box, context, f"Not there in {wish}: it is taken as it is chosen.", "INFO")


class AUDOBON_OT_map_size(kit.Operator):
    """Bring pictures in at this size, where they are there in several; again: as they are chosen"""

    bl_idname = "audobon.map_size"
    bl_label = "Size of Maps"
    bl_options = {"INTERNAL"}
    size: kit.StringProperty()

    def execute(self, context: Any) -> set[str]:
        settings = kit.settings(context)
        settings.map_size = "" if settings.map_size == self.size else self.size
        kit.redraw()
        return DONE


class AUDOBON_OT_take_apart(_Open):
    """Show each of these files for itself, for good. Undo of the library puts them together"""

    bl_idname = "audobon.take_apart"
    bl_label = "Take Apart"
    alone: kit.BoolProperty(name="Only This File", options={"SKIP_SAVE"})

    def execute(self, _context: Any) -> set[str]:
        session, chosen = here.session(), here.chosen()
        if session is None or chosen is None:
            return STOPPED
        session.take_apart(chosen.id, alone=self.alone)
        return DONE


class AUDOBON_OT_put_together(_Open):
    """Show the selected assets as one. Without a name their own names decide again"""

    bl_idname = "audobon.put_together"
    bl_label = "Put Together"
    name: kit.StringProperty(name="Name", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self))

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not session.selection.ids:
            self.report({"ERROR"}, "Select the assets first")
            return STOPPED
        session.put_together(tuple(session.selection.ids), self.name.strip() or None)
        return DONE


class _Tags(_Open):
    """What asks for a file of tags first."""

    filepath: kit.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: kit.StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.filepath:
            return STOPPED
        self.carry(session)
        return DONE

    def carry(self, session: Any) -> None:
        """What is done with the file."""
        raise NotImplementedError


class AUDOBON_OT_export_tags(_Tags):
    """Write tags, sets and ratings to a file, for another library"""

    bl_idname = "audobon.export_tags"
    bl_label = "Write Tags to a File"

    def carry(self, session: Any) -> None:
        session.export_tags(str(Path(self.filepath).with_suffix(".json")))


class AUDOBON_OT_import_tags(_Tags):
    """Take the tags, sets and ratings of another library in. One step of undo"""

    bl_idname = "audobon.import_tags"
    bl_label = "Take Tags from a File"

    def carry(self, session: Any) -> None:
        session.import_tags(self.filepath)


class AUDOBON_MT_parts(kit.Menu):
    """All files of a bundle."""

    bl_label = "Files"
    bl_idname = "AUDOBON_MT_parts"

    def draw(self, _context: Any) -> None:
        state = here.state()
        if state is None or state.chosen is None or state.chosen.bundle is None:
            return
        for text, ident in logic.parts(state.chosen.bundle, _LISTED):
            self.layout.operator("audobon.choose", text=words.short(text, 60)).ident = ident


CLASSES = (
    AUDOBON_OT_map_size,
    AUDOBON_OT_take_apart,
    AUDOBON_OT_put_together,
    AUDOBON_OT_export_tags,
    AUDOBON_OT_import_tags,
    AUDOBON_MT_parts,
)
