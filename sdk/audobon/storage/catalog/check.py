"""Whether the catalog is sound, and how much is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Corrupt, LimitExceeded
from audobon.storage.catalog.away import count_away
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.rows import HASHED
from audobon.storage.sqlite import Database

if TYPE_CHECKING:
    from audobon.storage.catalog.counts import CatalogStats

__all__ = ["Checking"]

_JSON = (
    ("change_item", "before"),
    ("change_item", "after"),
    ("job", "payload"),
    ("job", "result"),
)
"""Columns that hold JSON and are in no row's hash."""

_NAMED = 50  # problems of one sort that are named; the rest is counted


class Checking(Part):
    """Integrity, counts and copies."""

    damage: tuple[str, ...] = ()
    """What the last check by this object found. No version is made of a catalog that has some."""

    def check(self, *, full: bool = False) -> tuple[str, ...]:
        """What is wrong, one sentence each; empty when all is well.

        Looks at the pages of the file (with ``full`` also whether every index
        holds what its table does, and at every text), at the hash of each row,
        at references and at the clock, all as of one moment. Raises nothing
        for damage: it is what this reports.
        """
        checks: tuple[Callable[[], Iterator[str]], ...] = (
            lambda: _pages(self.db, full=full),
            lambda: _references(self.db),
            lambda: _hashes(self.db),
            lambda: _clock(self.db),
            lambda: _trees(self.db),
        )
        if full:
            checks += (lambda: _texts(self.db), lambda: _json(self.db))
        problems: list[str] = []
        # All of one moment: with a writer between two reads, what is sound would contradict itself.
        with self.db.read():
            for one in checks:
                try:
                    problems.extend(one())
                except (Corrupt, LimitExceeded) as error:
                    problems.append(error.message)
        self.damage = tuple(dict.fromkeys(problems))
        return self.damage

    def stats(self) -> CatalogStats:
        """Counts of everything, of one moment."""
        from audobon.storage.catalog.counts import CatalogStats

        db = self.db
        with db.read():
            states: dict[str, int] = dict(
                db.rows("SELECT state, count(*) FROM asset GROUP BY state")
            )
            away = count_away(db)
            kinds = db.rows(
                "SELECT kind, count(*), sum(size) FROM asset WHERE state = 'present' "
                "GROUP BY kind ORDER BY count(*) DESC, kind"
            )
            tables = ("tag", "catalog", "relationship", "saved_set", "root", "change")
            counts = [int(db.value(f"SELECT count(*) FROM {table}")) for table in tables]
        return CatalogStats(
            present=states.get("present", 0),
            missing=states.get("missing", 0) - away,
            remote=away,
            removed=states.get("removed", 0),
            size=sum(size for _, _, size in kinds),
            kinds=tuple((kind, count) for kind, count, _ in kinds),
            tags=counts[0],
            catalogs=counts[1],
            relationships=counts[2],
            sets=counts[3],
            roots=counts[4],
            changes=counts[5],
        )

    def backup(self, to: Path) -> None:
        """Write a consistent copy to ``to``, durable and complete, beside running writers."""
        self.db.backup(to)


def _pages(db: Database, *, full: bool) -> Iterator[str]:
    name = "integrity_check" if full else "quick_check"
    for (line,) in db.rows(f"PRAGMA {name}({_NAMED})"):
        if line != "ok":
            yield f"{db.path.name}: {line}"


def _references(db: Database) -> Iterator[str]:
    for table, rowid, parent, _ in db.rows("PRAGMA foreign_key_check")[:_NAMED]:
        row = "a row" if rowid is None else f"row {rowid}"
        yield f"{row} of {table} names something in {parent} that is not there"


def _hashes(db: Database) -> Iterator[str]:
    rows = db.rows(f"SELECT id, path FROM asset WHERE check_hash <> row_hash({HASHED})")
    for ident, path in rows[:_NAMED]:
        yield f"the row of asset {ident} ({path}) is not what was written"
    if len(rows) > _NAMED:
        yield f"{len(rows) - _NAMED} more rows of assets are not what was written"


def _texts(db: Database) -> Iterator[str]:
    """SQLite hands out any bytes as text; that it is text shows only when it is read."""
    tables = db.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'asset'")
    for (table,) in tables:
        names = db.rows("SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'", (table,))
        if names:
            columns = ", ".join(f'"{name}"' for (name,) in names)
            try:
                db.value(f'SELECT count(row_hash({columns})) FROM "{table}"')
            except (Corrupt, LimitExceeded) as error:
                yield f"a text of the table {table} is damaged: {error.message}"


def _json(db: Database) -> Iterator[str]:
    for table, column in _JSON:
        count = db.value(f"SELECT count(*) FROM {table} WHERE NOT json_valid({column})")
        if count:
            yield f"{count} values of {table}.{column} are not what was written"


def _clock(db: Database) -> Iterator[str]:
    clock = db.value("SELECT seq FROM clock")
    newest = db.value(
        "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM asset UNION SELECT max(seq) FROM change)"
    )
    if clock is None or (newest or 0) > clock:
        yield f"the clock stands at {clock}, but there is a change at {newest}"
    for seq, count in db.rows(
        f"SELECT seq, count(*) FROM asset GROUP BY seq HAVING count(*) > 1 LIMIT {_NAMED}"
    ):
        yield f"{count} assets share the sequence number {seq}"


def _trees(db: Database) -> Iterator[str]:
    for table in ("tag", "catalog"):
        for (name,) in db.rows(
            f"WITH RECURSIVE down (key) AS (SELECT key FROM {table} WHERE parent IS NULL UNION "
            f"SELECT t.key FROM {table} t JOIN down d ON t.parent = d.key) "
            f"SELECT name FROM {table} WHERE key NOT IN (SELECT key FROM down) LIMIT {_NAMED}"
        ):
            yield f"the {table} {name!r} lies below itself"
    for (path,) in db.rows(
        "SELECT c.path FROM catalog c LEFT JOIN catalog p ON p.key = c.parent "
        f"WHERE c.path <> coalesce(p.path || '/', '') || c.name LIMIT {_NAMED}"
    ):
        yield f"the catalog {path!r} does not lie where its path says"
    for (alias,) in db.rows(f"SELECT alias FROM tag_alias JOIN tag USING (fold) LIMIT {_NAMED}"):
        yield f"{alias!r} is both a tag and an alias"
