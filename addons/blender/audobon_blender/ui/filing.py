# SPDX-License-Identifier: GPL-3.0-or-later
"""The open file and its versions.

No postponed annotations here: Blender reads properties from them.
"""

from pathlib import Path
from typing import Any

from ..host import kit, saving
from ..logic.saving import new_version
from . import here
from .library_ops import DONE, STOPPED, _Open
from .panels import WritablePanel
from .past import file_news, history
from .texts import paragraph

__all__ = ["CLASSES"]


class AUDOBON_PT_file(WritablePanel, kit.Panel):
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
        column = layout.column(align=True)
        column.prop(kit.settings(context), "note", text="", icon="TEXT")
        column.operator("audobon.new_version", icon="ADD")
        if state.document is None:
            paragraph(layout, context, "The first version makes this file an asset.")
        else:
            history(layout, context, state.document)


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


CLASSES = (
    AUDOBON_OT_new_version,
    AUDOBON_PT_file,
)
