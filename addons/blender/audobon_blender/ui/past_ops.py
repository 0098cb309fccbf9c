# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about versions: compared, opened, restored; and about files that are newer on the disk.

No postponed annotations here: Blender reads properties from them.
"""

from pathlib import Path
from typing import Any

from ..host import kit, opened, saving
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open

__all__ = ["CLASSES", "UNSAVED", "_Risky"]

_WIDTH = 460
# Of the pop-up that asks, in pixels of Blender's interface.

UNSAVED = (
    ("refuse", "Refuse", "Do nothing while the open file has changes that are not saved"),
    ("save", "Save First", "Save the open file, then go on"),
    ("discard", "Lose Them", "Go on; what is not saved in the open file is lost"),
)


class _Risky(_Open):
    """What may write the open file: never over unsaved work, unless the person says so."""

    unsaved: kit.EnumProperty(items=UNSAVED, options={"SKIP_SAVE"})

    def settled(self, *, touches: bool) -> bool:
        """Whether to go on. ``touches``: the open file will be another one."""
        if not touches or not opened.is_dirty() or self.unsaved == "discard":
            return True
        if self.unsaved == "save":
            here.here().guard.save()
            return True
        name = Path(saving.open_file()).name
        self.report(
            {"ERROR"}, f"{name} has changes that are not saved: save them first, or lose them"
        )
        return False

    def came(self) -> Any:
        """What the session calls when it has ended."""
        return here.here().guard.came(self.unsaved)


class _GoesBack(_Risky):
    """Makes the whole library as it was, after a dialog that says so."""

    dialog_width = _WIDTH

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self.unsaved = "save" if here.here().guard.dirty_asset(here.state()) else "refuse"
        return set(context.window_manager.invoke_props_dialog(self, width=self.dialog_width))

    def draw(self, _context: Any) -> None:
        self.layout.label(text="Files and metadata become as they were then.", icon="LOOP_BACK")
        self.layout.label(text="What is now becomes a version first, so nothing is lost.")

    def back(self, session: Any) -> None:
        """Have the session begin it, with ``came`` for its end."""

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.settled(touches=here.here().guard.dirty_asset(here.state())):
            return STOPPED
        self.back(session)
        return DONE


class AUDOBON_OT_compare_versions(Handing):
    """Show what changed, object by object"""

    bl_idname = "audobon.compare_versions"
    bl_label = "What Changed"
    ident: kit.StringProperty()
    a: kit.StringProperty()
    b: kit.StringProperty()

    def hand(self, session: Any) -> None:
        session.history.compare(self.ident, self.a, self.b)


class AUDOBON_OT_forget_changes(Handing):
    """Close this list"""

    bl_idname = "audobon.forget_changes"
    bl_label = "Close"

    def hand(self, session: Any) -> None:
        session.history.forget_changes()


class AUDOBON_OT_show_changes(Handing):
    """Show what changed as a page with pictures, in the browser of your system"""

    bl_idname = "audobon.show_changes"
    bl_label = "Show in Browser"
    ident: kit.StringProperty()
    a: kit.StringProperty()
    b: kit.StringProperty()

    def hand(self, session: Any) -> None:
        session.history.page(self.a, self.b, self.ident or None, then=opened.open_page)


class AUDOBON_OT_open_version(_Open):
    """Write this version as a file of its own beside the present one, and open it"""

    bl_idname = "audobon.open_version"
    bl_label = "Open Beside"
    ident: kit.StringProperty()
    revision: kit.StringProperty()
    own: kit.BoolProperty(
        name="In a New Blender", description="Leave this Blender as it is", options={"SKIP_SAVE"}
    )

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        if self.own and not opened.own_program():
            self.report({"ERROR"}, "this Blender is a module of Python; there is none to start")
            return STOPPED
        own = self.own

        def then(path: str) -> None:
            if own:
                opened.start_blender(path)
            elif opened.is_dirty():
                here.here().guard.taken = path  # the panel asks
            else:
                kit.open_scene(path)

        session.history.take_out(self.ident, self.revision, then=then)
        return DONE


class AUDOBON_OT_open_taken(kit.Operator):
    """Open this version in place of the present file; you are asked about unsaved changes"""

    bl_idname = "audobon.open_taken"
    bl_label = "Open"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    open: kit.BoolProperty(default=True, options={"SKIP_SAVE"})

    def execute(self, _context: Any) -> set[str]:
        guard = here.here().guard
        path, guard.taken = guard.taken, ""
        if path and self.open:
            kit.open_scene(path)
        return DONE


class AUDOBON_OT_restore_version(_Risky):
    """Put the file back as it was in this version. What it is now is kept as a recovery point"""

    bl_idname = "audobon.restore_version"
    bl_label = "Restore This Version"
    ident: kit.StringProperty()
    revision: kit.StringProperty()

    def invoke(self, context: Any, _event: Any) -> set[str]:
        if self._own():
            self.unsaved = "save" if opened.is_dirty() else "refuse"
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        layout = self.layout
        layout.label(text="The file becomes as it was in this version.", icon="LOOP_BACK")
        layout.label(text="What it is now is kept: Recovery Points in Branches has it.")
        if self._own():
            layout.label(text="It is the open file, which is loaded again afterwards.")
            if opened.is_dirty():
                layout.label(text="It has changes that are not saved:", icon="ERROR")
                layout.prop(self, "unsaved", expand=True)

    def _own(self) -> bool:
        state = here.state()
        document = None if state is None else state.document
        return document is not None and document.asset.id == self.ident

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.settled(touches=self._own()):
            return STOPPED
        session.history.restore(self.ident, self.revision, then=self.came())
        return DONE


class AUDOBON_OT_version_menu(_Open):
    """More that can be done with this version"""

    bl_idname = "audobon.version_menu"
    bl_label = "Version"
    ident: kit.StringProperty()
    revision: kit.StringProperty()
    before: kit.StringProperty()
    scene: kit.BoolProperty()

    def execute(self, context: Any) -> set[str]:
        session = here.session()
        if session is None or kit.in_background():
            return STOPPED
        which = {"ident": self.ident, "revision": self.revision}
        ident, revision, before, scene = self.ident, self.revision, self.before, self.scene

        def draw(menu: Any, _context: Any) -> None:
            layout = menu.layout
            if scene:
                kit.button(layout, "audobon.open_version", "FILE_BLEND", **which)
                text = "Open in a New Blender"
                kit.button(layout, "audobon.open_version", "WINDOW", text=text, own=True, **which)
                kit.button(layout, "audobon.look_at_version", "APPEND_BLEND", **which)
            kit.button(layout, "audobon.restore_copy", "DUPLICATE", **which)
            kit.button(layout, "audobon.restore_version", "LOOP_BACK", **which)
            layout.separator()
            now = {"ident": ident, "a": revision, "b": "WORKING"}
            text = "What Changed Since Then"
            kit.button(layout, "audobon.compare_versions", "VIEWZOOM", text=text, **now)
            if before:
                page = {"ident": ident, "a": before, "b": revision}
                kit.button(layout, "audobon.show_changes", "URL", **page)

        context.window_manager.popup_menu(draw, title=f"Version {revision[:8]}")
        return DONE


class AUDOBON_OT_update_linked(_Open):
    """Read what is newer, and use it in this scene"""

    bl_idname = "audobon.update_linked"
    bl_label = "Update"
    bl_options = {"REGISTER", "UNDO"}
    path: kit.StringProperty(options={"SKIP_SAVE"})

    def execute(self, _context: Any) -> set[str]:
        session, state, own = here.session(), here.state(), saving.open_file()
        if session is None or state is None:
            return STOPPED
        done = 0
        for linked in state.past.linked:
            if linked.path == own or self.path not in ("", linked.path):
                continue
            try:
                done += opened.update_linked(linked.path, linked.target)
            except RuntimeError as error:
                self.report({"ERROR"}, f"{linked.name} cannot be read: {error}")
                continue
            session.history.linked_read(linked.target)
        self.report({"INFO"}, f"{done} updated" if done else "Nothing linked is older")
        return DONE if done else STOPPED


class AUDOBON_OT_reload_file(_Risky):
    """Open this file again as it is on the disk now"""

    bl_idname = "audobon.reload_file"
    bl_label = "Load Again"

    def execute(self, _context: Any) -> set[str]:
        if self.unsaved == "save":
            self.report({"ERROR"}, "saving would write over what is on the disk")
            return STOPPED
        if not self.settled(touches=True):
            return STOPPED
        opened.reload()
        return DONE


class AUDOBON_OT_keep_file(Handing):
    """Go on with what is open; saving writes over what is on the disk"""

    bl_idname = "audobon.keep_file"
    bl_label = "Keep What Is Open"

    def hand(self, session: Any) -> None:
        session.history.linked_read(saving.open_file())


CLASSES = (
    AUDOBON_OT_compare_versions,
    AUDOBON_OT_forget_changes,
    AUDOBON_OT_show_changes,
    AUDOBON_OT_open_version,
    AUDOBON_OT_open_taken,
    AUDOBON_OT_restore_version,
    AUDOBON_OT_version_menu,
    AUDOBON_OT_update_linked,
    AUDOBON_OT_reload_file,
    AUDOBON_OT_keep_file,
)
