# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the open file, and all of it, saved as assets.

No postponed annotations here: Blender reads properties from them.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ..host import kit, saving
from ..logic import words
from ..logic.portraits import Raw
from ..logic.saving import Told, file_name, room, save_again, save_part
from . import here
from .browsing import CATEGORY
from .library_ops import DONE, STOPPED, _Open
from .panels import WritablePanel
from .settings import WHATS
from .texts import letters

__all__ = ["CLASSES"]

_FOLDER = "Saved"
_LABELS = {each[0]: each[1] for each in WHATS}


class AUDOBON_PT_save(WritablePanel, kit.Panel):
    """Parts of the open file become assets"""

    bl_label = "Save as Asset"
    bl_idname = "AUDOBON_PT_save"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class
    bl_category = CATEGORY

    def draw(self, context: Any) -> None:
        with here.here().timed():
            self._draw(context)

    def _draw(self, context: Any) -> None:
        layout, settings = self.layout, kit.settings(context)
        layout.prop(settings, "what", text="")
        if settings.what not in {"objects", "file"}:
            layout.prop_search(settings, "source", saving.blocks(), settings.what, text="")
        fields = layout.column(align=True)
        fields.use_property_split, fields.use_property_decorate = True, False
        for name in ("name", "new_tags", "save_catalog", "description"):
            fields.prop(settings, name)
        layout.prop(settings, "pack")
        column = layout.column(align=True)
        column.scale_y = 1.2
        what = _called(context, settings.what, settings.source)
        row = column.row()
        row.enabled = bool(what)
        text = f"Save {what}" if what else f"No {_LABELS[settings.what]} Here"
        row.operator("audobon.save_asset", text=words.short(text, letters(context)), icon="ADD")
        self._again(context, settings, enabled=bool(what))

    def _again(self, context: Any, settings: Any, *, enabled: bool) -> None:
        asset = here.chosen()
        if asset is None or asset.format != "blend" or asset.state != "present":
            return
        column = self.layout.column(align=True)
        column.enabled = enabled
        column.label(text=words.short(f"Over {asset.name}", letters(context)), icon="FILE_BLEND")
        column.prop(settings, "version_note", text="", icon="TEXT")
        column.operator("audobon.save_over", text="New Version", icon="DUPLICATE")


def _called(context: Any, what: str, source: str) -> str:
    """What would be saved, as a button says it; empty when there is nothing."""
    if what == "objects":
        count = len(context.selected_objects) if context.mode == "OBJECT" else 0
        return "" if not count else f"{count} Objects" if count > 1 else "1 Object"
    if what == "file":
        return "This File"
    name = source or saving.at_hand(context, what)
    return name if name and saving.block_named(what, name) is not None else ""


class _Save(_Open):
    """What writes a part of this file as an asset of its own."""

    what = ""

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return _Open.poll(context) and state is not None and not state.read_only

    def wanted(self, context: Any) -> tuple[str, str]:
        """Which list of Blender's data, and which name in it."""
        settings = kit.settings(context)
        what = self.what or settings.what
        return what, "" if self.what else settings.source

    def written(self, context: Any) -> Raw | None:
        """Write it now, in the main thread; None, and it is said, where that cannot be."""
        settings = kit.settings(context)
        what, source = self.wanted(context)
        if not _called(context, what, source):
            self.report({"ERROR"}, f"There is no {_LABELS[what].lower()} to be saved here")
            return None
        name = settings.name or self._own_name(context, what, source)
        folder = Path(tempfile.mkdtemp(prefix="audobon-save-", dir=room(here.state())))
        path = folder / f"{file_name(name)}.blend"
        try:
            block = _write(context, what, source, name, str(path))
        except (OSError, RuntimeError, LookupError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            self.report({"ERROR"}, f"{name} cannot be written: {error}")
            return None
        kind = "collections" if what == "objects" else what
        return Raw(path, kind, block, name, pack=bool(settings.pack))

    @staticmethod
    def _own_name(context: Any, what: str, source: str) -> str:
        if what == "file":
            return Path(saving.open_file() or "Untitled").stem
        if what != "objects":
            return source or saving.at_hand(context, what)
        chosen = list(context.selected_objects)
        first = context.active_object if context.active_object in chosen else chosen[0]
        return str(first.name)

    @staticmethod
    def told(context: Any) -> Told:
        settings, chosen = kit.settings(context), kit.preferences(here.here().package)
        own = ("author", "license", "copyright")
        return Told(
            tuple(words.tags_of(settings.new_tags)),
            settings.save_catalog.strip().strip("/"),
            settings.description.strip(),
            *("" if chosen is None else str(getattr(chosen, name)).strip() for name in own),
        )

    @staticmethod
    def forget(context: Any) -> None:
        settings = kit.settings(context)
        settings.name = settings.new_tags = settings.description = settings.version_note = ""
        settings.source = ""

    def execute(self, context: Any) -> set[str]:
        session = here.session()
        raw = None if session is None else self.written(context)
        if session is None or raw is None:
            return STOPPED
        folder = Path(session.state.path, _FOLDER)
        save_part(session, saving.blender_command(), raw, folder, self.told(context))
        self.forget(context)
        return DONE


def _write(context: Any, what: str, source: str, name: str, path: str) -> str:
    if what == "objects":
        return saving.write_objects(list(context.selected_objects), name, path)
    if what == "file":
        with here.here().guard.copying():
            saving.write_file(path)
        return ""
    return saving.write_block(what, source or saving.at_hand(context, what), path)


class AUDOBON_OT_save_asset(_Save):
    """Save it in a file of its own, with a preview, beside the other assets of the library"""

    bl_idname = "audobon.save_asset"
    bl_label = "Save as Asset"


class AUDOBON_OT_save_over(_Save):
    """Save it in the place of the chosen asset, as a new version. The one that is there is kept"""

    bl_idname = "audobon.save_over"
    bl_label = "Save as New Version"

    @classmethod
    def poll(cls, context: Any) -> bool:
        asset = here.chosen()
        return _Save.poll(context) and asset is not None and asset.format == "blend"

    def execute(self, context: Any) -> set[str]:
        session, asset = here.session(), here.chosen()
        note = kit.settings(context).version_note.strip()
        if session is None or asset is None or not note:
            self.report({"INFO"}, "Write a note first: what is new in it")
            return STOPPED
        if Path(asset.file) == Path(saving.open_file()):
            self.report({"ERROR"}, f"{asset.name} is open here; make its version in This File")
            return STOPPED
        raw = self.written(context)
        if raw is None:
            return STOPPED
        command, told = saving.blender_command(), self.told(context)
        save_again(session, command, raw, asset.id, note, told)
        self.forget(context)
        return DONE


class AUDOBON_OT_save_objects(_Save):
    """Save the selected objects as one asset in a file of its own, with a rendered preview"""

    bl_idname = "audobon.save_objects"
    bl_label = "Save Selected Objects"
    what = "objects"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _Save.poll(context) and context.mode == "OBJECT" and bool(context.selected_objects)


class AUDOBON_OT_save_material(_Save):
    """Save the material of the active object in a file of its own, with a rendered preview"""

    bl_idname = "audobon.save_material"
    bl_label = "Save Active Material"
    what = "materials"

    @classmethod
    def poll(cls, context: Any) -> bool:
        active = context.active_object
        return _Save.poll(context) and active is not None and active.active_material is not None


CLASSES = (
    AUDOBON_OT_save_asset,
    AUDOBON_OT_save_over,
    AUDOBON_OT_save_objects,
    AUDOBON_OT_save_material,
    AUDOBON_PT_save,
)
