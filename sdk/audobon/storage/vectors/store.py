"""Vectors in one SQLite file for each recipe by which they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from audobon.storage.sqlite import Database, DerivedFile, Key, Row

__all__ = ["VERSION", "VectorStore"]

VERSION = 1

# AUTOINCREMENT: a number is never given out twice, so whoever has read up to one reads on from
# there. The assets of a text are noted beside it: pictures are found by the digest of their file.
_SCHEMA = (
    "CREATE TABLE vector(no INTEGER PRIMARY KEY AUTOINCREMENT, content BLOB NOT NULL UNIQUE,"
    " half BLOB NOT NULL)",
    "CREATE TABLE holder(asset INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE INDEX holder_of ON holder(content)",
    "CREATE TABLE mark(one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL)",
    "INSERT INTO mark VALUES (1, 0)",
)


_Waits = tuple[int, int, int]
"""How many assets wait for a vector, behind the last number and the mark of which that is so."""

_LAST = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'vector'), 0)"
_STATE = f"SELECT {_LAST}, (SELECT seq FROM mark)"
_WAITS = "NOT EXISTS (SELECT 1 FROM vector v WHERE v.content = h.content)"


def _use_up_a_number(db: Database) -> None:
    """So that whoever follows by the last number sees that something else has changed."""
    there = "SELECT 1 FROM sqlite_sequence WHERE name = 'vector'"
    db.execute(f"INSERT INTO sqlite_sequence SELECT 'vector', 0 WHERE NOT EXISTS ({there})")
    db.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'vector'")


def _state(db: Database) -> tuple[int, int]:
    last, mark = db.one(_STATE) or (0, 0)
    return int(last), int(mark)


def _waiting_of(db: Database, keys: str) -> int:
    asked = "SELECT count(*) FROM holder h WHERE asset IN (SELECT value FROM json_each(?))"
    return int(db.value(f"{asked} AND {_WAITS}", (keys,)))


def _counted(db: Database) -> _Waits:
    found = db.one(f"{_STATE}, (SELECT count(*) FROM holder h WHERE {_WAITS})")
    last, mark, count = found or (0, 0, 0)
    return int(last), int(mark), int(count)


def _followed(db: Database, known: _Waits | None) -> _Waits | None:
    """The count by what came since; None where more has changed than new vectors."""
    if known is None:
        return None
    # One statement, so that all of it is of one moment.
    last, mark, new, served = db.one(
        f"{_STATE}, (SELECT count(*) FROM vector WHERE no > ?1), (SELECT count(*) FROM vector v"
        " JOIN holder h ON h.content = v.content WHERE v.no > ?1)",
        (known[0],),
    ) or (-1, -1, 0, 0)
    # A vector that was let go of takes a number that no vector has.
    if mark != known[1] or last - known[0] != new:
        return None
    return int(last), int(mark), known[2] - int(served)


class VectorStore:
    """Vectors of one recipe, by the sha256 of what they are of. For several threads and processes.

    A vector is kept as 16-bit floats, little-endian. A content keeps its
    vector: the same bytes by the same recipe always give the same. Nothing
    here is truth; reading never raises.
    """

    def __init__(
        self, path: Path, *, base: Path, read_only: bool = False, key: Key | None = None
    ) -> None:
        """The store at ``path``; its folder is made below ``base``, which is never made."""
        self.path = path
        self._file = DerivedFile(path, _SCHEMA, VERSION, base=base, read_only=read_only, key=key)
        self._waits: _Waits | None = None

    def put(self, vectors: Mapping[bytes, bytes]) -> None:
        """Keep vectors by content, in one transaction.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable.
        """
        sql = "INSERT OR IGNORE INTO vector (content, half) VALUES (?, ?)"
        self._file.change(lambda db: db.many(sql, list(vectors.items())))

    def get(self, content: bytes) -> bytes | None:
        """The vector of a content, None where there is none."""
        sql = "SELECT half FROM vector WHERE content = ?"
        found: bytes | None = self._file.ask(lambda db: db.value(sql, (content,)), None)
        return found

    def halves(self, contents: Sequence[bytes]) -> dict[bytes, bytes]:
        """The vectors of these contents, as far as there are any."""
        names = json.dumps([content.hex() for content in contents])
        sql = (
            "SELECT content, half FROM vector"
            " WHERE content IN (SELECT unhex(value) FROM json_each(?))"
        )
        return dict(self._rows(sql, (names,)))

    def count(self) -> int:
        """How many vectors there are."""
        return int(self._file.ask(lambda db: db.value("SELECT count(*) FROM vector"), 0))

    def last(self) -> int:
        """The last number given out, 0 where there is none: another one after each change."""
        sql = "SELECT seq FROM sqlite_sequence WHERE name = 'vector'"
        return int(self._file.ask(lambda db: db.value(sql), 0) or 0)

    def numbers(self) -> list[int]:
        """The numbers of all vectors."""
        return [no for (no,) in self._rows("SELECT no FROM vector ORDER BY no", ())]

    def since(self, number: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """The next vectors after a number, as ``(number, content, vector)``."""
        sql = "SELECT no, content, half FROM vector WHERE no > ? ORDER BY no LIMIT ?"
        return [(no, content, half) for no, content, half in self._rows(sql, (number, limit))]

    def unknown(self, contents: Sequence[bytes]) -> list[bytes]:
        """Those of ``contents`` that have no vector, in their order, each once."""
        names = json.dumps([content.hex() for content in contents])
        sql = (
            "SELECT lower(hex(content)) FROM vector"
            " WHERE content IN (SELECT unhex(value) FROM json_each(?))"
        )
        known = {name for (name,) in self._rows(sql, (names,))}
        return [each for each in dict.fromkeys(contents) if each.hex() not in known]

    def names(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """The next contents after a number, as ``(number, content)``."""
        sql = "SELECT no, content FROM vector WHERE no > ? ORDER BY no LIMIT ?"
        return [(no, content) for no, content in self._rows(sql, (number, limit))]

    def forget(self, contents: Sequence[bytes]) -> None:
        """Let go of the vectors of these contents. DiskFull, Busy, ReadOnly, Unavailable."""

        def work(db: Database) -> None:
            db.many("DELETE FROM vector WHERE content = ?", [(each,) for each in contents])
            _use_up_a_number(db)

        if contents:
            self._file.change(work)

    def unheld(self, limit: int) -> list[bytes]:
        """Some contents that have a vector and, by what :meth:`hold` was told, no asset."""
        sql = (
            "SELECT content FROM vector v WHERE NOT EXISTS"
            " (SELECT 1 FROM holder h WHERE h.content = v.content) LIMIT ?"
        )
        return [content for (content,) in self._rows(sql, (limit,))]

    # --- which assets have a content ---

    def mark(self) -> int:
        """The catalog's clock up to which :meth:`hold` was told of its assets."""
        return int(self._file.ask(lambda db: db.value("SELECT seq FROM mark"), 0) or 0)

    def hold(self, holders: Iterable[tuple[int, bytes | None]], *, mark: int) -> None:
        """Assets by key with their contents, None for one that has none; known up to ``mark``."""
        rows = list(holders)
        keys = json.dumps([key for key, _ in rows])
        known, now = self._waits, None

        def work(db: Database) -> None:
            nonlocal now
            then = _followed(db, known)
            before = _waiting_of(db, keys) if then else 0
            db.many("DELETE FROM holder WHERE asset = ?", [(key,) for key, _ in rows])
            db.many("INSERT INTO holder VALUES (?, ?)", [row for row in rows if row[1] is not None])
            if rows and mark <= int(db.value("SELECT seq FROM mark")):
                _use_up_a_number(db)  # or who follows the count would not see that it changed
            db.execute("UPDATE mark SET seq = max(seq, ?)", (mark,))
            now = (*_state(db), then[2] + _waiting_of(db, keys) - before) if then else None

        self._file.change(work)
        self._waits = now

    def holders(self, contents: Sequence[bytes]) -> dict[bytes, list[int]]:
        """The keys of the assets that have these contents, each of which is named once."""
        names = json.dumps([content.hex() for content in contents])
        # In this order, and by places: IN gathers and sorts all values first.
        sql = (
            "SELECT j.key, h.asset FROM json_each(?) j CROSS JOIN holder h"
            " ON h.content = unhex(j.value)"
        )
        found: dict[bytes, list[int]] = {}
        for place, asset in self._rows(sql, (names,)):
            found.setdefault(contents[place], []).append(asset)
        return found

    def contents(self, assets: Sequence[int]) -> dict[int, bytes]:
        """The contents of these assets, by key."""
        sql = "SELECT asset, content FROM holder WHERE asset IN (SELECT value FROM json_each(?))"
        keys = json.dumps(list(assets))
        found: dict[int, bytes] = dict(self._rows(sql, (keys,)))
        return found

    def waiting(self, limit: int, *, after: bytes = b"") -> list[tuple[bytes, int]]:
        """Contents that assets have and that no vector is of, each with one of these assets.

        By their names, those behind ``after``: whoever takes one part after
        the other does not step over all that have got a vector since.
        """
        sql = (
            "SELECT content, min(asset) FROM holder h WHERE content > ? AND NOT EXISTS"
            " (SELECT 1 FROM vector v WHERE v.content = h.content) GROUP BY content LIMIT ?"
        )
        return [(content, asset) for content, asset in self._rows(sql, (after, limit))]

    def waits(self) -> int:
        """How many assets have a content that no vector is of.

        Counted once (0.8 s for a million) and then followed.
        """
        known = self._waits
        counted = self._file.ask(lambda db: _followed(db, known) or _counted(db), (0, 0, 0))
        self._waits = counted
        return counted[2]

    def _rows(self, sql: str, params: tuple[object, ...]) -> list[Row]:
        nothing: list[Row] = []
        return self._file.ask(lambda db: db.rows(sql, params), nothing)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()
