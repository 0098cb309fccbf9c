"""Who is alive, told by locks that the operating system frees when a process dies."""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from pathlib import Path

from audobon.errors import AudobonError
from audobon.system.folders import make_own
from audobon.system.locks import FileLock, is_held

__all__ = ["RunnerLock", "runner_alive"]

_NAME = re.compile(r"[0-9]+-[0-9a-f]{12}")
# A lock file whose owner is still on its way to lock it is younger than this.
_STALE_S = 3600.0


def _path(folder: Path, ident: str) -> Path:
    return folder / f"runner-{ident}.lock"


class RunnerLock:
    """The sign that one runner lives. ``ident`` is the name under which it claims jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ident = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._lock = FileLock(_path(folder, self.ident))

    def __enter__(self) -> RunnerLock:
        make_own(self.folder)
        self._lock.acquire()
        _sweep(self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        # Nobody else ever takes a lock of this name, so the file may go.
        with contextlib.suppress(OSError):
            self._lock.path.unlink()


def runner_alive(folder: Path, ident: str) -> bool:
    """Whether the runner ``ident`` lives; False for what is no runner's name."""
    return bool(_NAME.fullmatch(ident)) and is_held(_path(folder, ident))


def _sweep(folder: Path) -> None:
    """Remove what killed runners left."""
    for path in folder.glob("runner-*.lock"):
        with contextlib.suppress(OSError, AudobonError):
            if time.time() - path.stat().st_mtime > _STALE_S and not is_held(path):
                path.unlink()
