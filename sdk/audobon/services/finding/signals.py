"""The parts of a question that are answered by likeness, and the rest of it."""

from __future__ import annotations

from audobon.errors import Unsupported
from audobon.model.query import And, Everything, Node, Not, Or, Signal

__all__ = ["RANKING", "parted"]

RANKING = frozenset({"like", "meaning"})
"""Signals that no index can answer: they rank what the others find."""


def parted(node: Node) -> tuple[tuple[Signal, ...], Node]:
    """The likenesses of a question, and the rest of it. Unsupported where they cannot rank."""
    parts = node.parts if isinstance(node, And) else (node,)
    signals = tuple(each for each in parts if isinstance(each, Signal) and each.kind in RANKING)
    rest = tuple(each for each in parts if each not in signals)
    if any(_holds(each) for each in rest):
        raise Unsupported(
            "like: and meaning: rank all that is found, so they cannot stand in OR or behind NOT",
            hint="write them beside the other words",
        )
    if not rest:
        return signals, Everything()
    return signals, rest[0] if len(rest) == 1 else And(rest)


def _holds(node: Node) -> bool:
    if isinstance(node, And | Or):
        return any(map(_holds, node.parts))
    if isinstance(node, Not):
        return _holds(node.part)
    return isinstance(node, Signal) and node.kind in RANKING
