"""How history is said in a panel, and what of it is shown: versions, changes, branches, locks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.session.past import StoredPicture

if TYPE_CHECKING:
    from audobon.model.branch import Branch
    from audobon.model.details import AssetDetails
    from audobon.model.merge import MergeConflict
    from audobon.model.parts import PartChange
    from audobon.session.past import Changes, Held, Linked, Past, Plan
    from audobon.session.state import Chosen, State

__all__ = [
    "VERSIONS",
    "Choice",
    "change_pictures",
    "choices",
    "conflict_text",
    "covers",
    "distance_text",
    "field_lines",
    "foreign_lock",
    "linked_text",
    "moved_path",
    "newer_own",
    "newer_text",
    "part_text",
    "pictured",
    "plan_lines",
    "remove_lines",
    "summary",
    "take_label",
    "touched",
    "version_picture",
]

VERSIONS = 12
"""How many versions of an asset have their pictures fetched by :func:`pictured`."""

_PATHS = 6
_FIELDS = 3
_SIGNS = {"added": "+", "removed": "-"}
_DONE = {"added": "added", "removed": "removed", "modified": "changed"}


# Versions and their pictures


def version_picture(chosen: Chosen, number: int) -> StoredPicture | None:
    """What the picture of the asset's version with this number in the list is made from."""
    content = chosen.contents[number] if number < len(chosen.contents) else None
    return None if content is None else StoredPicture(content, chosen.asset.name)


def covers(conflict: MergeConflict) -> tuple[tuple[str, StoredPicture], ...]:
    """The sides of a conflict about contents, each with what its picture is made from."""
    name = conflict.path.rpartition("/")[2]
    return tuple(
        (side, StoredPicture(conflict.contents[side], name))
        for side in ("ours", "theirs")
        if side in conflict.contents
    )


def pictured(state: State) -> tuple[StoredPicture, ...]:
    """Pictures of the versions that are listed, and of what collides in an open merge."""
    found: dict[StoredPicture, None] = {}
    for chosen in (state.chosen, state.document):
        for number in range(VERSIONS if chosen is not None else 0):
            if chosen is not None and (picture := version_picture(chosen, number)) is not None:
                found[picture] = None
    if state.past.merge is not None:
        for conflict in state.past.merge.conflicts:
            found.update({picture: None for _, picture in covers(conflict)})
    return tuple(found)


def change_pictures(changes: Changes | None) -> tuple[tuple[str, str, bytes], ...]:
    """The pictures of a comparison, each with its label and the key of its icon."""
    if changes is None or changes.details is None:
        return ()
    pictures = changes.details.pictures
    several = (
        ("Before", pictures.before),
        ("After", pictures.after),
        ("Where", pictures.difference),
    )
    key = f"{changes.ident}-{changes.a}-{changes.b}"
    return tuple((label, f"{key}-{label}", data) for label, data in several if data is not None)


# Branches, plans and merges


def remove_lines(branch: Branch) -> tuple[str, ...]:
    """What is asked before a branch goes that the current one does not have all of."""
    count = "1 version" if branch.ahead == 1 else f"{branch.ahead} versions"
    return (
        f"{branch.name} has {count} that the current branch does not have.",
        "What no other branch has goes with it, once the library is collected.",
        "Merge it first to keep it. OK removes it, Escape leaves it.",
    )


def distance_text(branch: Branch) -> str:
    """How far a branch is from the current one, empty where both are at one version."""
    parts = [f"{branch.ahead} ahead"] if branch.ahead else []
    parts += [f"{branch.behind} behind"] if branch.behind else []
    return ", ".join(parts)


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """What a plan would do, a sentence a line; the first one names it."""
    if plan.what == "merge" and plan.kind == "nothing":
        return (f"Everything of {plan.name} is here already.",)
    verb = "Switching to" if plan.what == "switch" else "Merging"
    counts = [
        f"{word} {_files(paths)}"
        for word, paths in (("write", plan.written), ("remove", plan.removed))
        if paths
    ]
    edited = len(plan.edited)
    counts += [f"change metadata of {edited} {'asset' if edited == 1 else 'assets'}"] * bool(edited)
    would = " and ".join(counts) if counts else "change no file"
    lines = [f"{verb} {plan.name} would {would}."]
    lines += [f"+ {path}" for path in plan.written[:_PATHS]]
    lines += [f"- {path}" for path in plan.removed[:_PATHS]]
    hidden = len(plan.written[_PATHS:]) + len(plan.removed[_PATHS:])
    lines += [f"and {hidden} more"] if hidden else []
    if plan.conflicts:
        things = "1 thing" if plan.conflicts == 1 else f"{plan.conflicts} things"
        lines.append(f"{things} must be decided first; until then nothing is changed.")
    return tuple(lines)


def _files(paths: Iterable[str]) -> str:
    count = len(tuple(paths))
    return "1 file" if count == 1 else f"{count} files"


@frozen(slots=True)
class Choice:
    """A button for something that may write open files.

    ``unsaved`` says what becomes of what is not saved in them: refuse (there
    is none), save or discard. ``force`` keeps what is in no version aside.
    """

    text: str
    unsaved: str = "refuse"
    force: bool = False


def choices(verb: str, *, dirty: bool, blocked: bool = False) -> tuple[Choice, ...]:
    """What can be said to something risky.

    ``dirty``: an open file that it may write has changes that are not saved;
    ``blocked``: work that is in no version is in its way.
    """
    if dirty:
        # What is saved now is in no version either, so it would be in the way itself.
        save = Choice(f"Save and {verb}", "save", force=True)
        return (save, Choice(f"{verb}, Lose Unsaved", "discard", force=blocked))
    if blocked:
        return (Choice(f"Keep Aside, {verb}", force=True),)
    return (Choice(verb),)


def touched(paths: Iterable[str], file: str) -> bool:
    """Whether a file may be one of these ``<root>/<path>``; one of the same end may be, too."""
    shown = f"/{Path(file).as_posix()}"
    return any(shown.endswith(f"/{path.partition('/')[2]}") for path in paths)


def conflict_text(conflict: MergeConflict) -> str:
    """What both branches changed: an object of a scene, a file, a field."""
    name = conflict.path.rpartition("/")[2]
    if conflict.what == "part" and conflict.parts:
        part = conflict.parts[0]
        sides = (
            f"here {_DONE.get(part.ours, part.ours)}, there {_DONE.get(part.theirs, part.theirs)}"
        )
        return f"{name}: {part.kind} {part.name} ({sides})"
    if conflict.what == "content":
        return f"{name}: both changed it"
    if conflict.what == "removed":
        return f"{name}: removed on one side, changed on the other"
    values = f"{conflict.ours or 'nothing'} here, {conflict.theirs or 'nothing'} there"
    return f"{name}: {conflict.what.rpartition('.')[2]} is {values}"


def take_label(take: str) -> str:
    """A decision as a button says it."""
    return {"ours": "Ours", "theirs": "Theirs", "both": "Both"}.get(take, take)


# What changed inside an asset


def part_text(part: PartChange) -> str:
    """A changed part in one line."""
    sign = _SIGNS.get(part.status)
    if sign is not None:
        return f"{sign} {part.kind} {part.name}"
    names = ", ".join(field.name for field in part.fields[:_FIELDS])
    what = names or "content"
    return f"{part.kind} {part.name}: {what}"


def field_lines(part: PartChange) -> tuple[str, ...]:
    """The facts of a changed part that differ, before and after."""
    if part.status != "modified":
        return ()
    shown = part.fields[:_FIELDS]
    return tuple(
        f"{f'{field.name}: ' * (len(shown) > 1)}{field.before or 'none'} to {field.after or 'none'}"
        for field in shown
    )


def summary(changes: Changes) -> str:
    """What a comparison has found, in a sentence."""
    if not changes.ready:
        return "Looking at what changed"
    if changes.problem is not None:
        return ""
    if changes.details is None:
        return "Nothing has changed."
    return _details(changes.details)


def _details(details: AssetDetails) -> str:
    entry, parts = details.entry, []
    if entry.status == "added":
        return "It is new in this version."
    if entry.status == "removed":
        return "It was removed in this version."
    if entry.old_path:
        parts.append(f"moved from {entry.old_path}")
    if details.picture is not None and not details.picture.same:
        parts.append(f"{details.picture.changed:.0%} of the picture differ")
    count = len(details.parts) + details.more_parts
    if count:
        parts.append(f"{count} {'part' if count == 1 else 'parts'} changed")
    told = bool(parts)
    fields = [
        field.name.rpartition(".")[2]
        for field in entry.fields
        if not (told and entry.content_changed and _is_of_bytes(field.name))
    ]
    if fields:
        parts.append(f"changed: {', '.join(fields[:_FIELDS])}")
    if not parts:
        parts.append("other bytes with the same content" if entry.content_changed else "nothing")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _is_of_bytes(name: str) -> bool:
    """Whether a field follows from the content, of which more was told already."""
    return name.startswith("attributes.") or name in ("kind", "format", "width", "height")


# Files of an old version, locks and links


def moved_path(path: str, aside: str, home: str) -> str:
    """Where a file lies that was named from a scene in ``aside`` whose home is another folder.

    The path itself where it is there, or where nothing lies at the other place.
    """
    if os.path.exists(path):
        return path
    try:
        there = os.path.normpath(os.path.join(home, os.path.relpath(path, aside)))
    except ValueError:  # another drive of Windows
        return path
    return there if os.path.exists(there) else path


def foreign_lock(past: Past, ident: str) -> Held | None:
    """Somebody else's lock on an asset."""
    return next((one for one in past.locks if one.asset_id == ident and not one.mine), None)


def newer_own(past: Past, path: str) -> Linked | None:
    """The open file itself, where something else has written it since it was read."""
    return next((one for one in past.linked if path and one.path == path), None)


def newer_text(count: int) -> str:
    return f"Newer version of {count} linked {'asset' if count == 1 else 'assets'}"


def linked_text(linked: Linked) -> str:
    """A linked file of which there is something newer, in one line."""
    name = Path(linked.path).name
    what = "has been saved since" if linked.why == "changed" else f"is older than {linked.name}"
    return f"{name} {what}"
