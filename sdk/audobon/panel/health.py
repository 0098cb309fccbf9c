"""The doctor's findings, the state of the work and what the library takes, in rows."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.panel.engine import engine_text, lacks_text, parts_text
from audobon.panel.words import age, bytes_text, job_text, sentence
from audobon.session.state import Offer, Tools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audobon.model.job import JobRow
    from audobon.services.health.caches import CacheSize
    from audobon.services.health.doctor import Check, Health
    from audobon.services.health.stats import Stats
    from audobon.session.journal import Trouble
    from audobon.session.state import Engine, State

__all__ = [
    "JobLine",
    "Line",
    "cache_text",
    "cache_title",
    "engine_commands",
    "engine_lines",
    "findings",
    "jobs",
    "python_in",
    "read_only_text",
    "report",
    "room_steps",
    "status",
    "storage",
    "trouble_text",
    "verdict",
    "versions",
]

_NAMES = {
    "place": "Place",
    "disk": "Disk",
    "access": "Privacy",
    "catalog": "Library",
    "search index": "Search",
    "history": "Versions",
    "audit log": "Log of changes",
    "chunk store": "Stored",
    "worker": "Engine",
    "limits": "Limits of the engine",
    "sandbox": "The engine gives up",
    "jobs": "Work",
    "models": "Models",
    "python": "Python",
    "audobon": "Audobon",
}
_MENDED = frozenset(("catalog", "search index", "chunk store"))
# What ``doctor(repair=True)`` can mend.
_PLAIN = frozenset(("python", "audobon", "limits", "place", "audit log", "access"))
# As they should be, these tell an artist nothing.
_HINTS = {
    "audit log": "somebody has changed it; keep the library as it is and ask who takes care of it",
    "jobs": "the log says which files, and why; a file that changes is tried again",
    "access": "whoever cares for this computer can close it with the command line",
    "sandbox": "its limits of memory and time hold all the same",
    "models": "local AI needs them; everything else works without",
}
# Where the doctor names a command, which nobody types in a host.
_CACHES = {"previews": "Previews", "details": "Differences", "results": "Results of local AI"}
_ROOMS = (250_000_000, 500_000_000, *(count * 10**9 for count in (1, 2, 5, 10, 20, 50)))
_LONGEST = 60
_ABSENT = "In a Python of your own (3.11 or newer), run these two commands, then look again"
_PYTHONS = ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe")
# In an environment, or in a folder of an installed Python on Windows.
_READ_ONLY = (
    "This library is read only: its folder cannot be written. Nothing can be changed; make the"
    " folder writable, then open it again"
)


@frozen(slots=True)
class Line:
    """One finding: a sentence, its ``state`` (ok, off, warning, problem), and what helps.

    ``mend`` says that ``Session.check(repair=True)`` can mend it.
    """

    text: str
    state: str
    hint: str = ""
    mend: bool = False


@frozen(slots=True)
class JobLine:
    """A job as a row: what it is, why it failed, and whether it waits or runs or has failed."""

    id: int
    text: str
    state: str
    progress: float = 0.0
    reason: str = ""
    details: str = ""


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
    return Line(f"{name}: {message}", check.state, hint, mend)


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


def cache_title(cache: CacheSize) -> str:
    """One cache with its size, and how large it may become."""
    text = f"{_CACHES.get(cache.name, cache.name)}: {bytes_text(cache.size)}"
    return f"{text} of {bytes_text(cache.budget)}" if cache.budget else text


def room_steps(cache: CacheSize) -> tuple[tuple[int, str], ...]:
    """Budgets to choose from, in bytes and in words; the one that holds now among them."""
    steps = sorted({*_ROOMS, *((cache.budget,) if cache.budget else ())})
    return tuple((step, bytes_text(step)) for step in steps)


def cache_text(caches: Iterable[CacheSize]) -> tuple[str, ...]:
    """A line for each cache, and one for all together."""
    found = tuple(caches)
    together = bytes_text(sum(each.size for each in found))
    return (*map(cache_title, found), f"Together: {together}")


def status(state: State) -> tuple[str, float | None]:
    """What a status bar says, and how far it is; empty where nothing is being done."""
    doing = state.doing or state.transfer
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


def jobs(state: State) -> tuple[JobLine, ...]:
    """Jobs that run, then those that wait, then those that failed and can be tried again."""
    order = ("running", "queued")
    active = sorted(state.jobs, key=lambda row: order.index(row.state))
    lines = [JobLine(row.id, job_text(row), row.state, row.progress) for row in active]
    return (*lines, *(_failed(row) for row in state.failed))


def _failed(row: JobRow) -> JobLine:
    code, message = row.error or (0, "")
    reason = f"{message} ({row.hint})" if row.hint else message
    what = job_text(row).removesuffix(": waiting")
    when = f", {age(row.ended)}" if row.ended else ""
    details = f"[{code}] job {row.id}, {row.kind}: {reason}\n{dict(row.payload)}"
    return JobLine(row.id, f"{what}: failed{when}", "failed", 0.0, reason, details)


def storage(stats: Stats | None) -> tuple[str, ...]:
    """What the history takes, and what is in no version yet."""
    if stats is None:
        return ()
    kept = "No version yet"
    if stats.versions:
        noun = "version" if stats.versions == 1 else "versions"
        kept = f"{stats.versions:,} {noun}: {bytes_text(stats.stored_bytes)}"
        if stats.stored_raw:
            kept += f", {bytes_text(stats.stored_raw)} as copies"
    count = stats.uncommitted
    noun = "asset" if count == 1 else "assets"
    left = f"{count:,} {noun} changed since the last version" if stats.versions else ""
    if not stats.versions:
        left = f"{count:,} {noun} in no version yet"
    elif not count:
        left = "Everything is in a version"
    return (kept, left)


def read_only_text(state: State) -> str:
    """Why nothing can be changed, empty where it can."""
    return _READ_ONLY if state.read_only else ""


def engine_lines(state: State) -> tuple[str, ...]:
    """What computes, where it lies, with what, and why there is none."""
    lines = [engine_text(state.engine, state.tools), state.engine.python]
    for problem in (state.engine.problem, state.tools.problem if state.tools else None):
        if problem is not None:
            lines += [sentence(problem.message), sentence(problem.hint)]
    return tuple(line for line in (*lines, *parts_text(state.tools)) if line)


def engine_commands(state: State) -> tuple[str, str]:
    """A sentence about what the engine lacks and the commands that get it, or nothing."""
    if state.engine.state != "absent":
        return lacks_text(state.tools) if state.tools is not None else ("", "")
    _, commands = lacks_text(Tools(offers=(Offer("previews", lacks="images"),)))
    return _ABSENT, commands


def python_in(path: str) -> str:
    """The Python that somebody means who chose a file or the folder of an environment."""
    chosen = Path(path)
    return next((str(chosen / name) for name in _PYTHONS if (chosen / name).is_file()), path)


def trouble_text(trouble: Trouble) -> str:
    """A kind of failure in one line: how often, and when last."""
    times = f"{trouble.count} times, " if trouble.count > 1 else ""
    return f"{trouble.problem.message} ({times}{age(trouble.last)})"


def report(trouble: Trouble) -> str:
    """What a report of it should hold."""
    problem = trouble.problem
    hint = f"\n{problem.hint}" if problem.hint else ""
    times = f", {trouble.count} times" if trouble.count > 1 else ""
    at = f" at {trouble.doing}" if trouble.doing else ""
    head = f"[{problem.code}]{at}{times}: {problem.message}{hint}"
    return f"{head}\n{problem.details}"


def versions(host: str = "") -> str:
    """Of what all this is: the host's own version and ours."""
    from audobon import __version__

    python = platform.python_version()
    return ", ".join(each for each in (f"Audobon {__version__}", host, f"Python {python}") if each)
