# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks about snapshots: when they are made, what is in one, and the way back.

No postponed annotations here: Blender reads properties from them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from ..host import kit
from ..logic import snapshots as logic
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .past_ops import _GoesBack, _Risky
from .remote_ops import refused

__all__ = ["CLASSES", "files_page"]

_WIDTH = 420
_FILES = 12
# Rows of a page: what fits into a sidebar without scrolling.
_kept: dict[str, list[tuple[str, str, str]]] = {}
# Blender keeps no reference to the texts of such lists, so they must live here.


def files_page(context: Any, state: Any) -> Any:
    """The files of the snapshot that are shown now."""
    settings = kit.settings(context)
    found = logic.entries(state.snapshots, settings.snapshot_words)
    return logic.page_of(found, settings.snapshot_page, _FILES)


def _how_often(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    if here.session() is None:
        return [("0", "", "")]
    _kept["every"] = [(str(at), text, "") for at, (text, _) in enumerate(logic.EVERY)]
    return _kept["every"]


def _sources(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    state = here.state()
    known = () if state is None else logic.sources(state)
    items = [(str(at), text, "") for at, (_, text) in enumerate(known)]
    _kept["sources"] = items or [("none", "No place yet", "")]
    return _kept["sources"]


class _AtPlace(_Open):
    """Something of the place that is named, that of the panel's field without one."""

    place: kit.StringProperty(options={"SKIP_SAVE"})

    def hand(self, snapshots: Any, place: str) -> None:
        raise NotImplementedError

    def execute(self, context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        where = (self.place or kit.settings(context).snapshots).strip()
        if refused(self, where):
            return STOPPED
        self.hand(session.snapshots, kit.real_path(where) if where else "")
        return DONE


class AUDOBON_OT_list_snapshots(_AtPlace):
    """Look which snapshots are in this place"""

    bl_idname = "audobon.list_snapshots"
    bl_label = "List Snapshots"

    def hand(self, snapshots: Any, place: str) -> None:
        snapshots.look(place)


class AUDOBON_OT_take_snapshot(_AtPlace):
    """Keep everything of the library, as it is now, in this place. Only what it lacks is sent"""

    bl_idname = "audobon.take_snapshot"
    bl_label = "Take One Now"

    def hand(self, snapshots: Any, place: str) -> None:
        snapshots.take(place)


class AUDOBON_OT_unlock_snapshots(_Open):
    """Give the passphrase of this encrypted place. Only the system's keyring keeps it"""

    bl_idname = "audobon.unlock_snapshots"
    bl_label = "Give Its Passphrase"
    passphrase: kit.StringProperty(name="Passphrase", subtype="PASSWORD", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def execute(self, _context: Any) -> set[str]:
        session, state, given = here.session(), here.state(), self.passphrase
        self.passphrase = ""
        if session is None or state is None or not given:
            return STOPPED
        session.snapshots.unlock(state.snapshots.place, given)
        return DONE


class AUDOBON_OT_restore_from_snapshot(_Risky):
    """Put the chosen asset's file back as it was. Where another one lies there you are asked"""

    bl_idname = "audobon.restore_from_snapshot"
    bl_label = "Restore the File"
    ident: kit.StringProperty()
    asset: kit.StringProperty(
        description="Whose file; empty is the chosen one", options={"SKIP_SAVE"}
    )

    def execute(self, _context: Any) -> set[str]:
        session, chosen = here.session(), here.chosen()
        ident = self.asset or ("" if chosen is None else chosen.id)
        state = here.state()
        document = None if state is None else state.document
        touches = document is not None and document.asset.id == ident
        if session is None or not ident or not self.settled(touches=touches):
            return STOPPED
        session.snapshots.restore(self.ident, ident, then=self.came())
        return DONE


class AUDOBON_OT_snapshot_over(_Risky):
    """Put it back; what lies there now is kept in a version first"""

    bl_idname = "audobon.snapshot_over"
    bl_label = "Put It Back"

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        standing = None if state is None else state.snapshots.standing
        if session is None or standing is None or not self.settled(touches=True):
            return STOPPED
        ident, asset = standing.snapshot.id, standing.entry.asset_id
        session.snapshots.restore(ident, asset, over=True, then=self.came())
        return DONE


class AUDOBON_OT_snapshot_stays(Handing):
    """Leave the file as it is"""

    bl_idname = "audobon.snapshot_stays"
    bl_label = "Leave It"

    def hand(self, session: Any) -> None:
        session.snapshots.leave_standing()


class AUDOBON_OT_restore_snapshot(_Open):
    """Write all files of this snapshot into a new folder. The library stays as it is"""

    bl_idname = "audobon.restore_snapshot"
    bl_label = "All Files into a New Folder"
    ident: kit.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    folder: kit.StringProperty(name="New Folder", options={"SKIP_SAVE"})

    def invoke(self, context: Any, _event: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        self.folder = self.folder or f"{state.path} restored"
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None or not self.folder.strip():
            return STOPPED
        session.snapshots.restore_all(self.ident, kit.real_path(self.folder.strip()))
        return DONE


class AUDOBON_OT_cancel_snapshot(Handing):
    """Stop it. What is in the place already is used the next time"""

    bl_idname = "audobon.cancel_snapshot"
    bl_label = "Stop"

    def hand(self, session: Any) -> None:
        session.snapshots.cancel()


class AUDOBON_OT_schedule_snapshots(_AtPlace):
    """Have snapshots made in this place by themselves, so often, while the library is open"""

    bl_idname = "audobon.schedule_snapshots"
    bl_label = "By Itself"
    every: kit.EnumProperty(name="How Often", items=_how_often)

    def hand(self, snapshots: Any, place: str) -> None:
        state = here.state()
        where = place or ("" if state is None else state.snapshots.place)
        if where:
            snapshots.schedule(where, logic.EVERY[int(self.every)][1])
        else:
            self.report({"INFO"}, "Say where snapshots are to lie first")


class AUDOBON_OT_unschedule_snapshots(Handing):
    """Make none by itself any more; those that are there stay"""

    bl_idname = "audobon.unschedule_snapshots"
    bl_label = "Off"

    def hand(self, session: Any) -> None:
        session.snapshots.schedule("", timedelta(0))


class AUDOBON_OT_verify_snapshots(_AtPlace):
    """Read this place and check every byte"""

    bl_idname = "audobon.verify_snapshots"
    bl_label = "Verify"
    part: kit.BoolProperty(
        name="A Part", description="A thirtieth, another one each day", options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        if properties.part:
            return "Read a thirtieth of this place, another one each day, and check it"
        return "Read every byte of this place and check it; that may take hours"

    def hand(self, snapshots: Any, place: str) -> None:
        today = datetime.now(UTC).date()
        snapshots.verify(place, logic.part_of(today) if self.part else None)


class AUDOBON_OT_repair_snapshots(_Open):
    """Have the library and a place, or a remote, make each other's damage good"""

    bl_idname = "audobon.repair_snapshots"
    bl_label = "Repair"
    source: kit.EnumProperty(name="With", items=_sources)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        self.layout.label(text="Every byte of both is read. What one lost comes from the other.")
        self.layout.prop(self, "source")

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        known = () if state is None else logic.sources(state)
        if session is None or not self.source.isdigit() or int(self.source) >= len(known):
            return STOPPED
        where = known[int(self.source)][0]
        if refused(self, where):
            return STOPPED
        session.snapshots.repair(where)
        return DONE


class AUDOBON_OT_snapshot_files(Handing):
    """Look which files are in this snapshot, and put one back"""

    bl_idname = "audobon.snapshot_files"
    bl_label = "Files"
    ident: kit.StringProperty()

    def hand(self, session: Any) -> None:
        settings = kit.settings()
        settings.snapshot_words, settings.snapshot_page = "", 0
        session.snapshots.browse(self.ident)


class AUDOBON_OT_close_snapshot(Handing):
    """Back to the list of snapshots"""

    bl_idname = "audobon.close_snapshot"
    bl_label = "Back"

    def hand(self, session: Any) -> None:
        session.snapshots.close_files()


class AUDOBON_OT_turn_snapshot(_Open):
    """Show other files of this snapshot"""

    bl_idname = "audobon.turn_snapshot"
    bl_label = "Turn"
    pages: kit.IntProperty()

    def execute(self, context: Any) -> set[str]:
        state, settings = here.state(), kit.settings(context)
        if state is None:
            return STOPPED
        settings.snapshot_page = files_page(context, state).page + self.pages
        return DONE


class AUDOBON_OT_snapshot_beside(Handing):
    """Write the file of then beside the one that is there, which stays as it is"""

    bl_idname = "audobon.snapshot_beside"
    bl_label = "Beside It"
    ident: kit.StringProperty()
    asset: kit.StringProperty()

    def hand(self, session: Any) -> None:
        session.snapshots.restore(self.ident, self.asset, beside=True)


class AUDOBON_OT_go_back_snapshot(_GoesBack):
    """Make the whole library as it was then. What is now becomes a version first"""

    bl_idname = "audobon.go_back_snapshot"
    bl_label = "Go Back"
    ident: kit.StringProperty(options={"HIDDEN"})
    dialog_width = _WIDTH

    def back(self, session: Any) -> None:
        session.snapshots.go_back(self.ident, then=self.came())


CLASSES = (
    AUDOBON_OT_list_snapshots,
    AUDOBON_OT_take_snapshot,
    AUDOBON_OT_unlock_snapshots,
    AUDOBON_OT_restore_from_snapshot,
    AUDOBON_OT_snapshot_over,
    AUDOBON_OT_snapshot_stays,
    AUDOBON_OT_restore_snapshot,
    AUDOBON_OT_cancel_snapshot,
    AUDOBON_OT_schedule_snapshots,
    AUDOBON_OT_unschedule_snapshots,
    AUDOBON_OT_verify_snapshots,
    AUDOBON_OT_repair_snapshots,
    AUDOBON_OT_snapshot_files,
    AUDOBON_OT_close_snapshot,
    AUDOBON_OT_turn_snapshot,
    AUDOBON_OT_snapshot_beside,
    AUDOBON_OT_go_back_snapshot,
)
