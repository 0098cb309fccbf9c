# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about the chosen asset: choose, rate, tag, old versions.

No postponed annotations here: Blender reads properties from them.
"""

import threading
from typing import Any

from ..host import kit
from ..logic.asking import tag_found
from ..logic.ready import only_there
from ..logic.saving import copy_of_version
from ..logic.trust import stamp_of
from ..logic.words import tags_of
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .waiting import Waiting

__all__ = ["CLASSES"]


class _Chosen(_Open):
    """What needs a chosen asset."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return _Open.poll(context) and state is not None and state.chosen is not None

    @staticmethod
    def edit(**changes: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None or state.chosen is None:
            return STOPPED
        session.edit(state.chosen.asset.id, **changes)
        return DONE


class AUDOBON_OT_choose(_Open):
    """Look closely at this asset"""

    bl_idname = "audobon.choose"
    bl_label = "Choose Asset"
    ident: kit.StringProperty()

    def invoke(self, context: Any, event: Any) -> set[str]:
        session = here.session()
        if session is not None and self.ident:
            how = "range" if event.shift else "toggle" if event.ctrl or event.oskey else "only"
            session.selection.select(self.ident, how)
        return self.execute(context)

    def execute(self, context: Any) -> set[str]:
        session = here.session()
        if session is not None:
            session.choose(self.ident or None)
            kit.settings(context).new_tag = ""
        return DONE


class AUDOBON_OT_rate(_Chosen):
    """Rate the asset; a click on its own rating takes it back"""

    bl_idname = "audobon.rate"
    bl_label = "Rate"
    rating: kit.IntProperty(min=0, max=5)

    def execute(self, _context: Any) -> set[str]:
        return self.edit(rating=self.rating, label=f"rate {self.rating}")


class AUDOBON_OT_add_tag(_Chosen):
    """Give the asset this tag"""

    bl_idname = "audobon.add_tag"
    bl_label = "Add Tag"

    def execute(self, context: Any) -> set[str]:
        settings = kit.settings(context)
        tags = tags_of(settings.new_tag)
        if not tags:
            self.report({"INFO"}, "Type a tag first; several with commas between them")
            return STOPPED
        settings.new_tag = ""
        return self.edit(add_tags=tags, label=f"tag {', '.join(tags)}")


class AUDOBON_OT_remove_tag(_Chosen):
    """Take this tag off the asset"""

    bl_idname = "audobon.remove_tag"
    bl_label = "Remove Tag"
    tag: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        return self.edit(remove_tags=[self.tag], label=f"untag {self.tag}")


class AUDOBON_OT_tag_found(_Open):
    """Give everything that is found now the same tags, on all pages, as one step of undo"""

    bl_idname = "audobon.tag_found"
    bl_label = "Tag All That Is Found"
    tags: kit.StringProperty(name="Tags", description="With commas between them")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self))

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not tag_found(session, self.tags):
            self.report({"INFO"}, "Type a tag first; several with commas between them")
            return STOPPED
        return DONE


class AUDOBON_OT_open_asset(_Chosen, Waiting):
    """Open this file in place of the present one; you are asked about unsaved changes"""

    bl_idname = "audobon.open_asset"
    bl_label = "Open"
    _asset: Any = None

    def execute(self, context: Any) -> set[str]:
        asset, session = self._asset or here.chosen(), here.session()
        if asset is None or session is None:
            return STOPPED
        if only_there(asset, stamp_of(asset.file)):
            if not self.waited:  # else a notice has said why it could not be fetched
                self._asset = asset  # another may be chosen by then
                self._fetch_first(context, session, asset)
            return self.left
        try:
            kit.open_scene(asset.file)
        except RuntimeError as error:
            self.report({"ERROR"}, str(error))
            return STOPPED
        return DONE

    def _fetch_first(self, context: Any, session: Any, asset: Any) -> None:
        if kit.in_background() or context.window is None:
            session.remotes.fetch_first([asset.id], lambda: kit.open_scene(asset.file))
        else:
            ended = threading.Event()
            session.remotes.fetch_first([asset.id], ended.set, ended.set)
            self.wait_for(context, ended)
        self.report({"INFO"}, "Fetching it first: the file is only at a remote")


class AUDOBON_OT_show_folder(_Chosen):
    """Show the folder in which this file lies"""

    bl_idname = "audobon.show_folder"
    bl_label = "Show Folder"

    def execute(self, _context: Any) -> set[str]:
        asset = here.chosen()
        if asset is None:
            return STOPPED
        kit.show_folder(asset.file)
        return DONE


class AUDOBON_OT_restore_copy(Handing):
    """Write this version as a file of its own beside the present one, which stays as it is"""

    bl_idname = "audobon.restore_copy"
    bl_label = "Restore a Copy"
    ident: kit.StringProperty()
    revision: kit.StringProperty()

    def hand(self, session: Any) -> None:
        copy_of_version(session, self.ident, self.revision)


CLASSES = (
    AUDOBON_OT_choose,
    AUDOBON_OT_rate,
    AUDOBON_OT_add_tag,
    AUDOBON_OT_remove_tag,
    AUDOBON_OT_tag_found,
    AUDOBON_OT_open_asset,
    AUDOBON_OT_show_folder,
    AUDOBON_OT_restore_copy,
)
