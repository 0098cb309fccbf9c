"""Packs made of groups and items of other packs, for those who write the store anew.

The old packs stay until the new ones are durable and in the index; whoever
removes them then holds the writer lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from audobon.errors import AudobonError, Corrupt
from audobon.storage.chunks.layout import KIND_CHUNKS, KIND_RECIPES, Group
from audobon.storage.chunks.packfiles import PLAIN, PackFiles, Source
from audobon.storage.chunks.packs import Items, PackWriter, decode_group, hash_id
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["SMALL", "Rewriting", "proved"]

SMALL = 4 << 20
"""Packs below it are gathered into large ones. Each push of a plain git client and each small
version makes one."""
_PACK = 32 << 20  # as the writer has it
_GROUP = 1 << 20


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
        self._folder = folder
        self._files = files
        self._serial = 0
        self._pack: PackWriter | None = None
        self._sealed: list[PackWriter] = []
        self._loose: dict[int, Items] = {kind: Items() for kind in (KIND_CHUNKS, KIND_RECIPES)}

    def take(self, group: Group, stored: bytes, live: Sequence[int]) -> None:
        """Keep the items of ``group`` with the numbers ``live``; whole groups as they are."""
        if len(live) == len(group.lengths):
            self._open().copy(group, stored)
            self._seal_if_full()
            return
        data = decode_group(group.codec, stored, group.raw)
        wanted, loose = set(live), self._loose[group.kind]
        for number, (item, start, length) in enumerate(group.items()):
            if number in wanted:
                extra = group.extra[number] if group.extra else None
                loose.add(item, data[start : start + length], extra)
        if len(loose.data) >= _GROUP:
            self._close(group.kind)

    def finish(self) -> None:
        for kind in self._loose:
            self._close(kind)
        self._seal()

    def publish(self) -> list[PackWriter]:
        """Give all packs their names, durably."""
        done: dict[str, PackWriter] = {}
        for pack in self._sealed:
            pack.publish()
            done[pack.name] = pack
        if done:
            try:
                sync_folder(self._folder)
            except OSError as exc:
                raise translate_os_error(exc, self._folder) from exc
        return list(done.values())

    def discard(self) -> None:
        for pack in [*self._sealed, *([self._pack] if self._pack else [])]:
            with suppress(AudobonError):
                pack.discard()

    def _open(self) -> PackWriter:
        if self._pack is None:
            self._serial += 1
            self._pack = PackWriter(self._folder, serial=self._serial, files=self._files)
        return self._pack

    def _close(self, kind: int) -> None:
        loose = self._loose[kind]
        if loose.lengths:
            loose.into(self._open(), kind)
            self._loose[kind] = Items()
            self._seal_if_full()

    def _seal_if_full(self) -> None:
        if self._pack is not None and self._pack.size >= _PACK:
            self._seal()

    def _seal(self) -> None:
        if self._pack is not None:
            self._pack.seal()
            self._sealed.append(self._pack)
            self._pack = None
