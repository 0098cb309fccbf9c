"""Previews in one SQLite file.

A file for each picture costs three times what it takes to encode it: ten
thousand of 8 KB took 0.2 to 0.3 ms of CPU each as files and 0.03 as rows
(ext4, 16 in a transaction).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from audobon.errors import AudobonError, Corrupt, Unavailable
from audobon.storage.previews.whole import is_whole
from audobon.storage.sqlite import Database, connect, replace_content
from audobon.system.files import make_below
from audobon.system.volumes import is_writable

__all__ = ["VERSION", "Picture", "PreviewStore"]

T = TypeVar("T")

VERSION = 2
"""Raised when previews are made or kept differently, so that old ones are not served."""

_OLDER = re.compile(r"v(\d+)(\.db(-wal|-shm)?)?")
"""What a version of this store was called; the first was a folder of files."""

# Pictures come last and one behind the other; beside them the index stays small, so that
# a batch touches few pages twice.
_SCHEMA = (
    "CREATE TABLE preview(no INTEGER PRIMARY KEY, digest BLOB NOT NULL, size INTEGER NOT NULL,"
    " picture BLOB NOT NULL)",
    "CREATE UNIQUE INDEX preview_of ON preview(digest, size)",
    f"PRAGMA user_version = {VERSION}",
)

_TRIES = 2  # as it is, and begun anew


@frozen(slots=True)
class Picture:
    """The encoded preview of the content ``digest`` (sha256 hex) at ``size`` pixels."""

    digest: str
    size: int
    data: bytes


class PreviewStore:
    """Pictures by content and size, in ``folder``. Usable from several threads and processes.

    The folder is made when it is needed, below ``base``; where that is gone
    (NotFound), nothing is made.
    Nothing here is truth. A store that is damaged begins anew and empty, one
    that was deleted is made again; whoever asks is told that there is no
    picture. Reading never raises.
    """

    def __init__(self, folder: Path, *, base: Path, read_only: bool = False) -> None:
        self._folder = folder
        self._base = base
        self._path = folder / f"v{VERSION}.db"
        self._read_only = read_only
        self._lock = threading.Lock()
        self._db: Database | None = None
        self._file: tuple[int, int] | None = None

    def get(self, digest: str, size: int) -> bytes | None:
        """The picture, None where there is none or not all of it."""
        sql = "SELECT picture FROM preview WHERE digest = ? AND size = ?"
        key = (bytes.fromhex(digest), size)
        data = self._asked(lambda db: db.value(sql, key), None)
        if data is None or (isinstance(data, bytes) and is_whole(data)):
            return data
        self._drop(key)
        return None

    def known(self, wanted: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of ``wanted``, as (digest, size), that are here."""
        sql = "SELECT 1 FROM preview WHERE digest = ? AND size = ?"

        def look(db: Database) -> set[tuple[str, int]]:
            return {
                (digest, size)
                for digest, size in wanted
                if db.value(sql, (bytes.fromhex(digest), size))
            }

        return self._asked(look, set())

    def put(self, pictures: Sequence[Picture]) -> None:
        """Keep pictures, all in one transaction; they take the place of others of the same key.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable as the disk has it.
        """
        rows = [(bytes.fromhex(item.digest), item.size, item.data) for item in pictures]
        sql = "INSERT OR REPLACE INTO preview (digest, size, picture) VALUES (?, ?, ?)"
        for attempt in range(_TRIES):
            try:
                db = self._made()
                with db.write():
                    db.many(sql, rows)
                return
            except Corrupt:
                if attempt + 1 == _TRIES:
                    raise
                self._begin_anew()
            except Unavailable:  # another file lies there since it was opened
                if attempt + 1 == _TRIES:
                    raise
                self._forget()

    def count(self) -> int:
        """How many pictures there are."""
        return int(self._asked(lambda db: db.value("SELECT count(*) FROM preview"), 0))

    def clear(self) -> None:
        """Remove all pictures and give their room back; others who read meanwhile find none."""
        if _identity(self._path) is not None:
            self._begin_anew()
            self._sweep()
            db = self._opened()
            if db is not None:
                # Until then the old pages stay, and the journal beside them. Whoever is reading
                # just now keeps them for the next time.
                db.value("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def _forget(self) -> None:
        """Open the file anew next time. Other threads may be reading: not closed, but let go."""
        with self._lock:
            self._db = None

    def _asked(self, question: Callable[[Database], T], nothing: T) -> T:
        try:
            db = self._opened()
            return nothing if db is None else question(db)
        except Corrupt:
            if not self._read_only:
                with contextlib.suppress(AudobonError, OSError):
                    self._begin_anew()
        except AudobonError:  # a full disk, a folder that may not be opened: there is no picture
            self._forget()
        return nothing

    def _opened(self) -> Database | None:
        """The open store, None where there is none yet."""
        with self._lock:
            there = _identity(self._path)
            if self._db is not None and there != self._file:
                self._db = None  # deleted by somebody, or made again: it is all derived
            if self._db is None and there is not None:
                self._db, self._file = self._connect(), there
            return self._db

    def _connect(self) -> Database | None:
        immutable = self._read_only and not is_writable(self._folder)
        db = connect(self._path, read_only=self._read_only, immutable=immutable)
        if int(db.value("PRAGMA user_version")) == VERSION:
            return db
        db.close()
        return None

    def _made(self) -> Database:
        db = self._opened()
        if db is None:
            make_below(self._base, self._folder)
            _make_empty(self._path)
            self._sweep()
            db = self._opened()
        if db is None:
            raise Unavailable(f"{self._path} cannot be made", subject=str(self._path))
        return db

    def _drop(self, key: tuple[bytes, int]) -> None:
        if not self._read_only:
            with contextlib.suppress(AudobonError):
                self._made().execute("DELETE FROM preview WHERE digest = ? AND size = ?", key)

    def _begin_anew(self) -> None:
        """Put an empty store in the place of a damaged one, under those who have it open too."""
        self._forget()
        with tempfile.TemporaryDirectory(prefix=".audobon-", dir=self._folder) as folder:
            empty = Path(folder, "empty.db")
            _make_empty(empty)
            replace_content(self._path, empty)

    def _sweep(self) -> None:
        """Remove what older versions kept."""
        for entry in list(self._folder.iterdir()):
            found = _OLDER.fullmatch(entry.name)
            if found is None or int(found[1]) >= VERSION:
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    entry.unlink()


def _make_empty(path: Path) -> None:
    """Give the database at ``path`` its tables; made where there is none."""
    db = connect(path)
    try:
        with db.write():
            if int(db.value("PRAGMA user_version")) != VERSION:
                for statement in _SCHEMA:
                    db.execute(statement)
    finally:
        db.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_dev, info.st_ino
