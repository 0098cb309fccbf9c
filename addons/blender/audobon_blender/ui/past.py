# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of an asset as they are drawn: pictures, what changed, and what an old one holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host import kit, opened, saving
from ..logic import past, shown, words
from . import here
from .texts import letters, paragraph, problem

if TYPE_CHECKING:
    from audobon.session.past import Changes, OldVersion
    from audobon.session.state import Chosen, State

__all__ = ["file_news", "foreign_lock_line", "history", "loads_again", "other_branch"]

_PARTS = 14
_OFFERS = 8
_PICTURE = 4.5
# Units of Blender's interface: three of them fit beside each other.
_LABELS = {"collections": "OUTLINER_COLLECTION", "objects": "OBJECT_DATA", "materials": "MATERIAL"}


def history(layout: Any, context: Any, chosen: Chosen) -> None:
    """The newest versions of an asset, each with its picture and what can be done with it."""
    here.here().guard.look()
    state = here.state()
    if state is None:
        return
    if chosen.problem is not None:
        problem(layout, context, chosen.problem)
        return
    if not chosen.versions:
        text = "No version holds this asset yet." if chosen.complete else "Reading the history"
        paragraph(layout, context, text)
        return
    _taken(layout, context)
    column = layout.column()
    for number in range(min(past.VERSIONS, len(chosen.versions))):
        _version(column, context, chosen, number)
    if len(chosen.versions) > past.VERSIONS:
        layout.label(text=f"and {len(chosen.versions) - past.VERSIONS} more")
    changes, old = state.past.changes, state.past.old
    if changes is not None and changes.ident == chosen.asset.id:
        _changes(layout, context, chosen, changes)
    if old is not None and old.ident == chosen.asset.id:
        _old(layout, context, state, old)


def _version(column: Any, context: Any, chosen: Chosen, number: int) -> None:
    version, asset = chosen.versions[number], chosen.asset
    before = chosen.versions[number + 1].id if number + 1 < len(chosen.versions) else ""
    row = column.row(align=True)
    picture = past.version_picture(chosen, number)
    icon = 0 if picture is None else here.here().thumbs.icon(shown.icon_key(picture))
    room = max(10, letters(context) - (10 if icon else 16))
    if icon:
        cell = row.row()
        cell.alignment = "LEFT"
        cell.template_icon(icon_value=icon, scale=2.4)
    texts = row.column(align=True)
    texts.scale_y = 0.8 if icon else 1.0
    message = version.message.splitlines()[0] if version.message else version.id[:8]
    first = texts.row(align=True)
    first.label(text=words.short(message, room), icon="NONE" if icon else "KEYFRAME")
    if icon:
        texts.label(text=words.age(version.time))
    else:
        part = first.row()
        part.alignment = "RIGHT"
        part.label(text=words.age(version.time))
    if before:
        which = {"ident": asset.id, "a": before, "b": version.id}
        kit.button(row, "audobon.compare_versions", "VIEWZOOM", text="", **which)
    more = {"ident": asset.id, "revision": version.id, "before": before}
    scene = asset.kind == "blend"
    kit.button(row, "audobon.version_menu", "DOWNARROW_HLT", text="", scene=scene, **more)


def _changes(layout: Any, context: Any, chosen: Chosen, changes: Changes) -> None:
    box = layout.box()
    row = box.row(align=True)
    names = {version.id: version.message.splitlines()[0] for version in chosen.versions}
    title = names.get(changes.b, "now" if changes.b == "WORKING" else changes.b[:8])
    row.label(text=words.short(title, letters(context) - 9), icon="VIEWZOOM")
    which = {"ident": changes.ident, "a": changes.a, "b": changes.b}
    kit.button(row, "audobon.show_changes", "URL", text="", **which)
    row.operator("audobon.forget_changes", text="", icon="X", emboss=False)
    if changes.problem is not None:
        problem(box, context, changes.problem)
        return
    paragraph(box, context, past.summary(changes), "NONE" if changes.ready else "SORTTIME")
    details = changes.details
    if details is None:
        return
    _pictures(box, changes)
    column = box.column(align=True)
    for part in details.parts[:_PARTS]:
        text = words.short(past.part_text(part), letters(context) - 5)
        column.label(text=text, icon=past.part_icon(part.kind))
        for line in past.field_lines(part):
            column.label(text=words.short(f"   {line}", letters(context) - 5), icon="BLANK1")
    left = len(details.parts[_PARTS:]) + details.more_parts
    if left:
        column.label(text=f"and {left} more; the page in the browser has them", icon="BLANK1")
    for sentence in details.problems:
        paragraph(box, context, sentence, "INFO")


def _pictures(box: Any, changes: Changes) -> None:
    """Before and after, side by side, and where they differ."""
    found = past.change_pictures(changes)
    if not found:
        return
    row = box.row(align=True)
    for label, key, _ in found:
        cell = row.column(align=True)
        icon = here.here().thumbs.icon(key)
        if icon:
            cell.template_icon(icon_value=icon, scale=_PICTURE)
        small = cell.row()
        small.alignment = "CENTER"
        small.label(text=label)


def _old(layout: Any, context: Any, state: State, old: OldVersion) -> None:
    box = layout.box()
    row = box.row(align=True)
    row.label(text=f"Version {old.revision[:8]}", icon="APPEND_BLEND")
    row.operator("audobon.forget_version", text="", icon="X", emboss=False)
    if not old.ready:
        paragraph(box, context, "Reading what it holds", "SORTTIME")
        return
    if old.problem is not None:
        problem(box, context, old.problem)
    picks = here.here().guard.picks(state)
    column = box.column(align=True)
    for kind, name in picks[:_OFFERS]:
        icon = _LABELS.get(kind, "DOT")
        text = words.short(name, letters(context) - 5)
        kit.button(column, "audobon.use_old_part", icon, text=text, kind=kind, name=name)
    if len(picks) > _OFFERS:
        text = f"All {len(picks)}"
        kit.button(column, "audobon.find_old_part", "VIEWZOOM", text=text)
    if not picks and old.problem is None:
        paragraph(box, context, "It holds nothing that can be appended.", "INFO")


def _taken(layout: Any, context: Any) -> None:
    path = here.here().guard.taken
    if not path:
        return
    box = layout.box()
    paragraph(box, context, f"{Path(path).name} is written; what is open is not saved.", "INFO")
    row = box.row(align=True)
    row.operator("audobon.open_taken", icon="FILE_BLEND")
    kit.button(row, "audobon.open_taken", "X", text="Later", open=False)


def file_news(layout: Any, context: Any, state: State) -> None:
    """What became of the open file and of what it is linked to: above everything else."""
    here.here().guard.look()
    path = saving.open_file()
    if past.newer_own(state.past, path) is not None:
        box = layout.box()
        paragraph(box, context, "This file is another one on the disk now.", "ERROR")
        loads_again(box, "audobon.reload_file", "Load Again")
        box.operator("audobon.keep_file", icon="X")
    if state.document is not None:
        foreign_lock_line(layout, context, state, state.document.asset.id)
        if state.document.asset.id in state.past.holding:
            layout.label(text="Others see it is open", icon="LOCKED")
    linked = [one for one in state.past.linked if one.path != path]
    if linked:
        box = layout.box()
        row = box.row(align=True)
        row.label(text=past.newer_text(len(linked)), icon="LINK_BLEND")
        if len(linked) > 1:
            kit.button(row, "audobon.update_linked", "FILE_REFRESH", text="All")
        for one in linked:
            row = box.row(align=True)
            text = past.linked_text(one)
            row.label(text=words.short(text, letters(context) - 10), icon="DOT")
            which = {"path": one.path}
            kit.button(row, "audobon.update_linked", "FILE_REFRESH", text="", **which)
            if one.note:
                box.label(text=words.short(one.note, letters(context) - 6), icon="BLANK1")


def loads_again(layout: Any, name: str, verb: str, **how: Any) -> None:
    """A button that replaces the open file; over unsaved work it says what it loses."""
    if opened.is_dirty():
        text = f"{verb}, Lose Unsaved"
        kit.button(layout, name, "ERROR", text=text, unsaved="discard", **how)
    else:
        kit.button(layout, name, "FILE_REFRESH", text=verb, **how)


def other_branch(layout: Any, context: Any, state: State) -> None:
    """While the assets are shown that are other on a branch: what the chosen one is like there."""
    name, chosen = kit.settings(context).other_on, state.chosen
    branch = next((one for one in state.past.branches if one.name == name), None)
    if branch is None or chosen is None:
        return
    here.here().guard.look()
    ident = chosen.asset.id
    row = layout.row(align=True)
    which = {"ident": ident, "a": branch.id, "b": "WORKING"}
    text = words.short(f"Compare with {name}", letters(context) - 8)
    kit.button(row, "audobon.compare_versions", "VIEWZOOM", text=text, **which)
    more = {"ident": ident, "revision": branch.id, "before": ""}
    scene = chosen.asset.kind == "blend"
    kit.button(row, "audobon.version_menu", "DOWNARROW_HLT", text="", scene=scene, **more)
    changes, old = state.past.changes, state.past.old
    if changes is not None and (changes.ident, changes.a) == (ident, branch.id):
        _changes(layout, context, chosen, changes)
    if old is not None and (old.ident, old.revision) == (ident, branch.id):
        _old(layout, context, state, old)


def foreign_lock_line(layout: Any, context: Any, state: State, ident: str) -> None:
    """That somebody else has an asset open."""
    here.here().guard.look()
    held = past.foreign_lock(state.past, ident)
    if held is not None:
        paragraph(layout, context, f"{held.text[0].upper()}{held.text[1:]}", "LOCKED")
