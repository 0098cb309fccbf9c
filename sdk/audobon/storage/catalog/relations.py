"""Relationships: which asset uses, comes from or varies which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from audobon.model.asset import Relationship
from audobon.model.change import Change
from audobon.storage.catalog.apply import forward
from audobon.storage.catalog.edges import check_edge, edge_items, ends_of
from audobon.storage.catalog.edits import known_keys
from audobon.storage.catalog.log import Part, drafting

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
            check_edge(edge)
        with drafting(self.db, now) as draft:
            ends = ends_of(edges)
            keys = dict(zip(ends, known_keys(self.db, ends), strict=True))
            forward(draft, edge_items(self.db, edges, keys, add=add))
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
