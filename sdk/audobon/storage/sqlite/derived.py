"""A file of which nothing is truth: damaged it begins anew, deleted it is made again."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from audobon.errors import AudobonError, Corrupt, Unavailable
from audobon.storage.sqlite.connecting import connect
from audobon.storage.sqlite.database import Database
from audobon.storage.sqlite.opening import Key
from audobon.storage.sqlite.replace import replace_content
from audobon.system.files import make_below
from audobon.system.volumes import is_writable

__all__ = ["DerivedFile"]

T = TypeVar("T")

_TRIES = 2  # as it is, and begun anew


class DerivedFile:
    """The database at ``path`` with the tables of ``schema``. For several threads and processes.

    Its folder is made when it is needed, below ``base``; where that is gone
    (NotFound), nothing is made. ``version`` is that of the schema; a file of
    another one counts as absent until something is written. ``made`` is called
    whenever the file was. Under a ``key`` it is encrypted; one in clear counts as damaged then.
    Reading never raises.
    """

    def __init__(
        self,
        path: Path,
        schema: Sequence[str],
        version: int,
        *,
        base: Path,
        read_only: bool = False,
        made: Callable[[], object] = lambda: None,
        key: Key | None = None,
    ) -> None:
        self.path = path
        self._base, self._when_made = base, made
        self._key = key
        self._schema, self._version, self._read_only = schema, version, read_only
        self._lock = threading.Lock()
        self._db: Database | None = None
        self._file: tuple[int, int] | None = None

    def ask(self, question: Callable[[Database], T], nothing: T) -> T:
        """What ``question`` finds; ``nothing`` where there is no file, or none that can be read."""
        try:
            db = self._opened()
            return nothing if db is None else question(db)
        except Corrupt:
            if not self._read_only:
                with contextlib.suppress(AudobonError, OSError):
                    self.begin_anew()
        except AudobonError:  # a full disk, a folder that may not be opened
            self._forget()
        return nothing

    def change(self, work: Callable[[Database], None]) -> None:
        """Do ``work`` in one transaction. DiskFull, Busy, ReadOnly, NotFound, Unavailable."""
        for attempt in range(_TRIES):
            try:
                db = self._made()
                with db.write():
                    work(db)
                return
            except Corrupt:
                if attempt + 1 == _TRIES:
                    raise
                self.begin_anew()
            except Unavailable:  # another file lies there since it was opened
                if attempt + 1 == _TRIES:
                    raise
                self._forget()

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

    def _opened(self) -> Database | None:
        with self._lock:
            there = _identity(self.path)
            if self._db is not None and there != self._file:
                self._db = None  # deleted by somebody, or made again
            if self._db is None and there is not None:
                self._db, self._file = self._connect(), there
            return self._db

    def _connect(self) -> Database | None:
        immutable = self._read_only and not is_writable(self.path.parent)
        db = connect(self.path, read_only=self._read_only, immutable=immutable, key=self._key)
        if int(db.value("PRAGMA user_version")) == self._version:
            return db
        db.close()
        return None

    def _made(self) -> Database:
        db = self._opened()
        if db is None:
            make_below(self._base, self.path.parent)
            if not self._make_empty(self.path):
                self.begin_anew()
            self._when_made()
            db = self._opened()
        if db is None:
            raise Unavailable(f"{self.path} cannot be made", subject=str(self.path))
        return db

    def there(self) -> bool:
        """Whether there is a file, of whatever version."""
        return _identity(self.path) is not None

    def begin_anew(self) -> None:
        """Put an empty one in the place of what is there, under those who have it open too."""
        self._forget()
        with tempfile.TemporaryDirectory(prefix=".audobon-", dir=self.path.parent) as folder:
            empty = Path(folder, "empty.db")
            self._make_empty(empty)
            replace_content(self.path, empty, key=self._key)

    def _make_empty(self, path: Path) -> bool:
        """Give the database its tables; made where there is none. False for one of another version.

        Of several that do it at once one does, and the others find it done.
        """
        db = connect(path, key=self._key)
        try:
            with db.write():
                version = int(db.value("PRAGMA user_version"))
                if version == 0:
                    for statement in self._schema:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {self._version}")
                return version in (0, self._version)
        finally:
            db.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_dev, info.st_ino
