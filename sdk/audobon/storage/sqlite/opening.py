"""Every connection of this package is made here, and given its key before anything else.

So that no file of an encrypted library can be opened past its key. ``tools/checks/doors.py`` keeps
it that way: nothing else calls ``apsw.Connection``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import apsw

from audobon.errors import Invalid, MissingExtra

__all__ = ["KEY_SIZE", "Key", "address_under", "can_encrypt", "fitting", "is_under"]
__all__ += ["need_ciphers", "older_keys", "open_file", "use_wal"]

KEY_SIZE: Final = 32
"""Bytes of a key: AEGIS-256."""

_CIPHER = "aegis"
# Authenticated, so that no bit of a page changes unseen, and the quickest of those that are:
# docs/decisions/0023-encrypted-databases.md has the figures.
_ADDRESS: Final = apsw.SQLITE_OPEN_URI
_BUSY_MS: Final = 10_000  # as every writer waits
_ANY: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE


class Key(Protocol):
    """What opens a database: random bytes, shown to nobody. ``storage.vault.Secret`` is one.

    One that came in the place of others has them as ``older`` (:func:`older_keys`).
    """

    def reveal(self) -> bytes: ...


def older_keys(key: Key | None) -> tuple[Key, ...]:
    """Keys under which what is opened with ``key`` may lie still, the newest first."""
    return tuple(getattr(key, "older", ()))


def fitting(path: Path, key: Key) -> Key:
    """The one of ``key`` and its older ones that a database lies under; ``key`` where none does.

    It is looked at only: nothing of it changes.
    """
    for one in (key, *older_keys(key)):
        if is_under(path, one):
            return one
    return key


def is_under(path: Path, key: Key) -> bool:
    """Whether a database lies under this very key; an empty file does under any."""
    usual, whole = (str(path), 0), (f"{path.absolute().as_uri()}?immutable=1", _ADDRESS)
    for name, more in (usual, whole):  # the second in a folder that cannot be written
        try:
            connection = open_file(name, flags=apsw.SQLITE_OPEN_READONLY | more, key=key)
            try:
                connection.set_busy_timeout(_BUSY_MS)
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
                return True
            finally:
                connection.close()
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            continue
        except (apsw.NotADBError, apsw.CorruptError, apsw.IOError):
            return False
    return False


def can_encrypt() -> bool:
    """Whether the SQLite at hand has ciphers: the ``apsw`` of apsw-sqlite3mc, which we ask for.

    Somebody else's ``apsw`` may have been loaded before, or installed over it. It does
    everything but this.
    """
    return hasattr(apsw, "mc_version")


def need_ciphers() -> None:
    """Raises MissingExtra where the SQLite at hand cannot encrypt.

    It would take a key without a word and write in clear: pragmas that it does not know are
    none of its business.
    """
    if not can_encrypt():
        raise MissingExtra(
            f"an encrypted library needs a SQLite with ciphers, and {apsw.__file__} has none",
            subject="apsw-sqlite3mc",
            hint="switch off the add-on that brings it and start the program again; where pip put "
            "it there: pip uninstall apsw apsw-sqlite3mc, then pip install apsw-sqlite3mc",
        )


def open_file(name: str, *, flags: int = _ANY, key: Key | None) -> apsw.Connection:
    """A connection to a file, in clear or under ``key``, with no setting of ours yet.

    The file itself is looked at by the first statement only: what is wrong with it, or with
    the key, that one raises.
    """
    if key is not None:
        need_ciphers()
    connection = apsw.Connection(name, flags=flags)
    if key is not None:
        try:
            _give(connection, key)
        except BaseException:
            connection.close()
            raise
    return connection


def address_under(path: Path, key: Key) -> str:
    """A file as an address that gives SQLite the key with it, for ``VACUUM INTO`` alone.

    It is a secret: SQLite's own messages repeat it.
    """
    need_ciphers()
    name = quote(os.fsencode(Path(os.path.abspath(path)).as_posix()))
    return f"file://{'/' * (name[0] != '/')}{name}?cipher={_CIPHER}&hexkey={_raw(key).hex()}"


def _raw(key: Key) -> bytes:
    if len(key.reveal()) != KEY_SIZE:
        raise Invalid(f"the key of a database has {KEY_SIZE} bytes")
    # "raw": the key itself. As a passphrase it would cost 40 ms and 19 MiB of Argon2 for every
    # connection, which each thread has.
    return b"raw:" + key.reveal().hex().encode()


def _give(connection: apsw.Connection, key: Key) -> None:
    raw = _raw(key)
    taken = connection.pragma("cipher", _CIPHER) == _CIPHER
    taken = taken and _set_key(connection, raw) == "ok"
    if not taken:
        raise MissingExtra(
            f"the SQLite at hand does not know the cipher {_CIPHER}",
            subject="apsw-sqlite3mc",
            hint="install a newer apsw-sqlite3mc",
        )


def _set_key(connection: apsw.Connection, spelled: bytes) -> object:
    # In hex, so that no byte of it has a meaning in SQL.
    return connection.pragma("hexkey", spelled.hex())


def use_wal(connection: apsw.Connection, patience_ms: int) -> None:
    """Have a write-ahead log.

    To switch takes an exclusive lock for which SQLite does not wait, so two processes that make
    the file at the same moment would collide.
    """
    deadline = time.monotonic() + patience_ms / 1000
    while True:
        try:
            connection.pragma("journal_mode", "wal")
            return
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
