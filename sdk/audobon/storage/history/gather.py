"""Gathering loose objects into a pack, and counting how objects lie on the disk.

libgit2 has no gc. The order keeps every object at every instant: write the
pack, flush it, read each object back from packs alone and hash it, and only
then unlink its loose file.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Corrupt
from audobon.storage.history.door import GitObjects, foreign_errors
from audobon.storage.history.merge import merge_packs, proved, unlink
from audobon.storage.history.packs import read_index
from audobon.storage.history.values import HistoryStats, PackReport
from audobon.system.files import sync_folder

if TYPE_CHECKING:
    import pygit2

__all__ = ["count", "loose_objects", "pack_loose"]

_FOLDER = re.compile(r"[0-9a-f]{2}")
_REST = re.compile(r"[0-9a-f]{38}")
_TEMPORARY = re.compile(r"tmp_|pack_git2_|\.audobon-.*\.tmp\Z")
_ABANDONED_S = 86_400  # no single write takes a day, so nobody writes to it any more


def loose_objects(folder: Path) -> Iterator[tuple[bytes, os.DirEntry[str]]]:
    """Id and file of every loose object below ``folder`` (the repository's ``objects``)."""
    with os.scandir(folder) as shards:
        names = sorted(shard.name for shard in shards if _FOLDER.fullmatch(shard.name))
    for name in names:
        with os.scandir(folder / name) as entries:
            for entry in entries:
                if _REST.fullmatch(entry.name):
                    yield bytes.fromhex(name + entry.name), entry


def count(folder: Path) -> HistoryStats:
    """Loose and packed objects of a repository with their sizes."""
    folder = folder / "objects"
    sizes = [entry.stat().st_size for _, entry in loose_objects(folder)]
    packs = list((folder / "pack").glob("pack-*.pack"))
    indexes = [path.with_suffix(".idx") for path in packs]
    return HistoryStats(
        loose=len(sizes),
        loose_size=sum(sizes),
        packs=len(packs),
        packed=sum(len(read_index(path)) for path in indexes if path.is_file()),
        packs_size=sum(path.stat().st_size for path in packs),
    )


def pack_loose(repository: pygit2.Repository, objects: GitObjects) -> PackReport:
    """Move every sound loose object into one pack, and merge packs that are many.

    The caller holds the lock.
    """
    import pygit2

    folder = Path(repository.path, "objects")
    _sweep(folder)
    sound: list[tuple[bytes, str]] = []
    damaged: list[str] = []
    builder = pygit2.PackBuilder(repository)
    for oid, entry in loose_objects(folder):
        try:
            objects.read(oid)
        except Corrupt:
            damaged.append(oid.hex())
        else:
            builder.add(pygit2.Oid(raw=oid))
            sound.append((oid, entry.path))
    if not sound:
        return PackReport(damaged=tuple(damaged))
    with foreign_errors(str(folder)):
        builder.write()  # durable: ENABLE_FSYNC_GITDIR is on
        sync_folder(folder / "pack")
    removed = _unlink_proved(folder, sound)
    merge_packs(repository)
    return PackReport(packed=len(sound), removed=removed, damaged=tuple(damaged))


def _unlink_proved(folder: Path, loose: list[tuple[bytes, str]]) -> int:
    """Unlink the loose files whose objects packs give back sound; how many were unlinked."""
    removed = 0
    paths = dict(loose)
    for oid in proved(folder, paths):
        # On Windows a file that another process reads stays; the next run takes it.
        with contextlib.suppress(OSError):
            unlink(paths[oid])
            removed += 1
    return removed


def _sweep(folder: Path) -> None:
    """Remove temporary files that killed writers left more than a day ago."""
    oldest = time.time() - _ABANDONED_S
    for place in (folder, folder / "pack"):
        with os.scandir(place) as entries:
            for entry in entries:
                if _TEMPORARY.match(entry.name) and entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        if entry.stat().st_mtime < oldest:
                            unlink(entry.path)
