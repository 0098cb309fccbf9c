"""Counts and sizes, for people who ask what a library holds and costs."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import frozen

from audobon.services.core.stores import Stores
from audobon.services.versioning.compare import committed_mark

__all__ = ["Stats", "stats"]


_ALL = 1 << 31


@frozen(slots=True)
class Stats:
    """Sizes are bytes. ``kinds`` and ``jobs`` are ``(name, count)`` pairs.

    ``assets`` are those whose files are here, with ``asset_bytes`` and ``kinds``. Beside them
    ``remote`` are at a remote only (``fetch`` brings them), and ``missing`` are gone from their
    places, with no note that a remote has them.

    ``stored_raw`` is what all stored files together would take as plain
    copies, ``stored_bytes`` what the chunk store takes on disk.
    ``uncommitted`` counts the assets that changed since the newest version.
    """

    assets: int
    asset_bytes: int
    missing: int
    kinds: tuple[tuple[str, int], ...]
    tags: int
    catalogs: int
    versions: int
    stored_files: int
    stored_raw: int
    stored_bytes: int
    previews: int
    preview_bytes: int
    index_bytes: int
    jobs: tuple[tuple[str, int], ...]
    uncommitted: int = 0
    remote: int = 0


def stats(stores: Stores) -> Stats:
    """See ``Library.stats``."""
    counts = stores.catalog.stats()
    versions, since, kept = 0, 0, None
    if stores.place.history.exists() and stores.history.head() is not None:
        versions = len(stores.history.log(limit=_ALL))
        mark = committed_mark(stores.history.current_branch())
        since = int(stores.catalog.meta(mark) or 0)
    if stores.place.chunks.exists():
        kept = stores.chunks.stats()
    return Stats(
        assets=counts.present,
        asset_bytes=counts.size,
        missing=counts.missing,
        remote=counts.remote,
        kinds=counts.kinds,
        tags=counts.tags,
        catalogs=counts.catalogs,
        versions=versions,
        stored_files=kept.files if kept else 0,
        stored_raw=kept.raw_bytes if kept else 0,
        stored_bytes=kept.stored_bytes if kept else 0,
        previews=stores.previews.count(),
        preview_bytes=folder_size(stores.place.previews)[1],
        index_bytes=folder_size(stores.place.index.parent / "index")[1],
        jobs=tuple(sorted(stores.jobs.counts().items())),
        uncommitted=stores.catalog.changed(since, removed=bool(since)),
    )


def folder_size(folder: Path) -> tuple[int, int]:
    """Number of files below ``folder`` and their bytes; 0 where there is none."""
    count, size = 0, 0
    for here, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.stat(os.path.join(here, name)).st_size
            except OSError:  # removed meanwhile by its owner
                continue
            count += 1
    return count, size
