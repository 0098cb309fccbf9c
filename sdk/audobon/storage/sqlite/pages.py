"""An encrypted database in clear and back: in memory, all of it at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import apsw

from audobon.storage.sqlite.connecting import connect
from audobon.storage.sqlite.errors import translate
from audobon.storage.sqlite.opening import Key, address_under, fitting, open_file
from audobon.system.files import sync_folder

__all__ = ["in_clear", "pages_of", "under_key", "write_under"]

_IN_MEMORY = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
_JOURNAL = slice(18, 20)  # of the header: how the file is written and read


def pages_of(path: Path, key: Key) -> bytes:
    """All pages, also those that are free.

    First its ``-wal`` is emptied, whose older pages nobody could look at: Busy where somebody
    reads.
    """
    db = connect(path, key=key)
    try:
        db.empty_wal()
    finally:
        db.close()
    return _serialized(path, key)


def in_clear(path: Path, key: Key) -> bytes:
    """A consistent copy as the bytes of a file in clear, beside running writers.

    For whoever seals it in another way. Without a write-ahead log, as ``Database.backup`` leaves
    its copy.
    """
    data = bytearray(_serialized(path, key))
    data[_JOURNAL] = b"\x01\x01"
    return bytes(data)


def under_key(data: bytes, path: Path, key: Key) -> None:
    """Inverse of :func:`in_clear`: a new file with what a database in clear holds.

    Nothing of it lies in clear anywhere. Durable, and complete or not to be opened. ``path`` must
    not be there. Corrupt where ``data`` is no sound database.
    """
    try:
        memory = open_file(":memory:", flags=_IN_MEMORY, key=None)
        try:
            memory.deserialize("main", data)
            write_under(memory, path, key, path)
        finally:
            memory.close()
    except apsw.Error as exc:
        raise translate(exc, path) from exc
    sync_folder(path.parent)


def write_under(source: apsw.Connection, path: Path, key: Key, named: Path) -> None:
    """Write what a connection sees to a new file under a key, durable on return.

    Errors name ``named``.
    """
    try:
        source.execute("VACUUM main INTO ?", (address_under(path, key),))
    except apsw.Error as exc:
        # Its own words may name what it was given, and the key is part of that.
        told: Any = type(exc)("what is to lie in it cannot be written")
        told.extendedresult = getattr(exc, "extendedresult", 0)
        raise translate(told, named) from None
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _serialized(path: Path, key: Key) -> bytes:
    try:
        connection = open_file(str(path), flags=apsw.SQLITE_OPEN_READONLY, key=fitting(path, key))
        try:
            return bytes(connection.serialize("main"))
        finally:
            connection.close()
    except apsw.Error as exc:
        raise translate(exc, path) from exc
