"""The place of a history under a key: one encrypted database, which plain git cannot read.

::

    sealed.json   which format it is, and a proof of the key
    history.db    objects, names, where versions were cut off, since when objects are unneeded
    audobon.lock  held by who writes

Objects and names are git's to the byte, so every id is that of a plain history and
``History.copy_to`` makes one of the other.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from audobon.errors import Corrupt, DiskFull, Invalid, NewerFormat, NotFound
from audobon.storage.history.differences import likes
from audobon.storage.history.graph import ReadGraph
from audobon.storage.history.revisions import references
from audobon.storage.history.sealedobjects import SealedObjects
from audobon.storage.history.sealedrefs import SealedRefs
from audobon.storage.history.store import HistorySwept, Objects
from audobon.storage.history.values import HistoryStats, PackReport
from audobon.storage.sqlite import (
    KEY_SIZE,
    Database,
    Key,
    connect,
    need_ciphers,
    older_keys,
    rekey,
)
from audobon.system.files import free_name, sync_folder, translate_os_error, write_atomic
from audobon.system.volumes import is_writable

__all__ = ["SealedStore", "create_sealed", "rekey_sealed"]

_DATABASE, _HEAD = "history.db", "sealed.json"
_FORMAT, _VERSION = "audobon-sealed-history", 1
_SCHEMA = (
    "CREATE TABLE objects (id BLOB PRIMARY KEY, kind INTEGER NOT NULL, data BLOB NOT NULL, "
    "base BLOB, touched REAL NOT NULL)",
    "CREATE INDEX bases ON objects (base) WHERE base IS NOT NULL",
    "CREATE TABLE packed (id BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE refs (name BLOB PRIMARY KEY, id BLOB, other BLOB) WITHOUT ROWID",
    "CREATE TABLE shallow (id BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE unneeded (id BLOB PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID",
)
_PROOF = b"audobon history key 1"


def create_sealed(folder: Path, key: Key) -> None:
    """Make an empty history under a key at ``folder``; it appears complete or not at all.

    MissingExtra where the SQLite at hand has no ciphers, Invalid for a key of the wrong length.
    """
    need_ciphers()
    if len(key.reveal()) != KEY_SIZE:
        raise Invalid(f"the key of a history has {KEY_SIZE} bytes")
    new = free_name(folder.parent)
    try:
        new.mkdir(mode=0o700)
        head = {"format": _FORMAT, "version": _VERSION, "proof": _proof(key)}
        write_atomic(new / _HEAD, (json.dumps(head, indent=2) + "\n").encode())
        with contextlib.closing(connect(new / _DATABASE, durable=True, key=key)) as db:
            with db.write():
                for statement in _SCHEMA:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {_VERSION}")
            SealedRefs(db).set_head("refs/heads/main")
        sync_folder(new)
        new.rename(folder)
        sync_folder(folder.parent)
    except OSError as exc:
        raise translate_os_error(exc, folder) from exc
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _proof(key: Key) -> str:
    # Of 32 random bytes nothing can be guessed, so this tells nothing but whether a key is this.
    return hmac.digest(key.reveal(), _PROOF, "sha256").hex()


def _prove(folder: Path, key: Key) -> None:
    """Raises Invalid for another key, which to SQLite would look like a damaged file."""
    try:
        head = json.loads((folder / _HEAD).read_bytes())
        proof, version = str(head["proof"]), int(head["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return  # lost or damaged: the database decides
    if version > _VERSION:
        raise NewerFormat(f"{folder} was written by a newer Audobon", subject=str(folder))
    known = [_proof(one).encode() for one in (key, *older_keys(key))]
    if not any(hmac.compare_digest(proof.encode(), one) for one in known):
        raise Invalid(
            f"this key does not open the history {folder}",
            subject=str(folder),
            hint="the key of a library is that of its own vault",
        )


def rekey_sealed(folder: Path, key: Key) -> int:
    """Have the history there lie under ``key`` alone; see ``sqlite.rekey``."""
    size = rekey(folder / _DATABASE, key)
    try:
        head = {"format": _FORMAT, "version": _VERSION, "proof": _proof(key)}
        written = (json.dumps(head, indent=2) + "\n").encode()
        if (folder / _HEAD).read_bytes() != written:
            write_atomic(folder / _HEAD, written)
    except OSError as exc:
        raise translate_os_error(exc, folder) from exc
    return size


class _PassingKey:
    """Of a place that goes again: it is kept nowhere."""

    __slots__ = ("_bytes",)

    def __init__(self) -> None:
        self._bytes = os.urandom(KEY_SIZE)

    def reveal(self) -> bytes:
        return self._bytes


class SealedStore:
    """``Store`` over the encrypted database in ``folder``.

    NotFound when there is none, Invalid for another key, Corrupt where it cannot be read.
    """

    def __init__(
        self, folder: Path, key: Key, *, read_only: bool, under: Objects | None = None
    ) -> None:
        need_ciphers()
        path = folder / _DATABASE
        if not path.is_file():
            raise NotFound(
                f"{folder} holds no history",
                subject=str(folder),
                hint="restore it from a snapshot or a remote",
            )
        _prove(folder, key)
        self._path = path
        self._db = _connected(path, key, read_only=read_only)
        try:
            version = int(self._db.value("PRAGMA user_version"))
            if version > _VERSION:
                raise NewerFormat(f"{folder} was written by a newer Audobon", subject=str(folder))
            if version == 0:  # SQLite takes an empty file for a new database
                raise Corrupt(f"the history {folder} is empty", subject=str(folder))
        except BaseException:
            self._db.close()
            raise
        self.objects = SealedObjects(self._db, folder, under)
        self.refs = SealedRefs(self._db)
        self.graph = ReadGraph(self.objects, self.shallow)

    def close(self) -> None:
        self._db.close()

    def reopen(self) -> None:
        """Nothing is remembered that others could change."""

    def borrow(self, folder: Path) -> SealedStore:
        key = _PassingKey()
        create_sealed(folder, key)
        made = SealedStore(folder, key, read_only=False, under=self.objects)
        if ends := self.shallow():
            made.set_shallow(ends)
        return made

    def look_again(self) -> None:
        """As :meth:`reopen`."""

    def shallow(self) -> frozenset[str]:
        return frozenset(bytes(id).hex() for (id,) in self._db.rows("SELECT id FROM shallow"))

    def set_shallow(self, ids: Collection[str]) -> None:
        with self._db.write():
            self._db.execute("DELETE FROM shallow")
            self._db.many(
                "INSERT INTO shallow (id) VALUES (?)", [(bytes.fromhex(id),) for id in ids]
            )

    def loose(self) -> int:
        return 0

    def stats(self) -> HistoryStats:
        """The database counts as one pack."""
        size = 0
        for path in (self._path, self._path.with_name(f"{_DATABASE}-wal")):
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
        number = int(self._db.value("SELECT count(*) FROM objects"))
        return HistoryStats(loose=0, loose_size=0, packs=1, packed=number, packs_size=size)

    def pack(self) -> PackReport:
        """Store trees that came whole, from another place or a copy, as small changes of others."""
        rows = self._db.rows("SELECT id FROM packed JOIN objects USING (id)")
        done = [bytes(id).hex() for (id,) in rows]
        tips = sorted(set(references(self, "refs/").values()))
        with self._db.write():
            short = self.objects.shorten(likes(self.objects, self.graph, tips, done))
            self._db.execute("DELETE FROM packed")
            self._db.many(
                "INSERT INTO packed (id) VALUES (?)", [(bytes.fromhex(id),) for id in tips]
            )
        if short:
            self._db.vacuum()
        return PackReport(packed=short)

    def pack_of(self, oids: Iterable[bytes], folder: Path) -> Path:
        from audobon.storage.history.door import pack_through

        return pack_through(self.objects.read, oids, folder)

    def sweep(
        self, reached: set[bytes], *, now: float, grace_s: float, dry_run: bool
    ) -> HistorySwept:
        noted = {bytes(id): since for id, since in self._db.rows("SELECT * FROM unneeded")}
        dead: dict[bytes, float] = {}
        going: list[bytes] = []
        for raw, touched in self._db.rows("SELECT id, touched FROM objects"):
            oid = bytes(raw)
            if oid not in reached:
                dead[oid] = min(noted.get(oid, now), now)
                # What came after the collection began was not there when refs were followed.
                if now - dead[oid] >= grace_s and touched <= now and now - touched >= grace_s:
                    going.append(oid)
        for oid in going:
            del dead[oid]
        if not dry_run:
            with self._db.write():
                self._remove(going)
                self._db.many("INSERT INTO unneeded (id, since) VALUES (?, ?)", dead.items())
        return HistorySwept(len(going), len(dead))

    def drop(self, going: Collection[bytes]) -> None:
        with self._db.write():
            self._remove(going)
        # Under the key they would still be there for whoever has it.
        self._db.vacuum()

    def _remove(self, going: Collection[bytes]) -> None:
        self._db.execute("DELETE FROM unneeded")
        self.objects.remove(going)


def _connected(path: Path, key: Key, *, read_only: bool) -> Database:
    if not read_only:
        return connect(path, durable=True, key=key)
    try:
        immutable = not is_writable(path.parent)
        return connect(path, read_only=True, immutable=immutable, key=key)
    except DiskFull:
        # No room for the file that writers share: then nobody else has it open.
        return connect(path, immutable=True, key=key)
