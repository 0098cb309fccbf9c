"""Rows of a derived database that name something leave it, and so do their traces in the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from audobon.errors import AudobonError
from audobon.storage.sqlite.connecting import connect
from audobon.storage.sqlite.database import Database
from audobon.storage.sqlite.opening import Key

__all__ = ["scrub_file", "texts_of"]


def scrub_file(
    path: Path, names: Collection[str], contents: Collection[bytes], *, key: Key | None = None
) -> bool:
    """Remove each row in which a text holds one of ``names``, or a blob is one of ``contents``.

    False where it cannot be read. For files of which nothing is truth.
    """
    try:
        db = connect(path, key=key)
    except AudobonError:
        return False
    try:
        with db.write():
            for table, columns in _tables(db):
                for column in columns:
                    for name in names:
                        db.execute(
                            f'DELETE FROM "{table}" WHERE typeof("{column}") = \'text\' '
                            f'AND instr("{column}", ?)',
                            (name,),
                        )
                    db.many(
                        f'DELETE FROM "{table}" WHERE "{column}" = ?',
                        [(content,) for content in contents],
                    )
        db.vacuum()
    finally:
        db.close()
    return True


def texts_of(path: Path, *, key: Key | None = None) -> Iterator[bytes]:
    """Every text and blob of every row: what pages cut in two is whole here."""
    db = connect(path, read_only=True, key=key)
    try:
        for table, columns in _tables(db):
            listed = ", ".join(f'"{column}"' for column in columns)
            for row in db.rows(f'SELECT {listed} FROM "{table}"'):
                for value in row:
                    if isinstance(value, str):
                        yield value.encode("utf-8", "surrogatepass")
                    elif isinstance(value, bytes):
                        yield value
    finally:
        db.close()


def _tables(db: Database) -> list[tuple[str, list[str]]]:
    names = db.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [
        (name, [column for (column,) in db.rows("SELECT name FROM pragma_table_info(?)", (name,))])
        for (name,) in names
    ]
