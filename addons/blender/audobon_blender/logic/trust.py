# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a scene that may hold scripts is brought in: by what was found, and by what is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .patient import NoAnswer, look

if TYPE_CHECKING:
    from audobon.model.scenecheck import SceneCheck
    from audobon.session.state import Inside

__all__ = [
    "ALLOW",
    "ASK",
    "AWAY",
    "REFUSE",
    "Seal",
    "Stamp",
    "Verdict",
    "judge",
    "linked_files",
    "seal",
    "stamp_of",
    "summary",
]

ASK, REFUSE, ALLOW = "ask", "refuse", "allow"
"""What is done with a scene that holds scripts or links other files."""

Stamp = tuple[int, int]
Seal = tuple[str | Stamp, ...]
AWAY: Stamp = (-1, -1)
"""The stamp of a file on a disk that does not answer."""

_LINES = 12
# More in one pop-up nobody reads.
_WORDS = {
    "driver": ("driver with Python", "drivers with Python"),
    "registered text": ("registered text", "registered texts"),
    "freestyle script": ("Freestyle script", "Freestyle scripts"),
    "library": ("link to another file", "links to other files"),
    "missing library": ("linked file that is missing", "linked files that are missing"),
    "unread library": ("linked file that cannot be read", "linked files that cannot be read"),
    "text": ("script that does not run by itself", "scripts that do not run by themselves"),
}


@dataclass(frozen=True)
class Verdict:
    """``what`` is go, ask, refuse or wait; ``text`` is a sentence and ``lines`` are its details.

    ``again`` says that the file has to be read once more.
    """

    what: str
    text: str = ""
    lines: tuple[str, ...] = ()
    again: bool = False


def stamp_of(path: str) -> Stamp:
    """The size and the time of a file, (0, 0) when it is gone, AWAY when its disk is silent."""
    try:
        state = look(path)
    except NoAnswer:
        return AWAY
    except OSError:
        return (0, 0)
    return (state.st_size, state.st_mtime_ns)


def judge(
    inside: Inside | None,
    ident: str,
    stamp: Stamp,
    policy: str,
    accepted: Collection[Seal],
) -> Verdict:
    """What to do with the scene ``ident``, whose file has this stamp now.

    ``accepted`` are those that the person has said yes to, as they and the
    files that come along with them were then.
    """
    if stamp == AWAY:
        return Verdict("wait", "The disk it lies on does not answer; try again when it is back")
    if policy == ALLOW or seal(inside, ident, stamp) in accepted:
        return Verdict("go")
    if inside is None or inside.ident != ident:
        return Verdict("wait", "The file is still being read; try again in a moment")
    if inside.stamp != stamp or _other_now(inside):
        return Verdict(
            "wait", "The file has changed and is read again; try in a moment", again=True
        )
    if inside.check is not None and inside.check.harmless:
        return Verdict("go")
    if inside.check is not None:
        text, lines = summary(inside.check), _lines(inside.check)
    else:
        why = "" if inside.problem is None else inside.problem.message
        text, lines = "Nobody can tell what this file would run", (why,) if why else ()
    return Verdict(REFUSE if policy == REFUSE else ASK, text, lines)


def seal(inside: Inside | None, ident: str, stamp: Stamp) -> Seal:
    """The scene as it is now, with the files that come along."""
    return (ident, stamp, *(stamp_of(path) for path in linked_files(inside, ident)))


def linked_files(inside: Inside | None, ident: str) -> tuple[str, ...]:
    """Paths of the files that come along with a scene, as far as they were looked into."""
    if inside is None or inside.ident != ident or inside.check is None:
        return ()
    return tuple(file.path for file in inside.check.files)


def _other_now(inside: Inside) -> bool:
    files = () if inside.check is None else inside.check.files
    return any(stamp_of(file.path) != (file.size, file.mtime_ns) for file in files)


def summary(check: SceneCheck) -> str:
    """What was found, in one sentence without its full stop; empty for nothing."""
    own = Counter(one.kind for one in check.findings if not one.file)
    far = Counter(one.kind for one in check.findings if one.file)
    parts = _counted(own)
    left = check.total - len(check.findings)
    parts += [f"{left:,} more"] if left else []
    here = f"In this file: {', '.join(parts)}" if parts else ""
    return f"{here}; in linked files: {', '.join(_counted(far))}" if far else here


def _counted(counts: Counter[str]) -> list[str]:
    return [
        f"{counts[kind]:,} {words[counts[kind] != 1]}"
        for kind, words in _WORDS.items()
        if counts[kind]
    ]


def _lines(check: SceneCheck) -> tuple[str, ...]:
    lines = []
    for one in check.findings[:_LINES]:
        what = f"{one.kind.capitalize()}: {one.name}"
        what = f"{one.file}: {what}" if one.file else what
        lines.append(f"{what}: {one.code}" if one.code else what)
    left = check.total - len(lines)
    return (*lines, f"and {left:,} more") if left else tuple(lines)
