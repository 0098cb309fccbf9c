"""Objects leave a bare git repository for good, with what else there may tell of them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Corrupt
from audobon.storage.history.gather import loose_objects
from audobon.storage.history.merge import unlink
from audobon.storage.history.packs import read_index
from audobon.system.files import sync_folder

if TYPE_CHECKING:
    import pygit2

__all__ = ["drop"]

_LEFT = ("FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "MERGE_MSG", "logs")
"""What git clients leave beside the objects, with names and messages in it; none is needed."""
_DERIVED = ("objects/info/commit-graph", "objects/pack/multi-pack-index", "objects/info/packs")


def drop(folder: Path, repository: pygit2.Repository, going: Collection[bytes]) -> None:
    """Remove objects and what clients left; Corrupt where packs cannot be written without them.

    The caller holds the lock.
    """
    _drop(folder / "objects", repository, set(going))
    for name in (*_LEFT, *_DERIVED):
        _remove(folder / name)
    for path in (folder / "objects" / "pack").glob("tmp_*"):
        _remove(path)
    _remove(folder / "objects" / "tmp_merge")
    (folder / "audobon-garbage.json").unlink(missing_ok=True)


def _drop(objects: Path, repository: pygit2.Repository, going: set[bytes]) -> None:
    import pygit2

    folder = objects / "pack"
    packs = {index: read_index(index) for index in sorted(folder.glob("pack-*.idx"))}
    loose = {oid: entry.path for oid, entry in loose_objects(objects) if oid in going}
    touched = {index: ids for index, ids in packs.items() if going.intersection(ids)}
    stay = {oid for ids in touched.values() for oid in ids} - going
    there = {oid for index, ids in packs.items() if index not in touched for oid in ids}
    if stay - there:
        builder = pygit2.PackBuilder(repository)
        for oid in sorted(stay - there):
            builder.add(pygit2.Oid(raw=oid))
        builder.write()  # durable: ENABLE_FSYNC_GITDIR is on
        sync_folder(folder)
        made = set(folder.glob("pack-*.idx")) - packs.keys()
        known = {oid for index in made for oid in read_index(index)}
        if not stay - there <= known:
            raise Corrupt(
                f"{folder} does not take a pack without what is purged",
                subject=str(folder),
                hint="'audobon verify' tells what is damaged; then purge again",
            )
    for index in touched:
        # Keeping a pack was meant for what is in it, and part of that is to go.
        for suffix in (".keep", ".idx", ".rev", ".bitmap", ".mtimes", ".pack"):
            with contextlib.suppress(FileNotFoundError):
                unlink(str(index.with_suffix(suffix)))
    if touched:
        sync_folder(folder)
    for path in loose.values():
        with contextlib.suppress(FileNotFoundError):
            unlink(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
