# SPDX-License-Identifier: GPL-3.0-or-later
"""Many assets at once: selected, rated, tagged, shelved, described, removed; views and sets.

Each is one step of undo in the library, and done on a thread. No postponed
annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import editor, kit
from ..logic.words import tags_of
from . import here
from .library_ops import DONE, FILTERS, STOPPED, Handing, _Open
from .settings import ask

__all__ = ["CLASSES"]

_WIDTH = 380


class _Selected(Handing):
    """What needs selected assets in a library that can be changed."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return (
            _Open.poll(context)
            and state is not None
            and not state.read_only
            and state.selection.count > 0
        )

    def heading(self) -> None:
        """How many assets it is about, in a dialog."""
        state = here.state()
        count = 0 if state is None else state.selection.count
        text = "1 asset is selected" if count == 1 else f"{count:,} assets are selected"
        self.layout.label(text=text, icon="RESTRICT_SELECT_OFF")

    def dialog(self, context: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))


class _Typed(_Selected):
    """What asks for a line of text first: ``field`` is the property that holds it."""

    field = ""
    icon = "NONE"

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return self.dialog(context)

    def draw(self, _context: Any) -> None:
        self.heading()
        row = self.layout.row()
        row.activate_init = True
        row.prop(self, self.field, text="", icon=self.icon)


def _known_tags(_operator: Any, _context: Any, typed: str) -> list[str]:
    """Whole entries: what was typed before the last comma, with each tag that fits behind it."""
    head, comma, last = typed.rpartition(",")
    state = here.state()
    known = [name for name, _ in (() if state is None else state.tags)]
    wanted = last.strip().casefold()
    before = f"{head}{comma} " if comma else ""
    return [f"{before}{name}" for name in known if wanted in name.casefold()]


def _known_catalogs(_operator: Any, _context: Any, typed: str) -> list[str]:
    state = here.state()
    known = [path for path, _ in (() if state is None else state.catalogs)]
    return [path for path in known if typed.casefold() in path.casefold()]


class AUDOBON_OT_rate_selected(_Selected):
    """Give all that is selected this many stars"""

    bl_idname = "audobon.rate_selected"
    bl_label = "Rate the Selected"
    rating: kit.IntProperty(min=0, max=5)

    def hand(self, session: Any) -> None:
        session.selection.edit(f"rate {self.rating}", rating=self.rating)


class _Tags(_Typed):
    field, icon = "tags", "BOOKMARKS"
    tags: kit.StringProperty(
        name="Tags",
        description="With commas between them",
        search=_known_tags,
        options={"SKIP_SAVE"},
    )

    def change(self, how: str, verb: str) -> set[str]:
        session, tags = here.session(), tags_of(self.tags)
        if session is None or not tags:
            self.report({"INFO"}, "Type a tag first; several with commas between them")
            return STOPPED
        session.selection.edit(f"{verb} {', '.join(tags)}", **{how: tags})
        return DONE


class AUDOBON_OT_tag_selected(_Tags):
    """Give all that is selected these tags"""

    bl_idname = "audobon.tag_selected"
    bl_label = "Tag the Selected"

    def execute(self, _context: Any) -> set[str]:
        return self.change("add_tags", "tag")


class AUDOBON_OT_untag_selected(_Tags):
    """Take these tags off all that is selected"""

    bl_idname = "audobon.untag_selected"
    bl_label = "Untag the Selected"

    def execute(self, _context: Any) -> set[str]:
        return self.change("remove_tags", "untag")


class AUDOBON_OT_favour_selected(_Selected):
    """Make all that is selected favourites, or none of it where the active one is a favourite"""

    bl_idname = "audobon.favour_selected"
    bl_label = "Favourite"

    def hand(self, session: Any) -> None:
        session.selection.favour()


class AUDOBON_OT_catalog_selected(_Typed):
    """Put all that is selected in a catalog; an empty name takes it out of its catalog"""

    bl_idname = "audobon.catalog_selected"
    bl_label = "Put in a Catalog"
    field, icon = "catalog", "OUTLINER_COLLECTION"
    catalog: kit.StringProperty(
        name="Catalog",
        description="Such as Materials/Wood; it is made where there is none",
        search=_known_catalogs,
        options={"SKIP_SAVE"},
    )

    def execute(self, _context: Any) -> set[str]:
        session, wanted = here.session(), self.catalog.strip()
        if session is not None:
            label = f"put in {wanted}" if wanted else "take out of catalog"
            session.selection.edit(label, catalog=wanted or None)
        return DONE


class AUDOBON_OT_describe_selected(_Typed):
    """Give all that is selected this description, in place of the one it has"""

    bl_idname = "audobon.describe_selected"
    bl_label = "Describe the Selected"
    field, icon = "note", "TEXT"
    note: kit.StringProperty(
        name="Description", description="Found by a search", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        state = here.state()
        if state is not None and state.selection.count == 1:
            notes = [each.note for each in state.found.assets if each.id in state.selection.here]
            self.note = notes[0] if notes else ""
        return self.dialog(context)

    def hand(self, session: Any) -> None:
        session.selection.edit("describe", note=self.note.strip())


class AUDOBON_OT_remove_selected(_Selected):
    """Take all that is selected out of the library. The files stay where they are"""

    bl_idname = "audobon.remove_selected"
    bl_label = "Remove from the Library"
    force: kit.BoolProperty(
        name="Also What Others Use",
        description="Else nothing is removed where assets that stay use some of it; they are named",
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        self.force = False
        return self.dialog(context)

    def draw(self, _context: Any) -> None:
        self.heading()
        self.layout.label(text="They are taken out of the library, with their tags and stars.")
        self.layout.label(text="The files stay, and Undo in the Library brings them back.")
        self.layout.prop(self, "force")

    def hand(self, session: Any) -> None:
        session.selection.remove(force=self.force)
        session.choose(None)


class AUDOBON_OT_select_assets(_Open):
    """Select assets of the library"""

    bl_idname = "audobon.select_assets"
    bl_label = "Select"
    what: kit.EnumProperty(
        items=(
            ("page", "This Page", "Everything on this page, beside what is selected"),
            ("everything", "All That Is Found", "On all pages"),
            ("invert", "Invert", "What is found and not selected, instead of what is"),
            ("clear", "Nothing", "Select nothing"),
        )
    )

    def execute(self, _context: Any) -> set[str]:
        session = here.session()
        if session is None:
            return STOPPED
        selection = session.selection
        calls = {
            "page": selection.page,
            "everything": selection.everything,
            "invert": selection.invert,
            "clear": selection.clear,
        }
        calls[self.what]()
        return DONE


class AUDOBON_OT_show_query(_Open):
    """Show what this query finds, in place of the present search"""

    bl_idname = "audobon.show_query"
    bl_label = "Show"
    query: kit.StringProperty()
    sort: kit.StringProperty()

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        return str(properties.query) or "Show the whole library"

    def execute(self, context: Any) -> set[str]:
        settings = kit.settings(context)
        for name in (*FILTERS, "text", "sort"):
            settings.property_unset(name)
        settings.text = self.query
        if self.sort:
            settings.sort = self.sort
        ask(settings, context)
        return DONE


class AUDOBON_OT_save_set(_Open):
    """Keep the present search under a name: words and filters, not what it finds"""

    bl_idname = "audobon.save_set"
    bl_label = "Save the Search"
    name: kit.StringProperty(name="Name", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        state = here.state()
        return _Open.poll(context) and state is not None and not state.read_only

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return set(context.window_manager.invoke_props_dialog(self, width=_WIDTH))

    def draw(self, _context: Any) -> None:
        state = here.state()
        query = "" if state is None else state.found.wanted.query
        self.layout.label(text=query or "Everything", icon="VIEWZOOM")
        row = self.layout.row()
        row.activate_init = True
        row.prop(self, "name", text="")

    def execute(self, _context: Any) -> set[str]:
        session, name = here.session(), self.name.strip()
        if session is None or not name:
            self.report({"INFO"}, "Give the set a name first")
            return STOPPED
        session.save_set(name)
        return DONE


class AUDOBON_OT_remove_set(Handing):
    """Forget this saved search; no asset changes"""

    bl_idname = "audobon.remove_set"
    bl_label = "Remove the Set"
    name: kit.StringProperty()

    def hand(self, session: Any) -> None:
        session.remove_set(self.name)


class AUDOBON_MT_selection(kit.Menu):
    """What can be done with the selected assets"""

    bl_label = "Selected Assets"
    bl_idname = "AUDOBON_MT_selection"

    def draw(self, _context: Any) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("audobon.tag_selected", text="Tag", icon="BOOKMARKS")
        layout.operator("audobon.untag_selected", text="Untag", icon="X")
        layout.operator("audobon.catalog_selected", icon="OUTLINER_COLLECTION")
        layout.operator("audobon.describe_selected", text="Describe", icon="TEXT")
        layout.operator("audobon.favour_selected", icon="FUND")
        layout.separator()
        for stars in range(6):
            text = f"{stars} Stars" if stars != 1 else "1 Star"
            button = layout.operator(
                "audobon.rate_selected", text=text, icon="SOLO_ON" if stars else "SOLO_OFF"
            )
            button.rating = stars
        layout.separator()
        for what, text in (("page", "Select This Page"), ("everything", "Select All Found")):
            layout.operator("audobon.select_assets", text=text).what = what
        layout.operator("audobon.select_assets", text="Invert Selection").what = "invert"
        layout.separator()
        layout.operator("audobon.remove_selected", icon="TRASH")
        layout.operator("audobon.plan_purge")


def similar_button(layout: Any, name: str) -> None:
    """The button of an operator that another part of the add-on may bring."""
    if editor.known_operator(name):
        layout.operator(name, icon="VIEWZOOM")


CLASSES = (
    AUDOBON_OT_rate_selected,
    AUDOBON_OT_tag_selected,
    AUDOBON_OT_untag_selected,
    AUDOBON_OT_favour_selected,
    AUDOBON_OT_catalog_selected,
    AUDOBON_OT_describe_selected,
    AUDOBON_OT_remove_selected,
    AUDOBON_OT_select_assets,
    AUDOBON_OT_show_query,
    AUDOBON_OT_save_set,
    AUDOBON_OT_remove_set,
    AUDOBON_MT_selection,
)
