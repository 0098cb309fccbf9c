"""A store of jobs in memory: as good as the catalog's, for one process."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from audobon.errors import Cancelled, NotFound, WorkerDied
from audobon.model.job import JOB_STATES, MAX_ATTEMPTS, JobRow

__all__ = ["MemoryJobStore"]

_OPEN = ("queued", "running")


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryJobStore:
    """A JobStore whose jobs end with it. Usable from several threads."""

    def __init__(self) -> None:
        self._rows: dict[int, JobRow] = {}
        self._last = 0
        self._held: frozenset[str] = frozenset()
        self._lock = threading.RLock()

    def submit(
        self, kind: str, payload: Mapping[str, Any], *, key: str = "", priority: int = 50
    ) -> JobRow:
        key = key or uuid.uuid4().hex
        with self._lock:
            for row in self._rows.values():
                if row.key == key and row.state in _OPEN:
                    urgent = min(row.priority, priority)
                    return self._put(row, priority=urgent, cancel=False)
            self._last += 1
            # Through JSON, as a store on a disk would.
            plain = json.loads(json.dumps(dict(payload)))
            row = JobRow(
                *(self._last, kind, key, priority, "queued", plain, 0.0, 0, "", None, None),
                *(_now(), None, None),
            )
            self._rows[row.id] = row
            return row

    def claim(
        self,
        worker: str,
        kinds: Collection[str] | None = None,
        *,
        least: int | None = None,
        most: int | None = None,
    ) -> JobRow | None:
        with self._lock:
            queued = [
                row
                for row in self._rows.values()
                if row.state == "queued"
                and (kinds is None or row.kind in kinds)
                and not self._is_held(row)
            ]
            if not queued:
                return None
            row = min(queued, key=lambda row: (row.priority, row.id))
            if (least is not None and row.priority < least) or (
                most is not None and row.priority > most
            ):
                return None
            return self._put(
                row,
                state="running",
                worker=worker,
                attempts=row.attempts + 1,
                started=_now(),
                progress=0.0,
            )

    def waiting(self, kinds: Collection[str] | None = None) -> bool:
        with self._lock:
            return any(
                row.state == "queued"
                and (kinds is None or row.kind in kinds)
                and not self._is_held(row)
                for row in self._rows.values()
            )

    def hold(self, texts: Collection[str]) -> tuple[int, ...]:
        with self._lock:
            self._held = frozenset(texts) | {json.dumps(text)[1:-1] for text in texts}
            rows = [row for row in self._rows.values() if row.state == "running"]
            return tuple(row.id for row in rows if self._is_held(row))

    def _is_held(self, row: JobRow) -> bool:
        said = json.dumps(dict(row.payload))
        return any(text in said or text in row.key for text in self._held)

    def progress(self, ident: int, fraction: float) -> bool:
        with self._lock:
            row = self.get(ident)
            if row.state == "running":
                row = self._put(row, progress=min(max(fraction, 0.0), 1.0))
            return row.cancel or row.state == "cancelled"

    def cancelled(self, ident: int) -> bool:
        row = self.get(ident)
        return row.cancel or row.state == "cancelled"

    def finish(self, ident: int, result: object) -> None:
        with self._lock:
            row = self.get(ident)
            if row.state == "running":
                plain = json.loads(json.dumps(result))
                self._put(row, state="done", result=plain, progress=1.0, ended=_now())

    def fail(self, ident: int, code: int, message: str, hint: str = "") -> None:
        with self._lock:
            row = self.get(ident)
            if row.state != "running":
                return
            if code == Cancelled.code and not row.cancel:
                self._requeue(row, attempts=row.attempts - 1)
                return
            state = "cancelled" if code == Cancelled.code else "failed"
            self._put(row, state=state, error=(code, message), hint=hint, ended=_now())

    def release(self, ident: int) -> None:
        with self._lock:
            row = self.get(ident)
            if row.state == "running":
                self._requeue(row, attempts=row.attempts - 1)

    def retry(self, ident: int) -> None:
        with self._lock:
            row = self.get(ident)
            if row.state == "running":
                self._requeue(row, attempts=row.attempts)

    def again(self, ident: int) -> JobRow:
        with self._lock:
            row = self.get(ident)
            if row.state not in ("failed", "cancelled"):
                return row
            for other in self._rows.values():
                if other.key == row.key and other.state in _OPEN:
                    self._put(row, state="cancelled")
                    return other
            return self._put(
                row,
                **{"state": "queued", "worker": "", "progress": 0.0, "attempts": 0},
                **{"cancel": False, "error": None, "hint": "", "started": None, "ended": None},
            )

    def cancel(self, ident: int) -> JobRow:
        with self._lock:
            row = self.get(ident)
            if row.state == "queued":
                told = (Cancelled.code, "the job is cancelled before it began")
                return self._put(row, state="cancelled", cancel=True, error=told, ended=_now())
            return self._put(row, cancel=True) if row.state == "running" else row

    def get(self, ident: int) -> JobRow:
        try:
            return self._rows[ident]
        except KeyError:
            raise NotFound(f"there is no job {ident}", subject=str(ident)) from None

    def latest(self, key: str) -> JobRow | None:
        with self._lock:
            rows = [row for row in self._rows.values() if row.key == key]
        return max(rows, key=lambda row: row.id, default=None)

    def list(self, *, state: str | None = None, limit: int = 100) -> tuple[JobRow, ...]:
        with self._lock:
            rows = [row for row in self._rows.values() if state in (None, row.state)]
        return tuple(sorted(rows, key=lambda row: -row.id)[:limit])

    def recover(self, alive: Callable[[str], bool]) -> tuple[int, int]:
        queued = failed = 0
        for row in self.list(state="running", limit=len(self._rows)):
            if alive(row.worker):
                continue
            with self._lock:
                now = self.get(row.id)
                if now.state != "running" or now.worker != row.worker:
                    continue
                if now.cancel:
                    self.fail(now.id, Cancelled.code, "the job is cancelled")
                elif now.attempts < MAX_ATTEMPTS:
                    self.retry(now.id)
                    queued += 1
                else:
                    message = f"the worker {now.worker} ended in the middle of the job"
                    self.fail(now.id, WorkerDied.code, message)
                    failed += 1
        return queued, failed

    def purge(self, before: datetime) -> int:
        with self._lock:
            old = [row.id for row in self._rows.values() if row.ended and row.ended < before]
            for ident in old:
                del self._rows[ident]
        return len(old)

    def counts(self) -> Mapping[str, int]:
        with self._lock:
            states = [row.state for row in self._rows.values()]
        return {state: states.count(state) for state in JOB_STATES}

    def _requeue(self, row: JobRow, *, attempts: int) -> None:
        self._put(row, state="queued", worker="", attempts=attempts, progress=0.0, started=None)

    def _put(self, row: JobRow, **changes: Any) -> JobRow:
        row = attrs.evolve(row, **changes)
        self._rows[row.id] = row
        return row
