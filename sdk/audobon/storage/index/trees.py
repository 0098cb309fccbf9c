"""What a question's tree says by itself, before anything is asked of the engine."""

from __future__ import annotations

from audobon.model.query import And, Everything, Node, Not, Or, Phrase, Term, Word
from audobon.storage.index.tokens import tokens_of

__all__ = ["asks_state", "leaves", "may_find_mark", "pruned"]


def leaves(node: Node) -> list[Node]:
    """Every leaf, those under NOT included."""
    if isinstance(node, And | Or):
        return [leaf for part in node.parts for leaf in leaves(part)]
    return leaves(node.part) if isinstance(node, Not) else [node]


def asks_state(node: Node) -> bool:
    return any(isinstance(leaf, Term) and leaf.field == "state" for leaf in leaves(node))


def pruned(node: Node) -> Node | None:
    """``node`` without words that hold no letter or digit (``&``); None if nothing is left."""
    if isinstance(node, And | Or):
        parts = tuple(part for part in map(pruned, node.parts) if part is not None)
        if len(parts) < 2:
            return parts[0] if parts else None
        return type(node)(parts)
    if isinstance(node, Not):
        part = pruned(node.part)
        return None if part is None else Not(part)
    if isinstance(node, Word | Phrase):
        return node if tokens_of(node.text) else None
    if isinstance(node, Term) and node.field in ("name", "path", "note"):
        return node if tokens_of(node.value) or (node.prefix and not node.value) else None
    return node


def may_find_mark(node: Node) -> bool:
    """Whether the document that only carries the mark may be found: it has no word and no value.

    To exclude it costs as much as a filter, and a word by itself is counted without a look.
    """
    if isinstance(node, And):
        return all(map(may_find_mark, node.parts))
    if isinstance(node, Or):
        return any(map(may_find_mark, node.parts))
    if isinstance(node, Term):
        return node.prefix and not node.value
    return isinstance(node, Everything | Not)
