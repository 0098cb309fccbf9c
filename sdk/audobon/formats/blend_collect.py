"""Change which objects and collections lie in a collection, in a file that is copied.

A collection has two lists, of objects and of collections below it, each a
chain of small blocks. A chain that changes is tied anew from end to end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from attrs import define, field, frozen

from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.blend_members import members
from audobon.formats.blend_opened import CannotSplice, Opened
from audobon.formats.blend_parts import Key

__all__ = ["Lists"]


@frozen(slots=True)
class _Kind:
    """How a collection lists one kind of member."""

    list: bytes
    struct: bytes
    leads: bytes


_KINDS = {
    "object": _Kind(b"gobject", b"CollectionObject", b"*ob"),
    "collection": _Kind(b"children", b"CollectionChild", b"*collection"),
}


@define
class _Link:
    """One link of a chain: a block of the file, or a new one that leads to ``member``."""

    address: int
    block: int = -1
    member: int = 0


@define
class Lists:
    """Changes to the collections of ``opened``, gathered until the file is written.

    ``address_of`` gives where a part will be, ``fresh`` an address for a new
    block. ``untied`` are the blocks of links that are no longer needed.
    """

    opened: Opened
    address_of: Callable[[Key], int]
    fresh: Callable[[], int]
    untied: set[int] = field(factory=set)
    _links: dict[int, dict[int, int]] | None = None
    _chains: dict[tuple[int, str], list[_Link]] = field(factory=dict)
    _patches: dict[int, dict[int, int]] = field(factory=dict)
    _added: dict[int, list[tuple[int, int, bytes]]] = field(factory=dict)

    def place(self, key: Key, wanted: Collection[Key]) -> None:
        """Have a part lie in exactly the collections ``wanted`` of this file."""
        kind = key[0].removeprefix("linked ")
        if kind not in _KINDS:
            return
        number = self.opened.sections_of(key)[:1]
        now = self._memberships().get(number[0], {}) if number else {}
        then = set()
        for holder in wanted:
            found = self.opened.sections_of(holder)
            if not found:
                raise CannotSplice(f"the collection {holder[1]} is not there")
            then.add(found[0])
        for section in sorted(then - now.keys()):
            link = _Link(self.fresh(), member=self.address_of(key))
            self._chain(section, kind).append(link)
        for section in sorted(now.keys() - then):
            chain = self._chain(section, kind)
            chain[:] = [link for link in chain if link.block != now[section]]
            self.untied.add(now[section])

    def tie(self) -> None:
        """Work out what the changed chains look like; call once, after the last :meth:`place`."""
        for (section, kind), chain in self._chains.items():
            self._tie(section, _KINDS[kind], chain)

    def patches(self, block: int) -> list[tuple[int, int]]:
        """Offsets in a block's body and the numbers of 8 bytes that go there."""
        return sorted(self._patches.get(block, {}).items())

    def added(self, section: int, stream: BlendStream) -> bytes:
        """New blocks, to be written behind a section."""
        return b"".join(
            stream.packed(Block(b"DATA", len(body), address, struct, 1)) + body
            for address, struct, body in self._added.get(section, ())
        )

    def _memberships(self) -> dict[int, dict[int, int]]:
        """By member the sections that hold it, with the link that says so."""
        if self._links is None:
            self._links = {}
            for one in members(self.opened.blocks, self.opened.bodies):
                self._links.setdefault(one.member, {})[one.holder] = one.block
        return self._links

    def _chain(self, section: int, kind: str) -> list[_Link]:
        """The links of a list in their order, which is that of their blocks."""
        if (section, kind) not in self._chains:
            self._chains[section, kind] = [
                _Link(self.opened.blocks.address[number], number)
                for number in self._blocks(section, _KINDS[kind].struct)
            ]
        return self._chains[section, kind]

    def _blocks(self, section: int, struct: bytes) -> list[int]:
        blocks = self.opened.blocks
        wanted = blocks.sections[section]
        found = []
        for number in range(wanted.first, wanted.end):
            layout = blocks.layout(number)
            if layout is not None and layout.name == struct:
                found.append(number)
        return found

    def _tie(self, section: int, kind: _Kind, chain: list[_Link]) -> None:
        owners = self._blocks(section, b"Collection")
        if len(owners) != 1:
            raise CannotSplice("a collection is not where it is expected")
        first, last = (self._at(b"Collection", kind.list + end) for end in (b".*first", b".*last"))
        after, before, leads = (self._at(kind.struct, n) for n in (b"*next", b"*prev", kind.leads))
        ends = {
            first: chain[0].address if chain else 0,
            last: chain[-1].address if chain else 0,
        }
        self._patches.setdefault(owners[0], {}).update(ends)
        around = [0, *(link.address for link in chain), 0]
        struct = self.opened.blocks.layouts.number_of(kind.struct)
        size = self.opened.blocks.layouts.of(struct).size
        for at, link in enumerate(chain):
            values = {before: around[at], after: around[at + 2]}
            if link.block >= 0:
                self._patches.setdefault(link.block, {}).update(values)
                continue
            body = bytearray(size)
            for offset, value in {**values, leads: link.member}.items():
                body[offset : offset + 8] = value.to_bytes(8, "little")
            self._added.setdefault(section, []).append((link.address, struct, bytes(body)))

    def _at(self, owner: bytes, member: bytes) -> int:
        found = self.opened.blocks.dna.find(owner, member)
        if found is None:
            raise CannotSplice("this version of Blender keeps its collections differently")
        return found[0]
