"""Locks between processes that the operating system frees when a process dies."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from types import TracebackType

from audobon.errors import Busy
from audobon.system.files import translate_os_error

__all__ = ["FileLock", "is_held", "lock_file"]

_POLL_S = 0.01  # short enough to be unnoticed, long enough not to burn a core

if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        try:
            os.lseek(fd, 0, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, 0, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    # flock, not fcntl.lockf: POSIX record locks are dropped when *any*
    # descriptor of the file is closed in this process.
    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


def lock_file(fd: int) -> bool:
    """Lock an open file until it is closed; False where somebody else has locked it."""
    return _try_lock(fd)


class FileLock:
    """An exclusive lock on a small file, held by at most one object at a time.

    Two objects in one process exclude each other as two processes do. The
    file stays on disk: removing it would let two holders in. ``note`` is
    written into it while it is held, for people who look.
    """

    def __init__(self, path: Path, *, timeout_s: float = 10.0, note: str = "") -> None:
        self.path = path
        self.timeout_s = timeout_s
        self._note = note or f"pid {os.getpid()}"
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    def acquire(self, *, timeout_s: float | None = None) -> None:
        """Wait until the lock is ours; Busy after ``timeout_s`` seconds."""
        if not self.try_acquire():
            deadline = time.monotonic() + (self.timeout_s if timeout_s is None else timeout_s)
            while not self.try_acquire():
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"{self.path.name} is held by another process ({self.holder()})",
                        subject=str(self.path),
                        hint="wait for it to end, then try again",
                    )
                time.sleep(_POLL_S)

    def try_acquire(self) -> bool:
        """Take the lock if it is free; True when it is ours now. DiskFull, ReadOnly, ..."""
        if self._fd is not None:
            return False
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise translate_os_error(error, self.path) from error
        if not _try_lock(fd):
            os.close(fd)
            return False
        self._fd = fd
        if sys.platform != "win32":  # a locked byte cannot be overwritten by name there
            # The note is for people; on a full disk the lock is held without it.
            with contextlib.suppress(OSError):
                os.truncate(fd, 0)
                os.pwrite(fd, self._note.encode(), 0)
        return True

    def release(self) -> None:
        if self._fd is not None:
            fd, self._fd = self._fd, None
            _unlock(fd)
            os.close(fd)

    def holder(self) -> str:
        """What the holder wrote about itself; for messages only."""
        try:
            return self.path.read_text("utf-8", "replace").strip() or "unknown"
        except OSError:
            return "unknown"

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether some live process holds the lock at ``path``."""
    if not path.exists():
        return False
    lock = FileLock(path)
    if lock.try_acquire():
        lock.release()
        return False
    return True
