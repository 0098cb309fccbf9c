# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of the chosen asset, and the one of the work that is being done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit
from ..logic import remotes, shown, trust, words
from . import here
from .browsing import kind_icon
from .bundles import bundle_box
from .linked import linked
from .panels import SidebarPanel, TimedPanel
from .past import foreign_lock_line, history, other_branch
from .texts import computing, letters, paragraph, problem, stars, transferring
from .uses import uses

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.session.state import Chosen, State

__all__ = ["AUDOBON_PT_asset", "AUDOBON_PT_asset_history", "AUDOBON_PT_work"]

_TAGS_IN_A_ROW = 3
_LINKED = ("uses", "used by")  # told with what stands in the files


class AUDOBON_PT_asset(TimedPanel, kit.Panel):
    """The chosen asset: what it is, and what can be done with it."""

    bl_label = "Asset"
    bl_idname = "AUDOBON_PT_asset"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open" and state.chosen is not None

    def _draw(self, context: Any) -> None:
        state = here.state()
        if state is None or state.chosen is None:
            return
        layout, asset = self.layout, state.chosen.asset
        icon = here.here().thumbs.icon(shown.icon_key(asset))
        if icon:
            layout.template_icon(icon_value=icon, scale=8.0)
        row = layout.row()
        row.label(text=words.short(asset.name, letters(context)), icon=kind_icon(asset.kind))
        row.operator("audobon.show_folder", text="", icon="FILE_FOLDER", emboss=False)
        row.operator("audobon.choose", text="", icon="X", emboss=False).ident = ""
        column = layout.column(align=True)
        column.label(text=words.facts(asset))
        if "/" in asset.path:
            column.label(text=words.short(asset.path, letters(context)))
        column.label(text=f"Catalog: {asset.catalog}" if asset.catalog else "In no catalog")
        if why := words.why(state, asset.id):
            paragraph(layout, context, f"{why}.", "VIEWZOOM")
        if asset.state == "missing":
            paragraph(layout, context, "The file is gone from its place.", "ERROR")
        if remotes.away(asset):
            size = words.bytes_text(asset.size)
            text = f"The file is only at a remote, {size}. What uses it fetches it first."
            paragraph(layout, context, text, "IMPORT")
            row = layout.row()
            row.enabled = not state.read_only
            row.operator("audobon.fetch", icon="IMPORT").ident = asset.id
        foreign_lock_line(layout, context, state, asset.id)
        other_branch(layout, context, state)
        if asset.note:
            paragraph(layout, context, asset.note)
        stars(layout, asset.rating)
        _tags(layout, context, asset)
        _scripts(layout, context, state)
        bundle_box(layout, context, state)
        if asset.state in ("present", "remote"):
            uses(layout, context, state)
        linked(layout, context, state)
        _related(layout, state.chosen)


def _scripts(layout: Any, context: Any, state: State) -> None:
    inside, chosen = state.inside, state.chosen
    if inside is None or chosen is None or inside.ident != chosen.asset.id:
        return
    if inside.check is not None and inside.check.total:
        icon = "INFO" if inside.check.harmless else "ERROR"
        paragraph(layout, context, f"{trust.summary(inside.check)}.", icon)


def _tags(layout: Any, context: Any, asset: Asset) -> None:
    column = layout.column(align=True)
    for start in range(0, len(asset.tags), _TAGS_IN_A_ROW):
        row = column.row(align=True)
        row.alignment = "LEFT"
        for tag in asset.tags[start : start + _TAGS_IN_A_ROW]:
            row.operator("audobon.remove_tag", text=tag, icon="X").tag = tag
    row = layout.row(align=True)
    row.prop(kit.settings(context), "new_tag", text="", icon="BOOKMARKS")
    row.operator("audobon.add_tag", text="", icon="ADD")


def _related(layout: Any, chosen: Chosen) -> None:
    related = [(how, other) for how, other in chosen.related if how not in _LINKED]
    if not related:
        return
    column = layout.column(align=True)
    column.label(text="Related")
    for how, other in related:
        button = column.operator(
            "audobon.choose",
            text=f"{how}: {words.short(other.name, 24)}",
            icon=kind_icon(other.kind),
        )
        button.ident = other.id


class AUDOBON_PT_asset_history(SidebarPanel, kit.Panel):
    """The versions of the chosen asset."""

    bl_label = "History of the asset"
    bl_parent_id = "AUDOBON_PT_asset"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def draw(self, context: Any) -> None:
        state = here.state()
        if state is not None and state.chosen is not None:
            history(self.layout, context, state.chosen)


class AUDOBON_PT_work(SidebarPanel, kit.Panel):
    """What is being done just now, and by whom."""

    bl_label = "Work"
    bl_idname = "AUDOBON_PT_work"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return state is not None and state.phase == "open"

    def draw(self, context: Any) -> None:
        state = here.state()
        if state is None:
            return
        _doing(self.layout, state)
        computing(self.layout, state)
        transferring(self.layout, state)
        _jobs(self.layout, state)
        for failure in state.failures:
            if failure.problem is not None:
                problem(self.layout, context, failure.problem, title=failure.text)
        _engine(self.layout, context, state)


def _doing(layout: Any, state: State) -> None:
    doing = state.doing
    if doing is None:
        return
    row = layout.row(align=True)
    text = f"{doing.name}, stopping" if doing.cancelling else doing.name
    text += f" (+{doing.waiting})" if doing.waiting else ""
    kit.progress(row, text, doing.fraction)
    row.operator("audobon.cancel_work", text="", icon="X")


def _jobs(layout: Any, state: State) -> None:
    for row_of in state.jobs[:8]:
        row = layout.row(align=True)
        fraction = row_of.progress if row_of.state == "running" else None
        kit.progress(row, words.job_text(row_of), fraction)
        row.operator("audobon.cancel_job", text="", icon="X").number = row_of.id
    if len(state.jobs) > 8:
        layout.label(text=f"and {len(state.jobs) - 8} more")
    if not (state.jobs or state.doing or state.computing or state.transfer):
        layout.label(text="Nothing to do", icon="CHECKMARK")


def _engine(layout: Any, context: Any, state: State) -> None:
    engine = state.engine
    if engine.state == "ready":
        layout.label(text=words.short(f"Engine: {engine.python}", letters(context)), icon="PLUGIN")
        if not engine.pictures:
            text = "It cannot decode pictures, so Blender shows what it can itself."
            paragraph(layout, context, text, "INFO")
    elif engine.problem is not None:
        problem(layout, context, engine.problem, title="Engine")
