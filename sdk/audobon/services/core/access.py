"""Who on this machine may open a library: its owner, through one folder that is his alone.

What lies below that folder needs no modes of its own, and copies of it, made by whatever program,
are as private as their folder. Modes are POSIX's; on Windows the folder of the user is his.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from audobon.services.core.place import Place
from audobon.system.folders import cache_folder, data_folder

__all__ = ["close_to_others", "open_to_others"]

_OTHERS = 0o077


def open_to_others(place: Place) -> tuple[Path, ...]:
    """The folders of a library, and of this user's data and caches, that others may look into."""
    return tuple(_open(place))


def _open(place: Place) -> Iterator[Path]:
    if sys.platform == "win32":
        return
    for folder in (place.state, data_folder(), cache_folder()):
        try:
            found = os.stat(folder)
        except OSError:
            continue
        if stat.S_IMODE(found.st_mode) & _OTHERS:
            yield folder


def close_to_others(place: Place) -> tuple[Path, ...]:
    """Take the rights of others away; what is still open, as on a disk that keeps no modes."""
    for folder in open_to_others(place):
        try:
            os.chmod(folder, stat.S_IMODE(os.stat(folder).st_mode) & ~_OTHERS)
        except OSError:
            continue
    return open_to_others(place)
