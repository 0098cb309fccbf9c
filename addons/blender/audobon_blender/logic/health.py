# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor's findings and the state of the work, as a panel and a status bar say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .words import bytes_text, job_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audobon.services.caches import CacheSize
    from audobon.services.doctor import Check, Health
    from audobon.session.state import Engine, State

__all__ = ["Line", "cache_text", "findings", "status", "verdict"]

_NAMES = {
    "place": "Place",
    "disk": "Disk",
    "catalog": "Library",
    "search index": "Search",
    "history": "Versions",
    "chunk store": "Stored",
    "worker": "Engine",
    "limits": "Limits of the engine",
    "jobs": "Work",
    "models": "Models",
    "python": "Python",
    "audobon": "Audobon",
}
_ICONS = {"ok": "CHECKMARK", "off": "X", "warning": "INFO", "problem": "ERROR"}
_MENDED = frozenset(("catalog", "search index", "chunk store"))
# What ``doctor(repair=True)`` can mend.
_PLAIN = frozenset(("python", "audobon", "limits", "place"))
# As they should be, these tell an artist nothing.
_HINTS = {
    "jobs": "the log says which files, and why; a file that changes is tried again",
    "models": "local AI needs them; everything else works without",
}
# Where the doctor names a command, which nobody types in Blender.
_CACHES = {"previews": "Previews", "details": "Differences", "results": "Results of local AI"}
_LONGEST = 60


@dataclass(frozen=True)
class Line:
    """One finding: a sentence, its icon, what helps, and whether a button can mend it."""

    text: str
    icon: str
    hint: str = ""
    mend: bool = False


def findings(health: Health, engine: Engine) -> tuple[Line, ...]:
    """What is wrong first, then what is off, then what is as it should be."""
    order = ("problem", "warning", "off", "ok")
    checks = sorted(health.checks, key=lambda check: order.index(check.state))
    return tuple(_line(check, engine) for check in checks if not _is_dull(check))


def _is_dull(check: Check) -> bool:
    """The extras are those of this Python; what the engine can do is told with the engine."""
    dull = check.state == "ok" and check.name in _PLAIN
    return dull or check.name.startswith("extra ")


def _line(check: Check, engine: Engine) -> Line:
    name = _NAMES.get(check.name, check.name.capitalize())
    message = check.message.partition("; 'audobon ")[0]
    if check.name == "worker" and check.state == "ok":
        message = "works" if engine.pictures else "works, no pictures"
    mend = check.state == "problem" and check.name in _MENDED
    hint = "" if mend or check.state == "ok" else _HINTS.get(check.name, check.hint)
    return Line(f"{name}: {message}", _ICONS.get(check.state, "QUESTION"), hint, mend)


def verdict(health: Health | None) -> str:
    """All of it in one sentence."""
    if health is None:
        return "Not looked at yet"
    bad = sum(check.state == "problem" for check in health.checks)
    odd = sum(check.state == "warning" for check in health.checks)
    if bad:
        return f"{bad} {'thing needs' if bad == 1 else 'things need'} mending"
    if odd:
        return f"In order, with {odd} {'remark' if odd == 1 else 'remarks'}"
    return "Everything is in order"


def cache_text(caches: Iterable[CacheSize]) -> tuple[str, ...]:
    """A line for each cache, and one for all together."""
    found = tuple(caches)
    lines = [f"{_CACHES.get(each.name, each.name)}: {bytes_text(each.size)}" for each in found]
    return (*lines, f"Together: {bytes_text(sum(each.size for each in found))}")


def status(state: State) -> tuple[str, float | None]:
    """What the status bar says, and how far it is; empty where nothing is being done."""
    doing = state.doing
    if doing is not None:
        text = f"{doing.name}, stopping" if doing.cancelling else doing.name
        more = doing.waiting + len(state.jobs)
        return _cut(f"{text} (+{more})" if more else text), doing.fraction
    running = [job for job in state.jobs if job.state == "running"]
    if running:
        left = len(state.jobs) - 1
        text = job_text(running[0])
        return _cut(f"{text} (+{left})" if left else text), running[0].progress
    return "", None


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
