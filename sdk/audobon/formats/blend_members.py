"""Which objects and collections lie in which collections of a .blend file.

Blender writes it in the collection, as a list. Here it belongs to the member:
two artists who each put an object into one collection do not touch the same
thing.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from audobon.formats.blend_bodies import Bodies
from audobon.formats.blend_sections import Blocks

__all__ = ["Membership", "members"]

_LINKS = {b"CollectionObject": b"*ob", b"CollectionChild": b"*collection"}


@frozen(slots=True)
class Membership:
    """That the section ``member`` is in the collection of ``holder`` (or that scene's own).

    ``block`` is the link of the list that says so.
    """

    member: int
    holder: int
    block: int


def members(blocks: Blocks, bodies: Bodies) -> Iterator[Membership]:
    """Every membership, in the order of each collection's list."""
    for number, targets in sorted(bodies.kept.items()):
        layout = blocks.layout(number)
        wanted = None if layout is None else _LINKS.get(layout.name)
        if layout is None or wanted is None:
            continue
        where = blocks.dna.find(layout.name, wanted)
        kept = [pointer.at for pointer in layout.pointers if pointer.kept]
        if where is None or where[0] not in kept:
            continue
        target = targets[kept.index(where[0])]
        if target >= 0:
            yield Membership(blocks.owner[target], blocks.owner[number], number)
