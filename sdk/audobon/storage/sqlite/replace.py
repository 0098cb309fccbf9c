"""Give a damaged database new content in place, under SQLite's own locks.

Never by renaming: a process that has opened the old file, and looks for its
``-wal`` by name a moment later, would mix the two, and commits would be lost.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import apsw

from audobon.errors import Corrupt
from audobon.storage.sqlite.errors import translate
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["copy_as_is", "replace_content"]

_BUSY_MS = 10_000  # as every writer waits
_BLOCK = 1 << 20

# Offsets of SQLite's file format.
_HEADER = 100
_USER_VERSION = 60
_APPLICATION_ID = 68


def replace_content(path: Path, source: Path) -> None:
    """Make ``path`` hold what the sound database ``source`` holds, however damaged it is.

    Whoever has ``path`` open sees the new content from then on. It is durable,
    and happens as a whole; who dies half-way leaves what is no less damaged
    than it was, and belongs to no application. ``path`` is made where there is
    none. Busy while a writer holds it for ten seconds, DiskFull.
    """
    try:
        with contextlib.ExitStack() as stack:
            new = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
            stack.callback(new.close)
            if not _copied(new, path):
                _set_header(path, source)
                if not _copied(new, path):
                    raise Corrupt(f"{path} takes no new content", subject=str(path))
    except apsw.Error as exc:
        raise translate(exc, path) from exc
    except OSError as exc:
        raise translate_os_error(exc, path) from exc


def _copied(new: apsw.Connection, path: Path) -> bool:
    """Whether the copy succeeded; not where the old header cannot be read."""
    old = apsw.Connection(str(path))
    try:
        old.set_busy_timeout(_BUSY_MS)
        with old.backup("main", new, "main") as copy:
            copy.step(-1)
        old.pragma("synchronous", "full")
        old.pragma("journal_mode", "wal")
        old.pragma("wal_checkpoint", "full")
    except (apsw.NotADBError, apsw.CorruptError, apsw.ReadOnlyError):
        return False  # "read only" is what another size of page is called here
    finally:
        old.close()
    return True


def _set_header(path: Path, source: Path) -> None:
    """Give a file a header with which SQLite can overwrite it, by its usual locks.

    SQLITE_DBCONFIG_RESET_DATABASE is made for this, and is refused while
    others have the file open.
    """
    with source.open("rb") as stream:
        header = bytearray(stream.read(_HEADER))
    for at in (_USER_VERSION, _APPLICATION_ID):
        header[at : at + 4] = bytes(4)
    size = source.stat().st_size
    file = _opened(str(path), apsw.SQLITE_OPEN_READWRITE)
    try:
        if file.xFileSize() < size:  # it says how many pages there must be
            file.xWrite(b"\0", size - 1)
        file.xWrite(bytes(header), 0)
        file.xSync(apsw.SQLITE_SYNC_NORMAL)
    finally:
        file.xClose()


def copy_as_is(path: Path, to: Path) -> None:
    """Copy a database and its ``-wal``, byte for byte and durable, sound or not."""
    try:
        wal = Path(f"{path}-wal")
        if wal.is_file():
            _write(f"{to}-wal", iter([wal.read_bytes()]))
        _write(str(to), _bytes_of(str(path)))
        sync_folder(to.parent)
    except apsw.Error as exc:
        raise translate(exc, path) from exc
    except OSError as exc:
        raise translate_os_error(exc, to) from exc


def _bytes_of(path: str) -> Iterator[bytes]:
    source = _opened(path, apsw.SQLITE_OPEN_READONLY)
    try:
        size = source.xFileSize()
        for at in range(0, size, _BLOCK):
            yield source.xRead(min(_BLOCK, size - at), at)
    finally:
        source.xClose()


def _opened(path: str, how: int) -> apsw.VFSFile:
    # Through SQLite: on POSIX, closing a file that a connection of this process
    # has open would drop that connection's locks.
    return apsw.VFSFile("", path, [apsw.SQLITE_OPEN_MAIN_DB | how, 0])


def _write(path: str, blocks: Iterable[bytes]) -> None:
    with open(path, "xb") as target:
        for block in blocks:
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
