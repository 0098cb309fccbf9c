"""A .blend file that was read as far as splicing needs: blocks, bodies, and parts by key."""

from __future__ import annotations

from attrs import define, field

from audobon.formats.blend_bodies import Bodies, read_bodies
from audobon.formats.blend_graph import Graph
from audobon.formats.blend_parts import ROOM, Key, is_read, key_of
from audobon.formats.blend_sections import Blocks, read_blocks
from audobon.formats.source import Source

__all__ = ["CannotSplice", "Opened"]


class CannotSplice(Exception):
    """Two files cannot be put together from their blocks; says why."""


@define
class Opened:
    """The file's blocks and bodies, with its sections by the key of their part."""

    blocks: Blocks
    bodies: Bodies
    graph: Graph
    _keys: list[Key]
    _by_key: dict[Key, int]
    _same: dict[Key, bytes] = field(factory=dict)

    @classmethod
    def read(cls, source: Source) -> Opened:
        blocks = read_blocks(source)
        bodies = read_bodies(source, blocks, is_read, ROOM)
        keys = [key_of(section, {}) for section in blocks.sections]
        by_key = {key: number for number, key in enumerate(keys)}
        return cls(blocks, bodies, Graph(blocks, bodies, keys), keys, by_key)

    def key(self, section: int) -> Key:
        return self._keys[section]

    def address(self, section: int) -> int:
        return self.blocks.address[self.blocks.sections[section].first]

    def sections_of(self, key: Key) -> list[int]:
        """The section of a part, then those that are inside of it; empty where it is not."""
        number = self._by_key.get(key)
        if number is None:
            return []
        self._content(key, number)
        inside = {self.blocks.owner[block] for block in self.graph.blocks_of(number)}
        return [number, *sorted(inside - {number})]

    def same(self, key: Key, other: Opened) -> bool:
        """Whether a part is the same in another file, block by block."""
        mine, theirs = self._by_key.get(key), other._by_key.get(key)
        if mine is None or theirs is None:
            return False
        return self._content(key, mine) == other._content(key, theirs)

    def _content(self, key: Key, number: int) -> bytes:
        if key not in self._same:
            self._same[key] = self.graph.content(number)[0]
        return self._same[key]
