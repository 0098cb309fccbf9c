# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel that teaches a tag: examples by a click, a lesson, its result, pictures to correct.

No postponed annotations here: Blender reads properties from them.
"""

from typing import Any

from ..host import kit, opened
from ..logic import locks, shown, teaching, words
from . import here
from .ai import engine_lacks, get_models
from .library_ops import DONE, STOPPED, Handing, _Open
from .panels import LibraryPanel
from .texts import computing, letters, paragraph

__all__ = ["CLASSES"]

_SCALE = 3.6
# Units of Blender's interface; more make less than three fit beside each other.
_ROW = 3
_SHORT = {"mistakes": "Mistakes", "doubtful": "Doubtful", "surest": "Certain"}
_ANSWERS = (
    ("yes", "Yes", "It has the tag"),
    ("no", "No", "It has it not"),
    ("none", "Take Back", "It counts as nothing for this tag"),
)
_YES = {"yes": True, "no": False, "none": None}
_TIPS = {
    "yes": "Pictures that have the tag. Nothing is tagged by it",
    "no": "Pictures that have not the tag, most of all those that look alike",
    "none": "These are no examples of this tag any more",
}


class AUDOBON_PT_teach(LibraryPanel, kit.Panel):
    """A tag that no model knows, learnt from examples"""

    bl_label = "Teach"
    bl_idname = "AUDOBON_PT_teach"
    bl_options = {"DEFAULT_CLOSED"}  # Blender reads it from the class

    def _draw(self, context: Any) -> None:
        session, state, layout = here.session(), here.state(), self.layout
        if session is None or state is None:
            return
        here.here().results.seen = True  # the engine is looked at once somebody wants it
        page, tag = here.here().teaching, _tag(context)
        row = layout.row(align=True)
        row.prop(kit.settings(context), "teach_tag", text="", icon="BOOKMARKS")
        if tag:
            kit.button(row, "audobon.teach_tag", "X", text="", tag="")
        session.teaching.watch(tag, page.look(tag))
        view = page.view(state)
        if view is None:
            paragraph(layout, context, "Looking at the examples", "SORTTIME")
            return
        if not tag:
            paragraph(layout, context, view.about, "INFO")
            _known(layout, state)
            return
        _marks(layout, context, state, view)
        _lesson(layout, context, state, view)
        if view.result:
            _result(layout.box(), context, state, view)
        _pictures(layout, context, state, view)
        _versions(layout, context, state, view)


def _tag(context: Any) -> str:
    return str(kit.settings(context).teach_tag.strip())


def _known(layout: Any, state: Any) -> None:
    """Tags that were taught, or for which something is marked."""
    column = layout.column(align=True)
    for tag, version in state.teaching.tags[: teaching.TAGS]:
        text = f"{tag} ({version})" if version else tag
        kit.button(column, "audobon.teach_tag", "BOOKMARKS", text=text, tag=tag)
    if state.teaching.tags:
        column.operator("audobon.teach_page", icon="URL")


def _marks(layout: Any, context: Any, state: Any, view: Any) -> None:
    """What is selected with buttons that mark it, and how many examples there are."""
    meant = locks.meant(state) or "Select pictures in the list"
    layout.label(text=words.short(meant, letters(context) - 4), icon="RESTRICT_SELECT_OFF")
    row = layout.row(align=True)
    row.enabled = not state.read_only and bool(locks.meant(state))
    for answer, text, icon in (
        *(("yes", "Yes", "CHECKMARK"), ("no", "No", "X")),
        ("none", "", "LOOP_BACK"),
    ):
        kit.button(row, "audobon.teach_mark", icon, text=text, answer=answer)
    layout.label(text=view.counts, icon="IMAGE_REFERENCE")
    for text in (view.need, view.fresh):
        if text:
            paragraph(layout, context, text, "BLANK1")


def _lesson(layout: Any, context: Any, state: Any, view: Any) -> None:
    """The button that learns, what it lacks, and how far it is."""
    tools = state.tools
    offer = None if tools is None else tools.offer("embed")
    if tools is not None:
        engine_lacks(layout, context, tools)
    if offer is not None and offer.missing and not offer.lacks:
        get_models(layout, context, [("Teaching", offer)])
    computing(layout, state)
    if view.learning:
        paragraph(layout, context, view.live, "BLANK1")
        return
    column = layout.column(align=True)
    column.enabled = (
        view.ready
        and not state.read_only
        and state.computing is None
        and (offer is None or offer.ready)
    )
    column.operator("audobon.teach_learn", text=view.button, icon="OUTLINER_OB_LIGHT")
    column.prop(kit.settings(context), "teach_precision", text="")


def _result(box: Any, context: Any, state: Any, view: Any) -> None:
    for number, line in enumerate(view.result):
        paragraph(box, context, line, "BLANK1" if number else "INFO", less=2)
    if view.review:
        paragraph(box, context, view.review, "TIME", less=2)
        box.operator("audobon.teach_review", text="Review", icon="FORWARD")
    if any(row.used for row in view.versions):
        line = box.row()
        line.enabled = state.computing is None and not state.read_only
        line.operator("audobon.teach_suggest", icon="HIDE_OFF")


def _pictures(layout: Any, context: Any, state: Any, view: Any) -> None:
    """Kinds of pictures as buttons, and those of the open kind, each with yes and no."""
    page = here.here().teaching
    group = page.group(state)
    if group is None:
        return
    for groups in (view.groups, view.examples):
        row = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for one in groups:
            title = f"{_SHORT[one.name]} {len(one.pictures)}" if one.name in _SHORT else one.title
            button = row.operator("audobon.teach_open", text=title, depress=one is group)
            button.name = one.name
    paragraph(layout, context, group.about)
    grid = layout.grid_flow(row_major=True, columns=_ROW, even_columns=True, align=False)
    room = max(6, letters(context) // _ROW - 3)
    pictures = page.pictures(state)
    for one in pictures:
        _picture(grid.column(align=True), state, one, room)
    for _ in range(len(pictures), _ROW):
        grid.label(text="")  # else few pictures take the room of a whole row
    place = page.place(state)
    if place:
        row = layout.row(align=True)
        row.label(text=place)
        kit.button(row, "audobon.teach_step", "TRIA_LEFT", text="", by=-1)
        kit.button(row, "audobon.teach_step", "TRIA_RIGHT", text="", by=1)


def _picture(cell: Any, state: Any, one: Any, room: int) -> None:
    icon = here.here().thumbs.icon(shown.icon_key(one.asset))
    if icon:
        cell.template_icon(icon_value=icon, scale=_SCALE)
    name = words.short(words.stem(one.text), room)
    kit.button(cell, "audobon.choose", "NONE", text=name, ident=one.asset.id)
    row = cell.row(align=True)
    row.enabled = not state.read_only
    for answer, sign in ((True, "CHECKMARK"), (False, "X")):
        pressed = one.yes is answer
        mark = row.operator("audobon.teach_mark", text="", icon=sign, depress=pressed)
        mark.ident = one.asset.id
        mark.answer = "none" if pressed else "yes" if answer else "no"


def _versions(layout: Any, context: Any, state: Any, view: Any) -> None:
    if not view.versions:
        return
    head = layout.row()
    head.label(text="Versions", icon="RECOVER_LAST")
    head.operator("audobon.teach_page", text="", icon="URL")
    column = layout.column(align=True)
    room = letters(context) - 10
    for one in view.versions:
        row = column.row(align=True)
        text = words.short(one.text, room)
        button = row.operator("audobon.teach_show", text=text, depress=one.shown)
        button.version = one.version
        use = row.row(align=True)
        use.enabled = not one.used and state.computing is None and not state.read_only
        kit.button(use, "audobon.teach_use", "CHECKMARK", text="Use", version=one.version)
    row = column.row(align=True)
    row.enabled = any(one.used for one in view.versions) and not state.read_only
    kit.button(row, "audobon.teach_use", "CANCEL", text="Use None", version=0)


class _Tag(_Open):
    """Something about the tag that the panel shows."""

    def execute(self, context: Any) -> set[str]:
        session, tag = here.session(), _tag(context)
        if session is None or not tag:
            self.report({"INFO"}, "Name a tag in the panel Teach first")
            return STOPPED
        return self.carry(context, session, tag)

    def carry(self, context: Any, session: Any, tag: str) -> set[str]:
        raise NotImplementedError


class AUDOBON_OT_teach_tag(_Open):
    """Teach this tag"""

    bl_idname = "audobon.teach_tag"
    bl_label = "Teach This Tag"
    tag: kit.StringProperty(options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        kit.settings(context).teach_tag = self.tag
        kit.redraw()
        return DONE


class AUDOBON_OT_teach_mark(_Tag):
    """Say of pictures that they have the tag, or have it not"""

    bl_idname = "audobon.teach_mark"
    bl_label = "Mark"
    answer: kit.EnumProperty(items=_ANSWERS)
    ident: kit.StringProperty(
        options={"SKIP_SAVE"}, description="Empty for all that is selected, or is chosen"
    )

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        return _TIPS[properties.answer]

    def carry(self, _context: Any, session: Any, tag: str) -> set[str]:
        idents = (self.ident,) if self.ident else locks.idents(session, session.state)
        if not idents:
            self.report({"INFO"}, "Select or choose pictures first")
            return STOPPED
        session.teaching.mark(tag, idents, _YES[self.answer])
        return DONE


class AUDOBON_OT_teach_learn(_Tag):
    """Learn the tag from these examples, on this machine. Nothing is tagged by it"""

    bl_idname = "audobon.teach_learn"
    bl_label = "Learn"

    def carry(self, context: Any, session: Any, tag: str) -> set[str]:
        here.here().teaching.show(0)
        here.here().teaching.open("")
        session.teaching.learn(tag, precision=int(kit.settings(context).teach_precision) / 100)
        return DONE


class AUDOBON_OT_teach_review(_Tag):
    """Choose the next asset with a suggestion of this tag; AI, Suggested Tags decides about it"""

    bl_idname = "audobon.teach_review"
    bl_label = "Review"

    def carry(self, _context: Any, session: Any, tag: str) -> set[str]:
        session.next_suggestions(tag)
        return DONE


class AUDOBON_OT_teach_suggest(_Tag):
    """Look at all pictures that are found now, and suggest this tag where it fits"""

    bl_idname = "audobon.teach_suggest"
    bl_label = "Suggest for All Found"

    def carry(self, _context: Any, session: Any, tag: str) -> set[str]:
        session.teaching.suggest(tag)
        return DONE


class AUDOBON_OT_teach_use(_Tag):
    """Have this version suggest from now on; None ends the suggestions of this tag"""

    bl_idname = "audobon.teach_use"
    bl_label = "Use This Version"
    version: kit.IntProperty(description="0 for none")

    def carry(self, _context: Any, session: Any, tag: str) -> set[str]:
        session.teaching.use(tag, self.version or None)
        return DONE


class AUDOBON_OT_teach_page(Handing):
    """Show all versions with plots and pictures, in the browser of your system"""

    bl_idname = "audobon.teach_page"
    bl_label = "Compare in Browser"

    def hand(self, session: Any) -> None:
        session.teaching.page(_tag(None), opened.open_page)


class _Shown(_Open):
    """What the panel shows of it."""

    def execute(self, _context: Any) -> set[str]:
        state = here.state()
        if state is None:
            return STOPPED
        self.turn(here.here().teaching, state)
        kit.redraw()
        return DONE

    def turn(self, page: Any, state: Any) -> None:
        raise NotImplementedError


class AUDOBON_OT_teach_open(_Shown):
    """Show these pictures"""

    bl_idname = "audobon.teach_open"
    bl_label = "Show Pictures"
    name: kit.StringProperty()

    def turn(self, page: Any, _state: Any) -> None:
        page.open(self.name)


class AUDOBON_OT_teach_step(_Shown):
    """Show more of these pictures"""

    bl_idname = "audobon.teach_step"
    bl_label = "More Pictures"
    by: kit.IntProperty(default=1)

    def turn(self, page: Any, state: Any) -> None:
        page.step(state, self.by)


class AUDOBON_OT_teach_show(_Shown):
    """Show what this version learnt, and its pictures"""

    bl_idname = "audobon.teach_show"
    bl_label = "Show This Version"
    version: kit.IntProperty()

    def turn(self, page: Any, _state: Any) -> None:
        page.show(self.version)


CLASSES = (
    AUDOBON_OT_teach_tag,
    AUDOBON_OT_teach_mark,
    AUDOBON_OT_teach_learn,
    AUDOBON_OT_teach_review,
    AUDOBON_OT_teach_suggest,
    AUDOBON_OT_teach_use,
    AUDOBON_OT_teach_page,
    AUDOBON_OT_teach_open,
    AUDOBON_OT_teach_step,
    AUDOBON_OT_teach_show,
    AUDOBON_PT_teach,
)
