"""Packs made of groups and items of other packs, for those who write the store anew.

The old packs stay until the new ones are durable and in the index; whoever
removes them then holds the writer lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audobon.errors import Corrupt
from audobon.storage.chunks.layout import KIND_CHUNKS, KIND_RECIPES, Group
from audobon.storage.chunks.packfiles import PLAIN, PackFiles, Source
from audobon.storage.chunks.packs import Items, PackWriter, decode_group, hash_id
from audobon.storage.chunks.series import GROUP, Series

__all__ = ["SMALL", "Rewriting", "proved"]

SMALL = 4 << 20
"""Packs below it are gathered into large ones. Each push of a plain git client and each small
version makes one."""


def proved(file: Source, group: Group, name: str) -> bytes:
    """The stored bytes of a group; Corrupt when they are not what its checksum says."""
    file.seek(group.offset)
    stored = file.read(group.stored)
    if len(stored) != group.stored or hash_id(stored) != group.checksum:
        raise Corrupt(
            f"pack {name} is damaged, so nothing is collected",
            subject=name,
            hint="'audobon doctor --repair' sets it aside",
        )
    return stored


class Rewriting:
    """New packs, made of groups and items of old ones."""

    def __init__(self, folder: Path, files: PackFiles = PLAIN) -> None:
        self._series = Series(folder, files)
        self._loose: dict[int, Items] = {kind: Items() for kind in (KIND_CHUNKS, KIND_RECIPES)}

    def take(self, group: Group, stored: bytes, live: Sequence[int]) -> None:
        """Keep the items of ``group`` with the numbers ``live``; whole groups as they are."""
        if len(live) == len(group.lengths):
            self._series.open().copy(group, stored)
            self._series.seal_if_full()
            return
        data = decode_group(group.codec, stored, group.raw)
        wanted, loose = set(live), self._loose[group.kind]
        for number, (item, start, length) in enumerate(group.items()):
            if number in wanted:
                extra = group.extra[number] if group.extra else None
                loose.add(item, data[start : start + length], extra)
        if len(loose.data) >= GROUP:
            self._close(group.kind)

    def finish(self) -> None:
        for kind in self._loose:
            self._close(kind)
        self._series.seal()

    def publish(self) -> list[PackWriter]:
        """Give all packs their names, durably."""
        return self._series.publish()

    def discard(self) -> None:
        self._series.discard()

    def _close(self, kind: int) -> None:
        loose = self._loose[kind]
        if loose.lengths:
            loose.into(self._series.open(), kind)
            self._loose[kind] = Items()
            self._series.seal_if_full()
