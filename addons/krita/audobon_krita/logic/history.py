# SPDX-License-Identifier: GPL-3.0-or-later
"""History as the docker shows it: rows of versions, what is compared, what a click is told.

To be called once there is a session: the SDK is loaded then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.model.branch import Branch
    from audobon.model.recovery import RecoveryPoint
    from audobon.panel.past import (
        Choice,
        choices,
        conflict_text,
        covers,
        distance_text,
        field_lines,
        foreign_lock,
        linked_text,
        newer_own,
        part_text,
        plan_lines,
        summary,
        take_label,
        touched,
        version_picture,
    )
    from audobon.session.past import Changes, Past, Plan
    from audobon.session.pictures import Pictured
    from audobon.session.state import Chosen, State

__all__ = [
    "NOW",
    "PIXELS",
    "Choice",
    "Row",
    "branch_text",
    "changed_lines",
    "changes_title",
    "choices",
    "compared",
    "conflict_text",
    "covers",
    "distance_text",
    "document_lines",
    "field_lines",
    "foreign_lock",
    "group_name",
    "keeps_layers",
    "library_files",
    "linked_text",
    "merge_paths",
    "newer_own",
    "part_text",
    "picture_key",
    "plan_lines",
    "plan_text",
    "point_text",
    "removable",
    "rows",
    "summary",
    "take_label",
    "title_of",
    "touched",
    "version_picture",
]

NOW = "WORKING"
"""The revision of the file as it is on the disk, in a version or not."""
PIXELS = 768
"""The longest side of the pictures that a comparison makes."""

_LAYERED = (".kra", ".krz", ".ora", ".psd", ".xcf")
_LINES = 200
# Of a list of changed layers; the page in the browser has more.
_NOTE = 28
# Letters of a version's note in the name of a layer.


def __getattr__(name: str) -> Any:
    """What every host says alike; looked up when it is asked for, for the SDK comes later."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import past

    return getattr(past, name)


@dataclass(frozen=True)
class Row:
    """A version in the list, or the file as it is now; ``picture`` is what it is drawn from."""

    revision: str
    title: str
    about: str
    tip: str
    picture: Pictured | None = None


def rows(chosen: Chosen) -> tuple[Row, ...]:
    """What the list of an asset's versions shows: the file as it is now, then the newest first."""
    from audobon.panel.past import version_picture
    from audobon.panel.words import age

    asset = chosen.asset
    there = asset.state == "present"
    about = "the file as it lies there" if there else f"the file is {asset.state}"
    found = [Row(NOW, "Now", about, asset.file, asset if there else None)]
    for number, version in enumerate(chosen.versions):
        title = _first_line(version.message) or version.id[:8]
        who = version.author.partition("<")[0].strip()
        about = f"{age(version.time)}, {who}" if who else age(version.time)
        tip = f"{version.message}\n{version.author}\n{version.time:%Y-%m-%d %H:%M} UTC"
        picture = version_picture(chosen, number)
        found.append(Row(version.id, title, about, f"{tip}\n{version.id[:12]}", picture))
    return tuple(found)


def compared(shown: Sequence[Row], picked: Iterable[int]) -> tuple[str, str] | None:
    """The older and the newer revision that these rows ask to compare; None where there is none.

    Two rows are compared with each other, one with the version before it.
    """
    numbers = sorted({row for row in picked if 0 <= row < len(shown)})
    if len(numbers) == 1:
        numbers.append(numbers[0] + 1)
    if len(numbers) != 2 or numbers[1] >= len(shown):
        return None
    return shown[numbers[1]].revision, shown[numbers[0]].revision


def title_of(chosen: Chosen | None, revision: str) -> str:
    """A revision as people name it: the note of the version."""
    if revision == NOW:
        return "now"
    for version in () if chosen is None else chosen.versions:
        if version.id == revision:
            return _first_line(version.message) or revision[:8]
    return revision[:8]


def changes_title(chosen: Chosen | None, changes: Changes) -> str:
    """Which two revisions a comparison is of."""
    return f"{title_of(chosen, changes.a)}  →  {title_of(chosen, changes.b)}"


def group_name(chosen: Chosen, revision: str) -> str:
    """The name of the layers that a version becomes."""
    note = title_of(chosen, revision)
    short = note if len(note) <= _NOTE else f"{note[: _NOTE - 1].rstrip()}…"
    stem = chosen.asset.name.rpartition(".")[0] or chosen.asset.name
    return f"{stem} {revision[:8]} ({short})" if note != revision[:8] else f"{stem} {note}"


def keeps_layers(path: str) -> bool:
    """Whether a file of this name has layers that are inserted as such."""
    return path.casefold().endswith(_LAYERED)


def changed_lines(changes: Changes) -> tuple[str, ...]:
    """What changed inside, a layer a line, with what is different of it below."""
    from audobon.panel.past import field_lines, part_text

    details = changes.details
    if details is None:
        return ()
    lines = []
    for part in details.parts:
        lines.append(part_text(part))
        lines += [f"    {line}" for line in field_lines(part)]
    left = len(lines[_LINES:]) + details.more_parts
    lines = lines[:_LINES] + (
        [f"and {left} more; the page in the browser has them"] if left else []
    )
    return (*lines, *details.problems)


def picture_key(one: Pictured) -> str:
    """Names a picture as the list draws it."""
    from audobon.session.pictures import picture_key

    return picture_key(one, 256)


def branch_text(branch: Branch) -> str:
    """A branch in one line."""
    from audobon.panel.past import distance_text

    if branch.current:
        return f"{branch.name}  (you are here)"
    distance = distance_text(branch)
    return f"{branch.name}  ({distance})" if distance else branch.name


def removable(past: Past, branch: Branch) -> bool:
    """Whether everything of a branch is in the current one, so that it can go."""
    return not branch.current and branch.ahead == 0 and past.merge is None


def plan_text(plan: Plan) -> str:
    """Everything that a plan says, as lines of text."""
    from audobon.panel.past import plan_lines

    if not plan.ready:
        return "Looking at what would change"
    if plan.problem is not None:
        hint = f". {plan.problem.hint}" if plan.problem.hint else ""
        return f"{plan.problem.message}{hint}"
    lines = list(plan_lines(plan))
    if plan.blocked:
        lines.append("Not in any version yet, and in the way:")
        lines += [f"    {path}" for path in plan.blocked[:12]]
    return "\n".join(lines)


def merge_paths(past: Past) -> tuple[str, ...]:
    """The files that the open merge may write once it is decided."""
    merge = past.merge
    if merge is None:
        return ()
    asked = [one.path for one in (*merge.conflicts, *merge.decided)]
    return tuple(dict.fromkeys((*asked, *merge.written, *merge.removed)))


def library_files(state: State) -> Callable[[str], bool]:
    """Tells of a file whether it may be one of the library: one in its folder, or the open one."""
    document = "" if state.document is None else state.document.asset.file

    def fits(file: str) -> bool:
        return file == document or Path(file).is_relative_to(state.path)

    return fits


def point_text(point: RecoveryPoint) -> tuple[str, str]:
    """A recovery point: before what it was kept, and when."""
    from audobon.panel.words import age

    return point.reason, f"{age(point.time)}, on {point.branch}"


def document_lines(state: State, path: str) -> tuple[str, ...]:
    """What is to be known of the open document: who has it open, and of what it is a copy."""
    from audobon.panel.past import foreign_lock, linked_text

    document, lines = state.document, []
    if document is not None:
        held = foreign_lock(state.past, document.asset.id)
        if held is not None:
            lines.append(f"{held.text[0].upper()}{held.text[1:]}")
        elif document.asset.id in state.past.holding:
            lines.append("Others see that it is open here")
    lines += [
        f"{linked_text(one)}"
        for one in state.past.linked
        if one.path == path and one.why == "older"
    ]
    return tuple(lines)


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""
