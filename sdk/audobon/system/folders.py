"""Where the platform wants a program to keep its own data and its caches."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "data_folder"]

_NAME = "audobon"


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
