"""What the makers of previews hand in: pictures for the store, digests and colours for the
catalog."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from typing import Any

from audobon.services.core.stores import Stores
from audobon.services.files.ingest import add
from audobon.services.previews.imprints import SEEN_FROM
from audobon.storage.previews import Picture
from audobon.system.files import free_name, sweep_leftovers, translate_os_error

__all__ = ["Shelf"]

_FULL = 64
_FULL_BYTES = 8 << 20
_LONGEST_S = 0.25
# A transaction costs as much as some pictures; who scrolls sees what is made within this time.

Item = Mapping[str, Any]


class Shelf:
    """Takes answers of the task ``preview`` and writes many at a time; ``settle`` ends it.

    Workers put their pictures into the file :attr:`path`. A context manager,
    which removes it.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._pictures: list[Picture] = []
        self._made: list[tuple[Item, Item]] = []
        self._bytes = 0
        self._since = time.monotonic()

    def __enter__(self) -> Shelf:
        files, folder = self._stores.place.files, self._stores.place.previews
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep_leftovers(folder)
            folder = files.working() if files.sealed else folder
            self.path = str(free_name(folder))
            flags = os.O_RDONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._file = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise translate_os_error(error, folder) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        with contextlib.suppress(OSError):
            os.unlink(self.path)

    def take(self, item: Item, answer: Item) -> None:
        """One preview: ``item`` is what was asked for. Raises as ``PreviewStore.put``."""
        self._made.append((item, answer))
        if answer["picture"] is not None:
            data = self._read(*answer["picture"])
            self._pictures.append(Picture(answer["digest"], int(item["size"]), data))
            self._bytes += len(data)
        if (
            len(self._pictures) >= _FULL
            or self._bytes >= _FULL_BYTES
            or time.monotonic() - self._since >= _LONGEST_S
        ):
            self._write()

    def settle(self, *, asset: bool = True) -> int:
        """Write what is left, note digests that were not known, and say how many there were.

        Without ``asset`` the pictures are of no asset's file, and nothing is noted.
        """
        self._write()
        if asset:
            _note_digests(self._stores, self._made)
            _note_colors(self._stores, self._made)
            _note_imprints(self._stores, self._made)
        return len(self._made)

    def _read(self, begin: int, length: int) -> bytes:
        os.lseek(self._file, begin, os.SEEK_SET)
        return os.read(self._file, length)

    def _write(self) -> None:
        if self._pictures:
            self._stores.previews.put(self._pictures)
        self._pictures, self._bytes, self._since = [], 0, time.monotonic()


def _note_digests(stores: Stores, made: list[tuple[Item, Item]]) -> None:
    """Whoever makes a preview has read the whole file: keep its digest if it was unknown.

    Where other bytes were met than the catalog knows, the file is added anew.
    """
    stale = [
        item["path"]
        for item, answer in made
        if item["digest"] and answer["digest"] not in ("", item["digest"])
    ]
    if stale:
        add(stores, stale)
    unknown = {int(item["key"]): answer for item, answer in made if not item["digest"]}
    if not unknown:
        return
    pairs = []
    for asset in stores.catalog.by_key(list(unknown)):
        answer = unknown[asset.key]
        if answer["digest"] and (asset.size, asset.mtime_ns) == (
            answer["size"],
            answer["mtime_ns"],
        ):
            pairs.append((asset.key, answer["digest"]))
    stores.catalog.set_digests(pairs)


def _note_colors(stores: Stores, made: list[tuple[Item, Item]]) -> None:
    found = {
        str(answer["digest"]): bytes.fromhex(answer["colors"])
        for _, answer in made
        if answer["digest"] and answer["colors"] is not None
    }
    if found:
        stores.catalog.set_colors(found)


def _note_imprints(stores: Stores, made: list[tuple[Item, Item]]) -> None:
    found = {
        bytes.fromhex(answer["digest"]): bytes.fromhex(answer["imprint"])
        for item, answer in made
        if answer["digest"] and answer["imprint"] is not None and int(item["size"]) >= SEEN_FROM
    }
    if found:
        stores.imprints.put(found)
