"""Bytes that are not here, out of whichever remote has them, at the moment they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.errors import AudobonError, Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from audobon.codec.manifest import Manifest
    from audobon.model.asset import Asset
    from audobon.model.remote import FetchReport
    from audobon.services.core.stores import Stores
    from audobon.services.depot.fetching import Prove
    from audobon.services.files.ingest import Progress
    from audobon.storage.chunks import ChunkStore

__all__ = ["Staying", "at_remotes", "bring", "supplied", "supplier"]


@frozen
class Staying:
    """Whose files stay at a remote when a version is adopted."""

    lazy: bool
    known: frozenset[str]
    _stores: Stores

    @classmethod
    def of(cls, stores: Stores) -> Staying:
        from audobon.services.places.remotebook import read_book

        return cls(read_book(stores.place).lazy, stores.catalog.away(), stores)

    def away(self, was: Manifest | None, will: Manifest, file: Path) -> bool:
        """Whether the file of ``will`` is not to be written: it never was here, or no more.

        One that is not in the version before may be new, or have been deleted; what was here once
        has left its bytes in the store.
        """
        if file.exists():
            return False
        if will.id in self.known:
            return True
        return self.lazy and was is None and not self._stores.chunks.has(will.digest)


def supplier(stores: Stores, chunks: ChunkStore) -> Callable[[str], bool]:
    """What a chunk store asks for a file that it does not have."""

    def supply(digest: str) -> bool:
        if not (stores.place.state / "remotes.json").exists():
            return False
        return not _fetch(stores, chunks, [digest], None, lambda: False)

    return supply


def supplied(
    stores: Stores,
    lacking: Iterable[str],
    *,
    prove: Prove | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> frozenset[str]:
    """Those of some files, none of them here, that no remote has either; the others are here now.

    ``prove`` as in ``fetch`` of a depot. Unavailable where a remote that may have them cannot be
    asked.
    """
    wanted = list(lacking)
    if not wanted or not (stores.place.state / "remotes.json").exists():
        return frozenset(wanted)
    return frozenset(_fetch(stores, stores.chunks, wanted, progress, cancel, prove))


def at_remotes(stores: Stores, digests: Iterable[str]) -> frozenset[str]:
    """Those of some files that a remote had whole when it was last asked; nothing is asked now."""
    from audobon.services.depot.contents import told
    from audobon.services.places.remotebook import read_book
    from audobon.services.places.remoteplace import cache_of

    wanted = list(digests)
    found: set[str] = set()
    for entry in read_book(stores.place).remotes if wanted else ():
        found |= told(cache_of(stores.place, entry.name), wanted, key=stores.place.key)
    return frozenset(found)


def _fetch(
    stores: Stores,
    chunks: ChunkStore,
    wanted: Sequence[str],
    progress: Callable[[int, int], None] | None,
    cancel: Callable[[], bool],
    prove: Prove | None = None,
) -> list[str]:
    from audobon.services.depot import fetch
    from audobon.services.places.remotebook import read_book
    from audobon.services.places.remoteplace import depot_of

    failed: AudobonError | None = None
    left = list(wanted)
    for entry in read_book(stores.place).remotes:
        if not left:
            break
        try:
            with depot_of(stores, entry) as depot:
                depot.contents.refresh(cancel=cancel)
                got = fetch(depot, chunks, left, prove=prove, progress=progress, cancel=cancel)
                left = list(got.lacking)
        except (Unavailable, NotFound) as error:
            failed = failed or Unavailable(
                f"the remote {entry.name!r} cannot be asked for {len(left)} files: {error}",
                subject=entry.url,
                hint="try again when it is there",
            )
    if left and failed is not None:
        raise failed
    return left


def bring(
    stores: Stores,
    assets: Sequence[Asset],
    *,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> FetchReport:
    """See ``Library.fetch``."""
    from audobon.model.remote import FetchReport
    from audobon.services.files.ingest import add
    from audobon.services.files.placing import Wanted, put_contents
    from audobon.services.places.arriving import Arriving
    from audobon.services.places.recoverplaces import in_place

    stores.need_writable("fetch files")
    away = [asset for asset in assets if asset.state == "remote"]
    digests = {asset.digest for asset in away}
    if "" in digests:
        raise Invalid("an asset without a digest was never committed, so no remote has it")
    with stores.commit_lock():
        targets = {one.digest: Path(one.file) for one in away if not Path(one.file).exists()}
        count = None if progress is None else _counted(progress)
        # Also a file that an earlier call made before it was killed: it is taken in now.
        arriving = Arriving(stores)
        arriving.tell(Path(one.file) for one in away if Path(one.file).is_file())
        written, size, failed = [], 0, list[AudobonError]()

        def arrived(digest: str) -> None:
            arriving.tell([targets[digest]])

        with in_place(
            *(stores.place, targets, cancel),
            passing=True,
            durable=True,
            written=stores.written,
            arrived=arrived,
        ) as making:
            try:
                lacking = supplied(
                    *(stores, stores.chunks.missing(digests)),
                    prove=making,
                    progress=count,
                    cancel=cancel,
                )
            finally:
                arriving.end()
                sizes = {asset.digest: asset.size for asset in away}
                for digest in sorted(making.made):
                    written.append(targets[digest])
                    size += sizes[digest]
        wanted = [
            Wanted(asset.digest, asset.size, Path(asset.file))
            for asset in away
            if asset.digest not in lacking and not Path(asset.file).exists()
        ]
        for placed in put_contents(stores, wanted, cancel=cancel):
            if placed.error is not None:
                failed.append(placed.error)
            else:
                written.append(placed.wanted.target)
                size += placed.wanted.size
        add(stores, [one.target for one in wanted if one.target in written])
        stores.catalog.forget_arrived()
        stores.index.catch_up()
    if failed:
        raise failed[0]
    names = {asset.file: f"{asset.root}/{asset.path}" for asset in away}
    shown = tuple(sorted(names.get(str(path), str(path)) for path in written))
    return FetchReport(shown, size, tuple(sorted(lacking)))


def _counted(progress: Progress) -> Callable[[int, int], None]:
    return lambda done, total: progress(done, total, "")
