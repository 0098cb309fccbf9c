"""Sections of a .blend that are alike and lie one after the other, rewritten column by column.

A scene of many objects is written as one section for each, with the same
blocks in the same order and of the same lengths. So a word of all of them is
a column with one stride, and a call of the interpreter does for some hundred
sections what it else does for one block. The bytes that come out, and the
order of literals and values, are those of the way block by block (``rewrite``),
which takes whatever is not such a run.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Literal

from attrs import frozen

from audobon.storage.chunks.transforms.blocks import ADDRESS_AT, Blocks

__all__ = ["IsArray", "Plan", "Values", "plan", "unpacker"]

_MAX_WORDS = 4096  # of one section

IsArray = Callable[[int, memoryview | None], bool]
"""Whether a raw block, by its number, is an array of pointers. Its content is given unless it is
larger than a run."""
Values = Callable[[Sequence[int]], Sequence[int]]
"""Takes session values in their order, and gives what is to stand in their place."""


@frozen(slots=True)
class Plan:
    """Where the words of a section lie, in bytes from its first head; the same for a whole run."""

    stride: int
    heads: tuple[int, ...]
    raw: tuple[tuple[int, int, int], ...]
    """(number in the section, start, length) of what could be arrays of pointers."""
    pointers: tuple[int, ...]
    """In the order of their literals."""
    words: struct.Struct
    """Unpacks them in the order of the file."""
    ranks: tuple[int, ...]
    """Where in the order of literals each of ``words`` stands."""
    values: tuple[int, ...]
    halves: struct.Struct

    def rewrite(
        self,
        view: memoryview,
        first: int,
        addresses: Sequence[int],
        table: dict[int, int],
        is_array: IsArray,
        values: Values,
    ) -> None:
        """Change the sections in ``view`` where they lie; block ``first`` is the first of them."""
        width, count = len(self.heads), len(view) // self.stride
        for number, at in enumerate(self.heads):
            begin = first + number
            self._put(view, at + ADDRESS_AT, "Q", addresses[begin : begin + count * width : width])
        if self.pointers:
            self._point(view, table)
        if self.values:
            found = list(chain.from_iterable(self.halves.iter_unpack(view)))
            new = values(found)
            for number, at in enumerate(self.values):
                self._put(view, at, "I", new[number :: len(self.values)])
        if self.raw:
            for section in range(count):
                self._arrays(view, first, section, table, is_array)

    def _point(self, view: memoryview, table: dict[int, int]) -> None:
        lacking: list[tuple[int, int, int]] = []
        columns: dict[int, list[int | None]] = {}
        for rank, column in zip(
            self.ranks, zip(*self.words.iter_unpack(view), strict=True), strict=True
        ):
            if not any(column):
                continue
            new = columns[rank] = list(map(table.get, column))
            if None in new:
                lacking += (
                    (section, rank, word)
                    for section, word in enumerate(column)
                    if new[section] is None
                )
        lacking.sort()  # the order in which the way block by block would come to them
        for section, rank, word in lacking:
            columns[rank][section] = table[word]
        for rank, new in columns.items():
            self._put(view, self.pointers[rank], "Q", new)  # type: ignore[arg-type]

    def _put(
        self, view: memoryview, at: int, code: Literal["I", "Q"], column: Iterable[int]
    ) -> None:
        """Words of each section, ``at`` bytes from its beginning."""
        new = column if isinstance(column, array) else array(code, list(column))
        size = new.itemsize
        turns = 1 if self.stride % size == 0 else 2  # a stride is a multiple of 4
        for turn in range(min(turns, len(new))):
            start = at + turn * self.stride
            words = view[start : start + (len(view) - start) // size * size].cast(code)
            words[:: turns * self.stride // size] = new[turn::turns]

    def _arrays(
        self, view: memoryview, first: int, section: int, table: dict[int, int], is_array: IsArray
    ) -> None:
        for number, at, length in self.raw:
            start = section * self.stride + at
            content = view[start : start + length]
            if is_array(first + section * len(self.heads) + number, content):
                words = content.cast("Q")
                words[:] = array("Q", [table[word] for word in words.tolist()])


def plan(blocks: Blocks, first: int, end: int, most: int) -> Plan | None:
    """For the section of the blocks from ``first`` to before ``end``, of ``most`` bytes at most.

    None for one that has to go block by block.
    """
    begin = blocks.at[first]
    stride = blocks.at[end - 1] + blocks.head + blocks.length[end - 1] - begin
    if stride > most or stride % 4:
        return None
    heads: list[int] = []
    raw: list[tuple[int, int, int]] = []
    pointers: list[int] = []
    values: list[int] = []
    for number in range(first, end):
        heads.append(blocks.at[number] - begin)
        body, length = heads[-1] + blocks.head, blocks.length[number]
        if blocks.may_hold_pointers(number):
            raw.append((number - first, body, length))
        fields = blocks.fields(number)
        if fields is None:
            continue
        elements = min(blocks.count[number], length // fields.size)
        if elements * (len(fields.pointers) + len(fields.values)) > _MAX_WORDS:
            return None
        of = range(body, body + elements * fields.size, fields.size)
        pointers += [start + at for at in fields.pointers for start in of]
        values += [start + at for at in fields.values for start in of]
    if len(pointers) + len(values) > _MAX_WORDS:
        return None
    ranks = sorted(range(len(pointers)), key=pointers.__getitem__)
    words = unpacker([pointers[rank] for rank in ranks], "Q", 8, stride)
    halves = unpacker(values, "I", 4, stride)
    if words is None or halves is None:
        return None
    return Plan(
        *(stride, tuple(heads), tuple(raw), tuple(pointers)),
        *(words, tuple(ranks), tuple(values), halves),
    )


def unpacker(offsets: Sequence[int], code: str, width: int, size: int) -> struct.Struct | None:
    """A struct of ``size`` bytes that gives just the words at ``offsets``.

    None when they are not in order, overlap, or leave the bytes.
    """
    form, end = ["<"], 0
    for at in offsets:
        if at < end or at + width > size:
            return None
        form.append(f"{at - end}x{code}")
        end = at + width
    return struct.Struct("".join((*form, f"{size - end}x")))
