"""Objects of a sealed history: rows of a database under a key."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from audobon.errors import Conflict, Corrupt
from audobon.storage.history.differences import SMALLEST, apply, difference
from audobon.storage.history.store import Objects
from audobon.storage.history.trees import (
    TREE,
    Entries,
    WriteObject,
    object_id,
    parse,
    serialize,
)
from audobon.storage.sqlite import Database, Row

__all__ = ["SealedObjects", "row"]

_LEVEL = 1  # as packs of ours: pointers and manifests gain 3 % from level 6 at twice the time
_KINDS = (1, 2, 3, 4)
_HELD = 200_000
"""Entries of trees in memory: some 50 MB; one longer tree is held alone."""
_HINT = "restore the history from a snapshot or a remote"


def row(db: Database, sql: str, param: bytes) -> Row | None:
    """One row of a history's database. Corrupt says what helps: it is not built again by itself."""
    try:
        return db.one(sql, (param,))
    except Corrupt as exc:
        raise Corrupt(exc.message, subject=exc.subject, hint=_HINT) from exc


class SealedObjects:
    """``Objects`` in the table ``objects``. Each is hashed again when it is read.

    What is not there is looked for in ``under``, which is never written.
    """

    def __init__(self, db: Database, folder: Path, under: Objects | None = None) -> None:
        self._db = db
        self._under = under
        self._subject = str(folder)
        # Neighbouring versions are relative to the same trees, which never change.
        self._wholes: dict[bytes, Entries] = {}

    def read(self, oid: bytes) -> tuple[int, bytes]:
        kind, data, _ = self._made(oid)
        return kind, data

    def tree(self, oid: bytes) -> Entries:
        kind, data, entries = self._made(oid)
        if kind != TREE:
            raise Corrupt(f"the object {oid.hex()} is not a tree", subject=self._subject)
        return parse(data) if entries is None else entries

    def _made(self, oid: bytes) -> tuple[int, bytes, Entries | None]:
        """Type, data, and the entries where these were made of a difference."""
        found = row(self._db, "SELECT kind, data, base FROM objects WHERE id = ?", oid)
        if found is None and self._under is not None:
            return (*self._under.read(oid), None)
        if found is None:
            raise Corrupt(
                f"the object {oid.hex()} is missing from the history",
                subject=self._subject,
                hint=_HINT,
            )
        kind, entries = int(found[0]), None
        try:
            data = zlib.decompress(found[1])
            if found[2] is not None:
                entries = apply(self._entries(bytes(found[2])), data)
                data = serialize(entries)
        except (zlib.error, TypeError) as exc:
            raise self._damaged(oid) from exc
        if kind not in _KINDS or object_id(kind, data) != oid:
            raise self._damaged(oid)
        return kind, data, entries

    def _entries(self, oid: bytes) -> Entries:
        """Those of a tree that others are relative to; not to be changed."""
        found = self._wholes.pop(oid, None)
        if found is None:
            found = self._whole(oid)
            held = sum(map(len, self._wholes.values())) + len(found)
            while self._wholes and held > _HELD:
                held -= len(self._wholes.pop(next(iter(self._wholes))))
        self._wholes[oid] = found  # the one that was used last is the last to go
        return found

    def _whole(self, oid: bytes) -> Entries:
        base = row(self._db, "SELECT base FROM objects WHERE id = ?", oid)
        if base is not None and base[0] is not None:
            raise self._damaged(oid)  # bases have none
        return parse(self.read(oid)[1])

    def _damaged(self, oid: bytes) -> Corrupt:
        return Corrupt(
            f"the object {oid.hex()} of the history is damaged",
            subject=self._subject,
            hint=f"run a check, then {_HINT}",
        )

    def has(self, oid: bytes) -> bool:
        if self._db.value("SELECT 1 FROM objects WHERE id = ?", (oid,)) is not None:
            return True
        return self._under is not None and self._under.has(oid)

    def write(self, kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None:
        with self.bulk() as put:
            put(kind, oid, data, like)

    @contextlib.contextmanager
    def bulk(self, files: int | None = None) -> Iterator[WriteObject]:
        del files  # one transaction is right for any number
        with self._db.write():
            yield self._put

    def _put(self, kind: int, oid: bytes, data: bytes, like: bytes | None = None) -> None:
        if object_id(kind, data) != oid:
            raise Corrupt(f"git names an object differently than {oid.hex()}")
        now = time.time()
        # What is written again is young again, as a file of git is: a sweep waits anew.
        self._db.execute("UPDATE objects SET touched = ? WHERE id = ?", (now, oid))
        if self._db.changed:
            return
        base, body = (None, data) if kind != TREE else self._shortened(data, like)
        self._db.execute(
            "INSERT INTO objects (id, kind, data, base, touched) VALUES (?, ?, ?, ?, ?)",
            (oid, kind, zlib.compress(body, _LEVEL), base, now),
        )

    def _shortened(self, data: bytes, like: bytes | None) -> tuple[bytes | None, bytes]:
        """A tree as the difference from what ``like`` is a difference from, if that is small."""
        if like is None or len(data) < SMALLEST:
            return None, data
        found = self._db.one("SELECT base FROM objects WHERE id = ? AND kind = ?", (like, TREE))
        if found is None:
            return None, data
        base = like if found[0] is None else bytes(found[0])
        made = difference(self._entries(base), data)
        return (None, data) if made is None else (base, made)

    def shorten(self, pairs: Iterable[tuple[bytes, bytes]]) -> int:
        """Store each first tree as the difference from its second, where it is whole; how many."""
        done = 0
        for oid, like in pairs:
            used = "SELECT 1 FROM objects WHERE base = ?1 UNION SELECT 1 FROM objects WHERE id = ?1"
            used += " AND (base IS NOT NULL OR length(data) < 200)"
            if self._db.one(used, (oid,)) is not None:
                continue  # short already, or others are relative to it
            base, body = self._shortened(self.read(oid)[1], like)
            if base is not None and base != oid:
                self._set(oid, base, body)
                done += 1
        return done

    def remove(self, going: Collection[bytes]) -> None:
        """Remove objects; what was relative to one becomes relative to the oldest that stays."""
        gone = set(going)
        for oid in gone:
            rows = self._db.rows("SELECT id FROM objects WHERE base = ? ORDER BY rowid", (oid,))
            stay = [bytes(id) for (id,) in rows if bytes(id) not in gone]
            whole = [(id, self.read(id)[1]) for id in stay[:1]]
            for id, data in whole:
                self._set(id, None, data)
            for id in stay[1:]:
                data = self.read(id)[1]
                made = difference(self._entries(stay[0]), data)
                self._set(id, None if made is None else stay[0], data if made is None else made)
        self._db.many("DELETE FROM objects WHERE id = ?", [(oid,) for oid in gone])

    def _set(self, oid: bytes, base: bytes | None, body: bytes) -> None:
        packed = zlib.compress(body, _LEVEL)
        self._db.execute("UPDATE objects SET base = ?, data = ? WHERE id = ?", (base, packed, oid))

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
        found = {bytes(id) for (id,) in rows}
        if self._under is not None and (below := self._under.expand(text)) is not None:
            found.add(below)
        if len(found) > 1:
            raise Conflict(f"several objects begin with {text}", subject=text)
        return found.pop() if found else None

    def ids(self) -> set[bytes]:
        return {bytes(id) for (id,) in self._db.rows("SELECT id FROM objects")}
