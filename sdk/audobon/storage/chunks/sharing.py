"""What a file would let go of if it were kept in another form, and who else has that."""

from __future__ import annotations

from typing import IO

from audobon.storage.chunks.chunker import Chunker
from audobon.storage.chunks.layout import ID_SIZE, Recipe
from audobon.storage.chunks.packs import hash_id

__all__ = ["let_go"]


def let_go(now: Recipe, stream: IO[bytes] | None, other: Recipe) -> tuple[int, int]:
    """Bytes of ``now`` that ``stream`` does not have, and those of them that ``other`` has.

    Without a stream it is all of ``now``.
    Both are counted uncompressed, chunk by chunk. Nothing is stored.
    """
    left = _lengths(now)
    if stream is not None:
        _take_out(stream, left)
    theirs = _lengths(other)
    return sum(left.values()), sum(left[name] for name in left.keys() & theirs.keys())


def _take_out(stream: IO[bytes], left: dict[bytes, int]) -> None:
    chunker = Chunker()
    try:

        def read_into(target: memoryview) -> int:
            data = stream.read(len(target))
            target[: len(data)] = data
            return len(data)

        for batch in chunker.cut(read_into, None):
            for piece in batch:
                left.pop(hash_id(piece), None)
    finally:
        chunker.close()


def _lengths(recipe: Recipe) -> dict[bytes, int]:
    ids = recipe.ids
    return {
        ids[number * ID_SIZE : (number + 1) * ID_SIZE]: length
        for number, length in enumerate(recipe.lengths)
    }
