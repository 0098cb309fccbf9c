"""Where a merged document may look different from one that it is made of.

Pictures of a document are told apart in squares of 64 pixels. A square of
which nothing differs, in any layer, looks the same: as long as no layer reads
pixels beside its own, which filters and the like do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field

from audobon.formats.kra_document import ROOT, Node, settings
from audobon.formats.kra_write import Opened, Placed
from audobon.formats.layer_digest import Pieces, packed_tiles

__all__ = ["AROUND", "SIDE", "Look", "Square", "around", "differing", "offset"]

SIDE = 64
Square = tuple[int, int]
"""Column and row."""

_LOCAL = (
    *("paintlayer", "grouplayer", "shapelayer", "generatorlayer", "filelayer"),
    *("transparencymask", "selectionmask"),
)
"""Kinds whose pixel depends on what lies at that place only."""

AROUND = ("background color", "layer styles")
"""Units of a document that are seen in its picture."""


def around(units: Mapping[str, str], opened: Mapping[str, Opened]) -> tuple[str, ...]:
    """The marks of those units, where ``units`` says whose they are."""
    found = [
        opened[units[name]].document.units.get(name) if name in units else None for name in AROUND
    ]
    return tuple("" if unit is None else unit.mark for unit in found)


@define(slots=True)
class Look:
    """A document as far as it is seen: layers, what lies in them from the top, the archives."""

    opened: Mapping[str, Opened]
    layers: Mapping[str, Placed]
    children: Mapping[str, Sequence[str]]
    around: tuple[str, ...]
    parents: dict[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.parents = {one: home for home, below in self.children.items() for one in below}

    @classmethod
    def of(cls, side: str, opened: Mapping[str, Opened]) -> Look:
        """One of the documents as it is."""
        document = opened[side].document
        layers = {ident: Placed(side, node) for ident, node in document.nodes.items()}
        return cls(opened, layers, document.children, around(dict.fromkeys(AROUND, side), opened))

    def node(self, ident: str) -> Node:
        return self.layers[ident].node

    def hidden(self, ident: str) -> bool:
        while ident != ROOT:
            if self.node(ident).element.values.get("visible", "1") == "0":
                return True
            ident = self.parents[ident]
        return False

    def local(self) -> bool:
        """Whether no visible layer reads pixels beside its own, or moves."""
        return all(
            self.hidden(ident) or _local(placed.node) for ident, placed in self.layers.items()
        )

    def tiles(self, ident: str) -> dict[tuple[int, int], bytes] | None:
        """Digests of a paint layer's tiles by left and top; None where it moves or has others."""
        placed = self.layers[ident]
        opened = self.opened[placed.side]
        members = dict(opened.document.stems[placed.node.stem])
        if placed.node.element.values.get("keyframes") or "" not in members:
            return None
        side, _, found = packed_tiles(Pieces(opened.pieces(members[""])))
        if side != SIDE:
            return None
        return {(x, y): hashlib.sha256(data).digest() for y, x, data in found}

    def edge(self, ident: str) -> bytes:
        """The colour of a paint layer where it has no tiles, as it is stored; empty for none."""
        placed = self.layers[ident]
        opened = self.opened[placed.side]
        name = dict(opened.document.stems[placed.node.stem]).get(".defaultpixel")
        found = b"" if name is None else opened.whole(name)
        return found if any(found) else b""


def _local(node: Node) -> bool:
    values = node.element.values
    plain = not values.get("layerstyle") and not values.get("keyframes")
    return plain and values["nodetype"] in _LOCAL


def offset(node: Node) -> tuple[int, int]:
    """Where the layer's own origin lies."""
    values = node.element.values
    return int(float(values.get("x") or 0)), int(float(values.get("y") or 0))


def differing(merged: Look, other: Look, size: tuple[int, int]) -> set[Square]:
    """The squares of the canvas where the two may look different; all of them when in doubt."""
    squares = {
        (column, row) for column in range(-(-size[0] // SIDE)) for row in range(-(-size[1] // SIDE))
    }
    if merged.around != other.around:
        return squares
    found: set[Square] = set()
    for ident in {*merged.layers, *other.layers}:
        places = _changed(ident, merged, other)
        if places is None:
            return squares
        found |= places & squares
    for home in merged.children:
        here = [one for one in merged.children[home] if other.parents.get(one) == home]
        there = [one for one in other.children.get(home, ()) if merged.parents.get(one) == home]
        if here != there:
            for look in (merged, other):
                places = _reach(home, look) if home in look.layers or home == ROOT else set()
                if places is None:
                    return squares
                found |= places & squares
    if found and not (merged.local() and other.local()):
        return squares
    return found


def _changed(ident: str, merged: Look, other: Look) -> set[Square] | None:
    """Where a layer's own settings and content make a difference; None for everywhere."""
    looks = [look for look in (merged, other) if ident in look.layers]
    if all(look.hidden(ident) for look in looks):
        return set()
    if len(looks) == 2:
        here, there = merged.node(ident), other.node(ident)
        if merged.parents[ident] == other.parents[ident]:
            if here.mark == there.mark:
                return set()
            if _painted(here, there):
                return _repainted(ident, merged, other)
    found: set[Square] = set()
    for look in looks:
        places = _reach(ident, look)
        if places is None:
            return None
        found |= places
    return found


def _painted(here: Node, there: Node) -> bool:
    """Whether two states of a paint layer differ in nothing but what is painted."""
    values = [settings(node.element) for node in (here, there)]
    for each in values:
        for unseen in ("name", "colorlabel", "locked", "intimeline", "onionskin"):
            each.pop(unseen, None)
    return values[0] == values[1] and values[0]["nodetype"] == "paintlayer"


def _repainted(ident: str, merged: Look, other: Look) -> set[Square] | None:
    here, there = merged.tiles(ident), other.tiles(ident)
    if here is None or there is None or merged.edge(ident) != other.edge(ident):
        return None
    places = [at for at in {*here, *there} if here.get(at) != there.get(at)]
    return set(_covered(places, offset(merged.node(ident))))


def _reach(ident: str, look: Look) -> set[Square] | None:
    """The squares where a layer may show; None for everywhere."""
    if ident == ROOT:
        return _union(look.children[ROOT], look)
    node = look.node(ident)
    kind = node.element.values["nodetype"]
    if node.element.name == "mask":
        return set() if kind == "selectionmask" else _reach(look.parents[ident], look)
    if kind == "grouplayer":
        return _union(look.children.get(ident, ()), look)
    if kind != "paintlayer" or look.edge(ident):
        return None
    tiles = look.tiles(ident)
    return None if tiles is None else set(_covered(list(tiles), offset(node)))


def _union(idents: Sequence[str], look: Look) -> set[Square] | None:
    found: set[Square] = set()
    for ident in idents:
        if look.node(ident).element.name == "mask" or look.hidden(ident):
            continue
        places = _reach(ident, look)
        if places is None:
            return None
        found |= places
    return found


def _covered(tiles: Sequence[tuple[int, int]], at: tuple[int, int]) -> Iterator[Square]:
    """Squares of the canvas below tiles, whose corners need not be theirs."""
    for x, y in tiles:
        left, top = x + at[0], y + at[1]
        for column in range(left // SIDE, (left + SIDE - 1) // SIDE + 1):
            for row in range(top // SIDE, (top + SIDE - 1) // SIDE + 1):
                yield column, row
