"""Walk folders and say which files lie there, with one stat each and no read.

Order is by name, folders after files, so that two scans of one tree agree.
Symbolic links to files are files; linked folders are followed, each real
folder once, so that a loop ends.
"""

from __future__ import annotations

import bisect
import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from audobon.errors import AudobonError, BadFile, NotFound
from audobon.storage.objects.foldernames import OPENED
from audobon.system.files import translate_os_error

__all__ = ["Found", "Unreadable", "is_ignored", "is_place", "stat_file", "walk"]

_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules", "$RECYCLE.BIN", "lost+found"})
_IGNORED_FILES = frozenset(
    ("thumbs.db", "desktop.ini", "icon\r", "cachedir.tag", "blender_assets.cats.txt")
)
# Numbered and emergency backups of Blender and Krita, and half-written files:
# history is what they stand in for.
_IGNORED_PATTERN = re.compile(
    r"(\.blend\d+|\.blend@|~|~\d{1,4}\.kr[az]|-autosave\.kr[az]|\.tmp|\.part|\.crdownload)$",
    re.IGNORECASE,
)


@frozen(slots=True)
class Found:
    """A regular file: its path for the operating system, size in bytes and mtime in ns."""

    path: str
    size: int
    mtime_ns: int


@frozen(slots=True)
class Unreadable:
    """A file, folder or link that could not be followed, with the reason.

    ``gone`` says that no such file is there; otherwise nobody can tell, for instance because a
    folder may not be entered or a share does not answer.
    """

    path: str
    error: AudobonError
    gone: bool = False


def is_ignored(name: str, *, folder: bool) -> bool:
    """Whether a scan leaves ``name`` out: hidden, a cache, a backup, another program's dropping."""
    if name.startswith("."):
        return True
    if folder:
        return name in _IGNORED_FOLDERS
    return name.lower() in _IGNORED_FILES or _IGNORED_PATTERN.search(name) is not None


def stat_file(path: str) -> Found | Unreadable:
    """One file named by the user; anything but a regular file is refused with the reason."""
    try:
        info = os.stat(path)
    except FileNotFoundError:
        if Path(path).is_symlink():
            return Unreadable(
                path, BadFile(f"{path} is a link to nothing", subject=path), gone=True
            )
        return Unreadable(path, NotFound(f"{path} does not exist", subject=path), gone=True)
    except OSError as error:
        gone = error.errno in (errno.ENOTDIR, errno.ELOOP)
        return Unreadable(path, translate_os_error(error, path), gone=gone)
    if not stat.S_ISREG(info.st_mode):
        odd = BadFile(f"{path} is not a regular file", subject=path)
        return Unreadable(path, odd, gone=True)
    return Found(path, info.st_size, info.st_mtime_ns)


def walk(
    folder: str, *, skip: Callable[[str], bool] = lambda _: False
) -> Iterator[Found | Unreadable]:
    """Every file below ``folder`` that is not ignored; ``skip`` leaves whole folders out.

    Memory is bounded by the widest folder, not by the tree. Nothing is raised
    for the tree's contents: what cannot be entered comes as Unreadable. A
    remote or a place of snapshots is passed over: it would grow by itself.
    """
    visited: set[tuple[int, int]] = set()
    stack = [folder]
    while stack:
        here = stack.pop()
        try:
            info = os.stat(here)
            if info.st_ino and (info.st_dev, info.st_ino) in visited:
                continue
            visited.add((info.st_dev, info.st_ino))
            with os.scandir(here) as entries:
                listing = sorted(entries, key=_entry_name)
        except OSError as error:
            yield Unreadable(here, translate_os_error(error, here))
            continue
        if _is_place(listing):
            continue
        folders: list[str] = []
        for entry in listing:
            found = _look(entry, folders, skip)
            if found is not None:
                yield found
        stack.extend(reversed(folders))


def is_place(folder: str) -> bool:
    """Whether a folder is a place of objects: a remote, or one of snapshots."""
    return os.path.lexists(os.path.join(folder, OPENED))


def _is_place(listing: list[os.DirEntry[str]]) -> bool:
    at = bisect.bisect_left(listing, OPENED, key=_entry_name)
    return at < len(listing) and listing[at].name == OPENED


def _entry_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _look(
    entry: os.DirEntry[str], folders: list[str], skip: Callable[[str], bool]
) -> Found | Unreadable | None:
    name = entry.name
    try:
        if entry.is_dir():
            if not is_ignored(name, folder=True) and not skip(entry.path):
                folders.append(entry.path)
            return None
        if is_ignored(name, folder=False):
            return None
        info = entry.stat()
    except OSError:
        return stat_file(entry.path)
    if not stat.S_ISREG(info.st_mode):
        # Sockets, pipes and devices are nobody's assets; naming each would be noise.
        return None
    return Found(entry.path, info.st_size, info.st_mtime_ns)
