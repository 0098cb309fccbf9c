"""A .blend file copied with every address, pointer and session value replaced.

This is where the time goes: a scene of 60 MB has 160,000 blocks, most of one
element with some fifty pointers, nearly all of them NULL. So the file goes
by in a window that is changed where it lies, and the words of a block come
out of it in one call, made for its struct. Of sections that are alike, as
those of many objects are, ``runs`` treats some hundred at once.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from itertools import compress
from typing import IO

from attrs import define, field, frozen

from audobon.storage.chunks.transforms.blocks import (
    ADDRESS_AT,
    FEWEST,
    Blocks,
    alike,
    same_sections,
    sections,
)
from audobon.storage.chunks.transforms.dna import Fields
from audobon.storage.chunks.transforms.runs import IsArray, Plan, Values, plan, unpacker

__all__ = ["RUN", "rewrite"]

RUN = 1 << 20
"""Elements of a block are worked on in runs of this many bytes (at least one element); part of
the format, because it gives the order of the literals."""
_COPY = 1 << 18
_LONG = 64  # a section of more blocks may hold a list of equal ones
Local = Callable[[int, int], "dict[int, int] | None"]
_put_word, _put_half = struct.Struct("<Q").pack_into, struct.Struct("<I").pack_into


@define
class _Window:
    """The part of ``file`` that is being worked on; what lies before it has gone to ``out``."""

    file: IO[bytes]
    out: IO[bytes]
    size: int
    start: int = 0
    data: bytearray = field(factory=bytearray)

    def reach(self, at: int, length: int) -> int:
        """Where in ``data`` the ``length`` bytes from ``at`` on lie. Goes forward only."""
        offset = at - self.start
        if offset + length > len(self.data):
            self._pass_on(at)
            kept = len(self.data)
            self.file.seek(at + kept)
            room = min(max(_COPY, length), self.size - at) - kept
            self.data += self.file.read(max(0, room))
            if len(self.data) < length:
                raise ValueError("the file ends too early")
            offset = 0
        return offset

    def _pass_on(self, at: int) -> None:
        """Write everything before ``at``; ``data`` begins there."""
        offset = at - self.start
        self.out.write(memoryview(self.data)[:offset])
        gap = offset - len(self.data)
        # What puts bytes back where they were needs to be told of these, no more.
        keep = getattr(self.out, "keep", self.out.write)
        while gap > 0:
            self.file.seek(at - gap)
            data = self.file.read(min(gap, _COPY))
            if not data:
                raise ValueError("the file ends too early")
            keep(data)
            gap -= len(data)
        self.data, self.start = self.data[offset:], at

    def finish(self) -> None:
        self._pass_on(self.size)


@frozen(slots=True)
class _Reader:
    """How to get at the words of one element, ``quick`` where its offsets are in order."""

    fields: Fields
    size: int
    words: struct.Struct | None
    halves: struct.Struct | None
    quick: bool

    @classmethod
    def of(cls, fields: Fields) -> _Reader:
        words = unpacker(fields.pointers, "Q", 8, fields.size)
        halves = unpacker(fields.values, "I", 4, fields.size)
        return cls(fields, fields.size, words, halves, words is not None and halves is not None)


_ARRAY = _Reader.of(Fields(8, pointers=(0,)))


def rewrite(
    file: IO[bytes],
    size: int,
    out: IO[bytes],
    blocks: Blocks,
    table: dict[int, int],
    *,
    is_array: IsArray,
    values: Values,
    addresses: Sequence[int],
    local: Local | None,
) -> None:
    """Copy the file, with every address, pointer and session value replaced.

    ``table`` has what stands for each pointer but NULL, ``addresses`` the new
    address of each block; ``local`` what holds in one section only.
    ValueError, LookupError or struct.error when it cannot be done.
    """
    work = _Work(_Window(file, out, size), blocks, table, is_array, values, addresses)
    found = list(sections(blocks))
    section = 0
    while section < len(found):
        nearer = local(*found[section]) if local is not None else None
        if not nearer and (done := work.run(section, found, local)):
            section += done
            continue
        farther = {address: table[address] for address in nearer} if nearer else {}
        table.update(nearer or {})
        work.section(*found[section])
        table.update(farther)
        section += 1
    work.window.finish()


@define
class _Work:
    """What one rewriting goes by."""

    window: _Window
    blocks: Blocks
    table: dict[int, int]
    is_array: IsArray
    values: Values
    addresses: Sequence[int]
    readers: dict[int, _Reader | None] = field(factory=dict)
    # The last plan, by the columns of its section: a long run goes by in parts.
    planned: tuple[tuple[array[int], ...], Plan | None] = ((), None)

    def run(self, section: int, found: Sequence[tuple[int, int]], local: Local | None) -> int:
        """Rewrite the sections from ``section`` on that are like it; how many, 0 when too few."""
        first, end = found[section]
        most = _COPY // self._stride(first, end)
        count = same_sections(self.blocks, section, most)
        if local is not None:
            following = range(section, section + count)
            count = next((n - section for n in following if local(*found[n])), count)
        return count if self._alike(first, end, count) else 0

    def _stride(self, first: int, end: int) -> int:
        blocks = self.blocks
        return blocks.at[end - 1] + blocks.head + blocks.length[end - 1] - blocks.at[first]

    def _alike(self, first: int, end: int, count: int) -> bool:
        """Rewrite the blocks from ``first`` to before ``end``, and what repeats them."""
        blocks, stride = self.blocks, self._stride(first, end)
        if count < FEWEST or first <= blocks.dna_block < first + count * (end - first):
            return False
        key = tuple(column[first:end] for column in (blocks.kind, blocks.length, blocks.count))
        if key != self.planned[0]:
            self.planned = key, plan(blocks, first, end, RUN)
        how = self.planned[1]
        if how is None:
            return False
        offset = self.window.reach(blocks.at[first], count * stride)
        view = memoryview(self.window.data)[offset : offset + count * stride]
        how.rewrite(view, first, self.addresses, self.table, self.is_array, self.values)
        return True

    def section(self, first: int, end: int) -> None:
        """The blocks from ``first`` to before ``end``: runs of the same block, and the others."""
        begun = first
        while end - first > _LONG:
            count = self._repeats(first, end)
            if count >= FEWEST:
                self._each(begun, first)
                begun = first + count if self._alike(first, first + 1, count) else first
            first += count
        self._each(begun, end)

    def _repeats(self, first: int, end: int) -> int:
        blocks = self.blocks
        if blocks.kind[first] != blocks.kind[first + FEWEST]:  # most give themselves away
            return 1
        return alike(blocks, first, 1, min(end - first, _COPY // self._stride(first, first + 1)))

    def _each(self, first: int, end: int) -> None:
        """The blocks from ``first`` to before ``end``.

        The innermost loop: what is asked for each block is asked here, without a call.
        """
        blocks, window, readers = self.blocks, self.window, self.readers
        table, values, head = self.table, self.values, blocks.head
        columns = (blocks.at, blocks.length, blocks.kind, blocks.count, self.addresses)
        rows = zip(*(column[first:end] for column in columns), strict=True)
        for number, (at, length, kind, count, address) in enumerate(rows, first):
            need = head + length if length <= RUN else head
            offset = at - window.start
            if offset + need > len(window.data):
                offset = window.reach(at, need)
            data = window.data
            if not kind or kind not in readers or number == blocks.dna_block:
                reader, count = self._reader_of(number, offset, count)
            else:
                reader = readers[kind]
            _put_word(data, offset + ADDRESS_AT, address)
            if reader is None:
                continue
            size = reader.size
            if (count == 1 or length < 2 * size) and count and reader.quick and size <= length:
                _one(data, offset + head, reader, table, values)
            else:
                _rewrite_block(window, at + head, length, reader, count, table, values)

    def _reader_of(self, number: int, offset: int, count: int) -> tuple[_Reader | None, int]:
        """How to read the elements of a block, and their number by the block's own word."""
        blocks = self.blocks
        length, kind = blocks.length[number], blocks.kind[number]
        if blocks.may_hold_pointers(number):
            start = offset + blocks.head
            content = memoryview(self.window.data)[start : start + length]
            if self.is_array(number, content if length <= RUN else None):
                return _ARRAY, length // 8
        if number == blocks.dna_block:
            return None, count
        if kind not in self.readers:
            fields = blocks.fields(number)
            self.readers[kind] = None if fields is None else _Reader.of(fields)
        return self.readers[kind], count


def _rewrite_block(
    window: _Window,
    at: int,
    length: int,
    reader: _Reader,
    total: int,
    table: dict[int, int],
    values: Values,
) -> None:
    size = reader.size
    elements = min(total, length // size)
    run = max(1, RUN // size)
    while elements > 0:
        count = min(run, elements)
        offset = window.reach(at, size * count)
        if count == 1 and reader.quick:
            _one(window.data, offset, reader, table, values)
        else:
            view = memoryview(window.data)[offset : offset + size * count]
            _many(view, reader.fields, table, values)
        at += size * count
        elements -= count


def _one(
    data: bytearray, offset: int, reader: _Reader, table: dict[int, int], values: Values
) -> None:
    """By far the most: a block of one element. NULL stays NULL, so it is passed over."""
    fields = reader.fields
    if fields.pointers:
        found = reader.words.unpack_from(data, offset)  # type: ignore[union-attr]
        for at, word in zip(compress(fields.pointers, found), filter(None, found), strict=True):
            _put_word(data, offset + at, table[word])
    if fields.values:
        old = reader.halves.unpack_from(data, offset)  # type: ignore[union-attr]
        for at, was, value in zip(fields.values, old, values(old), strict=True):
            if was != value:
                _put_half(data, offset + at, value)


def _many(view: memoryview, fields: Fields, table: dict[int, int], values: Values) -> None:
    """Several elements, field by field."""
    if fields.pointers:
        words = view.cast("Q")
        step = fields.size // 8
        for at in fields.pointers:
            column = words[at // 8 :: step]
            column[:] = array("Q", [table[word] for word in column.tolist()])
    if fields.values:
        halves = view.cast("I")
        for at in fields.values:
            column = halves[at // 4 :: fields.size // 4]
            column[:] = array("I", list(values(column.tolist())))
