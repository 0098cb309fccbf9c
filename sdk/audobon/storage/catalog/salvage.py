"""What can still be read out of a damaged catalog of that which stands nowhere else: uses."""

from __future__ import annotations

import contextlib
from pathlib import Path

from audobon.errors import AudobonError
from audobon.storage.sqlite import Database, Key, Row, connect

__all__ = ["SavedUse", "salvaged_uses"]

SavedUse = tuple[str, str, str, int]
"""The id of an asset, the kind of use, the host, and when in microseconds."""

_FAILURES = 2_000
# Looks that meet a damaged page: one of them holds some hundred rows. A tree that is
# damaged at its root would otherwise be asked for each row.


_UNREADABLE = (AudobonError, ValueError)  # the other: a text that is none any more
_END = 253_402_300_800_000_000  # the year 10000, in microseconds


def salvaged_uses(path: Path, *, key: Key | None = None) -> tuple[SavedUse, ...]:
    """The uses that can be read, oldest first; those on damaged pages are left out. Never raises.

    Nothing where there is no database at ``path``, or none that can be read at all.
    """
    try:
        db = connect(path, read_only=True, key=key)
    except AudobonError:
        return ()
    try:
        uses = _Reader(db).rows("SELECT rowid, asset, kind, host, at FROM usage_event", "rowid")
        if not uses:
            return ()
        assets = _Reader(db).rows("SELECT key, id FROM asset", "key")
        ids: dict[int, str] = dict(assets)
        with contextlib.suppress(*_UNREADABLE):  # another tree, which may be whole
            ids |= dict(db.rows("SELECT key, id FROM asset INDEXED BY sqlite_autoindex_asset_1"))
        return tuple(
            (str(ids[key]), kind, host, at)
            for _, key, kind, host, at in uses
            if key in ids and _sane(kind, host, at)
        )
    except _UNREADABLE:
        return ()
    finally:
        db.close()


def _sane(kind: object, host: object, at: object) -> bool:
    words = isinstance(kind, str) and isinstance(host, str) and kind != ""
    return words and isinstance(at, int) and 0 <= at < _END


class _Reader:
    """Reads a table by ranges of its key, and around what is damaged."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._left = _FAILURES

    def rows(self, sql: str, key: str) -> list[Row]:
        last = self._last(sql, key)
        return [] if last is None else self._between(f"{sql} WHERE {key}", key, 1, last)

    def _last(self, sql: str, key: str) -> int | None:
        """The last key, or one beyond it where its own page is damaged."""
        table = sql.rpartition(" ")[2]
        try:
            found = self._db.value(f"SELECT max({key}) FROM {table}")
        except _UNREADABLE:
            return 1 << 24
        return None if found is None else int(found)

    def _between(self, sql: str, key: str, low: int, high: int) -> list[Row]:
        try:
            return self._db.rows(f"{sql} BETWEEN ? AND ? ORDER BY {key}", (low, high))
        except _UNREADABLE:
            self._left -= 1
            if low >= high or self._left < 0:
                return []
        middle = (low + high) // 2
        return [
            *self._between(sql, key, low, middle),
            *self._between(sql, key, middle + 1, high),
        ]
