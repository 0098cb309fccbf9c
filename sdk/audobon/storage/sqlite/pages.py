"""Every page of an encrypted database as it would lie in clear: in memory, all of it at once."""

from __future__ import annotations

from pathlib import Path

import apsw

from audobon.storage.sqlite.database import connect
from audobon.storage.sqlite.errors import translate
from audobon.storage.sqlite.opening import Key, open_file

__all__ = ["in_clear", "pages_of"]

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


def _serialized(path: Path, key: Key) -> bytes:
    try:
        connection = open_file(str(path), flags=apsw.SQLITE_OPEN_READONLY, key=key)
        try:
            return bytes(connection.serialize("main"))
        finally:
            connection.close()
    except apsw.Error as exc:
        raise translate(exc, path) from exc
