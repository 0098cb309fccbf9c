"""Temporary folders for copies in clear of what is encrypted where it lies.

In memory where the system has a file system for that with room enough (Linux), else among the
user's other temporary files. Each process has a folder of its own there, under a lock that a dead
process cannot keep: the next one that needs such a folder removes what is left of others.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

from audobon.errors import AudobonError
from audobon.system.folders import PRIVATE, work_folder
from audobon.system.locks import FileLock
from audobon.system.volumes import in_memory

__all__ = ["private_folder", "sweep_private"]

USUAL: Final = 256 << 20
"""What is asked for where nobody knows how much it will be: a pack and what is sent with it take
64 MB, pixels and previews less."""
SPARE: Final = 512 << 20
"""Bytes of memory that are left for others, whatever is asked for."""
_SHARED = "/dev/shm"  # half of the memory by default; that of a session has a tenth


@frozen
class _Held:
    """The folder of a process below ``base``, and its lock."""

    pid: int
    folder: Path
    lock: FileLock


_mine: dict[Path, _Held] = {}
_making = threading.Lock()


def private_folder(size: int = 0) -> Path:
    """The folder of this process for temporary folders with copies in clear; it exists.

    Nobody else can read it. For ``size`` bytes, 0 for an unknown number, which does not count as
    a large one. A worker process has that of the process which it works for. OSError.
    """
    told = Path(tempfile.gettempdir())
    if told.name.startswith(PRIVATE):  # of a worker, which is told this one
        return told
    with _making:
        for base in _in_memory():
            if _free(base) - max(size, USUAL) >= SPARE:
                with contextlib.suppress(OSError):
                    return _own(base)
        return _own(work_folder())


def sweep_private() -> None:
    """Remove what processes have left that were killed. Never raises."""
    with contextlib.suppress(OSError):
        for base in (*_in_memory(make=False), work_folder()):
            _sweep(base)


def _in_memory(*, make: bool = True) -> Iterator[Path]:
    """Folders of ours that lie in memory, the roomiest first; none where there is none."""
    if sys.platform != "linux":
        return
    for name in (_SHARED, os.environ.get("XDG_RUNTIME_DIR", "")):
        if not Path(name).is_absolute() or not in_memory(Path(name)):
            continue
        folder = Path(name, f"audobon-{os.getuid()}")
        with contextlib.suppress(OSError):
            if make:
                folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                if found.st_mode & 0o077:
                    folder.chmod(0o700)
                yield folder


def _free(base: Path) -> int:
    """Bytes that can be taken there; a file system in memory promises more than there is."""
    from audobon.system.memory import machine_memory

    try:
        free = shutil.disk_usage(base).free
    except OSError:
        return 0
    return min(free, machine_memory().free or free)


def _own(base: Path) -> Path:
    import secrets

    held = _mine.get(base)
    if held is not None and held.pid == os.getpid() and held.folder.is_dir():
        return held.folder
    _sweep(base)
    while True:
        # The lock first: whoever sweeps sees a folder only when it is ours.
        name = PRIVATE + secrets.token_hex(8)
        lock = FileLock(base / f"{name}.lock")
        try:
            taken = lock.try_acquire()
        except AudobonError as error:
            raise OSError(error.message) from error
        if taken and lock.path.exists():
            break
        lock.release()
    folder = base / name
    try:
        folder.mkdir(mode=0o700)
    except BaseException:
        _end(_Held(os.getpid(), folder, lock))
        raise
    if not _mine:
        atexit.register(_end_all)
    _mine[base] = _Held(os.getpid(), folder, lock)
    return folder


def _sweep(base: Path) -> None:
    try:
        names = [name for name in os.listdir(base) if name.startswith(PRIVATE)]
    except OSError:
        return
    for name in {name.removesuffix(".lock") for name in names}:
        lock = FileLock(base / f"{name}.lock")
        with contextlib.suppress(AudobonError):
            if lock.try_acquire():
                _end(_Held(os.getpid(), base / name, lock))


def _end(held: _Held) -> None:
    shutil.rmtree(held.folder, ignore_errors=True)
    if sys.platform == "win32":  # what is open has to stay there
        held.lock.release()
    with contextlib.suppress(OSError):
        held.lock.path.unlink(missing_ok=True)
    held.lock.release()


def _end_all() -> None:
    for held in [*_mine.values()]:
        if held.pid == os.getpid():  # not those of a process that this one was forked from
            _end(held)
    _mine.clear()
