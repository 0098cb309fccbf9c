"""Objects of a sealed history: rows of a database under a key."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from audobon.errors import Conflict, Corrupt
from audobon.storage.history.trees import (
    TREE,
    Entries,
    WriteObject,
    object_id,
    parse,
)
from audobon.storage.sqlite import Database, Row

__all__ = ["SealedObjects", "row"]

_LEVEL = 1  # as packs of ours: pointers and manifests gain 3 % from level 6 at twice the time
_KINDS = (1, 2, 3, 4)
_HINT = "restore the history from a snapshot or a remote"


def row(db: Database, sql: str, param: bytes) -> Row | None:
    """One row of a history's database. Corrupt says what helps: it is not built again by itself."""
    try:
        return db.one(sql, (param,))
    except Corrupt as exc:
        raise Corrupt(exc.message, subject=exc.subject, hint=_HINT) from exc


class SealedObjects:
    """``Objects`` in the table ``objects``. Each is hashed again when it is read."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._subject = str(folder)

    def read(self, oid: bytes) -> tuple[int, bytes]:
        found = row(self._db, "SELECT kind, data FROM objects WHERE id = ?", oid)
        if found is None:
            raise Corrupt(
                f"the object {oid.hex()} is missing from the history",
                subject=self._subject,
                hint=_HINT,
            )
        kind = int(found[0])
        try:
            data = zlib.decompress(found[1])
        except (zlib.error, TypeError) as exc:
            raise self._damaged(oid) from exc
        if kind not in _KINDS or object_id(kind, data) != oid:
            raise self._damaged(oid)
        return kind, data

    def _damaged(self, oid: bytes) -> Corrupt:
        return Corrupt(
            f"the object {oid.hex()} of the history is damaged",
            subject=self._subject,
            hint=f"run a check, then {_HINT}",
        )

    def has(self, oid: bytes) -> bool:
        return self._db.value("SELECT 1 FROM objects WHERE id = ?", (oid,)) is not None

    def tree(self, oid: bytes) -> Entries:
        kind, data = self.read(oid)
        if kind != TREE:
            raise Corrupt(f"the object {oid.hex()} is not a tree", subject=self._subject)
        return parse(data)

    def write(self, kind: int, oid: bytes, data: bytes) -> None:
        with self.bulk() as put:
            put(kind, oid, data)

    @contextlib.contextmanager
    def bulk(self, files: int | None = None) -> Iterator[WriteObject]:
        del files  # one transaction is right for any number
        with self._db.write():
            yield self._put

    def _put(self, kind: int, oid: bytes, data: bytes) -> None:
        if object_id(kind, data) != oid:
            raise Corrupt(f"git names an object differently than {oid.hex()}")
        # What is written again is young again, as a file of git is: a sweep waits anew.
        self._db.execute(
            "INSERT INTO objects (id, kind, data, touched) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET touched = excluded.touched",
            (oid, kind, zlib.compress(data, _LEVEL), time.time()),
        )

    def take(self, pack: bytes) -> int:
        from audobon.storage.history.unpacking import unpack

        _, objects = unpack(pack)
        with self.bulk() as put:
            new = sum(not self.has(oid) for oid in objects)
            for oid, (kind, data) in objects.items():
                put(kind, oid, data)
        return new

    def expand(self, text: str) -> bytes | None:
        low, high = (bytes.fromhex(text.ljust(40, filler)) for filler in "0f")
        rows = self._db.rows("SELECT id FROM objects WHERE id BETWEEN ? AND ? LIMIT 2", (low, high))
        if len(rows) > 1:
            raise Conflict(f"several objects begin with {text}", subject=text)
        return bytes(rows[0][0]) if rows else None

    def ids(self) -> set[bytes]:
        return {bytes(id) for (id,) in self._db.rows("SELECT id FROM objects")}
