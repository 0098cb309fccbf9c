"""Previews in one SQLite file.

A file for each picture costs three times what it takes to encode it: ten
thousand of 8 KB took 0.2 to 0.3 ms of CPU each as files and 0.03 as rows
(ext4, 16 in a transaction).
"""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from attrs import frozen

from audobon.errors import AudobonError
from audobon.storage.previews.whole import is_whole
from audobon.storage.sqlite import Database, DerivedFile, Key

__all__ = ["BUDGET", "VERSION", "Picture", "PreviewStore"]

BUDGET = 4 << 30
"""Bytes that the pictures of a library may take: 400,000 of 10 KB."""

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
)
# When a picture was made or asked for last, in seconds. Beside the pictures: it changes often.
# Made when it is needed, so that what was kept without it stays good.
_ASKED = "CREATE TABLE IF NOT EXISTS asked(no INTEGER PRIMARY KEY, at INTEGER NOT NULL)"
_TOLD = 256
"""Pictures that are asked for until their time is written: each write waits for the disk."""
_IN_USE_S = 120
"""What was made or asked for within this time stays: somebody looks at it just now."""
_LOW = 0.9
"""Down to this part of the budget, so that the next picture does not cost as much again."""
_PUT = "INSERT OR REPLACE INTO preview (digest, size, picture) VALUES (?, ?, ?)"
_LONGEST_UNUSED = (
    "SELECT p.no, length(p.picture) FROM preview p LEFT JOIN asked a ON a.no = p.no "
    "WHERE coalesce(a.at, 0) < ? ORDER BY coalesce(a.at, 0), p.no"
)


def _vacuum(db: Database) -> None:
    db.execute("VACUUM")
    db.value("PRAGMA wal_checkpoint(TRUNCATE)")


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
    Pictures stay within ``budget`` bytes: those that were not asked for for
    longest go first, whichever process asked, and none that somebody asked for just now.
    Nothing here is truth. A store that is damaged begins anew and empty, one
    that was deleted is made again; whoever asks is told that there is no
    picture. Reading never raises.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base: Path,
        read_only: bool = False,
        budget: Callable[[], int] = lambda: BUDGET,
        key: Key | None = None,
    ) -> None:
        self._folder = folder
        self._read_only = read_only
        self._budget = budget
        self._asked: dict[int, int] = {}
        self._lock = threading.Lock()
        self._file = DerivedFile(
            *(folder / f"v{VERSION}.db", _SCHEMA, VERSION),
            base=base,
            read_only=read_only,
            made=self._sweep,
            key=key,
        )

    def get(self, digest: str, size: int) -> bytes | None:
        """The picture, None where there is none or not all of it."""
        sql = "SELECT no, picture FROM preview WHERE digest = ? AND size = ?"
        key = (bytes.fromhex(digest), size)
        row = self._file.ask(lambda db: db.one(sql, key), None)
        if row is None:
            return None
        no, data = row
        if isinstance(data, bytes) and is_whole(data):
            self._note(no)
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

        return self._file.ask(look, set())

    def sizes(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Bytes of those of ``wanted``, as (digest, size), that are here, in its order.

        That counts as no use of them.
        """
        sql = "SELECT length(picture) FROM preview WHERE digest = ? AND size = ?"

        def look(db: Database) -> dict[tuple[str, int], int]:
            found = {}
            for digest, size in wanted:
                length = db.value(sql, (bytes.fromhex(digest), size))
                if length:
                    found[digest, size] = int(length)
            return found

        return self._file.ask(look, {})

    def put(self, pictures: Sequence[Picture]) -> None:
        """Keep pictures, all in one transaction; they take the place of others of the same key.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable as the disk has it.
        """
        rows = [(bytes.fromhex(item.digest), item.size, item.data) for item in pictures]
        now = int(time.time())

        def write(db: Database) -> None:
            db.execute(_ASKED)
            for row in rows:
                db.execute(_PUT, row)
                db.execute("INSERT OR REPLACE INTO asked VALUES (?, ?)", (db.last_key, now))
            self._write_asked(db)

        self._file.change(write)
        if self.used() > self._budget():
            self.trim()

    def used(self) -> int:
        """Bytes that pictures take; room that they have left in the file does not count."""

        def look(db: Database) -> int:
            pages = int(db.value("PRAGMA page_count")) - int(db.value("PRAGMA freelist_count"))
            return pages * int(db.value("PRAGMA page_size"))

        return self._file.ask(look, 0)

    def trim(self, budget: int | None = None, *, give_back: bool = False) -> int:
        """Let pictures go until the rest fits, the longest unused first; how many went.

        ``give_back`` makes the file smaller too, which takes as long as
        copying it; else its room is used for the next pictures.
        """
        most = self._budget() if budget is None else budget
        over = self.used() - int(most * _LOW)
        gone: list[int] = []

        def work(db: Database) -> None:
            db.execute(_ASKED)
            self._write_asked(db)
            left = over
            for no, length in db.rows(_LONGEST_UNUSED, (int(time.time()) - _IN_USE_S,)):
                if left <= 0:
                    break
                gone.append(no)
                left -= length
            db.many("DELETE FROM preview WHERE no = ?", [(no,) for no in gone])
            db.execute("DELETE FROM asked WHERE no NOT IN (SELECT no FROM preview)")

        if self._file.there() and over > most * (1 - _LOW):
            self._file.change(work)
        if give_back and self._file.there():
            self._file.ask(_vacuum, None)
        return len(gone)

    def _note(self, no: int) -> None:
        """Remember that a picture was asked for; written now and then, with many others."""
        if self._read_only:
            return
        with self._lock:
            self._asked[no] = int(time.time())
            full = len(self._asked) >= _TOLD
        if full:
            self._tell()

    def _tell(self) -> None:
        """Write what was asked for. On a full disk the order of going is a little older."""

        def work(db: Database) -> None:
            db.execute(_ASKED)
            self._write_asked(db)

        with contextlib.suppress(AudobonError):
            self._file.change(work)

    def _write_asked(self, db: Database) -> None:
        with self._lock:
            asked, self._asked = self._asked, {}
        db.many(
            "INSERT OR REPLACE INTO asked SELECT ?, ? WHERE EXISTS "
            "(SELECT 1 FROM preview WHERE no = ?)",
            [(no, at, no) for no, at in asked.items()],
        )

    def count(self) -> int:
        """How many pictures there are."""
        return int(self._file.ask(lambda db: db.value("SELECT count(*) FROM preview"), 0))

    def clear(self) -> None:
        """Remove all pictures and give their room back; others who read meanwhile find none."""
        if self._file.there():
            self._file.begin_anew()
            self._asked.clear()
            self._sweep()
            # Until then the old pages stay, and the journal beside them. Whoever is reading
            # just now keeps them for the next time.
            self._file.ask(lambda db: db.value("PRAGMA wal_checkpoint(TRUNCATE)"), None)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        if self._asked and self._file.there():
            self._tell()
        self._file.close()

    def _drop(self, key: tuple[bytes, int]) -> None:
        if not self._read_only:
            with contextlib.suppress(AudobonError):
                sql = "DELETE FROM preview WHERE digest = ? AND size = ?"
                self._file.change(lambda db: db.execute(sql, key))

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
