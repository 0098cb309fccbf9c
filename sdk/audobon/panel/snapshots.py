"""What panels show of snapshots: the schedule, the list, and what has to be decided, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.words import counted
from audobon.panel.words import bytes_text, sentence

if TYPE_CHECKING:
    from audobon.model.snapshot import Snapshot, SnapshotEntry, SnapshotSettings
    from audobon.session.kept import SnapshotsSeen, Standing
    from audobon.session.state import State

__all__ = ["EVERY", "FilesPage", "Row", "View", "back_text", "entries", "every_at", "every_text"]
__all__ += ["next_text", "page_of", "part_of", "places", "sources", "standing_text", "view"]

EVERY: tuple[tuple[str, timedelta], ...] = (
    ("Every hour", timedelta(hours=1)),
    ("Every 4 hours", timedelta(hours=4)),
    ("Every 12 hours", timedelta(hours=12)),
    ("Every day", timedelta(days=1)),
    ("Every week", timedelta(weeks=1)),
    ("Before risky steps only", timedelta(0)),
)
"""How often snapshots can be made by themselves, in words."""

_USUAL = 3  # of these choices
_PARTS = 30  # a month of days

_UNITS = (("week", timedelta(weeks=1)), ("day", timedelta(days=1)), ("hour", timedelta(hours=1)))


@frozen(slots=True)
class Row:
    """A snapshot in a list: when it was made, and what is in it."""

    id: str
    title: str
    text: str
    tip: str


@frozen(slots=True)
class FilesPage:
    """Some of a snapshot's files. ``text`` says which; ``back`` and ``on`` whether others are."""

    rows: tuple[SnapshotEntry, ...]
    page: int
    text: str
    back: bool
    on: bool


@frozen(slots=True)
class View:
    """All of it in words; each is empty where there is nothing to say.

    ``schedule`` says where and how often, ``next`` when the next one is due,
    ``failed`` why the last one did not succeed. ``hint`` stands where the list
    has nothing, ``verified`` is what came of reading every byte.
    """

    schedule: str = ""
    next: str = ""
    failed: str = ""
    hint: str = ""
    rows: tuple[Row, ...] = ()
    standing: str = ""
    verified: str = ""


def view(state: State) -> View:
    """What a page of snapshots shows of a state."""
    seen = state.snapshots
    settings = seen.settings
    return View(
        schedule="" if settings is None else _schedule_text(settings),
        next="" if settings is None else next_text(settings),
        failed=_failed_text(settings),
        hint=_hint(state),
        rows=tuple(_row(one) for one in seen.listed or ()),
        standing="" if seen.standing is None else standing_text(seen.standing),
        verified=_verified_text(seen),
    )


def every_text(every: timedelta) -> str:
    """How often that is: ``Every 12 hours``."""
    for text, known in EVERY:
        if every == known:
            return text
    for unit, length in _UNITS:
        if every >= length and every % length == timedelta(0):
            return f"Every {counted(every // length, unit)}"
    return f"Every {counted(round(every.total_seconds() / 60), 'minute')}"


def _schedule_text(settings: SnapshotSettings) -> str:
    if not settings.to:
        return "Nothing is kept in another place by itself yet."
    return f"{every_text(settings.every)}, to {settings.to}"


def next_text(settings: SnapshotSettings, now: datetime | None = None) -> str:
    """When the next one is due, in local time."""
    if not settings.to or settings.every <= timedelta(0):
        return ""
    present = now or datetime.now(UTC)
    if settings.last is None:
        return "The first one is due now."
    due = settings.last + settings.every
    if due <= present or settings.last > present:
        return "One is due now."
    return f"The next one is due {_when(due)}."


def _failed_text(settings: SnapshotSettings | None) -> str:
    if settings is None or not settings.failed:
        return ""
    since = "" if settings.last is None else f" The newest is of {_when(settings.last)}."
    return f"The last one was not made: {sentence(settings.failed)}{since}"


def _hint(state: State) -> str:
    seen = state.snapshots
    if seen.locked:
        return "It is encrypted, and its passphrase is not kept on this machine."
    if seen.problem is not None:
        return " ".join(filter(None, (sentence(seen.problem.message), sentence(seen.problem.hint))))
    if seen.listed is None:
        return "Looking there" if state.snapshotting is not None else ""
    return "" if seen.listed else "No snapshot of this library is there yet."


def _row(one: Snapshot) -> Row:
    parts = [counted(one.files, "file"), bytes_text(one.bytes)]
    parts += [one.reason] if one.reason else []
    parts += [f"kept for ever: {', '.join(one.tags)}"] if one.tags else []
    lines = [f"Snapshot {one.id}, by {one.author}, on the branch {one.branch}"]
    lines.append(f"The place grew by {bytes_text(one.stored)}")
    lines += [f"Could not be read: {path}" for path in one.skipped]
    lines += [f"Kept as saved, but its header cannot be read: {path}" for path in one.unread]
    if one.lacking:
        lines.append(f"{counted(len(one.lacking), 'file')} were neither here nor there")
    text = ", ".join(parts)
    if one.skipped:
        text += f", {len(one.skipped)} could not be read"
    if one.unread:
        text += f", {len(one.unread)} with a header that cannot be read"
    return Row(one.id, _when(one.time), text, "\n".join(lines))


def standing_text(standing: Standing) -> str:
    """What is asked before a file that is there is written over."""
    name = standing.entry.path.rpartition("/")[2]
    then = datetime.fromtimestamp(standing.time, UTC)
    return (
        f"{name} is another one now, of {_when(then)}. "
        f"Put back the one of {_when(standing.snapshot.time)}? "
        "What is there now is kept in a version first."
    )


def _verified_text(seen: SnapshotsSeen) -> str:
    found = seen.verified
    if found is None:
        return ""
    if found.ok and seen.part is not None:
        return f"Part {seen.part[0]} of {seen.part[1]} is sound: {bytes_text(found.bytes)}."
    if found.ok:
        count = counted(found.files, "snapshot")
        return f"Every byte is sound: {count}, {bytes_text(found.bytes)}."
    first = sentence(found.problems[0])
    more = len(found.problems) - 1
    return f"{first} And {counted(more, 'more problem')}." if more else first


def entries(seen: SnapshotsSeen, text: str = "") -> tuple[SnapshotEntry, ...]:
    """The files of the snapshot that somebody looks into whose paths have these words."""
    if seen.files is None:
        return ()
    words = text.casefold().split()
    if not words:
        return seen.files.entries
    return tuple(
        one for one in seen.files.entries if all(word in one.path.casefold() for word in words)
    )


def page_of(found: Sequence[SnapshotEntry], page: int, size: int) -> FilesPage:
    """So many of some files; a page that is not there becomes the nearest one."""
    last = max(0, (len(found) - 1) // size)
    page = min(max(0, page), last)
    start = page * size
    rows = tuple(found[start : start + size])
    text = f"{start + 1:,} to {start + len(rows):,} of {len(found):,}" if rows else "No file"
    return FilesPage(rows, page, text, page > 0, page < last)


def part_of(day: date) -> tuple[int, int]:
    """Which part of a place is read on a day, and of how many: in a month all of them are."""
    return day.toordinal() % _PARTS + 1, _PARTS


def places(state: State) -> tuple[str, ...]:
    """What can be chosen as a place: that of the schedule, then those that were used."""
    seen = state.snapshots
    usual = () if seen.settings is None or not seen.settings.to else (seen.settings.to,)
    return tuple(dict.fromkeys((*usual, *seen.places)))


def sources(state: State) -> tuple[tuple[str, str], ...]:
    """Where lost bytes may come from, and in words: the place that is shown, then the remotes."""
    place = state.snapshots.place
    here = ((place, f"This place: {place}"),) if place else ()
    remotes = tuple((one.url, f"{one.name}: {one.url}") for one in state.remotes.remotes)
    return (*here, *(one for one in remotes if one[0] != place))


def every_at(every: timedelta) -> int:
    """Which of the choices that is, the usual one where it is none of them."""
    lengths = [length for _, length in EVERY]
    return lengths.index(every) if every in lengths else _USUAL


def back_text(title: str) -> str:
    """What is asked before the whole library becomes as it was at a time."""
    return (
        f"Everything becomes as it was on {title}. What is now becomes a version first, so"
        " nothing is lost."
    )


def _when(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
