"""The part of the store that lets go of what nobody needs; ``collect`` does the work."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.errors import Invalid
from audobon.storage.chunks.index import ChunkIndex
from audobon.storage.chunks.model import Cancel, Progress, Swept
from audobon.system.files import translate_os_error

if TYPE_CHECKING:
    from audobon.storage.chunks.erasing import Owned
    from audobon.storage.chunks.reader import Reader

__all__ = ["Collecting", "digest_key"]


class Collecting:
    """Part of :class:`ChunkStore`."""

    folder: Path
    _index: ChunkIndex

    if TYPE_CHECKING:

        def _must_write(self) -> None: ...
        def _refresh(self) -> None: ...
        def _open_reader(self) -> Reader: ...
        def _locked(self, timeout_s: float = ...) -> AbstractContextManager[None]: ...

    def collect(
        self,
        wanted: Iterable[str],
        *,
        now: float,
        grace_s: float,
        dry_run: bool = False,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        timeout_s: float = 10.0,
    ) -> Swept:
        """Remove what no ``wanted`` file (by digest) needs, and has not for ``grace_s`` seconds.

        ``now`` counts from 1970. Readers go on, writers wait their turn.
        Whoever relies on :meth:`has` without storing the file again holds a lock
        of their own against this. Corrupt, with nothing removed, when what is
        needed cannot be read. A dry run changes nothing and takes no lock.
        """
        from audobon.storage.chunks.collect import Collector

        if not dry_run:
            self._must_write()
        keys = [digest_key(digest) for digest in wanted]
        with nullcontext() if dry_run else self._locked(timeout_s):
            try:
                if not dry_run:
                    self._refresh()
                store = (self.folder, self._index, self._open_reader())
                return Collector(*store, now, grace_s, progress, cancel).run(keys, dry_run=dry_run)
            except OSError as exc:
                raise translate_os_error(exc, self.folder) from exc

    def owned(self, digests: Iterable[str]) -> Owned:
        """What only these files have here; takes no lock. Corrupt."""
        from audobon.storage.chunks.erasing import Eraser, owned

        store = Eraser(self.folder, self._index, self._open_reader(), 0.0, 0.0)
        return owned(store, {digest_key(digest) for digest in digests})

    def erase(self, digests: Iterable[str], *, timeout_s: float = 60.0) -> int:
        """Let go of files at once and for good, with all that no other file needs.

        How many packs were removed or written anew. Readers go on, writers wait
        their turn. Corrupt, with nothing removed, when what other files need
        cannot be read. Killed at any moment it is called again.
        """
        from audobon.storage.chunks.erasing import Eraser

        self._must_write()
        keys = {digest_key(digest) for digest in digests}
        with self._locked(timeout_s):
            try:
                self._refresh()
                store = (self.folder, self._index, self._open_reader())
                return Eraser(*store, time.time(), 0.0).erase(keys)
            except OSError as exc:
                raise translate_os_error(exc, self.folder) from exc

    def items(self) -> Iterator[tuple[str, bytes]]:
        """The id of every chunk and every recipe that some pack or the index has, and where."""
        from audobon.storage.chunks.erasing import items

        return items(self.folder, self._index, self._open_reader().files)

    def unpacked(self) -> Iterator[tuple[str, bytes, bool]]:
        """Every item of every pack as it was before it was compressed, and whether a file needs it.

        With a name for each. A pack that cannot be read is given as it lies there.
        """
        from audobon.storage.chunks.erasing import unpacked

        return unpacked(self.folder, self._index, self._open_reader())

    def small_packs(self) -> int:
        """How many packs are of a size that :meth:`gather` makes larger ones of."""
        from audobon.storage.chunks.gather import small_packs

        return len(small_packs(self._index))

    def gather(self, *, timeout_s: float = 10.0) -> int:
        """Make large packs of the small ones, all that is in them included; how many went.

        Readers go on, writers wait their turn. Takes the writer lock.
        """
        from audobon.storage.chunks.gather import gather

        self._must_write()
        with self._locked(timeout_s):
            try:
                self._refresh()
                return gather(self.folder, self._index, self._open_reader())
            except OSError as exc:
                raise translate_os_error(exc, self.folder) from exc


def digest_key(digest: str) -> bytes:
    """The 32 bytes of a sha256 in hex. Invalid for anything else."""
    try:
        key = bytes.fromhex(digest)
    except ValueError:
        key = b""
    if len(key) != 32 or len(digest) != 64:
        raise Invalid(f"{digest!r} is not a sha256 in 64 hex digits", subject=digest)
    return key
