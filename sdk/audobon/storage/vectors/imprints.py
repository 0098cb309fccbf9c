"""Imprints of pictures and which of them are near each other, in one SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from audobon.storage.sqlite import Database, DerivedFile, Key, Row

__all__ = ["VERSION", "ImprintStore", "Near"]

VERSION = 1
"""Raised when imprints are taken or compared differently: the file is begun anew then."""

# AUTOINCREMENT as in the vectors: whoever has compared up to a number goes on from there.
# An empty imprint is of a picture in which there is too little to be told from others.
_SCHEMA = (
    "CREATE TABLE imprint(no INTEGER PRIMARY KEY AUTOINCREMENT, content BLOB NOT NULL UNIQUE,"
    " data BLOB NOT NULL)",
    "CREATE TABLE near(one INTEGER NOT NULL, other INTEGER NOT NULL, signs INTEGER NOT NULL,"
    " color REAL NOT NULL, tone REAL NOT NULL, way INTEGER NOT NULL, view INTEGER NOT NULL,"
    " PRIMARY KEY (one, other)) WITHOUT ROWID",
    "CREATE INDEX near_other ON near(other)",
    "CREATE TABLE mark(one INTEGER PRIMARY KEY CHECK (one = 1), no INTEGER NOT NULL)",
    "INSERT INTO mark VALUES (1, 0)",
)


@frozen(slots=True)
class Near:
    """Two contents whose imprints are near; ``inference.pairing`` tells what the numbers say."""

    one: bytes
    other: bytes
    signs: int
    color: float
    tone: float
    way: int
    view: int


class ImprintStore:
    """Imprints by the sha256 of what they are of. For several threads and processes.

    Nothing here is truth; reading never raises.
    """

    def __init__(
        self, path: Path, *, base: Path, read_only: bool = False, key: Key | None = None
    ) -> None:
        """The store at ``path``; its folder is made below ``base``, which is never made."""
        self.path = path
        self._file = DerivedFile(path, _SCHEMA, VERSION, base=base, read_only=read_only, key=key)

    def put(self, imprints: Mapping[bytes, bytes]) -> None:
        """Keep imprints by content, in one transaction; one that is known stays as it is.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable.
        """
        known = set(imprints) - set(self.unknown(list(imprints)))
        rows = [(content, data) for content, data in imprints.items() if content not in known]
        if rows:
            sql = "INSERT OR IGNORE INTO imprint (content, data) VALUES (?, ?)"
            self._file.change(lambda db: db.many(sql, rows))

    def unknown(self, contents: Sequence[bytes]) -> list[bytes]:
        """Those of ``contents`` that have no imprint, in their order, each once."""
        known = self._known("SELECT lower(hex(content)) FROM imprint WHERE", contents)
        return [each for each in dict.fromkeys(contents) if each.hex() not in known]

    def plain(self, contents: Sequence[bytes]) -> int:
        """How many of these are known to be too plain to be compared."""
        sql = "SELECT lower(hex(content)) FROM imprint WHERE length(data) = 0 AND"
        return len(self._known(sql, contents))

    def _known(self, sql: str, contents: Sequence[bytes]) -> set[str]:
        names = json.dumps([content.hex() for content in contents])
        rows = self._rows(f"{sql} content IN (SELECT unhex(value) FROM json_each(?))", (names,))
        return {name for (name,) in rows}

    def get(self, content: bytes) -> bytes | None:
        """The imprint of a content, None where nobody has looked."""
        sql = "SELECT data FROM imprint WHERE content = ?"
        found: bytes | None = self._file.ask(lambda db: db.value(sql, (content,)), None)
        return found

    def names(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """The next contents after a number, as ``(number, content)``."""
        sql = "SELECT no, content FROM imprint WHERE no > ? ORDER BY no LIMIT ?"
        return [(no, content) for no, content in self._rows(sql, (number, limit))]

    def forget(self, contents: Sequence[bytes]) -> None:
        """Let go of these imprints, and of what they are near to.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable.
        """
        names = (json.dumps([content.hex() for content in contents]),)
        gone = "SELECT no FROM imprint WHERE content IN (SELECT unhex(value) FROM json_each(?1))"

        def work(db: Database) -> None:
            db.execute(f"DELETE FROM near WHERE one IN ({gone}) OR other IN ({gone})", names)
            db.execute(f"DELETE FROM imprint WHERE no IN ({gone})", names)

        if contents:
            self._file.change(work)

    def last(self) -> int:
        """The number of the newest imprint, 0 where there is none."""
        sql = "SELECT coalesce(max(no), 0) FROM imprint"
        return int(self._file.ask(lambda db: db.value(sql), 0))

    def compared(self) -> int:
        """The number of the newest imprint that was compared with all before it."""
        return int(self._file.ask(lambda db: db.value("SELECT no FROM mark"), 0) or 0)

    def all(self, up_to: int) -> list[tuple[int, bytes]]:
        """All imprints that are not empty up to a number, as ``(number, imprint)``."""
        sql = "SELECT no, data FROM imprint WHERE no <= ? AND length(data) > 0 ORDER BY no"
        return [(no, data) for no, data in self._rows(sql, (up_to,))]

    def note(
        self, pairs: Iterable[tuple[int, int, int, float, float, int, int]], *, up_to: int
    ) -> None:
        """Keep which are near by their numbers, and that all up to a number were compared."""
        rows = list(pairs)

        def work(db: Database) -> None:
            db.many("INSERT OR REPLACE INTO near VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("UPDATE mark SET no = max(no, ?)", (up_to,))

        self._file.change(work)

    def near(self, contents: Sequence[bytes] | None = None) -> list[Near]:
        """All that are near each other, or near one of ``contents``; the nearest first."""
        where, params = "", tuple[object, ...]()
        if contents is not None:
            named = "SELECT unhex(value) FROM json_each(?1)"
            some = f"(SELECT no FROM imprint WHERE content IN ({named}))"
            where = f"WHERE n.one IN {some} OR n.other IN {some} "
            params = (json.dumps([each.hex() for each in contents]),)
        sql = (
            "SELECT a.content, b.content, n.signs, n.color, n.tone, n.way, n.view FROM near n"
            " JOIN imprint a ON a.no = n.one JOIN imprint b ON b.no = n.other "
            f"{where}ORDER BY n.signs, n.color, n.one, n.other"
        )
        return [Near(*row) for row in self._rows(sql, params)]

    def _rows(self, sql: str, params: tuple[object, ...]) -> list[Row]:
        nothing: list[Row] = []
        return self._file.ask(lambda db: db.rows(sql, params), nothing)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()
