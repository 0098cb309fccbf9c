"""Where rows go on this machine: a SQLite file, or a folder of files with a row on each line.

Each keeps a row once, however often it is sent: the file by the row's id, the folder because a
batch is one file that is there as a whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from audobon.codec.rows import line
from audobon.errors import Conflict, NewerFormat
from audobon.model.analytics import SCHEMA, TABLES, Batch, Table
from audobon.services.analytics.schema import as_json, sqlite_ddl
from audobon.storage.sqlite import connect
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["LinesSink", "Sink", "SqliteSink", "is_sqlite"]

_APPLICATION = 0x41554441
"""``AUDA`` in the file's header."""
_SUFFIXES = (".sqlite", ".sqlite3", ".db")


class Sink(Protocol):
    """A place of rows. What is said of a batch that was sent is durable there."""

    def missing(self) -> frozenset[str]:
        """Names of the tables that are not there. Where the place may not be used, it raises."""

    def make(self) -> None:
        """Make the tables that are not there, and add the columns that they lack."""

    def send(self, table: Table, batch: Batch) -> int:
        """Put rows there that are not there yet; how many were not."""

    def close(self) -> None:
        """Let go of it; safe to call twice."""


def is_sqlite(path: Path) -> bool:
    """Whether a path is that of a SQLite file, by its name."""
    return path.suffix.lower() in _SUFFIXES


class SqliteSink:
    """A SQLite file with the tables. Conflict for a file that is something else, NewerFormat."""

    def __init__(self, path: Path) -> None:
        self._db = connect(path, durable=True)
        try:
            self._check(path)
        except BaseException:
            self._db.close()
            raise

    def _check(self, path: Path) -> None:
        filled = bool(self._db.value("SELECT count(*) FROM sqlite_schema"))
        if filled and self._db.value("PRAGMA application_id") != _APPLICATION:
            raise Conflict(
                f"{path} is another program's database", subject=str(path), hint="name a new file"
            )
        if int(self._db.value("PRAGMA user_version")) > SCHEMA:
            raise NewerFormat(
                f"{path} has a newer schema", subject=str(path), hint="update Audobon"
            )

    def missing(self) -> frozenset[str]:
        there = {name for (name,) in self._db.rows("SELECT name FROM sqlite_schema")}
        return frozenset(table.name for table in TABLES if table.name not in there)

    def make(self) -> None:
        with self._db.write():
            for statement in sqlite_ddl():
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {SCHEMA}")

    def send(self, table: Table, batch: Batch) -> int:
        names = [column.name for column in table.columns]
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        sql = f'INSERT OR IGNORE INTO "{table.name}" ({listed}) VALUES ({marks})'
        count = f'SELECT count(*) FROM "{table.name}"'
        with self._db.write():
            before = int(self._db.value(count))
            self._db.many(sql, [[_value(row.get(name)) for name in names] for row in batch.rows])
            return int(self._db.value(count)) - before

    def close(self) -> None:
        self._db.close()


def _value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


class LinesSink:
    """A folder with ``TABLE/BATCH.jsonl``, and ``schema.json`` that says what the columns are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise translate_os_error(error, folder) from error

    def missing(self) -> frozenset[str]:
        names: Iterable[str] = (table.name for table in TABLES)
        return frozenset(name for name in names if not (self._folder / name).is_dir())

    def make(self) -> None:
        try:
            write_atomic(self._folder / "schema.json", (as_json() + "\n").encode())
            for table in TABLES:
                (self._folder / table.name).mkdir(exist_ok=True)
        except OSError as error:
            raise translate_os_error(error, self._folder) from error

    def send(self, table: Table, batch: Batch) -> int:
        path = self._folder / table.name / f"{batch.name}.jsonl"
        if os.path.lexists(path):
            return 0
        try:
            known = self._ids(table) if batch.again else frozenset()
            fresh = [row for row in batch.rows if row["row_id"] not in known]
            if fresh:
                write_atomic(path, b"".join(map(line, fresh)))
        except OSError as error:
            raise translate_os_error(error, path) from error
        return len(fresh)

    def _ids(self, table: Table) -> frozenset[str]:
        files = (self._folder / table.name).glob("*.jsonl")
        lines = (text for file in files for text in file.read_text("utf-8").split("\n") if text)
        return frozenset(json.loads(text)["row_id"] for text in lines)

    def close(self) -> None:
        """Nothing is held."""
