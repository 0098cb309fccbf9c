"""Names of files that stand in files, by the asset that holds them and by the name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from audobon.storage.sqlite import Database, DerivedFile, Key, Row

__all__ = ["VERSION", "LinkStore", "Named"]

VERSION = 1

# By the assets' ids, which outlive a catalog that is built again; made is that of the catalog
# whose clock the mark is. target is the asset that a path led to last.
_SCHEMA = (
    "CREATE TABLE file(asset TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,"
    " error TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE link(asset TEXT NOT NULL, no INTEGER NOT NULL, path TEXT NOT NULL,"
    " name TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (asset, no)) WITHOUT ROWID",
    "CREATE INDEX link_name ON link(name)",
    "CREATE INDEX link_target ON link(target) WHERE target <> ''",
    "CREATE TABLE mark(one INTEGER PRIMARY KEY CHECK (one = 1), made TEXT NOT NULL,"
    " seq INTEGER NOT NULL)",
    "INSERT INTO mark VALUES (1, '', 0)",
)
_LINK = "SELECT asset, no, path, name, target FROM link"


@frozen(slots=True)
class Named:
    """A file that an asset names: the ``path`` as it stands there, and its last part, folded.

    ``target`` is the id of the asset that it led to when somebody looked last, or empty.
    """

    asset: str
    no: int
    path: str
    name: str
    target: str = ""


class LinkStore:
    """The files that assets name, by id. For several threads and processes.

    Nothing here is truth; reading never raises.
    """

    def __init__(
        self, path: Path, *, base: Path, read_only: bool = False, key: Key | None = None
    ) -> None:
        """The store at ``path``; its folder is made below ``base``, which is never made."""
        self.path = path
        self._file = DerivedFile(path, _SCHEMA, VERSION, base=base, read_only=read_only, key=key)

    def put(
        self,
        files: Iterable[tuple[str, int, int, str]],
        links: Iterable[Named],
    ) -> None:
        """What stands in ``files`` now, each ``(asset, size, mtime in ns, why it is not known)``.

        What a path led to before is remembered. DiskFull, Busy, ReadOnly, NotFound, Unavailable.
        """
        rows = list(files)
        ids = json.dumps([row[0] for row in rows])
        new = [(one.asset, one.no, one.path, one.name, one.target) for one in links]

        def work(db: Database) -> None:
            found = db.rows(
                "SELECT asset, path, target FROM link WHERE target <> ''"
                " AND asset IN (SELECT value FROM json_each(?))",
                (ids,),
            )
            known = {(asset, path): target for asset, path, target in found}
            db.execute("DELETE FROM link WHERE asset IN (SELECT value FROM json_each(?))", (ids,))
            db.many("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", rows)
            db.many(
                "INSERT INTO link VALUES (?, ?, ?, ?, ?)",
                [(*row[:4], row[4] or known.get((row[0], row[2]), "")) for row in new],
            )

        self._file.change(work)

    def lead(self, targets: Iterable[tuple[str, int, str]]) -> None:
        """Note where links lead, each ``(asset, no, target)``. Errors as :meth:`put`."""
        rows = [(target, asset, no) for asset, no, target in targets]
        sql = "UPDATE link SET target = ? WHERE asset = ? AND no = ?"
        self._file.change(lambda db: db.many(sql, rows))

    def stamps(self, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Size and time that files had when they were read, by asset."""
        sql = (
            "SELECT asset, size, mtime_ns FROM file WHERE asset IN (SELECT value FROM json_each(?))"
        )
        rows = self._rows(sql, (json.dumps(list(ids)),))
        return {asset: (size, mtime_ns) for asset, size, mtime_ns in rows}

    def errors(self, ids: Sequence[str]) -> dict[str, str]:
        """Why files could not be read, by asset; those that could are left out."""
        sql = (
            "SELECT asset, error FROM file WHERE error <> ''"
            " AND asset IN (SELECT value FROM json_each(?))"
        )
        return dict(self._rows(sql, (json.dumps(list(ids)),)))

    def of(self, ids: Sequence[str]) -> list[Named]:
        """What these assets name, in the order in which they do."""
        sql = f"{_LINK} WHERE asset IN (SELECT value FROM json_each(?)) ORDER BY asset, no"
        return [Named(*row) for row in self._rows(sql, (json.dumps(list(ids)),))]

    def named(self, names: Sequence[str]) -> list[Named]:
        """Whatever names a file called so; names are folded."""
        sql = f"{_LINK} WHERE name IN (SELECT value FROM json_each(?)) ORDER BY asset, no"
        return [Named(*row) for row in self._rows(sql, (json.dumps(list(names)),))]

    def beginning(self, start: str) -> list[Named]:
        """Whatever names a file whose folded name begins so."""
        sql = f"{_LINK} WHERE name >= ? AND name < ? ORDER BY asset, no"
        return [Named(*row) for row in self._rows(sql, (start, f"{start}\U0010ffff"))]

    def led_to(self, ids: Sequence[str]) -> list[Named]:
        """Links that led to these assets when somebody looked last."""
        sql = f"{_LINK} WHERE target IN (SELECT value FROM json_each(?)) ORDER BY asset, no"
        return [Named(*row) for row in self._rows(f"{sql}", (json.dumps(list(ids)),))]

    def after(self, asset: str, limit: int) -> list[Named]:
        """The links of the next assets after one, at least ``limit`` of them if there are."""
        sql = (
            f"{_LINK} WHERE asset > ?1 AND asset <= (SELECT max(asset) FROM"
            " (SELECT asset FROM link WHERE asset > ?1 ORDER BY asset, no LIMIT ?2))"
            " ORDER BY asset, no"
        )
        return [Named(*row) for row in self._rows(sql, (asset, limit))]

    def mark(self, made: str) -> int:
        """The clock of the catalog ``made`` up to which all is known; 0 for another catalog."""
        sql = "SELECT seq FROM mark WHERE made = ?"
        return int(self._file.ask(lambda db: db.value(sql, (made,)), 0) or 0)

    def set_mark(self, made: str, seq: int) -> None:
        """All is known up to ``seq``. Errors as :meth:`put`."""
        sql = "UPDATE mark SET seq = iif(made = ?1, max(seq, ?2), ?2), made = ?1"
        self._file.change(lambda db: db.execute(sql, (made, seq)))

    def _rows(self, sql: str, params: tuple[object, ...]) -> list[Row]:
        nothing: list[Row] = []
        return self._file.ask(lambda db: db.rows(sql, params), nothing)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()
