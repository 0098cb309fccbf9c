"""How much two files have in common, as they are stored."""

from __future__ import annotations

from audobon.storage.chunks.layout import ID_SIZE, Recipe

__all__ = ["own_bytes"]


def own_bytes(one: Recipe, other: Recipe) -> int:
    """Bytes of the chunks of ``one`` that ``other`` does not have, each chunk counted once."""
    mine, theirs = _lengths(one), _lengths(other)
    return sum(length for name, length in mine.items() if name not in theirs)


def _lengths(recipe: Recipe) -> dict[bytes, int]:
    ids = recipe.ids
    return {
        ids[number * ID_SIZE : (number + 1) * ID_SIZE]: length
        for number, length in enumerate(recipe.lengths)
    }
