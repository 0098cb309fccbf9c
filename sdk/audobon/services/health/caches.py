"""What a library keeps only to be quicker: how much it is, and how to be rid of it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from audobon.services.core.cachebudget import budget, need_name, set_budget
from audobon.services.core.resultcache import trim
from audobon.services.core.stores import Stores
from audobon.services.health.stats import folder_size

__all__ = ["CacheSize", "Cleared", "cache_sizes", "clear_caches", "limit_cache"]

_FRESH_S = 60.0
# What was made a moment ago may be on its way to whoever asked for it.
_NOTE = ".json"


@frozen(slots=True)
class CacheSize:
    """A cache by name: ``previews``, ``details`` (of differences) or ``results`` (of pipelines).

    ``size`` is in bytes on disk, ``budget`` how many it may become.
    """

    name: str
    files: int
    size: int
    budget: int = 0


@frozen(slots=True)
class Cleared:
    """What was freed of each cache, in bytes."""

    caches: tuple[CacheSize, ...]

    @property
    def freed(self) -> int:
        return sum(cache.size for cache in self.caches)


def _folders(stores: Stores) -> dict[str, Path]:
    place = stores.place
    return {"previews": place.previews, "details": place.details, "results": place.results}


def cache_sizes(stores: Stores) -> tuple[CacheSize, ...]:
    """The size of each cache, all of which may be cleared."""
    return tuple(
        CacheSize(name, *folder_size(at), budget(stores.catalog, name))
        for name, at in _folders(stores).items()
    )


def limit_cache(stores: Stores, name: str, size: int | None) -> CacheSize:
    """Give a cache another budget and let go what is over it; see ``Library.limit_cache``."""
    stores.need_writable("give a cache a budget")
    set_budget(stores.catalog, name, size)
    most = budget(stores.catalog, name)
    if name == "previews":
        stores.previews.trim(most, give_back=True)
    else:
        trim(_folders(stores)[name], most)
    return next(cache for cache in cache_sizes(stores) if cache.name == name)


def clear_caches(stores: Stores, names: tuple[str, ...] = ()) -> Cleared:
    """Empty caches, all without ``names``; see ``Library.clear_caches``."""
    stores.need_writable("clear caches")
    folders = _folders(stores)
    for name in names:
        need_name(name)
    freed = []
    for name in names or tuple(folders):
        files, size = folder_size(folders[name])
        if name == "previews":
            stores.previews.clear()
        else:
            _empty(folders[name])
        left_files, left = folder_size(folders[name])
        freed.append(CacheSize(name, max(0, files - left_files), max(0, size - left)))
    return Cleared(tuple(freed))


def _empty(folder: Path) -> None:
    """Remove what is below, notes first, so that none ever tells of a file that is gone."""
    old = time.time() - _FRESH_S
    for notes in (True, False):
        for path in list(_below(folder)):
            if path.endswith(_NOTE) == notes:
                with contextlib.suppress(OSError):  # gone already, or open on Windows
                    if os.stat(path).st_mtime < old:
                        os.unlink(path)
    for here, _, _ in os.walk(folder, topdown=False):
        if here != str(folder):
            with contextlib.suppress(OSError):  # what is not empty stays
                Path(here).rmdir()


def _below(folder: Path) -> Iterator[str]:
    for here, _, names in os.walk(folder):
        yield from (os.path.join(here, name) for name in names)
