"""A database opened by its path: made where there is none, and under the key that it lies under."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from audobon.errors import Corrupt, Unavailable
from audobon.storage.sqlite.database import Database, Function
from audobon.storage.sqlite.opening import Key, fitting, need_ciphers, older_keys

__all__ = ["connect"]


def connect(
    path: Path,
    *,
    read_only: bool = False,
    immutable: bool = False,
    functions: Mapping[str, Function] | None = None,
    durable: bool = False,
    key: Key | None = None,
) -> Database:
    """Open the database at ``path``, made empty where there is none and writing is allowed.

    ``immutable`` opens a file in a folder that cannot be written, without
    locks. Changes that a killed process left in a ``-wal`` file are read too,
    as long as the ``-shm`` file lies beside it; otherwise Unavailable.
    ``functions`` become deterministic SQL functions. ``durable`` waits for the
    disk at every commit; without it the last commits may be lost in a power
    failure, but never in a crash, and the file stays sound.

    With a ``key`` the file is encrypted: every page, its ``-wal`` too, and none of it is ever
    written in clear. A file in clear, or under another key, is Corrupt then, as one under a key
    is without it. One that lies under an older of several keys is opened with that one.
    MissingExtra where the SQLite at hand has no ciphers, before a file is made.
    """
    if key is not None:
        need_ciphers()
    if immutable and _has_content(Path(f"{path}-wal")):
        # SQLite reads such a pair without writing; alone, immutable would overlook the changes.
        immutable, read_only = False, True
        if not os.path.exists(f"{path}-shm"):
            raise Unavailable(
                f"{path} has changes that are not merged yet, and its folder cannot be written",
                subject=str(path),
                hint="open it once where its folder can be written",
            )
    elif not read_only and not immutable:
        # Only where there is none: to close a file that SQLite has open would drop its locks.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def opened(key: Key | None) -> Database:
        database = Database(
            path,
            read_only=read_only or immutable,
            immutable=immutable,
            functions=functions or {},
            durable=durable,
            key=key,
        )
        # A file that is no database fails here.
        database.value("SELECT count(*) FROM sqlite_schema")
        return database

    try:
        return opened(key)
    except Corrupt:
        if key is None or not older_keys(key) or (one := fitting(path, key)) is key:
            raise
    return opened(one)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
