"""Durable file operations: written completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from audobon.errors import AudobonError, DiskFull, NotFound, ReadOnly, Unavailable

__all__ = [
    "Told",
    "appearing",
    "atomic_writer",
    "free_name",
    "make_below",
    "mode_for",
    "sweep_leftovers",
    "sync_folder",
    "translate_os_error",
    "write_atomic",
]

Told = Callable[[os.stat_result], object]

_ROOM = "make room on that disk and do it again; nothing that was there is lost"

_PREFIX, _SUFFIX = ".audobon-", ".tmp"
# What a killed writer left beside its target is known by them, and never indexed.
_LEFT_S = 3600.0
# A writer that still lives has written within the hour.


def translate_os_error(error: OSError, path: str | os.PathLike[str]) -> AudobonError:
    """The project's error for an operating system's error on ``path``."""
    name = os.fspath(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return DiskFull(f"no space is left to write {name}", subject=name, hint=_ROOM)
    if error.errno == errno.EROFS:
        return ReadOnly(f"{name} is on a read-only disk", subject=name)
    if isinstance(error, FileNotFoundError):
        folder = os.path.dirname(name)
        what = f"the folder {folder}" if folder and not os.path.isdir(folder) else name
        return NotFound(f"{what} does not exist", subject=name)
    if isinstance(error, PermissionError):
        return Unavailable(
            f"{name} may not be opened: permission denied",
            subject=name,
            hint="see its permissions and those of its folder, and whether a program holds it",
        )
    if error.errno == errno.ELOOP:
        return Unavailable(
            f"{name} is a link that leads back to itself",
            subject=name,
            hint="remove the link, or let it lead to a file",
        )
    return Unavailable(f"{name} cannot be used: {error.strerror or error}", subject=name)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable (a no-op on Windows, which has no such call)."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shares have no such call either
            raise
    finally:
        os.close(fd)


def make_below(base: Path, folder: Path) -> None:
    """Make ``folder`` and what is missing between it and ``base``, but never ``base`` itself.

    NotFound where that is gone: the folder of a library that was taken away
    does not come back with some file in it.
    """
    path = base
    try:
        for part in folder.relative_to(base).parts:
            path = path / part
            with contextlib.suppress(FileExistsError):
                path.mkdir()
    except OSError as error:
        raise translate_os_error(error, path) from error


def mode_for(path: Path) -> int:
    """The permission bits for a file that is written at ``path``: those of the one there now."""
    return path.stat().st_mode & 0o777 if path.exists() else 0o644


def free_name(folder: Path) -> Path:
    """A path in ``folder`` for what is still being written; swept away if it is left behind."""
    return folder / f"{_PREFIX}{uuid.uuid4().hex}{_SUFFIX}"


_PRIVATE = 0o600  # what mkstemp makes


@contextlib.contextmanager
def atomic_writer(
    path: Path, *, durable: bool = True, mode: int = 0o600, told: Told | None = None
) -> Iterator[IO[bytes]]:
    """A binary file that appears at ``path`` complete when the block ends, or not at all.

    It can also be read. The temporary file lies beside the target, so the final rename never
    crosses a file system. ``durable`` flushes file and folder to the disk
    first; leave it on for anything that cannot be made again. ``told`` as in :func:`appearing`.
    """
    with (
        appearing(path, durable=durable, mode=mode, told=told) as fd,
        os.fdopen(fd, "w+b") as stream,
    ):
        yield stream
        stream.flush()
        if durable:
            os.fsync(stream.fileno())


@contextlib.contextmanager
def appearing(path: Path, *, durable: bool, mode: int, told: Told | None = None) -> Iterator[int]:
    """An empty file that gets the name ``path`` when the block ends, or is removed.

    The block closes it, with all bytes on the disk where it is to be ``durable``: here only its
    name is waited for. ``told`` is given what its stat is just before, when nobody else can have
    written to it.
    """
    fd, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=path.parent)
    try:
        yield fd
        if sys.platform != "win32" and mode != _PRIVATE:
            os.chmod(name, mode)
        if told is not None:
            told(os.stat(name))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if durable:
        sync_folder(path.parent)


def sweep_leftovers(folder: Path, *, older_s: float = _LEFT_S) -> None:
    """Remove what writers that were killed over an hour ago left in ``folder``. Never raises."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime >= older_s:
                        os.unlink(entry.path)


def write_atomic(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o600) -> None:
    """Replace ``path`` by ``data``; readers see the old bytes or the new, never a mixture."""
    with atomic_writer(path, durable=durable, mode=mode) as stream:
        stream.write(data)
