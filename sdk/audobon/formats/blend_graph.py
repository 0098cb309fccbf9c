"""The blocks of a data block as a graph: walked from its first, and digested in that order."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Callable, Iterable, Sequence

from audobon.formats.blend_bodies import Bodies
from audobon.formats.blend_sections import Blocks

__all__ = ["Graph"]

_NONE: array[int] = array("i")
_LOCAL = struct.Struct("<cI")


class Graph:
    """Digests of sections. ``keys`` are what each section is called, by number.

    Every block counts once, for the first section that reaches it, however
    often a hostile file points to it.
    """

    def __init__(self, blocks: Blocks, bodies: Bodies, keys: Sequence[tuple[str, str]]) -> None:
        self._blocks, self._bodies = blocks, bodies
        self._keys = keys
        self._taken: dict[int, int] = {}  # blocks of other sections that are part of one

    def content(self, section: int) -> tuple[bytes, set[int]]:
        """A digest of the content of a section, and the sections that it points to."""
        order = self._order(section)
        place = {number: at for at, number in enumerate(order)}
        whole = hashlib.blake2b(digest_size=16)
        used: set[int] = set()
        for number in order:
            whole.update(self._bodies.digest[number])
            for target in self._bodies.kept.get(number, _NONE):
                if target < 0:
                    whole.update(b"0")
                elif target in place:
                    whole.update(_LOCAL.pack(b"L", place[target]))
                else:
                    other = self._blocks.owner[target]
                    used.add(other)
                    # Where in another part it leads to is not said: that part may be edited.
                    whole.update(repr(self._keys[other]).encode())
        return whole.digest(), used

    def named(self, section: int) -> Callable[[bytes], tuple[str, ...]]:
        """Names of the parts that a member of a section's first block leads to.

        The member is given as the DNA writes it; one that leads to an array of
        addresses gives all of them.
        """
        first = self._blocks.sections[section].first

        def find(member: bytes) -> tuple[str, ...]:
            layout = self._blocks.layout(first)
            if layout is None:
                return ()
            where = self._blocks.dna.find(layout.name, member)
            kept = [pointer.at for pointer in layout.pointers if pointer.kept]
            targets = self._bodies.kept.get(first, _NONE)
            if where is None or where[0] not in kept or len(targets) < len(kept):
                return ()
            target = targets[kept.index(where[0])]
            if target < 0:
                return ()
            if self._blocks.owner[target] != section:
                return (self._keys[self._blocks.owner[target]][1],)
            listed = self._bodies.kept.get(target, _NONE)
            owners = [self._blocks.owner[other] for other in listed if other >= 0]
            return tuple(self._keys[owner][1] for owner in owners if owner != section)

        return find

    def blocks_of(self, section: int) -> list[int]:
        """All blocks that are part of a section's content, in the order of the digest."""
        return self._order(section)

    def _order(self, section: int) -> list[int]:
        """The blocks that are content: what is reached from the first, then what nobody drops."""
        blocks, bodies = self._blocks, self._bodies
        wanted = blocks.sections[section]
        order: list[int] = []
        done: set[int] = set()
        self._walk(section, [wanted.first], done, order, bodies.kept)
        dropped: set[int] = set(done)
        start = [target for number in order for target in bodies.dropped.get(number, _NONE)]
        self._walk(section, start, dropped, [], bodies.kept, bodies.dropped)
        for number in range(wanted.first, wanted.end):
            if number not in dropped and number not in done:
                self._walk(section, [number], done, order, bodies.kept)
        return order

    def _walk(
        self,
        section: int,
        start: Iterable[int],
        done: set[int],
        order: list[int],
        *along: dict[int, array[int]],
    ) -> None:
        stack = [number for number in start if self._belongs(number, section)]
        while stack:
            number = stack.pop()
            if number in done:
                continue
            done.add(number)
            order.append(number)
            for edges in along:
                for target in reversed(edges.get(number, _NONE)):
                    if target not in done and self._belongs(target, section):
                        stack.append(target)

    def _belongs(self, number: int, section: int) -> bool:
        if number < 0:
            return False
        if self._blocks.owner[number] == section:
            return True
        inside = self._blocks.inside(number, section)
        return inside and self._taken.setdefault(number, section) == section
