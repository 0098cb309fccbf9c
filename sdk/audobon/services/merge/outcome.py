"""The merged library while it is worked out, and the names of its conflicts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from attrs import define, field

from audobon.codec.manifest import Manifest
from audobon.model.merge import MergeConflict
from audobon.model.parts import PartChange
from audobon.services.core.mergestate import MergeState
from audobon.services.versioning.compare import Pair
from audobon.services.versioning.threeway import Clash
from audobon.storage.history import TreeChange

__all__ = ["Outcome", "conflict_id", "conflict_of", "content_id"]


def conflict_id(about: str, what: str, *more: str) -> str:
    """The name of a conflict: of an asset (by id) or a thing of the library (by its label)."""
    text = "\0".join((about, what, *more))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def content_id(asset_id: str) -> str:
    """The conflict of an asset's whole content; deciding it decides all its parts."""
    return conflict_id(asset_id, "content")


@define
class Outcome:
    """The merged library as far as it differs from ours, with every conflict, decided or not."""

    state: MergeState
    pairs: dict[str, Pair] = field(factory=dict)
    """By asset id: as ours has it, and merged."""
    came: list[Pair] = field(factory=list)
    """What theirs changed: as base has it, and theirs."""
    record: dict[str, object] = field(factory=dict)
    conflicts: list[MergeConflict] = field(factory=list)
    parts: list[tuple[str, tuple[PartChange, ...]]] = field(factory=list)
    files: dict[str, Path] = field(factory=dict)
    """Merged contents that are not in the chunk store yet, by digest."""
    foreign: list[TreeChange] = field(factory=list)
    """Files that a plain git client changed, which no asset knows of."""
    copies: list[Manifest] = field(factory=list)
    """Theirs beside ours, where both are kept; their paths may be taken yet."""

    def decision(self, about: str, what: str, *more: str) -> str:
        return self.state.takes.get(conflict_id(about, what, *more), "")

    @property
    def open(self) -> tuple[MergeConflict, ...]:
        return tuple(one for one in self.conflicts if not one.take)

    @property
    def decided(self) -> tuple[MergeConflict, ...]:
        return tuple(one for one in self.conflicts if one.take)


def conflict_of(ident: str, where: str, clash: Clash) -> MergeConflict:
    """A clash of an asset, or without an id of what ``where`` names, as people are asked it."""
    return MergeConflict(
        conflict_id(ident or where, clash.what),
        ident,
        where,
        clash.what,
        clash.base,
        clash.ours,
        clash.theirs,
        takes=clash.takes,
        take=clash.take,
    )
