"""Where the platform wants a program to keep its own data and its caches."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

__all__ = ["PRIVATE", "cache_folder", "data_folder", "make_own", "models_place", "work_folder"]

_NAME = "audobon"
PRIVATE = "private-"
"""What folders for copies in clear of what is encrypted are called by (``system.scratch``)."""


def _named(variable: str, otherwise: Path) -> Path:
    # The XDG specification: a relative path in these variables is to be ignored.
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else otherwise


def data_folder() -> Path:
    """The user's folder for data that must stay; it may not exist yet.

    ``$XDG_DATA_HOME`` or ``~/.local/share`` on Linux, ``~/Library/Application
    Support`` on macOS, ``%LOCALAPPDATA%`` on Windows, and ``audobon`` below it.
    """
    if sys.platform == "win32":
        return _named("LOCALAPPDATA", Path.home() / "AppData" / "Local") / _NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _NAME
    return _named("XDG_DATA_HOME", Path.home() / ".local" / "share") / _NAME


def cache_folder() -> Path:
    """The user's folder for data that can be made again; it may not exist yet.

    ``$XDG_CACHE_HOME`` or ``~/.cache`` on Linux, ``~/Library/Caches`` on macOS,
    ``%LOCALAPPDATA%`` on Windows (``audobon/cache`` below it).
    """
    if sys.platform == "win32":
        return data_folder() / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / _NAME
    return _named("XDG_CACHE_HOME", Path.home() / ".cache") / _NAME


def make_own(folder: Path) -> None:
    """Make ``folder`` and what is missing above it. OSError.

    Where that begins with the user's folder for data or for caches, nobody else may look into it,
    whatever the umask: ``Path.mkdir`` gives its mode to the last folder alone.
    """
    for own in (cache_folder(), data_folder()):
        if folder.is_relative_to(own) and not own.is_dir():
            own.parent.mkdir(parents=True, exist_ok=True)
            own.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def models_place() -> str:
    """The address of the place that packages of models are looked for in before any registry,
    from ``AUDOBON_MODELS_PLACE``; empty for none."""
    return os.environ.get("AUDOBON_MODELS_PLACE", "").strip()


def work_folder() -> Path:
    """The folder for temporary files that a worker process writes for another process; it exists.

    One for each user in the system's temporary folder, which nobody else can read; in the cache
    where somebody else was there first. OSError when neither can be made.
    """
    if sys.platform == "win32":  # the temporary folder is the user's own there
        return Path(tempfile.gettempdir())
    told = Path(tempfile.gettempdir())
    folder = told / f"{_NAME}-{os.getuid()}"
    if told.name == folder.name or told.name.startswith(PRIVATE):  # of a worker: it is told one
        return told
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
            if found.st_mode & 0o077:
                folder.chmod(0o700)
            return folder
    except OSError:
        pass
    folder = cache_folder() / "work"
    make_own(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
