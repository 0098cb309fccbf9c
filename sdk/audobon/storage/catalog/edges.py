"""Edges between assets as items of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audobon.errors import Invalid
from audobon.model.asset import RELATIONSHIP_KINDS, Relationship
from audobon.storage.catalog.log import Item
from audobon.storage.sqlite import Database

__all__ = ["check_edge", "edge_items", "ends_of"]


def ends_of(edges: Sequence[Relationship]) -> list[str]:
    """The ids that edges name, each once."""
    return list(dict.fromkeys(end for edge in edges for end in (edge.src, edge.dst)))


def edge_items(
    db: Database, edges: Sequence[Relationship], keys: Mapping[str, int], *, add: bool
) -> list[Item]:
    """What has to change so that all edges are there, or none; ``keys`` are those of their ends."""
    items = []
    for edge in dict.fromkeys(edges):
        src, state = keys[edge.src], {"kind": edge.kind, "dst": keys[edge.dst]}
        there = db.value(
            "SELECT 1 FROM relationship WHERE src = ? AND kind = ? AND dst = ?",
            (src, edge.kind, state["dst"]),
        )
        if bool(there) != add:
            items.append(Item("edge", src, None, state) if add else Item("edge", src, state, None))
    return items


def check_edge(edge: Relationship) -> None:
    """Raise Invalid for an unknown kind, and for an asset with itself."""
    if edge.kind not in RELATIONSHIP_KINDS:
        raise Invalid(
            f"{edge.kind!r} is no kind of relationship; {', '.join(RELATIONSHIP_KINDS)} are",
            subject=edge.kind,
        )
    if edge.src == edge.dst:
        raise Invalid("an asset cannot have a relationship with itself", subject=edge.src)
