# SPDX-License-Identifier: GPL-3.0-or-later
"""How library, engine and work are, as the rows of a page. To be called once there is a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.panel.health import JobLine, Line
    from audobon.panel.measured import FaultLine
    from audobon.session import Session, State

__all__ = ["View", "breakable", "progress", "register", "rooms", "view"]

_SHOWN = 8
# More failures are for the log.
_LONGEST = 24
_BREAK = "\u200b"
_AFTER = "/\\_-."
_SIGNS = {"ok": "✓", "off": "·", "warning": "!", "problem": "✗"}


@dataclass(frozen=True)
class View:
    """All that the page shows. Of pairs the first is shown, the second copied or meant by a click.

    ``findings`` are signs with sentences, ``caches`` have the name that
    clears one, ``missing`` has the commands that get what the engine lacks, ``measuring`` what is
    said beside the switch of ``slow`` and what is on it.
    The ``jobs`` are without their progress, which changes all the time.
    """

    read_only: str
    verdict: str
    findings: tuple[tuple[str, str], ...]
    mends: bool
    jobs: tuple[JobLine, ...]
    more_jobs: str
    storage: tuple[str, ...]
    caches: tuple[tuple[str, str], ...]
    engine: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    troubles: tuple[tuple[str, str], ...]
    slow: tuple[str, ...]
    measuring: tuple[str, str]
    faults: tuple[FaultLine, ...]
    versions: str


def view(session: Session, state: State, host: str) -> View:
    """What the page shows of this state; ``host`` is the version of Krita and of its Qt."""
    from attrs import evolve

    from audobon.panel import health, measured
    from audobon.panel.words import sentence

    lines = () if state.health is None else health.findings(state.health, state.engine)
    jobs = tuple(
        evolve(row, progress=0.0, reason=sentence(row.reason)) for row in health.jobs(state)
    )
    more = len(jobs) - _SHOWN
    text, commands = health.engine_commands(state)
    return View(
        read_only=sentence(health.read_only_text(state)),
        verdict=sentence(health.verdict(state.health)),
        findings=tuple((_SIGNS.get(line.state, "?"), _finding(line)) for line in lines),
        mends=any(line.mend for line in lines) and not state.read_only,
        jobs=jobs[:_SHOWN],
        more_jobs=f"and {more} more" if more > 0 else "",
        storage=health.storage(state.stats),
        caches=tuple((health.cache_title(one), one.name) for one in state.caches),
        engine=health.engine_lines(state),
        missing=((f"{text}:", ""), (commands, commands)) if commands else (),
        troubles=tuple(
            (sentence(health.trouble_text(one)), health.report(one))
            for one in session.troubles[:_SHOWN]
        ),
        slow=measured.slow_lines(state.metrics),
        measuring=measured.switch_lines(state.metrics),
        faults=measured.fault_lines(state.metrics),
        versions=health.versions(host),
    )


def progress(state: State) -> tuple[tuple[int, float], ...]:
    """How far each running job is, by its number."""
    return tuple((row.id, row.progress) for row in state.jobs if row.state == "running")


def _finding(line: Line) -> str:
    from audobon.panel.words import sentence

    text = sentence(line.text) if line.state != "ok" else line.text
    return f"{text} {sentence(line.hint)}".strip()


def register(session: Session, chosen: str) -> None:
    """Have this Python, or the one in this environment's folder, do the heavy work."""
    from audobon.panel.health import python_in

    session.register_engine(python_in(chosen))


def rooms(state: State, name: str) -> tuple[tuple[int, str], ...]:
    """Budgets that a cache can be given, in bytes and in words."""
    from audobon.panel.health import room_steps

    return next((room_steps(cache) for cache in state.caches if cache.name == name), ())


def breakable(text: str) -> str:
    """The text with places at which a narrow column may break its paths and long words."""
    made, since = [], 0
    for letter in text:
        made.append(letter)
        since = 0 if letter.isspace() else since + 1
        if letter in _AFTER or since >= _LONGEST:
            made.append(_BREAK)
            since = 0
    return "".join(made)
