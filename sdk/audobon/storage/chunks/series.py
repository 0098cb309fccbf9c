"""Packs that are filled one after the other."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from audobon.errors import AudobonError
from audobon.storage.chunks.packfiles import PLAIN, PackFiles
from audobon.storage.chunks.packs import PackWriter
from audobon.system.files import sync_folder, translate_os_error

__all__ = ["GROUP", "Series"]

# Groups of 1 MB keep nearly all of what compressing whole files gains (single
# chunks lose 44 % of it) and cost 1.5 ms to open for one chunk.
GROUP = 1 << 20
# Packs of 16 to 64 MB are what restic and Xet came to: few enough files,
# small enough to rewrite.
_PACK = 32 << 20


class Series:
    """New packs in ``folder``, the next one begun where one is full; ``files`` makes them."""

    def __init__(self, folder: Path, files: PackFiles = PLAIN) -> None:
        self.folder = folder
        self._files = files
        self._serial = 0
        self._pack: PackWriter | None = None
        self.direct = False
        """Whether packs are written past the page cache."""
        self.sealed: list[PackWriter] = []
        """Those that are complete and not published, in the order in which they were filled."""

    def open(self) -> PackWriter:
        """The pack that is being filled."""
        if self._pack is None:
            self._serial += 1
            self._pack = PackWriter(
                self.folder, serial=self._serial, files=self._files, direct=self.direct
            )
        return self._pack

    def seal_if_full(self) -> bool:
        """Whether the pack was full and is complete now."""
        full = self._pack is not None and self._pack.size >= _PACK
        if full:
            self.seal()
        return full

    def seal(self) -> None:
        """What is being filled is complete."""
        if self._pack is not None:
            self._pack.seal()
            self.sealed.append(self._pack)
            self._pack = None

    def publish(self) -> list[PackWriter]:
        """Give the complete packs their names, durably and in order; each once."""
        done: dict[str, PackWriter] = {}
        for pack in self.sealed:
            pack.publish()
            done[pack.name] = pack
        if done:
            try:
                sync_folder(self.folder)
            except OSError as exc:
                raise translate_os_error(exc, self.folder) from exc
        return list(done.values())

    def discard(self) -> None:
        """Let go of what was not published."""
        for pack in [*self.sealed, *([self._pack] if self._pack else [])]:
            with suppress(AudobonError):
                pack.discard()
        self.sealed, self._pack = [], None
