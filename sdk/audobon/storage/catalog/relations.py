"""Relationships: which asset uses, comes from or varies which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from audobon.errors import Invalid
from audobon.model.asset import RELATIONSHIP_KINDS, Relationship
from audobon.model.change import Change
from audobon.storage.catalog.apply import forward
from audobon.storage.catalog.edits import known_keys
from audobon.storage.catalog.log import Item, Part, drafting

__all__ = ["Relations"]


class Relations(Part):
    """Edges between assets. Edges to removed assets stay, for they may come back."""

    def relate(self, src: str, kind: str, dst: str, *, author: str, now: datetime) -> Change:
        """Add an edge (undoable); not undoable when it is there. NotFound lists unknown ids."""
        return self.relate_many([Relationship(src, kind, dst)], author=author, now=now)

    def relate_many(self, edges: Sequence[Relationship], *, author: str, now: datetime) -> Change:
        """Add edges, all or none, as one undoable change. As :meth:`relate`."""
        return self._change_edges(edges, add=True, author=author, now=now)

    def unrelate(self, src: str, kind: str, dst: str, *, author: str, now: datetime) -> Change:
        """Take an edge away (undoable); not undoable when there is none."""
        edges = [Relationship(src, kind, dst)]
        return self._change_edges(edges, add=False, author=author, now=now)

    def _change_edges(
        self, edges: Sequence[Relationship], *, add: bool, author: str, now: datetime
    ) -> Change:
        for edge in edges:
            _check(edge)
        with drafting(self.db, now) as draft:
            ends = list(dict.fromkeys(end for edge in edges for end in (edge.src, edge.dst)))
            keys = dict(zip(ends, known_keys(self.db, ends), strict=True))
            items = []
            for edge in dict.fromkeys(edges):
                src, state = keys[edge.src], {"kind": edge.kind, "dst": keys[edge.dst]}
                there = self.db.value(
                    "SELECT 1 FROM relationship WHERE src = ? AND kind = ? AND dst = ?",
                    (src, edge.kind, state["dst"]),
                )
                if bool(there) != add:
                    items.append(
                        Item("edge", src, None, state) if add else Item("edge", src, state, None)
                    )
            forward(draft, items)
            label = "relate" if add else "unrelate"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def related(
        self,
        ident: str,
        *,
        kind: str | None = None,
        reverse: bool = False,
        transitive: bool = False,
    ) -> tuple[Relationship, ...]:
        """The edges that leave an asset, or with ``reverse`` those that arrive at it.

        With ``transitive`` also those of the assets at their other ends, and
        so on; each edge once, rings included. An unknown id has none.
        """
        near, far = ("dst", "src") if reverse else ("src", "dst")
        only = "" if kind is None else "AND e.kind = :kind"
        step = (
            f"UNION SELECT e.{far} FROM reached r CROSS JOIN relationship e "
            f"ON e.{near} = r.key {only}"
        )
        rows = self.db.rows(
            "WITH RECURSIVE reached (key) AS (SELECT key FROM asset WHERE id = :id "
            f"{step if transitive else ''}) "
            "SELECT s.id, e.kind, d.id FROM reached r "
            f"CROSS JOIN relationship e ON e.{near} = r.key {only} "
            "JOIN asset s ON s.key = e.src JOIN asset d ON d.key = e.dst "
            "ORDER BY s.id, e.kind, d.id",
            {"id": ident} if kind is None else {"id": ident, "kind": kind},
        )
        return tuple(Relationship(*row) for row in rows)


def _check(edge: Relationship) -> None:
    if edge.kind not in RELATIONSHIP_KINDS:
        raise Invalid(
            f"{edge.kind!r} is no kind of relationship; {', '.join(RELATIONSHIP_KINDS)} are",
            subject=edge.kind,
        )
    if edge.src == edge.dst:
        raise Invalid("an asset cannot have a relationship with itself", subject=edge.src)
