"""Bring the bytes of assets into the chunk store while a version is made."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

import attrs
from attrs import define, field

from audobon.errors import AudobonError
from audobon.model.asset import Asset
from audobon.services.core.fingerprint import fingerprint
from audobon.services.core.stores import Stores
from audobon.storage.catalog import FileUpdate

if TYPE_CHECKING:
    from audobon.storage.chunks import Stored
    from audobon.storage.chunks.writer import Writer

__all__ = ["Contents", "store_again"]


_PAGE, _MOST = 4 << 10, 64 << 10
"""Bytes of a chunk of a database: a page of SQLite at least, at most what others have on average.
Between them the square root of its size: there a dozen changed chunks, compressed to an eighth, and
the changed parts of the list with the ids of all parts take the least together. Of the 162 MB of
100,000 assets a few edits then take 30 KB, in chunks of 4 KiB 48 and of 64 KiB 58."""


def store_again(stores: Stores, lost: Iterable[str]) -> None:
    """Store contents that the chunk store has lost once more, as far as they lie on disk."""
    assets = [asset for digest in lost for asset in stores.catalog.by_digest(digest)]
    if not assets or stores.read_only:
        return
    with Contents(stores) as contents:
        for asset in assets:
            with contextlib.suppress(AudobonError, OSError):
                contents.keep(asset.file)
        contents.flush()


@define
class Contents:
    """A context in which assets' bytes are stored; the store's writer opens at the first need.

    ``new_bytes`` is what the store grew by on disk, known after :meth:`flush`.
    """

    stores: Stores
    new_bytes: int = 0
    _writer: Writer | None = None
    _digests: list[tuple[int, str]] = field(factory=list)
    _updates: list[FileUpdate] = field(factory=list)

    def __enter__(self) -> Contents:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.__exit__(kind, error, trace)

    def stored(self, asset: Asset) -> Asset:
        """The asset as its stored bytes say; files that are in the store already are not read.

        Raises OSError or an error of the store when the file cannot be read
        whole and unchanged.
        """
        if asset.state != "present" or (asset.digest and self.stores.chunks.has(asset.digest)):
            return asset
        path = asset.file
        result = self._open().put_file(path)
        if result.digest == asset.digest:
            return asset
        if (result.size, result.mtime_ns) == (asset.size, asset.mtime_ns):
            # The digest had been left for later: the same bytes, now known in full.
            self._digests.append((asset.key, result.digest))
        else:
            partial = fingerprint(path, full_below=0).partial
            self._updates.append(
                FileUpdate(
                    asset.key, result.size, result.mtime_ns, partial, result.digest, facts=None
                )
            )
        return attrs.evolve(asset, digest=result.digest, size=result.size, mtime_ns=result.mtime_ns)

    def keep(self, path: str) -> Stored:
        """Store the bytes of any file, known or not."""
        return self._open().put_file(path)

    def keep_bytes(self, data: bytes) -> Stored:
        """Store bytes that lie in no file."""
        return self._open().put_bytes(data)

    @contextlib.contextmanager
    def evenly(self, size: int) -> Iterator[None]:
        """What is kept in the block, of about ``size`` bytes, is cut as a database: in pages.

        A change there is in a dozen pages all over it. Cut where the content says so, all of it
        would be new each time.
        """
        writer = self._open()
        writer.each = min(max(1 << math.isqrt(size).bit_length(), _PAGE), _MOST)
        try:
            yield
        finally:
            writer.each = 0

    def flush(self) -> None:
        """Make everything stored so far durable."""
        if self._writer is not None:
            self._writer.flush()
            self.new_bytes = self._writer.stored_bytes

    def settle(self) -> None:
        """Tell the catalog what the bytes turned out to be."""
        stores = self.stores
        if self._digests:
            stores.catalog.set_digests(self._digests)
        if self._updates:
            stores.catalog.update_files(self._updates, author=stores.author, now=stores.now())

    def _open(self) -> Writer:
        if self._writer is None:
            self._writer = self.stores.chunks.writer(timeout_s=60.0).__enter__()
        return self._writer
