# SPDX-License-Identifier: GPL-3.0-or-later
"""Clicks that append a part of an old version, which the session has written out of the library.

No postponed annotations here: Blender reads properties from them.
"""

from pathlib import Path
from typing import Any

from ..host import kit, opened, scenes
from ..logic import words
from ..logic.using import APPEND, Pick
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open

__all__ = ["CLASSES"]

_WIDTH = 460
_LETTERS = 76
# Of the pop-up that asks: pixels of Blender's interface, and what fits into them.


class AUDOBON_OT_look_at_version(Handing):
    """Append an object, a collection or a material from this version; it is read first"""

    bl_idname = "audobon.look_at_version"
    bl_label = "Append from This Version"
    ident: kit.StringProperty()
    revision: kit.StringProperty()

    def hand(self, session: Any) -> None:
        session.history.look_at(self.ident, self.revision)


class AUDOBON_OT_forget_version(Handing):
    """Close this version"""

    bl_idname = "audobon.forget_version"
    bl_label = "Close"

    def hand(self, session: Any) -> None:
        session.history.forget_old()


class _Part(_Open):
    """A part of the old version that was written aside."""

    bl_options = {"REGISTER", "UNDO"}
    kind: kit.StringProperty(options={"SKIP_SAVE"})
    name: kit.StringProperty(options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        old = None if state is None else state.past.old
        return _Open.poll(context) and context.mode == "OBJECT" and old is not None and old.ready


class AUDOBON_OT_use_old_part(_Part):
    """Append this one from the old version"""

    bl_idname = "audobon.use_old_part"
    bl_label = "Append from an Old Version"

    def execute(self, context: Any) -> set[str]:
        state, guard = here.state(), here.here().guard
        old = None if state is None else state.past.old
        if state is None or old is None:
            return STOPPED
        found = guard.verdict(state)
        if found.what == "ask" and not kit.in_background():
            kit.call("confirm_old_part", kind=self.kind, name=self.name)
            return STOPPED
        if found.what != "go":
            self.report({"ERROR"}, f"{old.name} is not brought in. {found.text}")
            return STOPPED
        known = opened.block_counts()
        stem = words.stem(old.name)
        try:
            pick = Pick(self.kind, (self.name,))
            names = scenes.take(context, old.path, pick, how=APPEND, name=stem).names
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{old.name} cannot be read: {error}")
            return STOPPED
        if not names:
            self.report({"ERROR"}, f"{old.name} holds no {self.name} among its {self.kind}")
            return STOPPED
        asset = _asset_file(state, old.ident)
        if asset:
            opened.repair_paths(known, str(Path(old.path).parent), str(Path(asset).parent))
        self.report({"INFO"}, f"Appended {', '.join(names)} of the version {old.revision[:8]}")
        return DONE


def _asset_file(state: Any, ident: str) -> str:
    for chosen in (state.chosen, state.document):
        if chosen is not None and chosen.asset.id == ident:
            return str(chosen.asset.file)
    return ""


class AUDOBON_OT_confirm_old_part(_Part):
    """Bring this in although the old version holds scripts, or links other files"""

    bl_idname = "audobon.confirm_old_part"
    bl_label = "Bring In from a Scene with Scripts?"
    bl_options = {"INTERNAL"}  # Blender reads it from the class

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        state = here.state()
        if state is None:
            return
        found = here.here().guard.verdict(state)
        self.layout.label(text=f"{found.text}.", icon="ERROR")
        column = self.layout.column(align=True)
        for line in found.lines:
            column.label(text=words.short(line, _LETTERS))
        self.layout.label(text="Nothing of it has been run. OK brings it in, Escape leaves it.")

    def execute(self, _context: Any) -> set[str]:
        state, guard = here.state(), here.here().guard
        if state is None or guard.verdict(state).what != "ask":
            return STOPPED
        guard.accept(state)
        kit.call("use_old_part", kind=self.kind, name=self.name)
        return DONE


_choices: list[tuple[str, str, str]] = []
# Blender keeps no reference to the texts of such a list, so they must live here.


def _parts(_operator: Any, _context: Any) -> list[tuple[str, str, str]]:
    return _choices or [("none", "Nothing", "")]


class AUDOBON_OT_find_old_part(_Part):
    """Look through everything that this version holds"""

    bl_idname = "audobon.find_old_part"
    bl_label = "Search in This Version"
    bl_property = "part"
    bl_options = {"INTERNAL"}
    part: kit.EnumProperty(items=_parts, name="Part")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        _choices[:] = [
            (f"{kind}:{name}", f"{kind[:-1].replace('_', ' ').capitalize()}: {name}", "")
            for kind, name in here.here().guard.picks(state)
        ]
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: Any) -> set[str]:
        kind, _, name = self.part.partition(":")
        if name:
            kit.call("use_old_part", kind=kind, name=name)
        return DONE


CLASSES = (
    AUDOBON_OT_look_at_version,
    AUDOBON_OT_forget_version,
    AUDOBON_OT_use_old_part,
    AUDOBON_OT_confirm_old_part,
    AUDOBON_OT_find_old_part,
)
