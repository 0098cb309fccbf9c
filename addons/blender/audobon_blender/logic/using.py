# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a .blend file is meant when somebody says "append"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.session.state import Inside

__all__ = [
    "APPEND",
    "HOWS",
    "KINDS",
    "LINK",
    "PACK",
    "REUSE",
    "Box",
    "Contents",
    "Pick",
    "box_of",
    "contents_of",
    "natural",
    "picture_box",
]

KINDS = ("collections", "objects", "materials", "node_groups", "worlds")
"""Lists of ``bpy.data`` that can be appended from here, the most wanted first."""


APPEND, REUSE, LINK, PACK = HOWS = ("APPEND", "REUSE", "LINK", "PACK")
"""How data of another file comes in: as a copy; as a copy that shares meshes, materials and
pictures with what came from there before; as a link; as a copy whose files are packed."""

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """How large something is in its own file, and where in it the point is that is placed."""

    low: Point
    high: Point
    anchor: Point

    @property
    def side(self) -> float:
        """How wide it is along x."""
        return self.high[0] - self.low[0]

    @property
    def width(self) -> float:
        """The larger of its two sides on the ground."""
        return max(self.high[0] - self.low[0], self.high[1] - self.low[1])


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


def box_of(inside: Inside | None, pick: Pick) -> Box | None:
    """The box of what is picked, from what was read; None where it has none or is not known.

    Its anchor is where ``host.placing`` takes it: the middle of the origins of
    what is nobody's child, at the lowest point.
    """
    if inside is None or inside.offers is None:
        return None
    kind = pick.kind.removesuffix("s")
    boxes = [
        one.box for one in inside.offers if one.kind == kind and one.name in pick.names and one.box
    ]
    lows = [one.low for one in boxes if one.low is not None]
    highs = [one.high for one in boxes if one.high is not None]
    if not lows or not highs:
        return None
    roots = [one.origin for one in boxes if one.parent not in pick.names]
    low = (min(p[0] for p in lows), min(p[1] for p in lows), min(p[2] for p in lows))
    high = (max(p[0] for p in highs), max(p[1] for p in highs), max(p[2] for p in highs))
    middle = [sum(p[n] for p in roots) / len(roots) for n in range(2)] if roots else low[:2]
    return Box(low, high, (middle[0], middle[1], low[2]))


def picture_box(width: int | None, height: int | None) -> Box:
    """The box of a picture that stands upright and is one unit high."""
    side = (width or 1) / max(1, height or 1) / 2
    return Box((-side, 0.0, 0.0), (side, 0.0, 1.0), (0.0, 0.0, 0.0))
