"""Duplicates become one asset: what people gave to any of them is the kept one's then.

Files stay on the disk unless it is asked for. Then their bytes go into a rescue
version first, are proved to be there, and only what is still the same file is
taken away; taking the change back writes them again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from audobon.codec.manifest import dump_manifest
from audobon.errors import AudobonError, Conflict, Invalid
from audobon.model.asset import Asset
from audobon.model.change import Change
from audobon.services.core.stores import Stores
from audobon.services.files.ingest import refresh
from audobon.services.files.placing import Wanted, put_contents, remove_file
from audobon.services.pipelines.delivering import unchanged
from audobon.services.versioning.compare import current_manifest
from audobon.services.versioning.contents import Contents
from audobon.services.versioning.draft import author_of, tree_path
from audobon.services.versioning.restore import RESCUE_REF
from audobon.storage.history import TreeChange, manifest_path, pointer

__all__ = ["Group", "bring_back", "merge_duplicates"]

Group = tuple[Asset, Sequence[Asset]]
"""The asset that is kept, and those that become part of it."""


def merge_duplicates(
    stores: Stores, groups: Sequence[Group], *, files: bool, cancel: Callable[[], bool]
) -> Change:
    """See ``Library.merge_duplicates``."""
    stores.need_writable("merge duplicates")
    if any(not others for _, others in groups) or not groups:
        raise Invalid(
            "there is nothing to merge",
            hint="name the one that is kept and at least one other",
        )
    count = sum(len(others) for _, others in groups)
    label = f"merge {count} {'duplicate' if count == 1 else 'duplicates'}"
    if not files:
        return _combine(stores, groups, label)
    with stores.commit_lock():
        keys = {asset.key for keep, others in groups for asset in (keep, *others)}
        refresh(stores, only=keys, cancel=cancel)
        now = {asset.key: asset for asset in stores.catalog.by_key(sorted(keys))}
        gone = [now[other.key] for _, others in groups for other in others]
        for keep, _ in groups:
            if now[keep.key].state != "present":
                raise Conflict(
                    f"the file of {keep.path} is not there, so no other of its kind is removed",
                    subject=keep.path,
                    hint="keep another one, or leave the files",
                )
        gone = _keep_aside(stores, [asset for asset in gone if asset.state == "present"])
        change = _combine(stores, groups, label)
        kept = {os.path.realpath(now[keep.key].file) for keep, _ in groups}
        for asset in gone:
            # A link to the kept file is not to be taken for a second one.
            if os.path.realpath(asset.file) not in kept and unchanged(
                asset, (asset.size, asset.mtime_ns)
            ):
                remove_file(Path(asset.file))
    return change


def _combine(stores: Stores, groups: Sequence[Group], label: str) -> Change:
    named = [(keep.id, [each.id for each in others]) for keep, others in groups]
    return stores.catalog.combine(named, author=stores.author, now=stores.now(), label=label)


def _keep_aside(stores: Stores, assets: Sequence[Asset]) -> list[Asset]:
    """Keep the bytes and metadata of assets in a rescue version; they with their digests."""
    changes: list[TreeChange] = []
    kept: list[Asset] = []
    with Contents(stores) as contents:
        for asset in assets:
            stored = contents.stored(asset)
            manifest = current_manifest(stores, stored)
            place = tree_path(manifest.root, manifest.path)
            changes.append(TreeChange(place, pointer(stored.digest, stored.size)))
            changes.append(TreeChange(manifest_path(manifest.id), dump_manifest(manifest)))
            kept.append(stored)
        contents.flush()
    history = stores.history
    history.commit(
        changes,
        message="Kept before duplicates were removed",
        author=author_of(stores.author),
        time=stores.now(),
        expected=history.head(RESCUE_REF),
        ref=RESCUE_REF,
    )
    late = [
        (one.key, one.digest)
        for one, before in zip(kept, assets, strict=True)
        if before.digest == "" and (one.size, one.mtime_ns) == (before.size, before.mtime_ns)
    ]
    if late:
        stores.catalog.set_digests(late)
    return kept


def bring_back(stores: Stores, change: Change, *, cancel: Callable[[], bool]) -> None:
    """Write the files again that went with duplicates, where the change is taken back now.

    Raises the first error when all others are there; what could not be written is missing.
    """
    assets = [
        asset
        for asset in stores.catalog.by_ids(change.assets)
        if asset.state == "present" and not os.path.lexists(asset.file)
    ]
    wanted = [
        Wanted(asset.digest, asset.size, Path(asset.file))
        for asset in assets
        if asset.digest and stores.chunks.has(asset.digest)
    ]
    failed: list[AudobonError] = []
    for placed in put_contents(stores, wanted, cancel=cancel):
        if placed.error is not None:
            failed.append(placed.error)
    if assets:
        refresh(stores, only={asset.key for asset in assets})
    if failed:
        raise failed[0]
