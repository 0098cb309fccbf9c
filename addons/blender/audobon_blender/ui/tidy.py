# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel for duplicates and lost files: one group after another, pictures side by side.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit
from ..logic import shown, tidy, words
from . import here
from .library_ops import DONE, STOPPED, Handing, _Open
from .panels import LibraryPanel
from .texts import computing, letters, paragraph

__all__ = ["CLASSES"]

_SCALE = 4.5
# Units of Blender's interface; more make less than two fit beside each other.
_ROW = 2


class AUDOBON_PT_tidy(LibraryPanel, kit.Panel):
    """What is there twice, and what has been lost."""

    bl_label = "Tidy"
    bl_idname = "AUDOBON_PT_tidy"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        state, layout, page = here.state(), self.layout, here.here().tidy
        if state is None:
            return
        page.look()
        looking = tidy.looking(state)
        row = layout.row()
        row.enabled = not looking
        row.operator("audobon.look_for_duplicates", icon="DUPLICATE")
        if looking:
            computing(layout, state)
        view, case = page.view(state), page.case(state)
        if view.nothing:
            paragraph(layout, context, view.nothing, "INFO")
        if case is not None:
            _case(layout.box(), context, state, len(view.cases))
        row = layout.row()
        row.enabled = not state.read_only
        row.operator("audobon.look_for_lost", icon="VIEWZOOM")
        for one in view.proposals[: tidy.PROPOSALS]:
            _proposal(layout.box(), context, state, one)
        if len(view.proposals) > tidy.PROPOSALS:
            layout.label(text=f"and {len(view.proposals) - tidy.PROPOSALS} more")
        if not view.proposals and view.lost:
            paragraph(layout, context, view.lost, "INFO")


def _case(box: Any, context: Any, state: Any, count: int) -> None:
    page = here.here().tidy
    case = page.case(state)
    if case is None:
        return
    if count > 1:
        row = box.row(align=True)
        row.label(text=f"{page.place + 1} of {count}")
        kit.button(row, "audobon.tidy_step", "TRIA_LEFT", text="", by=-1)
        kit.button(row, "audobon.tidy_step", "TRIA_RIGHT", text="", by=1)
    paragraph(box, context, f"{case.title}.")
    kept = page.kept(case)
    grid = box.grid_flow(row_major=True, columns=_ROW, even_columns=True, align=True)
    half = max(8, letters(context) // _ROW - 4)
    for asset in case.assets[: tidy.PICTURES]:
        cell = grid.column(align=True)
        icon = here.here().thumbs.icon(shown.icon_key(asset))
        if icon:
            cell.template_icon(icon_value=icon, scale=_SCALE)
        keeps = asset.id == kept
        sign = "CHECKMARK" if keeps else "NONE"
        text = words.short(asset.name, half)
        button = cell.operator("audobon.tidy_keep", text=text, icon=sign, depress=keeps)
        button.ident = asset.id
        small = cell.column(align=True)
        small.scale_y = 0.8
        for fact in words.facts(asset).split(", ")[1:]:
            small.label(text=fact)
    if len(case.assets) > tidy.PICTURES:
        box.label(text=f"and {len(case.assets) - tidy.PICTURES} more")
    for line in case.text.splitlines():
        paragraph(box, context, line)
    column = box.column(align=True)
    column.enabled = _may(state)
    column.operator("audobon.merge_duplicates", icon="AUTOMERGE_ON")
    if case.pairs:
        column.operator("audobon.keep_apart", icon="X")
    column.prop(kit.settings(context), "tidy_files")


def _proposal(box: Any, context: Any, state: Any, one: Any) -> None:
    row = box.row(align=True)
    for asset in (one.asset, one.twin):
        icon = 0 if asset is None else here.here().thumbs.icon(shown.icon_key(asset))
        if icon:
            row.template_icon(icon_value=icon, scale=_SCALE)
    for line in tidy.proposal_text(one).splitlines():
        paragraph(box, context, line)
    row = box.row(align=True)
    row.enabled = _may(state)
    which = {"ident": one.asset.id, "file": one.file}
    kit.button(row, "audobon.decide_lost", "CHECKMARK", text="It Is", accept=True, **which)
    kit.button(row, "audobon.decide_lost", "X", text="It Is Not", accept=False, **which)


def _may(state: Any) -> bool:
    """Whether something can be decided now: what is shown is what there is."""
    return not (state.read_only or state.doing is not None or tidy.looking(state))


class AUDOBON_OT_look_for_duplicates(Handing):
    """Look for files with the same bytes, and for pictures that are nearly the same"""

    bl_idname = "audobon.look_for_duplicates"
    bl_label = "Look for Duplicates"

    def hand(self, session: Any) -> None:
        session.tidying.look_for_duplicates()


class AUDOBON_OT_look_for_lost(Handing):
    """Find files again that were renamed or moved, and propose what was edited as well"""

    bl_idname = "audobon.look_for_lost"
    bl_label = "Look for Lost Files"

    def hand(self, session: Any) -> None:
        session.tidying.look_for_lost()


class AUDOBON_OT_tidy_step(_Open):
    """Show another group"""

    bl_idname = "audobon.tidy_step"
    bl_label = "Another Group"
    by: kit.IntProperty(default=1)

    def execute(self, _context: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        here.here().tidy.step(state, self.by)
        kit.redraw()
        return DONE


class AUDOBON_OT_tidy_keep(_Open):
    """Keep this one, and have the others merged into it"""

    bl_idname = "audobon.tidy_keep"
    bl_label = "Keep This One"
    ident: kit.StringProperty()

    def execute(self, _context: Any) -> set[str]:
        here.here().tidy.keep(self.ident)
        kit.redraw()
        return DONE


class _Case(_Open):
    """What is done with the group that is shown."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return (
            _Open.poll(context)
            and state is not None
            and _may(state)
            and here.here().tidy.case(state) is not None
        )

    def execute(self, context: Any) -> set[str]:
        session, state = here.session(), here.state()
        case = None if state is None else here.here().tidy.case(state)
        if session is None or case is None:
            return STOPPED
        self.carry(context, session.tidying, case)
        return DONE

    def carry(self, context: Any, tidying: Any, case: Any) -> None:
        raise NotImplementedError


class AUDOBON_OT_merge_duplicates(_Case):
    """The one that is kept gets tags, rating and relationships of the others. One step of undo"""

    bl_idname = "audobon.merge_duplicates"
    bl_label = "Merge"

    def carry(self, context: Any, tidying: Any, case: Any) -> None:
        kept = here.here().tidy.kept(case)
        others = [asset.id for asset in case.assets if asset.id != kept]
        tidying.merge(kept, others, files=kit.settings(context).tidy_files)


class AUDOBON_OT_keep_apart(_Case):
    """Never show these as nearly the same again. One step of undo in the library"""

    bl_idname = "audobon.keep_apart"
    bl_label = "Not the Same"

    def carry(self, _context: Any, tidying: Any, case: Any) -> None:
        tidying.keep_apart(case.pairs)


class AUDOBON_OT_decide_lost(_Open):
    """Say whether this file is the lost one. One step of undo in the library"""

    bl_idname = "audobon.decide_lost"
    bl_label = "Decide about a Lost File"
    ident: kit.StringProperty()
    file: kit.StringProperty()
    accept: kit.BoolProperty()

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return _Open.poll(context) and state is not None and _may(state)

    def execute(self, _context: Any) -> set[str]:
        session, state = here.session(), here.state()
        if session is None or state is None:
            return STOPPED
        asked = (self.ident, self.file)
        found = [one for one in state.tidy.proposals or () if (one.asset.id, one.file) == asked]
        if not found:
            self.report({"INFO"}, "That is proposed no more")
            return STOPPED
        decide = session.tidying.accept if self.accept else session.tidying.refuse
        decide(found)
        return DONE


CLASSES = (
    AUDOBON_OT_look_for_duplicates,
    AUDOBON_OT_look_for_lost,
    AUDOBON_OT_tidy_step,
    AUDOBON_OT_tidy_keep,
    AUDOBON_OT_merge_duplicates,
    AUDOBON_OT_keep_apart,
    AUDOBON_OT_decide_lost,
    AUDOBON_PT_tidy,
)
