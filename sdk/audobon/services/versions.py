"""Make versions of the library, and list them.

Order of a commit: bytes into the chunk store, made durable; then the git
objects; then the branch moves by compare-and-swap; then the catalog notes how
far it is committed. A crash in between leaves bytes that nothing refers to
yet, never a version that lacks some.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

import attrs
from attrs import define, field

from audobon.codec.manifest import (
    Manifest,
    dump_library,
    dump_manifest,
    parse_manifest,
)
from audobon.errors import AudobonError, Busy, Cancelled, Conflict, Corrupt
from audobon.model.asset import Asset
from audobon.model.version import Version, VersionStats
from audobon.services.compare import committed_mark, current_manifest
from audobon.services.contents import Contents
from audobon.services.ingest import Progress, refresh
from audobon.services.queue import queue_packing
from audobon.services.repacking import queue_repack, worth_it
from audobon.services.stores import Stores
from audobon.storage.history import (
    ATTRIBUTES_PATH,
    GITATTRIBUTES,
    LIBRARY_PATH,
    Author,
    TreeChange,
    manifest_path,
    pointer,
)
from audobon.system.names import name_bytes

__all__ = ["commit", "log", "tree_path"]

_TRIES = 5
# Under our lock only a plain git client can move the branch in between, and it
# does not do so five times in a row.


def tree_path(root: str, path: str) -> bytes:
    """Where a file lies in the history's tree."""
    return name_bytes(f"{root}/{path}")


def commit(
    stores: Stores,
    message: str,
    *,
    progress: Progress | None = None,
    cancel: Callable[[], bool] = lambda: False,
) -> Version:
    """Make a version of everything as it is on disk and in the catalog now.

    Returns the newest version unchanged when there is nothing to commit.
    """
    stores.need_writable("make a version")
    with stores.commit_lock():
        refresh(stores, cancel=cancel, heavy_later=True)
        for attempt in range(_TRIES):
            try:
                version = _commit(stores, message, progress, cancel)
                queue_packing(stores)
                return version
            except Conflict:
                if attempt == _TRIES - 1:
                    raise
            except Corrupt:
                if attempt == _TRIES - 1 or not stores.chunks.mend_index():
                    raise
    raise AssertionError("unreachable")


def log(stores: Stores, asset: Asset | None, *, limit: int, revision: str) -> tuple[Version, ...]:
    """The newest versions first; with an asset, those in which it changed."""
    history = stores.history
    if history.head() is None:
        return ()
    path = None if asset is None else manifest_path(asset.id)
    return history.log(revision, limit=limit, path=path)


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
    dirty = catalog.dirty(int(catalog.meta(mark) or 0) if head else 0)
    before = _manifests(stores, head, dirty)
    draft = Draft()
    with Contents(stores) as contents:
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
    # What was skipped stays dirty, so that the next version looks at it again.
    catalog.set_meta(mark, str(min([clock, *(seq - 1 for seq in draft.skipped_seqs)])))
    if version.id == head:
        return version
    return attrs.evolve(version, stats=attrs.evolve(version.stats, skipped=tuple(draft.skipped)))


def _manifests(stores: Stores, head: str | None, assets: Sequence[Asset]) -> dict[str, Manifest]:
    if head is None:
        return {}
    paths = {manifest_path(asset.id): asset.id for asset in assets}
    found = stores.history.read_many(head, list(paths))
    return {paths[path]: parse_manifest(data) for path, data in found.items() if data is not None}


def author_of(text: str) -> Author:
    """``Name <mail>`` as git wants it; a missing mail becomes one that reaches nobody."""
    match = re.fullmatch(r"\s*(.*?)\s*<([^<>]*)>\s*", text)
    name, mail = (match[1], match[2]) if match else (text.strip(), "")
    # git's commit format reserves these characters.
    name = re.sub(r"[<>\n\x00]", "", name) or "unknown"
    return Author(name, mail or "unknown@localhost")


@define
class Draft:
    """The tree changes of the version being made, and what they count as."""

    stats: VersionStats = field(factory=VersionStats)
    skipped: list[tuple[str, Exception]] = field(factory=list)
    skipped_seqs: list[int] = field(factory=list)
    contents: list[str] = field(factory=list)
    """Digests of contents to be repacked."""
    _removals: set[bytes] = field(factory=set)
    _writes: dict[bytes, bytes] = field(factory=dict)

    def take(self, stores: Stores, asset: Asset, before: Manifest | None) -> None:
        """Turn one asset as it is now, against its last committed manifest, into changes."""
        if asset.state == "removed":
            if before is not None:
                self._forget(before)
                self._removals.add(manifest_path(asset.id))
                self._count("removed")
            return
        now = current_manifest(stores, asset)
        if now == before:
            return
        self._writes[manifest_path(asset.id)] = dump_manifest(now)
        moved = before is not None and (before.root, before.path) != (now.root, now.path)
        if before is not None and (moved or now.state != "present"):
            self._forget(before)
        if now.state == "present":
            self._writes[tree_path(now.root, now.path)] = pointer(now.digest, now.size)
            earlier = before.digest if before is not None and before.state == "present" else ""
            self.contents += worth_it(asset, earlier)
        self._count(_status(before, now, moved=moved))

    def skip(self, asset: Asset, error: Exception) -> None:
        """Leave an asset in the version as it stood before."""
        self.skipped.append((asset.file, error))
        self.skipped_seqs.append(asset.seq)

    def library(self, data: bytes) -> None:
        """The manifest of the library itself and the attributes that make git-lfs see pointers."""
        self._writes[LIBRARY_PATH] = data
        self._writes[ATTRIBUTES_PATH] = GITATTRIBUTES

    def changes(self) -> tuple[TreeChange, ...]:
        """Removals first, so that a path which another asset took over is written, not removed."""
        gone = (TreeChange(path, None) for path in self._removals if path not in self._writes)
        return (*gone, *(TreeChange(path, data) for path, data in self._writes.items()))

    def _forget(self, before: Manifest) -> None:
        if before.state == "present":
            self._removals.add(tree_path(before.root, before.path))

    def _count(self, status: str) -> None:
        self.stats = attrs.evolve(self.stats, **{status: getattr(self.stats, status) + 1})


def _status(before: Manifest | None, now: Manifest, *, moved: bool) -> str:
    if now.state != "present":
        return "removed"
    if before is None or before.state != "present":
        return "added"
    if moved and before.digest == now.digest:
        return "moved"
    return "modified"
