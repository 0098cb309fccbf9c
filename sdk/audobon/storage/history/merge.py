"""Packs of the history made into larger ones, so that finding an object stays cheap.

Each time loose objects are gathered there is one pack more, and whoever looks
for an object may have to ask all of them. Sixteen packs of one class of size
become one of the next, so that a million versions lie in some fifty packs and
each object is copied once for each class.

The order keeps every object at every instant: the new pack is made in a
folder of its own, each object is read back from it alone and hashed, then it
gets its name beside the old ones, and only then these are unlinked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Corrupt
from audobon.storage.history.door import foreign_errors
from audobon.storage.history.packs import read_index
from audobon.system.files import sync_folder

if TYPE_CHECKING:
    import pygit2

__all__ = ["KINDS", "merge_packs", "proved", "unlink"]

KINDS = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_MANY = 16
_CLASS = 4_000
# Objects of a pack of the smallest class; each further class is sixteen times as large. A
# gathering brings some 2,000.
_TEMPORARY = "tmp_merge"
_COUNT_AT = 8 + 255 * 4  # where a pack's index has the number of its objects


def merge_packs(repository: pygit2.Repository) -> int:
    """Merge packs where one class has too many of them; how many went. The caller has the lock."""
    folder = Path(repository.path, "objects")
    shutil.rmtree(folder / _TEMPORARY, ignore_errors=True)  # of one that was killed
    gone = 0
    for indexes in _classes(folder / "pack"):
        if len(indexes) >= _MANY:
            _merge(repository, folder, indexes)
            gone += len(indexes)
    return gone


def _classes(packs: Path) -> Iterable[list[Path]]:
    """The indexes of all packs that may go, by class of size, the smallest first."""
    found: defaultdict[int, list[Path]] = defaultdict(list)
    for index in sorted(packs.glob("pack-*.idx")):
        if not index.with_suffix(".keep").exists():
            count, number = _count(index), 0
            while count > _CLASS * _MANY**number:
                number += 1
            found[number].append(index)
    return [found[number] for number in sorted(found)]


def _count(index: Path) -> int:
    with index.open("rb") as file:
        file.seek(_COUNT_AT)
        data = file.read(4)
    return int(struct.unpack(">I", data)[0]) if len(data) == 4 else 0


def _merge(repository: pygit2.Repository, folder: Path, indexes: Sequence[Path]) -> None:
    import pygit2

    ids = sorted({oid for index in indexes for oid in read_index(index)})
    work = folder / _TEMPORARY
    (work / "pack").mkdir(parents=True)
    try:
        with foreign_errors(str(folder)):
            builder = pygit2.PackBuilder(repository)
            for oid in ids:
                builder.add(pygit2.Oid(raw=oid))
            builder.write(str(work / "pack"))
        if sum(1 for oid in proved(work, ids)) == len(ids):
            kept = _publish(work / "pack", folder / "pack")
            _unlink_all(index for index in indexes if index.name not in kept)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def proved(folder: Path, ids: Iterable[bytes]) -> Iterable[bytes]:
    """Each of ``ids`` once the packs in ``folder`` alone have given it back; Corrupt otherwise."""
    import pygit2

    packed = pygit2.OdbBackendPack(str(folder))  # sees packs only
    for oid in ids:
        with foreign_errors(str(folder)):
            kind, data = packed.read(pygit2.Oid(raw=oid))
        head = b"%b %d\0" % (KINDS[int(kind)], len(data))
        if hashlib.sha1(head + data, usedforsecurity=False).digest() != oid:
            raise Corrupt(f"the object {oid.hex()} reads wrong from its pack", subject=str(folder))
        yield oid


def _publish(made: Path, packs: Path) -> set[str]:
    """Give a new pack its place, durably, its index last; the names of the indexes."""
    indexes = list(made.glob("*.idx"))
    for suffix in (".pack", ".idx"):
        for index in indexes:
            source = index.with_suffix(suffix)
            with source.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(source, packs / source.name)
        sync_folder(packs)
    return {index.name for index in indexes}


def _unlink_all(indexes: Iterable[Path]) -> None:
    """Remove packs, each with its index first: what has no index is no pack to anybody."""
    for index in indexes:
        for suffix in (".idx", ".rev", ".bitmap", ".pack"):
            # On Windows a file that another process reads stays; the next run takes it.
            with contextlib.suppress(OSError):
                unlink(str(index.with_suffix(suffix)))


def unlink(path: str) -> None:
    """Remove a file of git, which makes them read-only."""
    try:
        os.unlink(path)
    except PermissionError:
        os.chmod(path, 0o600)  # git makes objects read-only, which Windows takes at its word
        os.unlink(path)
