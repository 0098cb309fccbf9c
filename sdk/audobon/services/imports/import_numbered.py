"""Plan the import of files with numbers in their names: many files become versions of one.

``rock_v001.blend``, ``rock.v2.blend`` and ``rock-V3.blend`` are versions of
``rock.blend`` wherever they lie in one folder. A number without a ``v``
(``rock_003.blend``) counts for files that people edit (.blend, .kra, .psd
and so on) and beside a marked sibling: a run of numbered images is more
often a film than a history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from audobon.services.core.fingerprint import fingerprint
from audobon.services.core.stores import Stores
from audobon.services.files.scan import Found, walk
from audobon.services.imports.import_plan import ImportPlan, PlannedFile, PlannedVersion
from audobon.services.versioning.draft import author_of
from audobon.system.names import fold, os_path, text_path

__all__ = ["Numbered", "group", "plan_numbered", "split_number"]

_SEPARATOR = r"[\s._-]"
_MARKED = re.compile(
    rf"(?P<stem>.+?){_SEPARATOR}+v(?:er(?:sion)?)?{_SEPARATOR}?(?P<number>[0-9]{{1,5}})",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?P<stem>.*[^0-9\s._-]){_SEPARATOR}+(?P<number>[0-9]{{1,4}})")
_EDITED = ("blend", "document")


@frozen(slots=True)
class Numbered:
    """One file of a group. ``number`` is None for the one without a number."""

    path: str
    number: int | None
    mtime_ns: int


def split_number(name: str) -> tuple[str, int | None, bool]:
    """(name without its number, the number or None, whether a ``v`` marks it)."""
    head, dot, ext = name.rpartition(".")
    if not head:
        head, dot, ext = name, "", ""
    for pattern, marked in ((_MARKED, True), (_BARE, False)):
        if match := pattern.fullmatch(head):
            return f"{match['stem']}{dot}{ext}", int(match["number"]), marked
    return name, None, False


def group(files: Iterable[tuple[str, int]]) -> tuple[dict[str, list[Numbered]], dict[str, str]]:
    """Files as (path, mtime in ns) into versions, oldest first, by the path they share.

    Also those that belong to no group, with the reason.
    """
    from audobon.formats.table import kind_of

    found: dict[str, list[tuple[Numbered, str, bool]]] = {}
    for path, mtime_ns in files:
        folder, slash, name = path.rpartition("/")
        base, number, marked = split_number(name)
        target = f"{folder}{slash}{base}"
        found.setdefault(fold(target), []).append(
            (Numbered(path, number, mtime_ns), target, marked)
        )
    groups: dict[str, list[Numbered]] = {}
    rest: dict[str, str] = {}
    for members in found.values():
        target = min(target for _, target, _ in members)
        counts = any(marked for *_, marked in members) or kind_of(target) in _EDITED
        if len(members) > 1 and counts:
            groups[target] = _in_order([member for member, *_ in members])
        else:
            reason = "has no other version" if counts else "looks like a run of images"
            numbered = any(member.number is not None for member, *_ in members)
            rest.update({m.path: reason if numbered else "has no number" for m, *_ in members})
    return groups, rest


def _in_order(members: Sequence[Numbered]) -> list[Numbered]:
    numbered = [member for member in members if member.number is not None]
    numbered.sort(key=lambda member: (member.number or 0, member.mtime_ns, member.path))
    plain = [member for member in members if member.number is None]
    # The file without a number is what people work on, unless it is older than all others.
    newest = max((member.mtime_ns for member in numbered), default=0)
    older = [member for member in plain if member.mtime_ns < newest]
    return [*older, *numbered, *(member for member in plain if member.mtime_ns >= newest)]


def plan_numbered(stores: Stores, source: Path, *, to: Path | None) -> ImportPlan:
    """One asset for each group; a version's time is its file's, never before the one it follows.

    Files of different assets saved in the same second share a version.
    Outside the library the newest versions are written to a folder of the
    source's name in it; inside, beside the numbered files.
    """
    files = [
        (text_path(found.path)[len(text_path(str(source)).rstrip("/")) + 1 :], found.mtime_ns)
        for found in walk(str(source))
        if isinstance(found, Found)
    ]
    groups, rest = group(files)
    if to is None:
        inside = source.is_relative_to(stores.place.folder)
        to = source if inside else stores.place.folder / (source.name or "imported")
    conflicts = tuple(
        target for target, members in groups.items() if _is_other(to, target, source, members[-1])
    )
    return ImportPlan(
        source,
        "numbered",
        to,
        tuple(_versions(stores, source, groups)),
        left_out=tuple(sorted(rest.items())),
        conflicts=conflicts,
        writes_files=True,
    )


def _is_other(to: Path, target: str, source: Path, newest: Numbered) -> bool:
    """Whether a file in the way has other bytes than the newest version."""
    there = to / os_path(target)
    if not there.exists():
        return False
    if not there.is_file():
        return True
    file = source / os_path(newest.path)
    size = there.stat().st_size
    if size != file.stat().st_size:
        return True
    ours, theirs = (fingerprint(str(path), full_below=size + 1) for path in (there, file))
    return ours.digest != theirs.digest


def _versions(
    stores: Stores, source: Path, groups: dict[str, list[Numbered]]
) -> list[PlannedVersion]:
    steps: list[tuple[int, int, str, Numbered]] = []
    for target, members in groups.items():
        second = 0
        for position, member in enumerate(members):
            second = max(second, member.mtime_ns // 1_000_000_000)
            steps.append((second, position, target, member))
    steps.sort(key=lambda step: step[:3])
    batches: list[list[tuple[int, int, str, Numbered]]] = []
    for step in steps:
        last = batches[-1] if batches else []
        if last and last[0][0] == step[0] and all(step[2] != other[2] for other in last):
            last.append(step)
        else:
            batches.append([step])
    author = author_of(stores.author)
    return [
        PlannedVersion(
            _message(batch),
            author.name,
            author.email,
            datetime.fromtimestamp(max(0, batch[0][0]), UTC),
            tuple(PlannedFile(target, str(source / os_path(m.path))) for *_, target, m in batch),
        )
        for batch in batches
    ]


def _message(batch: Sequence[tuple[int, int, str, Numbered]]) -> str:
    lines = [f"{target.rpartition('/')[2]}: {m.path.rpartition('/')[2]}" for *_, target, m in batch]
    return lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} files", "", *lines])
