"""Tallies in one SQLite file, which several processes add to at once.

Nothing in it is truth and nothing names anything: deleted or damaged, it begins anew.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from attrs import evolve

from audobon.model.tally import DAY_S, EVER, HOUR_S, SCHEMA, Tally, joined
from audobon.storage.sqlite import Database, DerivedFile, Key, Params, Row

__all__ = ["KEPT_DAYS", "KEPT_HOURS", "MOST_ROWS", "MetricStore"]

KEPT_HOURS = 14 * 24
"""Hours that are kept one by one: two working weeks, to compare one with the other."""
KEPT_DAYS = 400
"""Days that are kept after that: a year, and the month of the year before."""
MOST_ROWS = 50_000
"""Rows there may be; then the oldest go. About 10 MB; a busy year takes a tenth of it."""

_SCHEMA = (
    "CREATE TABLE tally(span INTEGER NOT NULL, start INTEGER NOT NULL, name TEXT NOT NULL,"
    " labels TEXT NOT NULL, count INTEGER NOT NULL, total REAL NOT NULL, least REAL NOT NULL,"
    " most REAL NOT NULL, buckets TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " PRIMARY KEY (span, start, name, labels)) WITHOUT ROWID",
)
_COLUMNS = "start, span, name, labels, count, total, least, most, buckets, first, last"
_PUT = f"INSERT OR REPLACE INTO tally({_COLUMNS}) VALUES ({', '.join('?' * 11)})"
_ONE = f"SELECT {_COLUMNS} FROM tally WHERE span = ? AND start = ? AND name = ? AND labels = ?"


class MetricStore:
    """Tallies by span, start and series. For several threads and processes.

    Reading never raises.
    """

    def __init__(
        self, path: Path, *, base: Path, read_only: bool = False, key: Key | None = None
    ) -> None:
        """The store at ``path``; its folder is made below ``base``, which is never made."""
        self.path = path
        self._file = DerivedFile(path, _SCHEMA, SCHEMA, base=base, read_only=read_only, key=key)

    def add(self, tallies: Iterable[Tally], now: int) -> None:
        """Add tallies of hours to what is there, in one transaction, and let go of what is old.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable.
        """
        hours = tuple(tallies)
        ever = joined(evolve(each, start=0, span=EVER) for each in hours)

        def work(db: Database) -> None:
            for each in (*hours, *ever):
                _merge(db, each)
            _age(db, now)

        if hours:
            self._file.change(work)

    def rows(self, *, since: int = 0, spans: Iterable[int] = (HOUR_S, DAY_S)) -> tuple[Tally, ...]:
        """Tallies of these spans that end after ``since``, the oldest first."""
        wanted = json.dumps(list(spans))
        sql = (
            f"SELECT {_COLUMNS} FROM tally WHERE span IN (SELECT value FROM json_each(?1))"
            " AND (span = 0 OR start + span > ?2) ORDER BY start, span, name, labels"
        )
        return self._all(sql, (wanted, since))

    def _all(self, sql: str, params: Params) -> tuple[Tally, ...]:
        nothing: list[Row] = []
        return tuple(map(_tally, self._file.ask(lambda db: db.rows(sql, params), nothing)))

    def forget(self, before: int | None) -> int:
        """Remove what ended before a moment, or all of it; how many rows. As :meth:`add`."""
        where = "" if before is None else " WHERE span > 0 AND start + span <= ?"
        gone = 0

        def work(db: Database) -> None:
            nonlocal gone
            params = () if before is None else (before,)
            gone = len(db.rows(f"DELETE FROM tally{where} RETURNING span", params))

        if self._file.there():
            self._file.change(work)
        return gone

    def size(self) -> int:
        """Bytes of the file with what is not merged into it yet, 0 without one."""
        found = 0
        for name in (str(self.path), f"{self.path}-wal"):
            with contextlib.suppress(OSError):
                found += os.stat(name).st_size
        return found

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()


def _merge(db: Database, new: Tally) -> None:
    labels = _labels(new)
    row = db.one(_ONE, (new.span, new.start, new.name, labels))
    whole = new if row is None else _tally(row).merged(new)
    buckets = json.dumps({str(n): count for n, count in sorted(whole.buckets.items())})
    db.execute(
        _PUT,
        (
            *(whole.start, whole.span, whole.name, labels, whole.count, whole.total),
            *(whole.least, whole.most, buckets, whole.first, whole.last),
        ),
    )


def _age(db: Database, now: int) -> None:
    """Old hours become days, old days go; looked for by the key, so it costs nothing mostly."""
    limit = (now // DAY_S * DAY_S) - KEPT_HOURS * HOUR_S
    oldest = db.value("SELECT min(start) FROM tally WHERE span = ?", (HOUR_S,))
    if oldest is None or oldest >= limit:
        return
    old = (HOUR_S, limit)
    rows = db.rows(f"SELECT {_COLUMNS} FROM tally WHERE span = ? AND start < ?", old)
    for hour in map(_tally, rows):
        _merge(db, evolve(hour, start=hour.start // DAY_S * DAY_S, span=DAY_S))
    db.execute("DELETE FROM tally WHERE span = ? AND start < ?", old)
    db.execute("DELETE FROM tally WHERE span = ? AND start < ?", (DAY_S, now - KEPT_DAYS * DAY_S))
    surplus = db.value("SELECT count(*) FROM tally") - MOST_ROWS
    if surplus > 0:
        db.execute(
            "DELETE FROM tally WHERE (span, start, name, labels) IN (SELECT span, start, name,"
            " labels FROM tally WHERE span > 0 ORDER BY start LIMIT ?)",
            (surplus,),
        )


def _labels(tally: Tally) -> str:
    return json.dumps(dict(tally.labels), separators=(",", ":"), sort_keys=True)


def _tally(row: Row) -> Tally:
    start, span, name, labels, count, total, least, most, buckets, first, last = row
    return Tally(
        *(start, span, name, tuple(sorted(json.loads(labels).items())), count, total, least, most),
        *({int(n): number for n, number in json.loads(buckets).items()}, first, last),
    )
