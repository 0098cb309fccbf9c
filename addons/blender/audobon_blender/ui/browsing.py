# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of the library: which one is open, what is looked for, and the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit
from ..logic import keys, shown, words
from . import here, native
from .library_ops import FILTERS
from .recovery import recovery_key
from .texts import chip, letters, paragraph, problem
from .tiles import draw_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audobon.session.state import State

__all__ = [
    "AUDOBON_MT_branch",
    "AUDOBON_MT_catalogs",
    "AUDOBON_MT_library",
    "AUDOBON_MT_tags",
    "AUDOBON_PT_library",
]

CATEGORY = "Audobon"
_KIND_ICONS = {
    "blend": "FILE_BLEND",
    "image": "IMAGE_DATA",
    "document": "BRUSH_DATA",
    "model": "MESH_DATA",
    "video": "FILE_MOVIE",
    "audio": "FILE_SOUND",
    "vector": "CURVE_DATA",
    "text": "FILE_TEXT",
}
_MENU_ROWS = 40
_BESIDE = 4
# Letters that the cross beside a message takes.


def kind_icon(kind: str) -> str:
    return _KIND_ICONS.get(kind, "FILE")


class AUDOBON_PT_library(kit.Panel):
    """The library that is open, or how to get one."""

    bl_label = "Library"
    bl_idname = "AUDOBON_PT_library"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    grid = True  # a panel beside the large grid has none of its own

    def draw(self, context: Any) -> None:
        with here.here().timed():
            self._draw(context)

    def _draw(self, context: Any) -> None:
        layout, state = self.layout, here.state()
        if state is None:
            trouble = here.here().app.trouble
            if trouble is None:
                layout.label(text="Starting", icon="SORTTIME")
            else:
                problem(layout, context, trouble)
            return
        found = here.here().trouble
        if found is not None:
            problem(layout, context, found)
        if state.waits is not None:
            problem(layout, context, state.waits)
        if state.phase == "open":
            row = layout.row()
            name = f"{state.name} (read only)" if state.read_only else state.name
            row.label(text=name, icon="ASSET_MANAGER")
            row.operator("audobon.grid_window", text="", icon="WINDOW")
            row.menu("AUDOBON_MT_library", text="", icon="DOWNARROW_HLT")
            page = here.here().remotes
            key = page.shown(state)
            if key and page.of == keys.home():
                recovery_key(layout, context, key)
            _search(layout, context, state)
            chip(layout, context, state)
            if self.grid:
                _grid(layout, context, state)
        elif state.phase == "opening":
            layout.label(text=f"Opening {state.name}", icon="SORTTIME")
        else:
            _welcome(layout, context, state)
        _notice(layout, context, state)


def _welcome(layout: Any, context: Any, state: State) -> None:
    if state.problem is not None:
        problem(layout, context, state.problem)
    if state.locked:
        layout.operator("audobon.open_locked", icon="KEYINGSET")
    text = "A library is a folder of your files. They stay where they are, as they are."
    paragraph(layout, context, text)
    column = layout.column(align=True)
    column.scale_y = 1.3
    column.operator("audobon.create_library", icon="ADD")
    column.operator("audobon.create_encrypted", icon="LOCKED")
    column.operator("audobon.open_library", icon="FILE_FOLDER")
    recent = here.here().app.recent.shown
    if recent:
        column = layout.column(align=True)
        column.label(text="Recent")
        for path in recent:
            button = column.operator(
                "audobon.open_recent", text=words.short(path, 40), icon="ASSET_MANAGER"
            )
            button.path = path


def _notice(layout: Any, context: Any, state: State) -> None:
    for each in reversed(state.unread):
        if each.problem is not None:
            problem(layout, context, each.problem, title=each.text)
        row = layout.row()
        if each.problem is None:
            paragraph(row, context, words.sentence(each.text), "ERROR", less=_BESIDE)
        _dismiss(row, each.number)
    notice = state.notice
    if notice is not None and not notice.stays and notice.number != here.here().notice:
        row = layout.row()
        paragraph(row, context, notice.text, "INFO")
        _dismiss(row, notice.number)


def _dismiss(row: Any, number: int) -> None:
    row.operator("audobon.dismiss", text="", icon="X", emboss=False).number = number


def _search(layout: Any, context: Any, state: State) -> None:
    settings = kit.settings(context)
    row = layout.row(align=True)
    row.scale_y = 1.2
    row.prop(settings, "text", text="", icon="VIEWZOOM")
    row.operator("audobon.ask_color", text="", icon="COLOR")
    if settings.text:
        row.operator("audobon.clear_text", text="", icon="X")
    row = layout.row(align=True)
    row.prop(settings, "kind", text="")
    row.prop(settings, "rating", text="", icon="SOLO_ON")
    row.prop(settings, "bundled", text="", icon="OUTLINER_OB_GROUP_INSTANCE")
    row = layout.row(align=True)
    row.menu("AUDOBON_MT_tags", text=settings.tag or "Any tag")
    catalog = settings.catalog.rpartition("/")[2]
    row.menu("AUDOBON_MT_catalogs", text=catalog or "Any catalog")
    branches = [one.name for one in state.past.branches if not one.current]
    if branches or settings.other_on:
        row = layout.row(align=True)
        text = f"Other on {settings.other_on}" if settings.other_on else "Any branch"
        row.menu("AUDOBON_MT_branch", text=text)
    plain = {"kind": "any", "rating": "0"}
    if any(getattr(settings, name) != plain.get(name, "") for name in FILTERS):
        row.operator("audobon.clear_filters", text="", icon="X")
    if state.found.problem is not None:
        problem(layout, context, state.found.problem)
    for note in state.found.notes:
        paragraph(layout, context, note, "INFO")


def _grid(layout: Any, context: Any, state: State) -> None:
    found = state.found
    if not found.assets:
        if not state.searching and state.doing is None:
            empty = not kit.settings(context).text and not found.wanted.filters
            text = "Nothing is in this library yet. Add files with the menu above."
            paragraph(layout, context, text if empty else "Nothing fits.", "INFO")
        return
    scale = context.preferences.system.ui_scale
    count = shown.columns(context.region.width - 30 * scale, scale)
    room = max(8, letters(context) // count - 1)
    grid = layout.grid_flow(
        row_major=True, columns=count, even_columns=True, even_rows=True, align=True
    )
    for number in range(len(found.assets)):
        _tile(grid.column(align=True), context, number, state, room)
    _pages(layout, context, state)


def _pages(layout: Any, context: Any, state: State) -> None:
    found = state.found
    row = layout.row(align=True)
    back = row.row(align=True)
    back.enabled = found.page > 0
    back.operator("audobon.turn", text="", icon="TRIA_LEFT").pages = -1
    middle = row.row()
    middle.alignment = "CENTER"
    middle.label(text=words.page_text(found))
    on = row.row(align=True)
    on.enabled = found.more
    on.operator("audobon.turn", text="", icon="TRIA_RIGHT").pages = 1
    layout.prop(kit.settings(context), "sort", text="", icon="SORTALPHA")


def _tile(column: Any, context: Any, number: int, state: State, room: int) -> None:
    asset = state.found.assets[number]
    icon = here.here().thumbs.icon(shown.icon_key(asset))
    box = column.box()
    if icon:
        box.template_icon(icon_value=icon, scale=4.0)
    else:
        blank = box.row()
        blank.scale_y = 4.0
        blank.alignment = "CENTER"
        blank.label(text="", icon=kind_icon(asset.kind))
    draw_name(column, context, number, asset, state.marks.get(asset.id, ""), room)


class AUDOBON_MT_library(kit.Menu):
    """What can be done with the open library, and others that were open."""

    bl_label = "Library"
    bl_idname = "AUDOBON_MT_library"

    def draw(self, _context: Any) -> None:
        layout = self.layout
        layout.operator("audobon.grid_open", icon="IMGDISPLAY")
        layout.operator("audobon.grid_window", icon="WINDOW")
        layout.separator()
        layout.operator("audobon.add_folder", icon="ADD")
        layout.operator("audobon.rescan", icon="FILE_REFRESH")
        layout.operator("audobon.tag_found", icon="BOOKMARKS")
        layout.operator("audobon.undo_library", icon="LOOP_BACK")
        native.draw_menu(layout)
        layout.separator()
        layout.operator("audobon.export_tags", icon="EXPORT")
        layout.operator("audobon.import_tags", icon="IMPORT")
        layout.separator()
        layout.prop(kit.settings(), "per_page")
        layout.separator()
        layout.operator("audobon.open_library", icon="FILE_FOLDER")
        layout.operator("audobon.create_library", icon="ADD")
        layout.operator("audobon.leave_library", icon="PANEL_CLOSE")
        recent = here.here().app.recent.shown[1:]
        if recent:
            layout.separator()
        for path in recent:
            layout.operator("audobon.open_recent", text=words.short(path, 48)).path = path


class _Filters(kit.Menu):
    """Values that a filter can have, below the one that lets everything pass."""

    field = ""
    without = ""

    def rows(self, state: State) -> Iterable[tuple[str, str]]:
        """Each value with how it is shown."""
        raise NotImplementedError

    def draw(self, _context: Any) -> None:
        state = here.state()
        rows = [] if state is None else list(self.rows(state))[:_MENU_ROWS]
        for value, text in (("", self.without), *rows):
            how = {"field": self.field, "value": value}
            kit.button(self.layout, "audobon.filter_by", "NONE", text=text, **how)


class AUDOBON_MT_tags(_Filters):
    """The tags of the library, the most frequent first."""

    bl_label = "Tag"
    bl_idname = "AUDOBON_MT_tags"
    field, without = "tag", "Any tag"

    def rows(self, state: State) -> Iterable[tuple[str, str]]:
        return ((name, f"{name}  ({count})") for name, count in state.tags)


class AUDOBON_MT_catalogs(_Filters):
    """The catalogs of the library, each with what lies below it."""

    bl_label = "Catalog"
    bl_idname = "AUDOBON_MT_catalogs"
    field, without = "catalog", "Any catalog"

    def rows(self, state: State) -> Iterable[tuple[str, str]]:
        for path, count in state.catalogs:
            name = "    " * path.count("/") + path.rpartition("/")[2]
            yield path, f"{name}  ({count})"


class AUDOBON_MT_branch(_Filters):
    """Branches: what is other there than here."""

    bl_label = "Branch"
    bl_idname = "AUDOBON_MT_branch"
    field, without = "other_on", "Any branch"

    def rows(self, state: State) -> Iterable[tuple[str, str]]:
        here.here().guard.look()
        for branch in state.past.branches:
            other = f"Other on {branch.name}"
            yield branch.name, "Changed since the newest version" if branch.current else other
