# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a scene that may hold scripts is brought in: by what was found, and by what is wanted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.scenecheck import SceneCheck
    from audobon.session.state import Inside

__all__ = ["ALLOW", "ASK", "REFUSE", "Stamp", "Verdict", "judge", "stamp_of", "summary"]

ASK, REFUSE, ALLOW = "ask", "refuse", "allow"
"""What is done with a scene that holds scripts or links other files."""

Stamp = tuple[int, int]

_LINES = 12
# More in one pop-up nobody reads.
_WORDS = {
    "driver": ("driver with Python", "drivers with Python"),
    "registered text": ("registered text", "registered texts"),
    "freestyle script": ("Freestyle script", "Freestyle scripts"),
    "library": ("link to another file", "links to other files"),
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
    """The size and the time of a file, (0, 0) when it is gone."""
    try:
        state = os.stat(path)
    except OSError:
        return (0, 0)
    return (state.st_size, state.st_mtime_ns)


def judge(
    inside: Inside | None,
    ident: str,
    stamp: Stamp,
    policy: str,
    accepted: Collection[tuple[str, Stamp]],
) -> Verdict:
    """What to do with the scene ``ident``, whose file has this stamp now.

    ``accepted`` are those that the person has said yes to, as they were then.
    """
    if policy == ALLOW or (ident, stamp) in accepted:
        return Verdict("go")
    if inside is None or inside.ident != ident:
        return Verdict("wait", "The file is still being read; try again in a moment")
    if inside.stamp != stamp:
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


def summary(check: SceneCheck) -> str:
    """What was found, in one sentence without its full stop; empty for nothing."""
    counts = Counter(one.kind for one in check.findings)
    parts = [
        f"{counts[kind]:,} {words[counts[kind] != 1]}"
        for kind, words in _WORDS.items()
        if counts[kind]
    ]
    left = check.total - len(check.findings)
    parts += [f"{left:,} more"] if left else []
    return f"In this file: {', '.join(parts)}" if parts else ""


def _lines(check: SceneCheck) -> tuple[str, ...]:
    lines = []
    for one in check.findings[:_LINES]:
        what = f"{one.kind.capitalize()}: {one.name}"
        lines.append(f"{what}: {one.code}" if one.code else what)
    left = check.total - len(lines)
    return (*lines, f"and {left:,} more") if left else tuple(lines)
