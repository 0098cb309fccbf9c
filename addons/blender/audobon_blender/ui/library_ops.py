# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about libraries and what is looked for. Each hands a command on and returns at once.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic.app import add_files
from . import here
from .settings import ask

__all__ = ["CLASSES"]

FILTERS = ("kind", "tag", "catalog", "rating", "other_on")
_ONLY = {
    "tag": "with this tag",
    "catalog": "of this catalog and those below it",
    "other_on": "that are not on this branch as they are here; no file changes by it",
}
DONE = {"FINISHED"}
STOPPED = {"CANCELLED"}


class _Open(kit.Operator):
    """What needs an open library."""

    bl_options = {"INTERNAL"}  # Blender reads it from the class

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open"


class Handing(_Open):
    """What only hands something on to the session, which does it on its threads."""

    def hand(self, session: Any) -> None:
        raise NotImplementedError

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        self.hand(session)
        return DONE


class _Folder(kit.Operator):
    """What asks for a folder first."""

    directory: kit.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: kit.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class AUDOBON_OT_open_library(_Folder):
    """Open a library: choose its folder"""

    bl_idname = "audobon.open_library"
    bl_label = "Open Library"

    def execute(self, _context: Any) -> set[str]:
        here.here().app.open(self.directory)
        return DONE


class AUDOBON_OT_create_library(_Folder):
    """Make a library of a folder. Its files stay where they are, byte for byte"""

    bl_idname = "audobon.create_library"
    bl_label = "New Library"

    def execute(self, _context: Any) -> set[str]:
        here.here().app.create(self.directory)
        return DONE


class AUDOBON_OT_open_recent(kit.Operator):
    """Open a library that was open before"""

    bl_idname = "audobon.open_recent"
    bl_label = "Open Recent Library"
    bl_options = {"INTERNAL"}
    path: kit.StringProperty()

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        return str(properties.path)

    def execute(self, _context: Any) -> set[str]:
        here.here().app.open(self.path)
        return DONE


class AUDOBON_OT_leave_library(_Open):
    """Close the library; nothing of it is deleted"""

    bl_idname = "audobon.leave_library"
    bl_label = "Close Library"

    def execute(self, _context: Any) -> set[str]:
        here.here().app.leave()
        return DONE


class AUDOBON_OT_add_folder(_Folder):
    """Index a folder, wherever it lies. Its files stay as they are"""

    bl_idname = "audobon.add_folder"
    bl_label = "Add a Folder"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _Open.poll(context)

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is not None:
            add_files(session, self.directory)
        return DONE


class AUDOBON_OT_rescan(Handing):
    """Look for new, changed and missing files in the folder of the library"""

    bl_idname = "audobon.rescan"
    bl_label = "Look for Changed Files"

    def hand(self, session: Any) -> None:
        add_files(session, session.state.path)


class AUDOBON_OT_undo_library(Handing):
    """Take back the newest change of the library: a rating, a tag, an addition"""

    bl_idname = "audobon.undo_library"
    bl_label = "Undo in the Library"

    def hand(self, session: Any) -> None:
        session.undo()


class AUDOBON_OT_turn(Handing):
    """Show another page"""

    bl_idname = "audobon.turn"
    bl_label = "Turn the Page"
    pages: kit.IntProperty(default=1)

    def hand(self, session: Any) -> None:
        session.turn(self.pages)


class AUDOBON_OT_clear_text(_Open):
    """Empty the search field"""

    bl_idname = "audobon.clear_text"
    bl_label = "Clear"

    def execute(self, context: Any) -> set[str]:
        kit.settings(context).text = ""
        return DONE


class AUDOBON_OT_clear_filters(_Open):
    """Show assets of every kind, tag, catalog and rating"""

    bl_idname = "audobon.clear_filters"
    bl_label = "Clear Filters"

    def execute(self, context: Any) -> set[str]:
        settings = kit.settings(context)
        for name in FILTERS:
            settings.property_unset(name)
        ask(settings, context)
        return DONE


class AUDOBON_OT_filter_by(_Open):
    """Show only assets of which this holds"""

    bl_idname = "audobon.filter_by"
    bl_label = "Filter"
    field: kit.EnumProperty(items=tuple((field, field, text) for field, text in _ONLY.items()))
    value: kit.StringProperty(options={"SKIP_SAVE"})

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        if not properties.value:
            return "Show everything again"
        return f"Show only assets {_ONLY[properties.field]}"

    def execute(self, context: Any) -> set[str]:
        setattr(kit.settings(context), self.field, self.value)
        return DONE


class AUDOBON_OT_dismiss(kit.Operator):
    """Take this message away"""

    bl_idname = "audobon.dismiss"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}
    number: kit.IntProperty()

    def execute(self, _context: Any) -> set[str]:
        here.here().notice = self.number
        session = here.session()
        if session is not None:
            session.put_aside(self.number)
        return DONE


class AUDOBON_OT_copy_text(kit.Operator):
    """Copy all details of this problem, to paste them where you ask for help"""

    bl_idname = "audobon.copy_text"
    bl_label = "Copy Details"
    bl_options = {"INTERNAL"}
    text: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        kit.copy_text(self.text)
        self.report({"INFO"}, "The details are in the clipboard")
        return DONE


class AUDOBON_OT_cancel_work(Handing):
    """Stop what is being done; what is done already stays"""

    bl_idname = "audobon.cancel_work"
    bl_label = "Stop"

    def hand(self, session: Any) -> None:
        session.cancel()


class AUDOBON_OT_cancel_job(Handing):
    """Cancel this job"""

    bl_idname = "audobon.cancel_job"
    bl_label = "Cancel Job"
    number: kit.IntProperty()

    def hand(self, session: Any) -> None:
        session.cancel_job(self.number)


CLASSES = (
    AUDOBON_OT_open_library,
    AUDOBON_OT_create_library,
    AUDOBON_OT_open_recent,
    AUDOBON_OT_leave_library,
    AUDOBON_OT_add_folder,
    AUDOBON_OT_rescan,
    AUDOBON_OT_undo_library,
    AUDOBON_OT_turn,
    AUDOBON_OT_clear_text,
    AUDOBON_OT_clear_filters,
    AUDOBON_OT_filter_by,
    AUDOBON_OT_dismiss,
    AUDOBON_OT_copy_text,
    AUDOBON_OT_cancel_work,
    AUDOBON_OT_cancel_job,
)
