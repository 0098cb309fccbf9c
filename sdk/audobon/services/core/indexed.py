"""The search index of a library: where it lies, and whether words are read in other languages."""

from __future__ import annotations

import os
from pathlib import Path

from audobon.services.core.feed import CatalogFeed
from audobon.services.core.place import Place, read_settings, settings_path
from audobon.storage.catalog import Catalog
from audobon.storage.index import SearchIndex
from audobon.storage.writing import WritingStore
from audobon.system.variables import switched_off

__all__ = ["LANGUAGES", "index_of"]

LANGUAGES = "languages"
"""The switch: on until ``off`` in ``library.toml``, or this process's environment, has it."""


def index_of(
    place: Place, catalog: Catalog, writing: WritingStore, *, read_only: bool = False
) -> SearchIndex:
    """Nothing is opened before the first use."""
    return SearchIndex(
        *(_folder(place), CatalogFeed(catalog, writing.of)),
        read_only=read_only,
        languages=_Switch(place).is_on,
    )


def _folder(place: Place) -> Path | None:
    """Where the search index lies: nowhere, but in memory, where words may not be on the disk."""
    return None if place.files.sealed else place.index


class _Switch:
    """Asked by every search, so the file is read only when it is another one than before."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: tuple[tuple[int, int, int] | None, bool] | None = None

    def is_on(self) -> bool:
        if switched_off(LANGUAGES):
            return False
        try:
            status = os.stat(settings_path(self._place))
        except OSError:
            return True
        state = (status.st_mtime_ns, status.st_ino, status.st_size)
        if self._known is None or self._known[0] != state:
            self._known = (state, LANGUAGES not in read_settings(self._place).off)
        return self._known[1]
