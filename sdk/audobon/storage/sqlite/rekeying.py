"""A database that lies under an older key, written again under the newest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import apsw

from audobon.errors import Busy, Corrupt
from audobon.storage.sqlite.errors import translate
from audobon.storage.sqlite.opening import Key, fitting, is_under, open_file
from audobon.storage.sqlite.pages import write_under
from audobon.system.files import free_name, sweep_leftovers, sync_folder, translate_os_error

__all__ = ["need_alone", "rekey"]


# Addresses, because one is given where it writes to, with the key in it.
_WRITES: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI


def need_alone(path: Path, key: Key) -> None:
    """Busy where anybody else has a database open, in this process or another one."""
    try:
        connection = open_file(str(path), key=fitting(path, key))
        try:
            _take(connection, path)
            connection.pragma("journal_mode", "wal")
        finally:
            connection.close()
    except apsw.Error as exc:
        raise translate(exc, path) from exc


def _take(connection: apsw.Connection, path: Path) -> None:
    """Have all of it in the one file. It takes that file for itself, which nobody has who is not
    alone with it: SQLite keeps a lock for each who has one with a write-ahead log open."""
    busy = Busy(
        f"{path.name} is in use",
        subject=str(path),
        hint="close the other programs that have this library open",
    )
    try:
        if connection.pragma("journal_mode", "delete") != "delete":
            raise busy
    except apsw.BusyError as exc:
        raise busy from exc


def rekey(path: Path, key: Key) -> int:
    """Have a database lie under ``key`` alone; its bytes where it was written again, else 0.

    It appears complete or not at all: whoever dies has changed nothing. The caller sees that
    nobody opens it meanwhile; Busy where somebody has it open. Corrupt where no key opens it, or
    not all of it is sound: it stays as it is.
    """
    if is_under(path, key):
        return 0
    before = fitting(path, key)
    if before is key:
        raise Corrupt(f"no key of this library opens {path.name}", subject=str(path))
    sweep_leftovers(path.parent)
    made = free_name(path.parent)
    try:
        connection = open_file(str(path), flags=_WRITES, key=before)
        try:
            _take(connection, path)
            write_under(connection, made, key, path)
        finally:
            connection.close()
        size = made.stat().st_size
        os.replace(made, path)
        sync_folder(path.parent)
    except apsw.Error as exc:
        raise translate(exc, path) from exc
    except OSError as exc:
        raise translate_os_error(exc, path) from exc
    finally:
        made.unlink(missing_ok=True)
    return size
