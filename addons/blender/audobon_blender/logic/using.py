# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a .blend file is meant when somebody says "append"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session.state import Inside

__all__ = ["KINDS", "Contents", "Pick", "contents_of", "natural"]

KINDS = ("collections", "objects", "materials", "node_groups", "worlds")
"""Lists of ``bpy.data`` that can be appended from here, the most wanted first."""


@dataclass(frozen=True)
class Pick:
    """Names of one list of ``bpy.data``."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """What a file holds, and what of it is marked as an asset; both by list of ``bpy.data``."""

    names: Mapping[str, Sequence[str]]
    marked: Mapping[str, Sequence[str]]

    def picks(self) -> tuple[Pick, ...]:
        """Each single thing that can be taken, marked ones first."""
        found = []
        for source in (self.marked, self.names):
            for kind in KINDS:
                found += [Pick(kind, (name,)) for name in source.get(kind, ())]
        return tuple(dict.fromkeys(found))


def contents_of(inside: Inside | None, ident: str, stamp: tuple[int, int]) -> Contents | None:
    """What the session has read in the file of an asset; None where it must be asked again."""
    if inside is None or (inside.ident, inside.stamp) != (ident, stamp) or inside.offers is None:
        return None
    names: dict[str, list[str]] = {kind: [] for kind in KINDS}
    marked: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for offer in inside.offers:
        kind = f"{offer.kind.replace(' ', '_')}s"
        names[kind].append(offer.name)
        if offer.asset:
            marked[kind].append(offer.name)
    return Contents(names, marked)


def natural(contents: Contents) -> Pick | None:
    """What its author meant to give: marked assets, else a single collection, else all objects.

    A file without objects gives its first material, node group or world.
    """
    for kind in KINDS:
        if names := contents.marked.get(kind):
            return Pick(kind, tuple(names))
    collections = contents.names.get("collections", ())
    if len(collections) == 1:
        return Pick("collections", tuple(collections))
    if objects := contents.names.get("objects"):
        return Pick("objects", tuple(objects))
    for kind in ("materials", "node_groups", "worlds"):
        if names := contents.names.get(kind):
            return Pick(kind, tuple(names[:1]))
    return None
