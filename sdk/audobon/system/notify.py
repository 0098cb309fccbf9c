"""What the operating system tells of changes below folders, through ``watchfiles``.

Only its compiled part is loaded: the rest of that package is for asyncio and
brings libraries along that nothing here needs, and hosts do not embed.

Beginning holds Python's lock for as long as the tree is walked (1.6 s for
1,000 folders with 100,000 files), so a host has another process do it.
"""

from __future__ import annotations

import errno
import importlib.machinery
import importlib.util
import sys
import threading
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from audobon.errors import MissingExtra, Unavailable

__all__ = ["ADDED", "Missed", "Notifier", "is_there"]

ADDED, _MODIFIED, _DELETED = 1, 2, 3
"""A change of what lies at a path, as ``watchfiles`` numbers them."""

DEBOUNCE_MS = 50
# Measured: an event is seen after 21 ms, and what one save does to a file comes as one.
_LIMITS = {errno.ENOSPC, errno.EMFILE, errno.ENFILE}
_LIMIT_HINT = (
    "allow more of them with 'sudo sysctl fs.inotify.max_user_watches=1048576 "
    "fs.inotify.max_user_instances=1024'; until then look for new files by hand"
)


class Missed(Exception):
    """Something has changed and it is not known what: begin anew, and look at everything."""


def is_there() -> bool:
    """Whether this Python has what watching needs."""
    return importlib.util.find_spec("watchfiles") is not None


def _load() -> ModuleType:
    package = importlib.util.find_spec("watchfiles")
    places = [] if package is None else list(package.submodule_search_locations or ())
    spec = importlib.machinery.PathFinder.find_spec("_rust_notify", places)
    if spec is None or spec.loader is None:
        raise MissingExtra(
            "this Python lacks watchfiles, so changes on disk are not seen by themselves",
            subject=sys.executable,
            hint="pip install --upgrade audobon; until then look for new files by hand",
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Notifier:
    """Watches folders, with everything below or without, from its making to :meth:`close`.

    Unavailable when the system has no room for so many folders, NotFound and
    others for a folder that cannot be watched. Nothing is polled.
    """

    def __init__(self, folders: Iterable[str], *, below: bool) -> None:
        names = list(folders)
        module = _load()
        self._failed = module.WatchfilesRustInternalError
        try:
            self._native = self._begin(module, names, below=below)
        except (OSError, RuntimeError, self._failed) as error:
            raise _translated(error, names) from error

    @staticmethod
    def _begin(module: ModuleType, names: list[str], *, below: bool) -> Any:
        # Told to go past folders that may not be read, it also goes past a full table of
        # watches without a word. So that is the second try, for folders that need it.
        try:
            return module.RustNotify(names, False, False, 0, below, False)
        except PermissionError:
            return module.RustNotify(names, False, False, 0, below, True)
        except OSError as error:
            if "ermission denied" not in str(error):
                raise
            return module.RustNotify(names, False, False, 0, below, True)

    def wait(self, timeout_ms: int, stop: threading.Event | None = None) -> set[tuple[int, str]]:
        """What has changed since the last call, as ``(what, path)``; empty after the time is over.

        Missed for a name that is no text, a new folder that there was no room for, and the like.
        """
        step = min(DEBOUNCE_MS, timeout_ms)
        try:
            told = self._native.watch(DEBOUNCE_MS, step, timeout_ms, stop)
        except (RuntimeError, self._failed) as error:
            raise Missed(str(error)) from error
        return told if isinstance(told, set) else set()

    def close(self) -> None:
        """Let go of the folders and the thread; safe to call twice."""
        self._native.close()


def _translated(error: BaseException, names: list[str]) -> Unavailable:
    text = str(error)
    code = getattr(error, "errno", None)
    full = code in _LIMITS or any(
        word in text for word in ("watch limit", "MaxFilesWatch", "Too many open files")
    )
    if full:
        return Unavailable(
            "this system watches no more folders than it does already",
            subject=", ".join(names),
            hint=_LIMIT_HINT,
        )
    return Unavailable(
        f"changes below {', '.join(names)} cannot be watched: {text.partition(' about ')[0]}",
        subject=", ".join(names),
        hint="look for new files by hand; it is tried again after a while",
    )
