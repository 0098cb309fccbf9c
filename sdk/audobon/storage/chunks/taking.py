"""Groups and recipes of another place into the store."""

from __future__ import annotations

from audobon.errors import Corrupt
from audobon.storage.chunks.layout import KIND_CHUNKS, Group, Recipe
from audobon.storage.chunks.packs import decode_group, hash_id
from audobon.storage.chunks.writer import Writer

__all__ = ["Taker", "prove_group"]


def prove_group(group: Group, stored: bytes) -> bytes:
    """The decompressed bytes of a group of chunks, each of which is what its id says; Corrupt."""
    if len(stored) != group.stored or hash_id(stored) != group.checksum:
        raise Corrupt("the bytes of a group are not those of its checksum")
    data = decode_group(group.codec, stored, group.raw)
    if group.kind == KIND_CHUNKS:
        view = memoryview(data)
        for item, start, length in group.items():
            if hash_id(view[start : start + length]) != item:
                raise Corrupt(f"chunk {item.hex()} is not what its id says")
    return data


class Taker(Writer):
    """A :class:`Writer` to which groups and recipes may be given as they are.

    Whoever gives them has proved them: groups by :func:`prove_group`, recipes
    by the file that they make.
    """

    def take_group(self, group: Group, stored: bytes) -> bool:
        """Keep a group of chunks as it is; False where all its chunks are here already."""
        self._check()
        names = [item for item, _, _ in group.items()]
        if not self._fresh(names):
            return False
        self._guard(lambda: self._copy(group, stored))
        self._pending.update(names)
        return True

    def take_recipe(self, digest: str, recipe: Recipe) -> None:
        """Keep what a file is made of, above whatever recipe it has here."""
        self._check()
        key = bytes.fromhex(digest)
        self._met.add(key)
        rank = self._index.rank(key)
        if rank is not None and key in self._index.whole((key,)):
            return
        self._note_recipe(key, recipe, 0 if rank is None else rank + 1)

    def _copy(self, group: Group, stored: bytes) -> None:
        self._series.open().copy(group, stored)
        self._seal_if_full()
