"""The list of a large file's chunks, kept in chunks of its own.

A change of one chunk would otherwise store the whole list anew, 36 bytes for each 80 KB of the
file. The list is cut where the ids say so, as a file is where its content does: what is before and
after the change stays as it was, and is there already.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from audobon.errors import Corrupt
from audobon.storage.chunks.layout import ID_SIZE, Outline, Recipe

if TYPE_CHECKING:
    from audobon.storage.chunks.index import ChunkPlace, GroupPlace

__all__ = ["LISTED", "chunk_ids", "filled", "list_parts", "needed_ids", "read_parts", "split_ids"]

LISTED = 128
"""Chunks from which on the list has parts, some 10 MB of a file: shorter ones are not worth it."""
_LEAST, _MOST = 8, 128
# One id in 32 begins with one of eight bytes. Of 10 MB to 2 GB of a file that is near the square
# root of the number of chunks, where the ids of the parts and a changed part are least together.
_ENDS_BELOW = 8


def split_ids(ids: bytes) -> list[bytes]:
    """Ids that lie end to end, one by one."""
    return [ids[at : at + ID_SIZE] for at in range(0, len(ids), ID_SIZE)]


def chunk_ids(recipe: Recipe) -> list[bytes]:
    """The ids of a file's own chunks, in order."""
    return split_ids(recipe.ids)


def needed_ids(recipe: Recipe) -> list[bytes]:
    """The ids of all chunks that a file needs: its own in order, then those of its list."""
    return split_ids(recipe.ids + recipe.parts)


def list_parts(recipe: Recipe) -> Iterator[bytes]:
    """The list of a recipe in parts: ids end to end, then lengths of 4 bytes."""
    start = 0
    for end in _ends(recipe.ids[::ID_SIZE]):
        lengths: Sequence[int] = recipe.lengths[start:end]
        yield recipe.ids[start * ID_SIZE : end * ID_SIZE] + struct.pack(
            f"<{end - start}I", *lengths
        )
        start = end


def filled(
    record: Recipe | Outline,
    parts_of: Callable[[Sequence[bytes]], Mapping[bytes, bytes]],
    name: str,
) -> Recipe:
    """The recipe of a file; ``parts_of`` gives the parts of its list, proved, by their ids.

    Corrupt, naming the file as ``name``, where a part is not among them.
    """
    if isinstance(record, Recipe):
        return record
    wanted = split_ids(record.parts)
    parts = parts_of(wanted)
    if lacking := [item for item in wanted if item not in parts]:
        raise Corrupt(
            f"file {name} lacks a part of the list of its chunks, {lacking[0].hex()}",
            subject=name,
            hint="store the file again, or fetch it from a remote",
        )
    return record.filled([parts[item] for item in wanted])


def read_parts(
    places: Mapping[bytes, ChunkPlace],
    groups: Mapping[int, GroupPlace],
    read: Callable[[GroupPlace], bytes],
) -> dict[bytes, bytes]:
    """Parts from where they lie, each proved by its id; ``read`` decompresses a group. Corrupt."""
    from audobon.storage.chunks.packs import hash_id

    parts: dict[bytes, bytes] = {}
    for item, place in places.items():
        group = groups[place.group]
        data = read(group)[place.start : place.start + place.length]
        if hash_id(data) != item:
            raise Corrupt(
                f"pack {group.pack} is damaged: chunk {item.hex()}, of a list of chunks",
                subject=group.pack,
                hint="'audobon doctor --repair' sets it aside and stores its files again from disk",
            )
        parts[item] = data
    return parts


def _ends(firsts: bytes) -> Iterator[int]:
    """Where parts end, by the first byte of each id."""
    start = 0
    for at, first in enumerate(firsts, 1):
        if at - start >= _MOST or (at - start >= _LEAST and first < _ENDS_BELOW):
            yield at
            start = at
    if start < len(firsts):
        yield len(firsts)
