# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar of the large grid, and the panels of views and of the selection in both sidebars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import editor, kit
from ..logic import words
from ..logic.asking import views
from ..logic.gridkeys import SIMILAR
from . import browsing, details, here
from .batch_ops import similar_button
from .uses import several

if TYPE_CHECKING:
    from audobon.session.state import State

__all__ = ["CLASSES"]


class _InView:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = browsing.CATEGORY


class _InEditor:
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = browsing.CATEGORY

    @classmethod
    def poll(cls, context: Any) -> bool:
        return editor.is_grid(context.area)


def _is_open() -> bool:
    state = here.state()
    return state is not None and state.phase == "open"


class AUDOBON_PT_grid_library(_InEditor, kit.Panel):
    """Which library, and what is looked for; the grid itself is beside it"""

    bl_label = "Library"
    bl_idname = "AUDOBON_PT_grid_library"
    grid = False

    def draw(self, context: Any) -> None:
        with here.here().timed():
            browsing.AUDOBON_PT_library._draw(self, context)
            if _is_open():
                row = self.layout.row(align=True)
                row.prop(kit.settings(context), "sort", text="", icon="SORTALPHA")
                row.prop(kit.settings(context), "per_page", text="")


class _Views:
    """Ways to look at the library"""

    bl_label = "Views"
    layout: Any
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def draw(self, context: Any) -> None:
        state = here.state()
        if state is not None:
            _views(self.layout, context, state)


class AUDOBON_PT_views(_Views, _InView, kit.Panel):
    bl_idname = "AUDOBON_PT_views"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        return _is_open()


class AUDOBON_PT_grid_views(_Views, _InEditor, kit.Panel):
    bl_idname = "AUDOBON_PT_grid_views"
    bl_options = set()  # open: there is room

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _InEditor.poll(context) and _is_open()


def _views(layout: Any, context: Any, state: State) -> None:
    text = kit.settings(context).text.strip()
    column = layout.column(align=True)
    for view in views():
        row = column.row(align=True)
        button = row.operator(
            "audobon.show_query", text=view.label, depress=bool(view.query) and text == view.query
        )
        button.query, button.sort = view.query, view.sort or ""
    row = layout.row()
    row.label(text="Sets" if state.sets else "No sets yet")
    row.operator("audobon.save_set", text="", icon="ADD")
    column = layout.column(align=True)
    for name, query in state.sets:
        row = column.row(align=True)
        button = row.operator(
            "audobon.show_query", text=words.short(name, 32), depress=text == query
        )
        button.query = query
        row.operator("audobon.remove_set", text="", icon="X").name = name


class _Selection:
    """Many assets at once"""

    bl_label = "Selection"
    layout: Any

    def draw(self, _context: Any) -> None:
        state = here.state()
        if state is not None:
            _selection(self.layout, state)


class AUDOBON_PT_selection(_Selection, _InView, kit.Panel):
    bl_idname = "AUDOBON_PT_selection"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        state = here.state()
        return _is_open() and state is not None and state.selection.count > 1


class AUDOBON_PT_grid_selection(_Selection, _InEditor, kit.Panel):
    bl_idname = "AUDOBON_PT_grid_selection"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _InEditor.poll(context) and _is_open()


def _selection(layout: Any, state: State) -> None:
    count = state.selection.count
    text = f"{count:,} of {state.found.total:,} found" if count else "Nothing is selected"
    layout.label(text=text, icon="RESTRICT_SELECT_OFF")
    if state.selection.full:
        layout.label(text="No more can be selected", icon="ERROR")
    grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
    for what, label in (
        ("page", "Page"),
        ("everything", "All Found"),
        ("invert", "Invert"),
        ("clear", "None"),
    ):
        grid.operator("audobon.select_assets", text=label).what = what
    row = layout.row(align=True)
    for stars in range(6):
        button = row.operator("audobon.rate_selected", text=str(stars))
        button.rating = stars
    column = layout.column(align=True)
    row = column.row(align=True)
    row.operator("audobon.tag_selected", text="Tag", icon="BOOKMARKS")
    row.operator("audobon.untag_selected", text="Untag", icon="X")
    row = column.row(align=True)
    row.operator("audobon.favour_selected", text="Favourite", icon="FUND")
    row.operator("audobon.describe_selected", text="Describe", icon="TEXT")
    column.operator("audobon.catalog_selected", icon="OUTLINER_COLLECTION")
    column.operator("audobon.put_together", icon="OUTLINER_OB_GROUP_INSTANCE")
    similar_button(column, SIMILAR)
    column.operator("audobon.remove_selected", icon="TRASH")
    if count:
        layout.label(text="Bring In")
        several(layout.row(align=True), kit.settings().how, selected=True)


class AUDOBON_PT_grid_asset(_InEditor, kit.Panel):
    """The chosen asset"""

    bl_label = "Asset"
    bl_idname = "AUDOBON_PT_grid_asset"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _InEditor.poll(context) and details.AUDOBON_PT_asset.poll(context)

    def draw(self, context: Any) -> None:
        with here.here().timed():
            details.AUDOBON_PT_asset._draw(self, context)


class AUDOBON_PT_grid_work(_InEditor, kit.Panel):
    """What is being done just now"""

    bl_label = "Work"
    bl_idname = "AUDOBON_PT_grid_work"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _InEditor.poll(context) and _is_open()

    def draw(self, context: Any) -> None:
        details.AUDOBON_PT_work.draw(self, context)


CLASSES = (
    AUDOBON_PT_views,
    AUDOBON_PT_selection,
    AUDOBON_PT_grid_library,
    AUDOBON_PT_grid_views,
    AUDOBON_PT_grid_selection,
    AUDOBON_PT_grid_asset,
    AUDOBON_PT_grid_work,
)
