"""Put the bytes of a version at a path: cloned from a file that has them, else out of the store."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from audobon.services.scan import Found, stat_file
from audobon.services.stores import Stores
from audobon.system.clones import clone_file
from audobon.system.files import free_name, mode_for, sync_folder, translate_os_error

__all__ = ["put_content"]


def put_content(stores: Stores, digest: str, target: Path, *, mode: int | None = None) -> str:
    """Make ``target`` the file with this sha256; its folder exists.

    It appears complete, proved and durable, or stays as it was. Where an asset
    on the same volume has these bytes, and the file system can, both share
    their blocks until one is written: no time to copy and no space. ``mode``
    as in ``ChunkStore.restore``, whose errors it raises. Returns its note.
    """
    bits = mode_for(target) if mode is None else mode
    for asset in stores.catalog.by_digest(digest):
        found = stat_file(asset.file)
        if not isinstance(found, Found) or asset.file == str(target):
            continue
        if (found.size, found.mtime_ns) != (asset.size, asset.mtime_ns):
            continue
        if _cloned(Path(asset.file), target, digest, bits):
            return ""
    return stores.chunks.restore(digest, target, mode=bits).note


def _cloned(source: Path, target: Path, digest: str, mode: int) -> bool:
    clone = free_name(target.parent)
    try:
        if source.stat().st_dev != target.parent.stat().st_dev or not clone_file(source, clone):
            return False
        try:
            with clone.open("rb+") as stream:
                # The original may have changed since it was looked at.
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    return False
                os.fsync(stream.fileno())
            clone.chmod(mode)
            clone.replace(target)
        finally:
            clone.unlink(missing_ok=True)
        sync_folder(target.parent)
    except OSError as error:
        raise translate_os_error(error, target) from error
    return True
