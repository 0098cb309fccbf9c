"""The queue of jobs as rows of the catalog: every process of a library sees the same one.

Keeps the promises of ``JobStore`` (see ``audobon.work.queue``), which it does
not import: storage and work do not know each other.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from audobon.errors import Cancelled, Invalid, NotFound, WorkerDied
from audobon.storage.catalog.rows import GARBAGE, damaged, micros, moment
from audobon.storage.sqlite import Database

if TYPE_CHECKING:
    from audobon.model.job import JobRow

__all__ = ["HELD", "CatalogJobs"]

HELD = "held jobs"
"""The note of the catalog that has the texts of jobs which are not to begin."""

_COLUMNS = (
    "id, kind, key, priority, state, payload, progress, attempts, worker, "
    "error_code, error, result, created, started, ended, cancel, hint"
)

_REQUEUE = """
    UPDATE job SET state = 'queued', worker = '', progress = 0, started = NULL,
        attempts = attempts - ?2 WHERE id = ?1 AND state = 'running'
"""

_WANTED = "AND kind IN (SELECT value FROM json_each(:kinds))"

_NAMES = "(instr(job.payload, held.value) OR instr(job.key, held.value))"

_FREE = f"""
    AND NOT EXISTS (SELECT 1 FROM meta, json_each(meta.value) AS held
        WHERE meta.key = '{HELD}' AND {_NAMES})
"""


def _now() -> int:
    return micros(datetime.now(UTC))


def _row(values: tuple[Any, ...]) -> JobRow:
    try:
        return _job(values)
    except GARBAGE as exc:
        raise damaged(f"job {values[0]}", exc) from exc


def _job(values: tuple[Any, ...]) -> JobRow:
    from audobon.model.job import JobRow

    (ident, kind, key, priority, state, payload, progress, attempts, worker) = values[:9]
    (code, error, result, created, started, ended, cancel, hint) = values[9:]
    return JobRow(
        id=ident,
        kind=kind,
        key=key,
        priority=priority,
        state=state,
        payload=json.loads(payload),
        progress=progress,
        attempts=attempts,
        worker=worker,
        error=None if code is None else (code, error or ""),
        result=None if result is None else json.loads(result),
        created=moment(created),
        started=None if started is None else moment(started),
        ended=None if ended is None else moment(ended),
        cancel=bool(cancel),
        hint=hint,
    )


def _json(value: object) -> str:
    try:
        return json.dumps(value, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise Invalid(f"a job holds plain JSON data only: {error}") from error


class CatalogJobs:
    """The job table of a catalog. Usable from several threads and processes at once."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def submit(
        self, kind: str, payload: Mapping[str, Any], *, key: str = "", priority: int = 50
    ) -> JobRow:
        text, key = _json(dict(payload)), key or uuid.uuid4().hex
        with self._db.write():
            found = self._db.one(
                "UPDATE job SET priority = min(priority, ?2), cancel = 0 "
                f"WHERE key = ?1 AND state IN ('queued', 'running') RETURNING {_COLUMNS}",
                (key, priority),
            )
            found = found or self._db.one(
                "INSERT INTO job (kind, key, priority, state, payload, created) "
                f"VALUES (?, ?, ?, 'queued', ?, ?) RETURNING {_COLUMNS}",
                (kind, key, priority, text, _now()),
            )
        assert found is not None
        return _row(found)

    def claim(
        self,
        worker: str,
        kinds: Collection[str] | None = None,
        *,
        least: int | None = None,
        most: int | None = None,
    ) -> JobRow | None:
        wanted = "" if kinds is None else _WANTED
        first = (
            "SELECT id FROM (SELECT id, priority FROM job "
            f"WHERE state = 'queued' {wanted} {_FREE} ORDER BY priority, id LIMIT 1) "
            "WHERE (:least IS NULL OR priority >= :least) AND (:most IS NULL OR priority <= :most)"
        )
        values = {"worker": worker, "now": _now(), "least": least, "most": most}
        if kinds is not None:
            values["kinds"] = _json(list(kinds))
        # Looking first: an idle worker must not take the write lock several times a second.
        if self._db.value(first, values) is None:
            return None
        with self._db.write():
            row = self._db.one(
                "UPDATE job SET state = 'running', worker = :worker, started = :now, "
                f"progress = 0, attempts = attempts + 1 WHERE id = ({first}) "
                f"RETURNING {_COLUMNS}",
                values,
            )
        return None if row is None else _row(row)

    def waiting(self, kinds: Collection[str] | None = None) -> bool:
        wanted = "" if kinds is None else _WANTED
        values = {} if kinds is None else {"kinds": _json(list(kinds))}
        query = f"SELECT EXISTS (SELECT 1 FROM job WHERE state = 'queued' {wanted} {_FREE})"
        return bool(self._db.value(query, values))

    def hold(self, texts: Collection[str]) -> tuple[int, ...]:
        with self._db.write():
            if not texts:
                self._db.execute("DELETE FROM meta WHERE key = ?", (HELD,))
                return ()
            # A payload is JSON, in which letters beyond ASCII are spelt out.
            listed = _json(sorted({*texts, *(json.dumps(text)[1:-1] for text in texts)}))
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (HELD, listed))
            rows = self._db.rows(
                "SELECT id FROM job WHERE state = 'running' AND EXISTS "
                f"(SELECT 1 FROM json_each(?) AS held WHERE {_NAMES}) ORDER BY id",
                (listed,),
            )
        return tuple(ident for (ident,) in rows)

    def progress(self, ident: int, fraction: float) -> bool:
        with self._db.write():
            self._db.execute(
                "UPDATE job SET progress = ? WHERE id = ? AND state = 'running'",
                (min(max(fraction, 0.0), 1.0), ident),
            )
        return self.cancelled(ident)

    def cancelled(self, ident: int) -> bool:
        found = self._db.value(
            "SELECT cancel OR state = 'cancelled' FROM job WHERE id = ?", (ident,)
        )
        if found is None:
            raise self._unknown(ident)
        return bool(found)

    def finish(self, ident: int, result: object) -> None:
        text = _json(result)
        with self._db.write():
            self._need(ident)
            self._db.execute(
                "UPDATE job SET state = 'done', result = ?, progress = 1, ended = ? "
                "WHERE id = ? AND state = 'running'",
                (text, _now(), ident),
            )

    def fail(self, ident: int, code: int, message: str, hint: str = "") -> None:
        with self._db.write():
            self._need(ident)
            self._fail(ident, code, message, hint)

    def release(self, ident: int) -> None:
        with self._db.write():
            self._need(ident)
            self._db.execute(_REQUEUE, (ident, 1))

    def retry(self, ident: int) -> None:
        with self._db.write():
            self._need(ident)
            self._db.execute(_REQUEUE, (ident, 0))

    def again(self, ident: int) -> JobRow:
        with self._db.write():
            row = self.get(ident)
            if row.state not in ("failed", "cancelled"):
                return row
            other = self._db.one(
                f"SELECT {_COLUMNS} FROM job WHERE key = ? AND state IN ('queued', 'running')",
                (row.key,),
            )
            if other is not None:
                self._db.execute("UPDATE job SET state = 'cancelled' WHERE id = ?", (ident,))
                return _row(other)
            self._db.execute(
                "UPDATE job SET state = 'queued', worker = '', progress = 0, attempts = 0, "
                "cancel = 0, error_code = NULL, error = NULL, hint = '', started = NULL, "
                "ended = NULL WHERE id = ?",
                (ident,),
            )
            return self.get(ident)

    def cancel(self, ident: int) -> JobRow:
        with self._db.write():
            self._need(ident)
            self._db.execute(
                "UPDATE job SET state = 'cancelled', cancel = 1, ended = ?, error_code = ?, "
                "error = ? WHERE id = ? AND state = 'queued'",
                (_now(), Cancelled.code, "the job is cancelled before it began", ident),
            )
            self._db.execute(
                "UPDATE job SET cancel = 1 WHERE id = ? AND state = 'running'", (ident,)
            )
            return self.get(ident)

    def get(self, ident: int) -> JobRow:
        row = self._db.one(f"SELECT {_COLUMNS} FROM job WHERE id = ?", (ident,))
        if row is None:
            raise self._unknown(ident)
        return _row(row)

    def latest(self, key: str) -> JobRow | None:
        row = self._db.one(
            f"SELECT {_COLUMNS} FROM job WHERE key = ? ORDER BY id DESC LIMIT 1", (key,)
        )
        return None if row is None else _row(row)

    def list(self, *, state: str | None = None, limit: int = 100) -> tuple[JobRow, ...]:
        rows = self._db.rows(
            f"SELECT {_COLUMNS} FROM job WHERE ?1 IS NULL OR state = ?1 ORDER BY id DESC LIMIT ?2",
            (state, limit),
        )
        return tuple(map(_row, rows))

    def recover(self, alive: Callable[[str], bool]) -> tuple[int, int]:
        from audobon.model.job import MAX_ATTEMPTS

        rows = self._db.rows("SELECT DISTINCT worker FROM job WHERE state = 'running'")
        dead = [worker for (worker,) in rows if not alive(worker)]
        queued = failed = 0
        for worker in dead:
            with self._db.write():
                left = self._db.rows(
                    "SELECT id, attempts, cancel FROM job WHERE state = 'running' AND worker = ?",
                    (worker,),
                )
                for ident, attempts, cancel in left:
                    if cancel:
                        self._fail(ident, Cancelled.code, "the job is cancelled")
                    elif attempts < MAX_ATTEMPTS:
                        self._db.execute(_REQUEUE, (ident, 0))
                        queued += 1
                    else:
                        message = f"the worker {worker} ended in the middle of the job"
                        self._fail(ident, WorkerDied.code, message)
                        failed += 1
        return queued, failed

    def purge(self, before: datetime) -> int:
        with self._db.write():
            rows = self._db.rows(
                "DELETE FROM job WHERE state IN ('done', 'failed', 'cancelled') AND ended < ? "
                "RETURNING id",
                (micros(before),),
            )
        return len(rows)

    def counts(self) -> Mapping[str, int]:
        from audobon.model.job import JOB_STATES

        rows = self._db.rows("SELECT state, count(*) FROM job GROUP BY state")
        found: dict[str, int] = dict(rows)
        return {state: int(found.get(state, 0)) for state in JOB_STATES}

    def _fail(self, ident: int, code: int, message: str, hint: str = "") -> None:
        if code == Cancelled.code:
            # Submitted again since it was cancelled: somebody wants it after all.
            self._db.execute(_REQUEUE.rstrip() + " AND cancel = 0", (ident, 1))
        state = "cancelled" if code == Cancelled.code else "failed"
        self._db.execute(
            "UPDATE job SET state = ?, error_code = ?, error = ?, hint = ?, ended = ? "
            "WHERE id = ? AND state = 'running'",
            (state, code, message, hint, _now(), ident),
        )

    def _need(self, ident: int) -> None:
        if self._db.value("SELECT 1 FROM job WHERE id = ?", (ident,)) is None:
            raise self._unknown(ident)

    def _unknown(self, ident: int) -> NotFound:
        return NotFound(f"there is no job {ident}", subject=str(ident))
