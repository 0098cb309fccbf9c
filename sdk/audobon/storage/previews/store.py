"""Previews in one SQLite file.

A file for each picture costs three times what it takes to encode it: ten
thousand of 8 KB took 0.2 to 0.3 ms of CPU each as files and 0.03 as rows
(ext4, 16 in a transaction).
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from audobon.errors import AudobonError
from audobon.storage.previews.whole import is_whole
from audobon.storage.sqlite import Database, DerivedFile

__all__ = ["VERSION", "Picture", "PreviewStore"]

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
        self._read_only = read_only
        self._file = DerivedFile(
            *(folder / f"v{VERSION}.db", _SCHEMA, VERSION),
            base=base,
            read_only=read_only,
            made=self._sweep,
        )

    def get(self, digest: str, size: int) -> bytes | None:
        """The picture, None where there is none or not all of it."""
        sql = "SELECT picture FROM preview WHERE digest = ? AND size = ?"
        key = (bytes.fromhex(digest), size)
        data = self._file.ask(lambda db: db.value(sql, key), None)
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

        return self._file.ask(look, set())

    def put(self, pictures: Sequence[Picture]) -> None:
        """Keep pictures, all in one transaction; they take the place of others of the same key.

        DiskFull, Busy, ReadOnly, NotFound, Unavailable as the disk has it.
        """
        rows = [(bytes.fromhex(item.digest), item.size, item.data) for item in pictures]
        sql = "INSERT OR REPLACE INTO preview (digest, size, picture) VALUES (?, ?, ?)"
        self._file.change(lambda db: db.many(sql, rows))

    def count(self) -> int:
        """How many pictures there are."""
        return int(self._file.ask(lambda db: db.value("SELECT count(*) FROM preview"), 0))

    def clear(self) -> None:
        """Remove all pictures and give their room back; others who read meanwhile find none."""
        if self._file.there():
            self._file.begin_anew()
            self._sweep()
            # Until then the old pages stay, and the journal beside them. Whoever is reading
            # just now keeps them for the next time.
            self._file.ask(lambda db: db.value("PRAGMA wal_checkpoint(TRUNCATE)"), None)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
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
