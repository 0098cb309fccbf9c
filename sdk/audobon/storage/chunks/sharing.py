"""How much two files have in common, as they are stored."""

from __future__ import annotations

from audobon.storage.chunks.layout import Recipe
from audobon.storage.chunks.lists import chunk_ids

__all__ = ["own_bytes"]


def own_bytes(one: Recipe, other: Recipe) -> int:
    """Bytes of the chunks of ``one`` that ``other`` does not have, each chunk counted once."""
    mine, theirs = _lengths(one), _lengths(other)
    return sum(length for name, length in mine.items() if name not in theirs)


def _lengths(recipe: Recipe) -> dict[bytes, int]:
    return dict(zip(chunk_ids(recipe), recipe.lengths, strict=True))
