"""The tree changes of a version that is being made, and what they count as."""

from __future__ import annotations

import re

import attrs
from attrs import define, field

from audobon.codec.manifest import Manifest, dump_manifest
from audobon.model.asset import HEADER_ERROR, Asset
from audobon.model.version import VersionStats
from audobon.services.core.stores import Stores
from audobon.services.versioning.compare import current_manifest
from audobon.services.versioning.repacking import outlived, worth_it
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

__all__ = ["Draft", "author_of", "tree_path"]


def tree_path(root: str, path: str) -> bytes:
    """Where a file lies in the history's tree."""
    return name_bytes(f"{root}/{path}")


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
    unread: list[str] = field(factory=list)
    """Files of new contents whose header cannot be read, and those of which that is new."""
    contents: list[str] = field(factory=list)
    """Digests of contents to be repacked."""
    outlived: dict[str, str] = field(factory=dict)
    """Digests of contents that this version replaces, to be taken wholly apart, and by what."""
    _removals: set[bytes] = field(factory=set)
    _writes: dict[bytes, bytes] = field(factory=dict)

    def take(self, stores: Stores, asset: Asset, before: Manifest | None) -> None:
        """Turn one asset as it is now, against its last committed manifest, into changes."""
        now = None if asset.state == "removed" else current_manifest(stores, asset)
        if now == before:
            return
        self.put(before, now)
        if now is not None and now.state == "present":
            earlier = before.digest if before is not None and before.state == "present" else ""
            told = before is not None and HEADER_ERROR in before.attributes
            if HEADER_ERROR in now.attributes and not (told and earlier == now.digest):
                self.unread.append(asset.file)
            if earlier != asset.digest and worth_it(asset.path, asset.size):
                self.contents.append(asset.digest)
            if before and earlier not in ("", asset.digest) and outlived(before.path, before.size):
                self.outlived[earlier] = asset.digest

    def put(self, before: Manifest | None, now: Manifest | None) -> None:
        """Turn one asset from one manifest into another; None is no asset."""
        if now is None:
            if before is not None:
                self._forget(before)
                self._removals.add(manifest_path(before.id))
                self._count("removed")
            return
        self._writes[manifest_path(now.id)] = dump_manifest(now)
        moved = before is not None and (before.root, before.path) != (now.root, now.path)
        if before is not None and (moved or now.state != "present"):
            self._forget(before)
        if now.state == "present":
            self._writes[tree_path(now.root, now.path)] = pointer(now.digest, now.size)
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
