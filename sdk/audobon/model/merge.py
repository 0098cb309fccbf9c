"""Merges: what comes of two branches, and what only a person can decide."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from audobon.model.parts import PartChange, PartConflict
from audobon.model.version import Pointer

__all__ = ["SIDES", "TAKES", "MergeConflict", "MergeReport", "SceneMerge"]

TAKES = ("ours", "theirs", "both")
"""Ours is the branch that is current, theirs the one that is merged into it."""

SIDES = ("base", "ours", "theirs")
"""What a conflict can be looked at as; base is the version that both come from."""


def _frozen_map(value: Mapping[str, Pointer]) -> Mapping[str, Pointer]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class MergeConflict:
    """One thing that both branches changed, each in its own way.

    ``id`` is the same for as long as the merge is open, in every process.
    ``what`` is content, part, path, removed, the name of a field of metadata
    (rating, note, catalog, ``attributes.artist``), or for a thing of the
    library itself parent, tag or query. ``path`` is ``<root>/<path>`` of the
    asset, or names the thing, as in ``tag wood``; ``asset_id`` is then empty.
    ``base``, ``ours`` and ``theirs`` are the three values as text. ``parts``
    are the things inside the file that collide; ``reason`` says why the
    contents were not merged. ``takes`` are the decisions that are possible,
    ``take`` the one that was made, empty while it is open. ``contents`` are
    the bytes of each side, by ``base``, ``ours`` and ``theirs``, where the
    conflict is about them. ``other`` is the id of the asset that theirs has
    at this path.
    """

    id: str
    asset_id: str
    path: str
    what: str
    base: str = ""
    ours: str = ""
    theirs: str = ""
    parts: tuple[PartConflict, ...] = ()
    reason: str = ""
    takes: tuple[str, ...] = TAKES[:2]
    take: str = ""
    contents: Mapping[str, Pointer] = field(factory=dict, converter=_frozen_map)
    other: str = ""


@frozen(slots=True)
class MergeReport:
    """What a merge has done, would do, or waits for; paths are ``<root>/<path>``.

    ``merged`` says that the current branch has everything of ``name`` now.
    ``kind`` is nothing (it had already), fast-forward (nothing was done here,
    so the branch moved) or merge (a version with two parents). ``version`` is
    where the branch stands then, empty while conflicts are open.
    ``conflicts`` are the open ones, ``decided`` the others.

    ``written``, ``removed`` and ``edited`` (only metadata differs) are the
    assets whose state here changes; ``parts`` what was taken into a file that
    both had changed, by its path. ``blocked`` is uncommitted work in the way,
    ``rescued`` the version in which a forced merge has kept it.
    """

    name: str
    kind: str
    base: str
    ours: str
    theirs: str
    merged: bool = False
    version: str = ""
    conflicts: tuple[MergeConflict, ...] = ()
    decided: tuple[MergeConflict, ...] = ()
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    parts: tuple[tuple[str, tuple[PartChange, ...]], ...] = ()
    blocked: tuple[str, ...] = ()
    rescued: str = ""


@frozen(slots=True)
class SceneMerge:
    """What came of merging two contents object by object.

    ``merged`` says that the file was written: every part of both sides is in
    it. ``taken`` is what came from theirs. ``conflicts`` are parts that both
    changed and nothing was decided for. ``reason`` says why it cannot be done
    by object at all, empty otherwise.
    """

    merged: bool
    taken: tuple[PartChange, ...] = ()
    conflicts: tuple[PartConflict, ...] = ()
    reason: str = ""
