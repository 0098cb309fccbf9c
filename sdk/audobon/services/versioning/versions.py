"""Make versions of the library, and list them.

Order of a commit: bytes into the chunk store, made durable; then the git
objects; then the branch moves by compare-and-swap; then the catalog notes how
far it is committed. A crash in between leaves bytes that nothing refers to
yet, never a version that lacks some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import attrs

from audobon.codec.manifest import Manifest, dump_library, parse_manifest
from audobon.errors import AudobonError, Busy, Cancelled, Conflict, Corrupt
from audobon.model.asset import Asset
from audobon.model.version import Pointer, Version
from audobon.services.core.audit import record
from audobon.services.core.mergestate import need_no_merge
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import Progress, refresh
from audobon.services.versioning.compare import committed_mark
from audobon.services.versioning.contents import Contents
from audobon.services.versioning.draft import Draft, author_of
from audobon.services.versioning.journal import carry_on
from audobon.services.versioning.repacking import queue_repack
from audobon.storage.history import manifest_path
from audobon.storage.sqlite import MEND_HINT

__all__ = ["commit", "commit_aside", "contents_at", "drafted", "log"]

_TRIES = 5
# Under our lock only a plain git client can move the branch in between, and it
# does not do so five times in a row.


def commit(
    stores: Stores,
    message: str,
    *,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Version:
    """Make a version of everything as it is on disk and in the catalog now.

    Returns the newest version when there is nothing to commit, unchanged but for what was skipped.
    """
    from audobon.services.core.queue import queue_packing

    stores.need_writable("make a version")
    with stores.commit_lock():
        need_no_merge(stores, "make a version")
        _need_sound(stores)
        carry_on(stores, back=True)
        unseen = refresh(stores, cancel=cancel, heavy_later=True, away_stays=True).left_out
        stores.catalog.forget_arrived()
        for attempt in range(_TRIES):
            try:
                version = _commit(stores, message, progress, cancel)
                queue_packing(stores)
                return _with_skipped(version, unseen)
            except Conflict:
                if attempt == _TRIES - 1:
                    raise
            except Corrupt:
                if attempt == _TRIES - 1 or not stores.chunks.mend_index():
                    raise
    raise AssertionError("unreachable")


def _with_skipped(version: Version, unseen: Sequence[tuple[str, Exception]]) -> Version:
    if not unseen:
        return version
    skipped = tuple(dict([*unseen, *version.stats.skipped]).items())
    return attrs.evolve(version, stats=attrs.evolve(version.stats, skipped=skipped))


def log(stores: Stores, asset: Asset | None, *, limit: int, revision: str) -> tuple[Version, ...]:
    """The newest versions first; with an asset, those in which it changed."""
    if stores.read_only and revision == "HEAD" and not stores.place.history.exists():
        return ()  # a library without a version; nobody may begin its history here
    history = stores.history
    if history.head() is None:
        return ()
    path = None if asset is None else manifest_path(asset.id)
    return history.log(revision, limit=limit, path=path)


def contents_at(
    stores: Stores, asset: Asset, revisions: Sequence[str]
) -> tuple[Pointer | None, ...]:
    """See ``Library.contents_at``."""
    path, found = manifest_path(asset.id), []
    for revision in revisions:
        data = stores.history.read(revision, path)
        manifest = None if data is None else parse_manifest(data)
        there = manifest is not None and manifest.state == "present"
        found.append(Pointer(manifest.digest, manifest.size) if manifest and there else None)
    return tuple(found)


def _commit(
    stores: Stores,
    message: str,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Version:
    history, catalog = stores.history, stores.catalog
    head = history.head()
    mark = committed_mark(history.current_branch())
    clock = catalog.clock()
    with Contents(stores) as contents:
        draft = drafted(stores, contents, head, progress=progress, cancel=cancel)
        contents.flush()
        version = history.commit(
            draft.changes(),
            message=message,
            author=author_of(stores.author),
            time=stores.now(),
            expected=head,
            stats=attrs.evolve(draft.stats, stored=contents.new_bytes),
        )
        contents.settle()
    with suppress(Busy):  # the version is made: that nobody packs it tighter is no reason to fail
        queue_repack(stores, draft.contents)
        queue_repack(stores, draft.outlived, replaced=draft.outlived)
    # What was skipped stays dirty, so that the next version looks at it again.
    catalog.set_meta(mark, str(min([clock, *(seq - 1 for seq in draft.skipped_seqs)])))
    if version.id == head:
        return version
    record(stores, "commit", message, version=version.id)
    skipped, unread = tuple(draft.skipped), tuple(draft.unread)
    stats = attrs.evolve(version.stats, skipped=skipped, unread=unread)
    return attrs.evolve(version, stats=stats)


def commit_aside(
    stores: Stores,
    contents: Contents,
    ref: str,
    message: str,
    *,
    time: datetime,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> tuple[Draft, str]:
    """Everything as it is now as a version under a ref of its own; the branch does not move.

    Under the commit lock, after a look at the disk.
    """
    _need_sound(stores)
    history = stores.history
    head = history.head()
    draft = drafted(stores, contents, head, progress=progress, cancel=cancel)
    contents.flush()
    if head is not None:
        history.set_ref(ref, head)
    version = history.commit(
        draft.changes(),
        message=message,
        author=author_of(stores.author),
        time=time,
        expected=head,
        ref=ref,
        stats=draft.stats,
    )
    contents.settle()
    return draft, version.id


def _need_sound(stores: Stores) -> None:
    """Damage stays out of the history: the catalog is built again from there."""
    if damage := stores.catalog.damage:
        raise Corrupt(
            f"no version is made of a damaged catalog: {damage[0]}",
            subject=str(stores.place.catalog),
            hint=MEND_HINT,
        )


def drafted(
    stores: Stores,
    contents: Contents,
    head: str | None,
    *,
    progress: Progress | None,
    cancel: Callable[[], bool],
) -> Draft:
    """Everything uncommitted as a draft on top of ``head``; its bytes go into ``contents``.

    Under the commit lock, after a look at the disk.
    """
    catalog = stores.catalog
    mark = committed_mark(stores.history.current_branch())
    dirty = catalog.dirty(int(catalog.meta(mark) or 0) if head else 0)
    before = _manifests(stores, head, dirty)
    draft = Draft()
    for number, asset in enumerate(dirty):
        if cancel():
            raise Cancelled("making the version was cancelled; no version was made")
        if progress is not None:
            progress(number, len(dirty), asset.path)
        try:
            draft.take(stores, contents.stored(asset), before.get(asset.id))
        except (AudobonError, OSError) as error:
            draft.skip(asset, error)
    draft.library(dump_library(catalog.vocabulary()))
    return draft


def _manifests(stores: Stores, head: str | None, assets: Sequence[Asset]) -> dict[str, Manifest]:
    if head is None:
        return {}
    paths = {manifest_path(asset.id): asset.id for asset in assets}
    found = stores.history.read_many(head, list(paths))
    return {paths[path]: parse_manifest(data) for path, data in found.items() if data is not None}
