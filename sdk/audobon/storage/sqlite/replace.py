"""Give a damaged database new content in place, under SQLite's own locks.

Never by renaming: a process that has opened the old file, and looks for its
``-wal`` by name a moment later, would mix the two, and commits would be lost.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import apsw

from audobon.errors import Corrupt
from audobon.storage.sqlite.errors import translate
from audobon.storage.sqlite.opening import Key, open_file
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["copy_as_is", "replace_content"]

_BUSY_MS = 10_000  # as every writer waits
_BLOCK = 1 << 20
_PAGE = 4096  # SQLite's own; in larger pieces the one with ciphers says that the disk is full
_ROOM = 1 << 28  # bytes of one row; SQLite takes up to 10^9

# Offsets of SQLite's file format.
_HEADER = 100
_USER_VERSION = 60
_APPLICATION_ID = 68


def replace_content(path: Path, source: Path, *, key: Key | None = None) -> None:
    """Make ``path`` hold what the sound database ``source`` holds, however damaged it is.

    Whoever has ``path`` open sees the new content from then on. It is durable,
    and happens as a whole; who dies half-way leaves what is no less damaged
    than it was, and belongs to no application. ``path`` is made where there is
    none. Busy while a writer holds it for ten seconds, DiskFull. Both lie under ``key``, if there
    is one; ``path`` may have lain in clear, or under another.
    """
    try:
        with contextlib.ExitStack() as stack:
            new = open_file(str(source), flags=apsw.SQLITE_OPEN_READONLY, key=key)
            stack.callback(new.close)
            if not _copied(new, path, key):
                if key is None:
                    _set_start(path, iter([_header_of(source)]), source.stat().st_size)
                else:
                    _empty_all(path, source, key)
                if not _copied(new, path, key):
                    raise Corrupt(f"{path} takes no new content", subject=str(path))
    except apsw.Error as exc:
        raise translate(exc, path) from exc
    except OSError as exc:
        raise translate_os_error(exc, path) from exc


def _copied(new: apsw.Connection, path: Path, key: Key | None) -> bool:
    """Whether the copy succeeded; not where the old header cannot be read."""
    old = open_file(str(path), key=key)
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


def _header_of(source: Path) -> bytes:
    """A header with which SQLite can overwrite a file, and which says that it is nobody's."""
    with source.open("rb") as stream:
        header = bytearray(stream.read(_HEADER))
    for at in (_USER_VERSION, _APPLICATION_ID):
        header[at : at + 4] = bytes(4)
    return bytes(header)


def _empty_all(path: Path, source: Path, key: Key) -> None:
    """The same under a key: pages of a database without tables in the place of all pages.

    A header is not enough: SQLite reads each page before it overwrites it, and one that the key
    does not open is an error. Nor may any page of the old content stay, which the key does open:
    behind the first page of the new one, it would look sound to whoever finds it.
    """
    size = max(source.stat().st_size, path.stat().st_size)
    with tempfile.TemporaryDirectory(prefix=".audobon-", dir=source.parent) as folder:
        empty = Path(folder, "empty.db")
        made = open_file(str(empty), key=key)
        try:
            made.pragma("journal_mode", "off")
            made.execute("CREATE TABLE room (x)")
            for start in range(0, size, _ROOM):
                made.execute("INSERT INTO room VALUES (zeroblob(?))", (min(_ROOM, size - start),))
            made.execute("DROP TABLE room")
            made.pragma("journal_mode", "wal")  # as who has it open works: else it is busy
        finally:
            made.close()
        with empty.open("rb") as stream:
            _set_start(path, iter(lambda: stream.read(_PAGE), b""), 0)


def _set_start(path: Path, blocks: Iterable[bytes], size: int) -> None:
    """Begin a file with these bytes, by SQLite's usual locks; it gets ``size`` bytes at least.

    SQLITE_DBCONFIG_RESET_DATABASE is made for this, and is refused while
    others have the file open.
    """
    file = _opened(str(path), apsw.SQLITE_OPEN_READWRITE)
    try:
        if file.xFileSize() < size:  # it says how many pages there must be
            file.xWrite(b"\0", size - 1)
        at = 0
        for block in blocks:
            file.xWrite(block, at)
            at += len(block)
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
