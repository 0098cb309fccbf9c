"""Connections and transactions.

A connection is set up by hand; ``apsw.bestpractice`` is never applied, because
its hooks are global to the process and would hit the other add-ons of a host.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from audobon.errors import Busy, Invalid, ReadOnly, Unavailable
from audobon.storage.sqlite.errors import translate
from audobon.storage.sqlite.opening import Key, open_file, use_wal
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["Database", "Function", "Params", "Row"]

_BUSY_MS = 10_000
# Writes are short; a writer that waits longer than this has met a hung process.

_CACHE_KIB = 65_536
# Holds the inner pages of a million assets; taken only as pages are read.
_FEW_KIB = 1_024
# For who reads through a file once: no page is met again but the inner ones.

_OPTIONS = {
    apsw.SQLITE_DBCONFIG_DQS_DDL: 0,  # "x" is a name and never silently a string
    apsw.SQLITE_DBCONFIG_DQS_DML: 0,
    apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA: 0,  # a library may come from somebody else
    apsw.SQLITE_DBCONFIG_DEFENSIVE: 1,
    # One plan for a statement, whatever its values: else a statement over joins
    # is compiled again for every new value (28 µs against 6 for an asset by id).
    apsw.SQLITE_DBCONFIG_ENABLE_QPSG: 1,
}

Row = tuple[Any, ...]
Params = Sequence[Any] | Mapping[str, Any]
Function = Callable[..., Any]


class Database:
    """One SQLite file, usable from several threads: each thread has its own connection.

    Errors of SQLite come out as errors of this package. A constraint that
    does not hold is a Conflict. Statements that are wrong in themselves keep
    apsw's own error: they are mistakes in this package, not of its callers.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool,
        immutable: bool,
        functions: Mapping[str, Function],
        durable: bool,
        key: Key | None,
    ) -> None:
        self.path = path
        self.read_only = read_only
        self.immutable = immutable
        self._functions = functions
        self._durable = durable
        self._key = key
        self._local = threading.local()
        self._lock = threading.Lock()
        # Held here and with their threads: one that Python lets go of by itself is closed under
        # its lock, and on a share that does not answer all threads of a host would wait.
        self._open: list[tuple[threading.Thread | None, apsw.Connection]] = []
        self._poll: apsw.Connection | None = None
        self._closed = False
        self._question, self._answer = "", None

    def execute(self, sql: str, params: Params = ()) -> None:
        """Run one or more statements and forget their rows."""
        self._rows(sql, params)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows of a query."""
        return self._rows(sql, params)

    def one(self, sql: str, params: Params = ()) -> Row | None:
        """The first row of a query, None if there is none."""
        rows = self._rows(sql, params)
        return rows[0] if rows else None

    def value(self, sql: str, params: Params = ()) -> Any:
        """The first column of the first row, None if there is no row."""
        rows = self._rows(sql, params)
        return rows[0][0] if rows else None

    def many(self, sql: str, params: Iterable[Params]) -> None:
        """Run a statement once for each set of parameters."""
        connection = self._connection()
        try:
            connection.executemany(sql, params)
        except apsw.Error as exc:
            raise translate(exc, self.path) from exc

    @property
    def last_key(self) -> int:
        """The key of the row that this thread inserted last."""
        return self._connection().last_insert_rowid()

    @property
    def changed(self) -> int:
        """How many rows the last statement of this thread changed."""
        return self._connection().changes()

    @property
    def writing(self) -> bool:
        """Whether this thread is inside :meth:`write`."""
        return bool(getattr(self._local, "writing", False))

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is inside :meth:`write` or :meth:`read`."""
        return bool(self._connection().in_transaction)

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """A transaction that holds the write lock from its start.

        All of the block happens or, when an exception leaves it, nothing.
        Busy when another process keeps the lock for ten seconds; ReadOnly on
        a database that was opened so; Invalid inside another ``write``;
        Unavailable when the content is not the one that was opened any more,
        because a damaged file was built again or another file put in its place.
        """
        if self.writing:
            raise Invalid("a write transaction is open in this thread already; they do not nest")
        if self.read_only:
            raise ReadOnly(
                f"{self.path.name} is open for reading only",
                subject=str(self.path),
                hint="open it without read_only",
            )
        # IMMEDIATE: a transaction that reads first and writes later cannot be
        # retried by SQLite and fails at once when another writer was quicker.
        self._rows("BEGIN IMMEDIATE", ())
        self._local.writing = True
        try:
            self._need_same_content()
            yield
            self._rows("COMMIT", ())
        finally:
            self._local.writing = False
            self._roll_back()

    @contextlib.contextmanager
    def read(self) -> Iterator[None]:
        """A block whose queries all see the same state. Inside ``write`` it adds nothing."""
        if self._connection().in_transaction:
            yield
            return
        self._rows("BEGIN", ())
        try:
            yield
        finally:
            self._roll_back()

    def data_version(self) -> int:
        """A number that is another one after any commit, by this process or a foreign one.

        Comparable within this object only. Costs 3 µs.
        """
        with self._lock:
            self._need_open()
            try:
                if self._poll is None:
                    self._poll = self._new_connection()
                    self._open.append((None, self._poll))
                # Not Connection.data_version(): it misses commits of other processes.
                return int(self._poll.pragma("data_version"))
            except apsw.Error as exc:
                raise translate(exc, self.path) from exc

    def keep_few_pages(self) -> None:
        """Have this thread's connection keep few pages in memory: it reads each of them once."""
        self._connection().pragma("cache_size", -_FEW_KIB)

    def vacuum(self) -> None:
        """Write the file anew without a trace of what was removed, and empty its ``-wal``. Busy."""
        self._rows("PRAGMA secure_delete = ON", ())
        self._rows("VACUUM", ())
        self.empty_wal()

    def empty_wal(self) -> None:
        """Put all of the ``-wal`` into the file and cut it to nothing. Busy while others read."""
        if self._rows("PRAGMA wal_checkpoint(TRUNCATE)", ())[0][0]:
            what = f"{self.path.name} is in use, and so is a journal with what was removed"
            raise Busy(what, subject=str(self.path), hint="close other programs, and try again")

    def settle(self) -> None:
        """Make everything that was committed durable, as ``durable`` does at each commit."""
        try:
            with open(f"{self.path}-wal", "rb+") as stream:
                os.fsync(stream.fileno())
        except FileNotFoundError:
            pass  # all of it is in the file itself, flushed when it went there
        except OSError as exc:
            raise translate_os_error(exc, self.path) from exc

    def backup(self, to: Path) -> None:
        """Write a consistent copy to ``to``, durable and complete or not at all.

        Writers are not held up. The copy is one self-contained file (no WAL)
        that can be opened from read-only media, under the same key if there is one.
        """
        try:
            handle, name = tempfile.mkstemp(prefix=".audobon-", suffix=".tmp", dir=to.parent)
            os.close(handle)
            try:
                self._copy(name)
                os.replace(name, to)
            finally:
                for left in (name, f"{name}-wal", f"{name}-shm", f"{name}-journal"):
                    with contextlib.suppress(OSError):
                        os.unlink(left)
            sync_folder(to.parent)
        except apsw.Error as exc:
            raise translate(exc, to) from exc
        except OSError as exc:
            raise translate_os_error(exc, to) from exc

    def _copy(self, name: str) -> None:
        target = open_file(name, key=self._key)
        try:
            # One step: smaller steps start over whenever a writer commits between them.
            with target.backup("main", self._connection(), "main") as copy:
                copy.step(-1)
            target.pragma("journal_mode", "delete")
        finally:
            target.close()
        with open(name, "rb+") as stream:
            os.fsync(stream.fileno())

    def close(self) -> None:
        """Close the connections of all threads; safe to call twice."""
        with self._lock:
            self._closed = True
            connections, self._open = self._open, []
            self._poll = None
        for _, connection in connections:
            connection.close()

    def _rows(self, sql: str, params: Params) -> list[Row]:
        try:
            return self._connection().execute(sql, params).fetchall()
        except (apsw.Error, UnicodeDecodeError) as exc:
            raise translate(exc, self.path) from exc

    def _roll_back(self) -> None:
        connection = self._connection()
        # A full disk, among others, has made SQLite roll back by itself.
        if connection.in_transaction:
            with contextlib.suppress(apsw.Error):
                connection.execute("ROLLBACK")

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._closed:
            with self._lock:
                self._need_open()
                left = self._of_ended_threads()
                try:
                    connection = self._new_connection()
                except apsw.Error as exc:
                    raise translate(exc, self.path) from exc
                self._open.append((threading.current_thread(), connection))
            for old in left:
                old.close()
            self._local.connection = connection
            self._local.file = _identity(self.path)
        return connection

    def _of_ended_threads(self) -> list[apsw.Connection]:
        """Connections that nobody uses any more, taken out of those that are kept."""
        ended = [each for each in self._open if each[0] is not None and not each[0].is_alive()]
        self._open = [each for each in self._open if each not in ended]
        return [connection for _, connection in ended]

    def hold_to(self, question: str) -> None:
        """Refuse every later :meth:`write` when ``question`` has another answer than now.

        For what was read from a content that another process replaces
        afterwards: keys and sequence numbers may mean something else there.
        """
        self._question, self._answer = question, self.value(question)

    def _need_same_content(self) -> None:
        same = self._local.file == _identity(self.path)
        if same and self._question:
            same = self.value(self._question) == self._answer
        if not same:
            raise Unavailable(
                f"{self.path.name} was replaced by another process",
                subject=str(self.path),
                hint="open the library again",
            )

    def _need_open(self) -> None:
        if self._closed:
            raise Unavailable(
                f"{self.path.name} is closed",
                subject=str(self.path),
                hint="open the library again",
            )

    def _new_connection(self) -> apsw.Connection:
        if self.read_only:
            flags = apsw.SQLITE_OPEN_READONLY
        else:
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        name = str(self.path)
        if self.immutable:
            name = self.path.absolute().as_uri() + "?immutable=1"
            flags |= apsw.SQLITE_OPEN_URI
        connection = open_file(name, flags=flags, key=self._key)
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: apsw.Connection) -> None:
        connection.set_busy_timeout(_BUSY_MS)
        for option, value in _OPTIONS.items():
            connection.config(option, value)
        if not self.read_only:
            use_wal(connection, _BUSY_MS)
            connection.pragma("synchronous", "full" if self._durable else "normal")
        connection.pragma("foreign_keys", True)
        connection.pragma("cache_size", -_CACHE_KIB)
        connection.pragma("temp_store", "memory")
        connection.pragma("mmap_size", 0)  # mapped files slow full scans down
        for name, function in self._functions.items():
            connection.create_scalar_function(name, function, deterministic=True)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_dev, info.st_ino
