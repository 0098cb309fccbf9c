"""Runs of this user: a queue with limits on jobs at a time and on money, in files.

``<folder>/runs/<id>/run.json`` is a run, ``task.json`` beside it what is to be learnt,
``result.json`` what was. What a run may cost at most is set aside when it is queued, and what it
has cost stands in its place when it has ended.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from audobon.cloud.settings import Settings
from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt, LimitExceeded, NotFound
from audobon.system.files import translate_os_error, write_atomic
from audobon.system.locks import FileLock

__all__ = ["OPEN", "SERVING", "Ledger", "Run"]

OPEN = ("queued", "sent")
SERVING = "serving"
_STEP_S = 30  # the provider counts time in steps of so many seconds
_LOCK_S = 300.0


@frozen(slots=True)
class Run:
    """A run. ``state`` is queued (here), sent (to Vertex AI), serving (an endpoint that answers),
    asking (a batch), done, failed or cancelled.

    ``hour`` is the price of an hour, ``cost`` what it may cost as long as it is open, and what
    it has cost by its time afterwards. ``task`` is the digest of the lesson, ``job`` the service's
    name. ``error`` is why it failed or still waits.
    """

    id: str
    what: str
    state: str
    made: datetime
    machine: str
    hours: float
    hour: float
    currency: str
    cost: float
    task: str = ""
    job: str = ""
    error: str = ""
    note: Mapping[str, Any] = field(factory=dict)

    def late(self, now: datetime) -> bool:
        """Whether an endpoint serves longer than it may."""
        return self.state == SERVING and self._seconds(now) > self.hours * 3600

    def so_far(self, now: datetime) -> float:
        """What it counts for: what an endpoint that is late has cost is more than was allowed."""
        return (
            max(self.cost, self._seconds(now) / 3600 * self.hour) if self.late(now) else self.cost
        )

    def stopped(self, now: datetime) -> Run:
        """The same run, of an endpoint that is there no more."""
        return self.ended("done", max(self._seconds(now), 0.0))

    def _seconds(self, now: datetime) -> float:
        return (now - self.made).total_seconds()

    def ended(self, state: str, seconds: float, error: str = "") -> Run:
        """The same run, at its end."""
        cost = math.ceil(seconds / _STEP_S) * _STEP_S / 3600 * self.hour
        return evolve(self, state=state, cost=round(cost, 6), error=error)


class Ledger:
    """The runs in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._runs = folder / "runs"
        self._lock = FileLock(folder / "lock", timeout_s=_LOCK_S)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all processes of this user. Busy when somebody else does not let go."""
        try:
            self._runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise translate_os_error(error, self._runs) from error
        with self._lock:
            yield

    def add(
        self,
        what: str,
        lesson: Mapping[str, Any],
        settings: Settings,
        note: Mapping[str, Any] | None = None,
    ) -> Run:
        """Queue a run, or find the one of the same lesson that goes on or is done.

        LimitExceeded where a new one may cost more than is left of the limit.
        """
        most = settings.most_hours * settings.hour
        task = json.dumps(dict(lesson), sort_keys=True).encode()
        digest = hashlib.sha256(task).hexdigest()
        with self.locked():
            for known in reversed(self.all()):
                if known.task == digest and known.state in (*OPEN, "done"):
                    return self.keep(evolve(known, note=dict(note))) if note else known
            self._room(most, settings)
            run = Run(
                id=str(uuid.uuid4()),
                what=what,
                state="queued",
                made=datetime.now(UTC),
                machine=settings.machine,
                hours=settings.most_hours,
                hour=settings.hour,
                currency=settings.currency,
                cost=round(most, 6),
                task=digest,
                note=dict(note or {}),
            )
            return self._new(run, task)

    def serve(
        self,
        what: str,
        machine: str,
        hours: float,
        settings: Settings,
        note: Mapping[str, Any],
        *,
        state: str = SERVING,
    ) -> Run:
        """Set aside what a machine that answers for ``what`` may cost, or find the run of the one
        that does already; ``state`` is what the run is in meanwhile.

        LimitExceeded where it may cost more than is left of the limit, Invalid for a machine
        that has no price.
        """
        hour = settings.rates.hour(machine, serving=True)
        with self.locked():
            known = self.serving(what, state)
            if known is not None:
                return known
            self._room(hours * hour, settings)
            run = Run(
                *(str(uuid.uuid4()), what, state, datetime.now(UTC), machine, hours, hour),
                currency=settings.currency,
                cost=round(hours * hour, 6),
                note=dict(note),
            )
            return self._new(run, b"{}")

    def serving(self, what: str, state: str = SERVING) -> Run | None:
        """The run of the endpoint for ``what``, where there is one of this user."""
        return next((run for run in self.all() if (run.what, run.state) == (what, state)), None)

    def _room(self, most: float, settings: Settings) -> None:
        spent = self.spent()
        if spent + most > settings.most_money:
            raise LimitExceeded(
                f"this run may cost {most:.2f} {settings.currency} and {spent:.2f} are spent "
                f"or set aside; the limit is {settings.most_money:.2f}",
                hint="'audobon vertex setup --most-money' moves the limit, '--most-hours' "
                "makes a run smaller",
            )

    def _new(self, run: Run, task: bytes) -> Run:
        folder = self._runs / run.id
        folder.mkdir(mode=0o700)
        write_atomic(folder / "task.json", task)
        return self.keep(run)

    def keep(self, run: Run) -> Run:
        """Write a run down as it is now."""
        data = json.dumps(to_plain(run), indent=1).encode()
        write_atomic(self._runs / run.id / "run.json", data)
        return run

    def all(self) -> tuple[Run, ...]:
        """Every run, the oldest first."""
        found = [self._load(path) for path in self._runs.glob("*/run.json")]
        return tuple(sorted(found, key=lambda run: (run.made, run.id)))

    def get(self, name: str) -> Run:
        """A run by its id or the beginning of it. NotFound."""
        found = [run for run in self.all() if run.id.startswith(name)] if name else []
        if len(found) != 1:
            raise NotFound(
                f"{name} is the beginning of {len(found)} runs" if found else f"no run {name}",
                subject=name,
                hint="'audobon vertex runs' lists them",
            )
        return found[0]

    def spent(self) -> float:
        """What all runs have cost or may cost."""
        now = datetime.now(UTC)
        return sum(run.so_far(now) for run in self.all())

    def task(self, run: Run) -> dict[str, Any]:
        """What a run is to learn."""
        return self._json(run, "task.json")

    def result(self, run: Run) -> dict[str, Any] | None:
        """What a run has learnt, where that is here already."""
        return self._json(run, "result.json") if self._file(run, "result.json").exists() else None

    def keep_result(self, run: Run, made: Mapping[str, Any]) -> None:
        """Keep what a run has learnt."""
        write_atomic(self._file(run, "result.json"), json.dumps(dict(made)).encode())

    def _file(self, run: Run, name: str) -> Path:
        return self._runs / run.id / name

    def _json(self, run: Run, name: str) -> dict[str, Any]:
        path = self._file(run, name)
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
        except OSError as error:
            raise translate_os_error(error, path) from error
        except ValueError as error:
            raise Corrupt(f"{path} cannot be read", subject=str(path)) from error
        return found

    def _load(self, path: Path) -> Run:
        try:
            return from_plain(json.loads(path.read_bytes()), Run)
        except OSError as error:
            raise translate_os_error(error, path) from error
        except ValueError as error:
            raise Corrupt(f"{path} cannot be read: {error}", subject=str(path)) from error
