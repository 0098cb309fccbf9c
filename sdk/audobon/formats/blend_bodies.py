"""The second pass over a .blend file: what each block holds, without where anything lay.

Of a block are kept a digest of its bytes, with addresses and what is no
content set to zero, and the numbers of the blocks that its addresses mean.
That is all that digests of data blocks need, whatever the size of a mesh.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator

from attrs import define, field

from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.blend_layout import Layout, Pointer
from audobon.formats.blend_sections import Blocks, Section
from audobon.formats.source import Source

__all__ = ["Bodies", "read_bodies"]

_RUN = 1 << 20  # bytes worked on at once, at least one element
_MAX_ARRAY = 8 << 20  # bytes of an array of addresses: a million; longer ones are plain bytes
_FIRST = 512  # most raw blocks show in these bytes that they hold no addresses
_BESIDE = frozenset((b"PackedFile", b"ImageTile"))
_NOTHING = array("i")


@define
class Bodies:
    """By block number: its digest, and the blocks that it points to.

    ``kept`` are addresses that are content, in a fixed order, -1 for those
    that lead nowhere; ``dropped`` the others. ``heads`` are the bodies of the
    blocks that begin a section, ``beside`` the first of some other structs in
    it, by section; ``filled`` are raw blocks that hold more than
    zeros and are no addresses; ``tally`` counts the structs of each section.
    """

    digest: list[bytes] = field(factory=list)
    kept: dict[int, array[int]] = field(factory=dict)
    dropped: dict[int, array[int]] = field(factory=dict)
    heads: dict[int, bytes] = field(factory=dict)
    beside: dict[int, dict[bytes, bytes]] = field(factory=dict)
    filled: set[int] = field(factory=set)
    tally: dict[int, dict[bytes, int]] = field(factory=dict)


def read_bodies(
    source: Source, blocks: Blocks, wanted: Callable[[Section], bool], room: int
) -> Bodies:
    """Bodies of the sections that are ``wanted``; of others only that they are there.

    Of a block that begins a section up to ``room`` bytes are in ``heads``.
    """
    stream = BlendStream(source)
    bodies = Bodies()
    for number, block in enumerate(stream.blocks()):
        if number >= len(blocks.address):
            raise source.bad("it changes while it is read")
        section = blocks.owner[number]
        owner = blocks.sections[section]
        if not wanted(owner):
            bodies.digest.append(b"")
            continue
        body = _Body(stream, blocks, number, block)
        name = b"" if body.layout is None else body.layout.name
        beside = name in _BESIDE and name not in bodies.beside.get(section, {})
        if number == owner.first or beside:
            body.room = room
        bodies.digest.append(body.read())
        if number == owner.first:
            bodies.heads[number] = bytes(body.head)
        if beside:
            bodies.beside.setdefault(section, {})[name] = bytes(body.head)
        if body.filled:
            bodies.filled.add(number)
        if body.kept:
            bodies.kept[number] = body.kept
        if body.dropped:
            bodies.dropped[number] = body.dropped
        if body.layout is not None:
            counts = bodies.tally.setdefault(section, {})
            counts[body.layout.name] = counts.get(body.layout.name, 0) + max(block.count, 0)
    if len(bodies.digest) != len(blocks.address):
        raise source.bad("it changes while it is read")
    return bodies


class _Body:
    """One block while it is read."""

    def __init__(self, stream: BlendStream, blocks: Blocks, number: int, block: Block) -> None:
        self._stream, self._blocks = stream, blocks
        self._number, self._block = number, block
        self._section = blocks.owner[number]
        self.layout = blocks.layout(number)
        self.kept = self.dropped = _NOTHING
        self.head = bytearray()
        self.room = 0
        self.filled = False
        self._hash = hashlib.blake2b(digest_size=16)

    def read(self) -> bytes:
        layout = self.layout
        name = layout.name if layout is not None else b""
        self._hash.update(b"%d %s\0" % (self._block.count, name))
        if layout is None:
            self._raw()
        elif layout.size and (layout.pointers or layout.blanks or layout.bits):
            self._elements(layout)
        for data in self._rest():
            self._hash.update(data)
        return self._hash.digest()

    def _rest(self) -> Iterator[bytes]:
        while data := self._stream.read(_RUN):
            yield self._seen(data)

    def _seen(self, data: bytes) -> bytes:
        if len(self.head) < self.room:
            self.head += data[: self.room - len(self.head)]
        return data

    def _raw(self) -> None:
        """Bytes without a struct are an array of addresses when all of their words are some."""
        if not 0 < self._block.length <= _MAX_ARRAY or self._block.length % 8:
            self.filled = True
            return
        found = array("i")
        known = self._blocks.first_at
        step = _FIRST
        whole = b""
        while data := self._stream.read(step):
            whole += data
            step = _MAX_ARRAY
            words = memoryview(data).cast("Q").tolist()
            if not all(word == 0 or word in known for word in words):
                break
            found.extend(self._target(word, b"") for word in words)
        else:
            if any(number >= 0 for number in found):
                self.kept = found
                return
        self.filled = any(whole)
        self._hash.update(whole)

    def _elements(self, layout: Layout) -> None:
        left = min(max(self._block.count, 0), self._block.length // layout.size)
        run = max(1, _RUN // layout.size)
        self.kept, self.dropped = array("i"), array("i")
        while left > 0:
            data = bytearray(self._seen(self._stream.read(layout.size * min(run, left))))
            left -= len(data) // layout.size
            for pointer in layout.pointers:
                self._point(data, layout.size, pointer)
            for start, end in layout.blanks:
                zero = bytes(end - start)
                for at in range(start, len(data), layout.size):
                    data[at : at + end - start] = zero
            for start, mask in layout.bits:
                for at in range(start, len(data), layout.size):
                    data[at] &= mask
            self._hash.update(data)

    def _point(self, data: bytearray, size: int, pointer: Pointer) -> None:
        words = memoryview(data).cast("Q")[pointer.at // 8 :: size // 8]
        into = self.kept if pointer.kept else self.dropped
        for at, word in enumerate(words):
            if word:
                into.append(self._target(word, pointer.kind))
                words[at] = 0
            else:
                into.append(-1)

    def _target(self, address: int, kind: bytes) -> int:
        """The block at an address, -1 where there is none or it is of another kind.

        An address of what a session had freed can be that of something new.
        """
        blocks = self._blocks
        if not address:
            return -1
        number = blocks.find(address, self._section)
        if number < 0 or kind not in blocks.layouts.known:
            return number
        layout = blocks.layout(number)
        if layout is None:
            return number
        # A linked data block is an ID alone, whatever it stands for.
        return number if kind in layout.heads or layout.name == b"ID" else -1
