"""What happened in a session, line by line, for a person who asks what went wrong."""

from __future__ import annotations

import collections
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import evolve, frozen

from audobon.session.state import Doing, Notice, Problem

__all__ = ["Journal", "Trouble"]

_KEPT = 500
# Lines of an afternoon; with the details of a failure some hundred kilobytes at most.
_TROUBLES = 20
# More kinds of failures nobody reads.


@frozen(slots=True)
class Trouble:
    """A failure that came ``count`` times, ``last`` at this moment; ``doing`` says at what."""

    problem: Problem
    doing: str
    count: int
    last: datetime


class Journal:
    """The newest entries of a session, oldest first. Usable from several threads."""

    def __init__(self) -> None:
        self._entries: collections.deque[str] = collections.deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self._doing = ""
        self._told: Problem | None = None
        self._troubles: dict[tuple[int, str], Trouble] = {}

    def note(self, text: str, details: str = "") -> None:
        """Add an entry with the time of day; ``details`` stand below it, indented."""
        lines = [f"{datetime.now():%H:%M:%S}  {text}"]  # people read it here
        lines += [f"          {line}" for line in details.splitlines()]
        with self._lock:
            self._entries.append("\n".join(lines))

    def take(self, changes: Mapping[str, Any]) -> None:
        """Note what a change of the state tells: work, its end, failures, libraries."""
        if changes.get("phase") == "open":
            self.note(f"opened {changes['path']}")
        doing = changes.get("doing")
        if isinstance(doing, Doing) and doing.name != self._doing:
            self.note(f"{doing.name} ...")
        if "doing" in changes:
            self._doing = doing.name if isinstance(doing, Doing) else ""
        notice = changes.get("notice")
        if isinstance(notice, Notice):
            self._failed(notice.text, notice.problem)
        for failure in changes.get("failures", ())[:1]:
            self._failed(failure.text, failure.problem)
        for name in ("problem", "waits"):
            problem = changes.get(name)
            if isinstance(problem, Problem):
                self._failed("", problem)

    def text(self) -> str:
        """Everything as one text."""
        with self._lock:
            return "".join(f"{entry}\n" for entry in self._entries)

    def troubles(self) -> tuple[Trouble, ...]:
        """Each kind of failure, the newest first."""
        with self._lock:
            return tuple(reversed(self._troubles.values()))

    def _count(self, doing: str, problem: Problem) -> None:
        key, now = (problem.code, problem.message), datetime.now(UTC)
        with self._lock:
            before = self._troubles.pop(key, None)
            again = evolve(before, last=now, count=before.count + 1) if before else None
            self._troubles[key] = again or Trouble(problem, doing, 1, now)
            while len(self._troubles) > _TROUBLES:
                del self._troubles[next(iter(self._troubles))]

    def _failed(self, text: str, problem: Problem | None) -> None:
        if problem is None:
            self.note(text)
        elif problem is not self._told:
            self._told = problem
            self._count(text, problem)
            what = f"{text}: {problem.message}" if text else problem.message
            hint = f" ({problem.hint})" if problem.hint else ""
            self.note(f"{what}{hint} [code {problem.code}]", problem.details)
