# SPDX-License-Identifier: GPL-3.0-or-later
"""The library in Blender's own asset browser: named there, followed, taken out.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import assetlist, kit
from ..logic.native import Entry, reconcile, same_folder
from . import here
from .library_ops import DONE, STOPPED, _Open

__all__ = ["CLASSES", "begin", "draw_menu", "end", "is_listed"]


def is_listed(path: str) -> bool:
    """Whether Blender's browser knows this folder."""
    return any(same_folder(each.path, path) for each in assetlist.entries())


class Follower:
    """Keeps Blender's list as the open library is, and its catalogs in step while it is listed."""

    def __init__(self) -> None:
        self.refreshing = assetlist.Refreshing(AUDOBON_OT_refresh_browser.bl_idname)
        self._written = 0
        self._cleaned = False

    def step(self) -> None:
        """Look once; in Blender's main thread. Looks at no disk."""
        self.refreshing.step()
        session, state, app = here.session(), here.state(), here.here().app
        if session is None or state is None:
            return
        if not self._cleaned and app.stale:
            self._drop_stale(app)
        self._cleaned = True
        if state.phase != "open":
            self._written = 0
            return
        now = Entry(state.name, state.path)
        change = reconcile(app.native.ours, assetlist.entries(), state.library, now)
        if change is not None and change.old is not None and change.new is not None:
            assetlist.change(change.old, change.new)
            app.native.made(state.library, change.new)
        listed = [each for each in assetlist.entries() if same_folder(each.path, state.path)]
        session.keep_catalogs(on=bool(listed) and not state.read_only)
        if state.native != self._written:
            self._written = state.native
            for each in listed:
                self.refreshing.ask(each.name)

    @staticmethod
    def _drop_stale(app: Any) -> None:
        for ident in app.stale:
            entry = app.native.ours.get(ident)
            if entry is not None:
                known = [each for each in assetlist.entries() if each == entry]
                if known:
                    assetlist.remove(entry.path)
                app.native.forget(ident)


_follower: Follower | None = None


def begin() -> None:
    global _follower  # noqa: PLW0603  # Blender's classes have no other way to their add-on
    _follower = Follower()
    here.here().steps.append(_follower.step)


def end() -> None:
    global _follower  # as above
    found, _follower = _follower, None
    if found is not None:
        found.refreshing.close()


class AUDOBON_OT_refresh_browser(kit.Operator):
    """Have this browser of Blender's look at the library again"""

    bl_idname = "audobon.refresh_browser"
    bl_label = "Refresh the Asset Browser"
    bl_options = {"INTERNAL"}  # Blender reads it from the class

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _follower is not None and _follower.refreshing.waits(context.area)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        if _follower is not None:
            _follower.refreshing.look(context.area)
        return {"PASS_THROUGH"}


class AUDOBON_OT_list_library(_Open):
    """Name this folder in Blender's preferences, so that its Asset Browser shows what is marked.

    Catalogs are kept in step both ways
    """

    bl_idname = "audobon.list_library"
    bl_label = "Show in Asset Browser"

    def execute(self, _context: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        if is_listed(state.path):
            self.report({"INFO"}, f"{state.name} is in the Asset Browser already")
            return DONE
        entry = Entry(state.name, state.path)
        assetlist.add(entry)
        here.here().app.native.made(state.library, entry)
        self.report({"INFO"}, f"{state.name} is in the Asset Browser now")
        return DONE


class AUDOBON_OT_unlist_library(_Open):
    """Take this folder out of Blender's list of asset libraries. Nothing on disk is touched"""

    bl_idname = "audobon.unlist_library"
    bl_label = "Take Out of Asset Browser"

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return _Open.poll(context) and state is not None and is_listed(state.path)

    def execute(self, _context: Any) -> set[str]:
        state = here.state()
        if state is None or not assetlist.remove(state.path):
            return STOPPED
        here.here().app.native.forget(state.library)
        self.report({"INFO"}, f"{state.name} is not in the Asset Browser any more")
        return DONE


class AUDOBON_OT_library_policy(_Open):
    """What is done in this library with scenes that would run Python, or link other files"""

    bl_idname = "audobon.library_policy"
    bl_label = "Scenes with Scripts"
    rule: kit.StringProperty(default="same")

    def execute(self, _context: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        here.here().app.policies.set_library(state.library, self.rule)
        return DONE


class AUDOBON_OT_trust_folder(kit.Operator):
    """Bring scenes below this folder in without a question, if all that they link lies there too"""

    bl_idname = "audobon.trust_folder"
    bl_label = "Trust a Folder"
    bl_options = {"INTERNAL"}  # Blender reads it from the class
    directory: kit.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: kit.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: Any) -> set[str]:
        if not self.directory:
            return STOPPED
        here.here().app.policies.trust(self.directory)
        return DONE


class AUDOBON_OT_distrust_folder(kit.Operator):
    """Ask again about scenes in this folder"""

    bl_idname = "audobon.distrust_folder"
    bl_label = "Trust No Longer"
    bl_options = {"INTERNAL"}
    directory: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        here.here().app.policies.distrust(self.directory)
        return DONE


def draw_menu(layout: Any) -> None:
    """What the library's menu has of this."""
    state = here.state()
    if state is not None and is_listed(state.path):
        layout.operator("audobon.unlist_library", icon="ASSET_MANAGER")
    else:
        layout.operator("audobon.list_library", icon="ASSET_MANAGER")
    layout.menu("AUDOBON_MT_policy", icon="LOCKED")


_RULES = (
    ("same", "As in the Preferences"),
    ("ask", "Ask"),
    ("refuse", "Refuse"),
    ("allow", "Allow"),
)


class AUDOBON_MT_policy(kit.Menu):
    """What is done with scenes that hold scripts, in this library."""

    bl_label = "Scenes with Scripts"
    bl_idname = "AUDOBON_MT_policy"

    def draw(self, _context: Any) -> None:
        state = here.state()
        own = "same" if state is None else here.here().app.policies.of_library(state.library)
        for rule, text in _RULES:
            icon = "RADIOBUT_ON" if rule == own else "RADIOBUT_OFF"
            self.layout.operator("audobon.library_policy", text=text, icon=icon).rule = rule


CLASSES = (
    AUDOBON_OT_refresh_browser,
    AUDOBON_OT_list_library,
    AUDOBON_OT_unlist_library,
    AUDOBON_OT_library_policy,
    AUDOBON_OT_trust_folder,
    AUDOBON_OT_distrust_folder,
    AUDOBON_MT_policy,
)
