"""Reads for an export: what came after a point, a page at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from audobon.model.asset import Asset
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import SELECT, dump, to_assets

__all__ = ["Analyzing", "EndedJob", "NotedUse"]


class NotedUse(NamedTuple):
    """A use with its number; ``at`` is microseconds since 1970 UTC."""

    number: int
    asset: str
    kind: str
    host: str
    at: int


class EndedJob(NamedTuple):
    """A job that ended; times are microseconds since 1970 UTC."""

    id: int
    kind: str
    state: str
    error_code: int | None
    attempts: int
    priority: int
    created: int
    started: int | None
    ended: int


_USE = """
SELECT u.rowid, a.id, u.kind, u.host, u.at FROM usage_event u JOIN asset a ON a.key = u.asset
"""


class Analyzing(Part):
    """Part of the catalog."""

    def changed_between(self, after: int, upto: int, limit: int) -> tuple[Asset, ...]:
        """Assets in any state whose last change has a seq above ``after``, at most ``upto``."""
        where = "WHERE a.seq > ? AND a.seq <= ? ORDER BY a.seq LIMIT ?"
        return to_assets(self.db.rows(f"{SELECT} {where}", (after, upto, limit)))

    def noted_uses(self, after: int, since: int, upto: int, limit: int) -> tuple[NotedUse, ...]:
        """Uses by number, above ``after`` and at most ``upto``, that came later than ``since``."""
        where = "WHERE u.rowid > ? AND u.rowid <= ? AND u.at > ? ORDER BY u.rowid LIMIT ?"
        return tuple(
            NotedUse(*row) for row in self.db.rows(_USE + where, (after, upto, since, limit))
        )

    def noted_use(self, number: int) -> NotedUse | None:
        """The use of a number; another one has it when the uses were forgotten meanwhile."""
        row = self.db.one(f"{_USE} WHERE u.rowid = ?", (number,))
        return None if row is None else NotedUse(*row)

    def ended_jobs(self, ids: Collection[int]) -> tuple[EndedJob, ...]:
        """The jobs of these numbers that have ended."""
        rows = self.db.rows(
            "SELECT id, kind, state, error_code, attempts, priority, created, started, ended "
            "FROM job WHERE id IN (SELECT value FROM json_each(?)) AND ended IS NOT NULL "
            "ORDER BY id",
            (dump(list(ids)),),
        )
        return tuple(EndedJob(*row) for row in rows)

    def jobs_after(self, low: int) -> tuple[tuple[int, bool], ...]:
        """Numbers of the jobs above one, and whether each has ended."""
        rows = self.db.rows(
            "SELECT id, ended IS NOT NULL FROM job WHERE id > ? ORDER BY id", (low,)
        )
        return tuple((int(ident), bool(ended)) for ident, ended in rows)
