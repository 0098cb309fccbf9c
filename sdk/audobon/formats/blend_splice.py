"""Put parts of one .blend file into another, block by block, without Blender.

Both files must describe their structs alike. A part of theirs goes over with
all of its blocks; every address in them is changed for one that means the
same thing in ours: a block of the part itself gets a fresh one, another part
the one that ours has for it. What cannot be expressed so is refused
(:class:`CannotSplice`), and nothing here decides whether the outcome is right:
who calls reads it again and compares the parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import IO

import attrs
from attrs import define, field

from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.blend_collect import Lists
from audobon.formats.blend_layout import ARRAY
from audobon.formats.blend_opened import CannotSplice, Opened
from audobon.formats.blend_parts import Key
from audobon.formats.source import Source

__all__ = ["splice"]

_STEP = 1 << 20
_MAX_PART = 1 << 30
"""Bytes of parts that are taken, all together: they are in memory."""

_WHOLE = ("scene", "collection")
"""What holds lists of other parts: exchanged only by Blender."""

_END = Block(b"ENDB", 0, 0, 0, 0)


def splice(
    ours: Source,
    theirs: Source,
    out: IO[bytes],
    *,
    put: Mapping[Key, str],
    remove: Collection[Key],
    within: Iterable[tuple[Key, Collection[Key]]],
) -> None:
    """Write ours with the parts ``put`` of theirs under their new names, without ``remove``.

    ``within`` gives for parts the collections that they are in then. The
    outcome is not compressed. CannotSplice when it needs Blender; other errors
    as for reading the files.
    """
    here, there = Opened.read(ours), Opened.read(theirs)
    if here.blocks.dna_bytes != there.blocks.dna_bytes:
        raise CannotSplice("the files are of different Blenders")
    work = _Splice(here, there, dict(put), set(remove))
    work.choose()
    moved = work.moved(theirs)
    lists = Lists(here, work.address_of, work.fresh)
    for key in remove:
        lists.place(key, ())
    for key, wanted in within:
        # A collection that comes brings its own lists.
        lists.place(key, {other for other in wanted if other not in work.incoming})
    lists.tie()
    work.write(ours, out, moved, lists)


@define
class _Splice:
    here: Opened
    there: Opened
    put: dict[Key, str]
    remove: set[Key]
    gone: set[int] = field(factory=set)  # sections of ours that are left out
    incoming: set[Key] = field(factory=set)  # as they are called then
    _sections: list[int] = field(factory=list)  # of theirs, in their order
    _addresses: dict[int, int] = field(factory=dict)  # of the blocks of theirs that come
    _of_key: dict[Key, int] = field(factory=dict)
    _last: int = 0x5A5A_0000_0000_0000
    # No program has memory there, and hashes that Blender 5 makes hit it as seldom as any.

    def fresh(self) -> int:
        """An address that nothing in ours has."""
        self._last += 64
        while self._last in self.here.blocks.first_at:
            self._last += 64
        return self._last

    def choose(self) -> None:
        """Which sections go and come, and the address of every block that comes."""
        for key in self.remove:
            self.gone.update(self.here.sections_of(key))
        for key, name in self.put.items():
            new = (key[0], name)
            old = self.here.sections_of(new)
            if old and key[0].removeprefix("linked ") in _WHOLE:
                raise CannotSplice(f"the {key[0]} {key[1]} is changed")
            self.gone.update(old)
            self.incoming.add(new)
            came = self.there.sections_of(key)
            self._sections += came
            for number in came:
                section = self.there.blocks.sections[number]
                for block in range(section.first, section.end):
                    self._addresses[block] = self.fresh()
            first = self.there.blocks.sections[came[0]].first
            if old:  # whoever points to the part in ours goes on doing so
                self._addresses[first] = self.here.address(old[0])
            self._of_key[new] = self._addresses[first]
        self._sections.sort()

    def address_of(self, key: Key) -> int:
        """Where a part is in the outcome; 0 where it is not."""
        if key in self._of_key:
            return self._of_key[key]
        found = self.here.sections_of(key)
        return 0 if not found or found[0] in self.gone else self.here.address(found[0])

    def moved(self, theirs: Source) -> dict[int, bytes]:
        """What comes from theirs, by the section of ours that it is written before."""
        blocks = self.there.blocks
        wanted = set(self._sections)
        stream = BlendStream(theirs)
        found: dict[int, list[bytes]] = {number: [] for number in self._sections}
        room = _MAX_PART
        for number, block in enumerate(stream.blocks()):
            section = blocks.owner[number]
            if section not in wanted:
                continue
            room -= block.length
            if room < 0:
                raise CannotSplice("what is taken is larger than 1 GiB")
            body = bytearray(stream.read(block.length))
            self._translate(number, section, body, block.count)
            head = stream.packed(attrs.evolve(block, address=self._addresses[number]))
            found[section].append(head + bytes(body))
        out: dict[int, bytes] = {}
        # Stable: new libraries, with what is linked from them, come behind those of ours.
        for number in sorted(found, key=self._is_of_new_library):
            at = self._before(number)
            out[at] = out.get(at, b"") + b"".join(found[number])
        return out

    def _is_of_new_library(self, number: int) -> bool:
        came = self.there.blocks.sections[number]
        mine = {one.library for one in self.here.blocks.sections if one.code == b"LI"}
        return came.code in (b"LI", b"ID") and came.library not in mine

    def _before(self, number: int) -> int:
        """Where a section of theirs goes: what is linked stands behind its library."""
        mine = self.here.blocks.sections
        came = self.there.blocks.sections[number]
        end = next(at for at, section in enumerate(mine) if section.code == b"DNA1")
        libraries = [at for at, section in enumerate(mine) if section.code == b"LI"]
        if came.code == b"LI":
            return end
        if came.code != b"ID":
            return libraries[0] if libraries else end
        for at in libraries:
            if mine[at].library == came.library:
                return next(n for n in range(at + 1, end + 1) if mine[n].code != b"ID")
        return end

    def _translate(self, number: int, section: int, body: bytearray, count: int) -> None:
        there = self.there
        layout = there.blocks.layout(number)
        if layout is None:
            if number in there.bodies.kept:
                words = memoryview(body).cast("Q")
                for at, word in enumerate(words):
                    words[at] = self._means(word, section, kept=True)
            return
        if number == there.blocks.sections[section].first:
            self._rename(section, body)
        if not layout.told:
            raise CannotSplice("a struct is too large to be understood")
        if not layout.size:
            return
        elements = min(count, len(body) // layout.size)
        for start in range(0, elements * layout.size, layout.size):
            for pointer in layout.pointers:
                at = start + pointer.at
                word = int.from_bytes(body[at : at + 8], "little")
                if word:
                    self._check_array(word, section, pointer.kind)
                    new = self._means(word, section, kept=pointer.kept)
                    body[at : at + 8] = new.to_bytes(8, "little")

    def _check_array(self, word: int, section: int, kind: bytes) -> None:
        """An array in which some addresses lead nowhere looks like any other bytes."""
        if kind != ARRAY:
            return
        target = self.there.blocks.find(word, section)
        if target in self.there.bodies.filled and target not in self.there.bodies.kept:
            raise CannotSplice("a list of addresses is not certain")

    def _rename(self, section: int, body: bytearray) -> None:
        name = self.put.get(self.there.key(section))
        where = self.there.blocks.dna.find(b"ID", b"name")
        if name is None or where is None or name == self.there.key(section)[1]:
            return
        raw = name.encode()
        if len(raw) > where[1] - 3:
            raise CannotSplice(f"the name {name} is too long")
        start = where[0] + 2
        body[start : where[0] + where[1]] = raw.ljust(where[1] - 2, b"\0")

    def _means(self, word: int, section: int, *, kept: bool) -> int:
        """The address for ours of what an address means in theirs."""
        there = self.there
        target = there.blocks.find(word, section) if word else -1
        if target < 0:
            return 0
        if target in self._addresses:
            return self._addresses[target]
        owner = there.blocks.owner[target]
        key = there.key(owner)
        inner = target - there.blocks.sections[owner].first
        found = self.address_of(key) if not inner else self._inner(key, target, inner)
        if not found and kept:
            raise CannotSplice(f"it leads into the {key[0]} {key[1]}, which is another here")
        return found

    def _inner(self, key: Key, target: int, inner: int) -> int:
        """A block inside another part: the same one, while that part is the same."""
        found = self.here.sections_of(key)
        if not found or found[0] in self.gone or not self.here.same(key, self.there):
            return 0
        section = self.here.blocks.sections[found[0]]
        block = section.first + inner
        alike = block < section.end and (
            self.here.blocks.kind[block] == self.there.blocks.kind[target]
        )
        return self.here.blocks.address[block] if alike else 0

    def write(self, ours: Source, out: IO[bytes], moved: dict[int, bytes], lists: Lists) -> None:
        blocks = self.here.blocks
        stream = BlendStream(ours)
        out.write(stream.start)
        last = -1
        for number, block in enumerate(stream.blocks()):
            section = blocks.owner[number]
            if section != last:
                out.write(lists.added(last, stream) if last not in self.gone else b"")
                out.write(moved.get(section, b""))
                last = section
            if section in self.gone or number in lists.untied:
                continue
            out.write(stream.packed(block))
            patches = lists.patches(number)
            if patches:
                body = bytearray(stream.read(block.length))
                for at, value in patches:
                    body[at : at + 8] = value.to_bytes(8, "little")
                out.write(body)
            while data := stream.read(_STEP):
                out.write(data)
        out.write(stream.packed(_END))
