"""The blocks of an uncompressed .blend file, and a number for each that no session changes."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import IO

from attrs import define, field

from audobon.storage.chunks.transforms.dna import Dna, Fields, read_dna

__all__ = ["ADDRESS_AT", "MASK", "MAX_BLOCKS", "Blocks", "sections", "walk"]

# 300 bytes each: what a worker may use. The largest production scenes have
# some hundred thousand.
MAX_BLOCKS = 1_000_000
_MAX_DNA = 8 << 20  # Blender 5.0: 0.15 MB
MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: spreads small numbers

_STEP = 1 << 16  # of a large block only its head is wanted

_OLD = struct.Struct("<4siQii")  # code, length, address, struct, count
_NEW = struct.Struct("<4sIQqq")  # code, struct, address, length, count
# Code and length alone. Read as unsigned, a negative length is longer than any file.
_OLD_SIZE, _NEW_SIZE = struct.Struct("<4sI"), struct.Struct("<4s12xQ")
_MAX_INT = (1 << 31) - 1
_NEW_HEADER = b"BLENDER17-01v"
ADDRESS_AT = 8
"""Where in a block head the address stands; the same in both forms."""


@define
class Blocks:
    """All blocks of a file, in order, as columns."""

    head: int
    """Bytes of a block head: 24, or 32 from Blender 5.0 on."""
    at: array[int] = field(factory=lambda: array("Q"))
    length: array[int] = field(factory=lambda: array("Q"))
    address: array[int] = field(factory=lambda: array("Q"))
    kind: array[int] = field(factory=lambda: array("I"))
    count: array[int] = field(factory=lambda: array("Q"))
    token: array[int] = field(factory=lambda: array("Q"))
    # Numbers of the blocks that begin a section: all but DATA blocks do.
    starts: list[int] = field(factory=list)
    codes: list[bytes] = field(factory=list)
    dna: Dna | None = None
    dna_block: int = -1

    @property
    def counted(self) -> bool:
        """Whether the addresses are numbers that Blender counts up, as it does from 5.0 on."""
        return self.head == _NEW.size

    def fields(self, number: int) -> Fields | None:
        """What to replace in block ``number``; None for raw bytes and unknown structs."""
        kind = self.kind[number]
        if self.dna is None or not 0 < kind < len(self.dna.fields) or number == self.dna_block:
            return None
        found = self.dna.fields[kind]
        return found if found.size and (found.pointers or found.values) else None

    def may_hold_pointers(self, number: int) -> bool:
        """Whether block ``number`` is raw bytes that could be an array of pointers."""
        length = self.length[number]
        raw = self.kind[number] == 0 and number != self.dna_block
        return raw and length > 0 and length % 8 == 0


class _Ahead:
    """Small reads from front to back out of a large one: most blocks have some hundred bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._start = 0
        self._data = b""

    def around(self, at: int, length: int) -> tuple[bytes, int]:
        """Bytes of the file and where in them it goes on from ``at``.

        ``length`` bytes follow there, fewer only where the file ends.
        """
        offset = at - self._start
        if offset < 0 or offset + length > len(self._data):
            self._file.seek(at)
            self._data = self._file.read(max(_STEP, length))
            self._start, offset = at, 0
        return self._data, offset


def walk(file: IO[bytes], size: int) -> Blocks:
    """Find every block up to ENDB. ValueError for whatever is not such a file."""
    file.seek(0)
    start = file.read(17)
    if start[:13] == _NEW_HEADER and start[13:17].isdigit():
        form, at = _NEW, 17
    elif start[:9] == b"BLENDER-v" and start[9:12].isdigit():
        form, at = _OLD, 12
    else:
        raise ValueError("not a .blend file of 64 bits")
    blocks = Blocks(form.size)
    _find(_Ahead(file), at, size, form, blocks)
    _read_dna(file, blocks)
    _make_tokens(_Ahead(file), blocks)
    return blocks


def _find(ahead: _Ahead, at: int, size: int, form: struct.Struct, blocks: Blocks) -> None:
    """Every head up to ENDB. Gathers them as they are and takes the columns out at the end.

    A scene has 100,000 blocks and more, so the loop does no more than it must.
    """
    first, width = at, form.size
    unpack = (_OLD_SIZE if form is _OLD else _NEW_SIZE).unpack_from
    heads = bytearray()
    number = offset = 0
    data = b""
    while True:
        if offset + width > len(data):
            data, offset = ahead.around(at, width)
        code, length = unpack(data, offset)
        if code != b"DATA":
            if code == b"ENDB":
                break
            blocks.starts.append(number)
            blocks.codes.append(code)
            if code == b"DNA1":
                blocks.dna_block = number
        if at + width + length > size:
            raise ValueError("a block is longer than the file")
        if number >= MAX_BLOCKS:
            raise ValueError("more blocks than are worth the memory")
        heads += data[offset : offset + width]
        length += width
        at += length
        offset += length
        number += 1
    _take_columns(heads, form, blocks)
    starts = accumulate((length + width for length in blocks.length), initial=first)
    blocks.at.extend(islice(starts, number))


def _take_columns(heads: bytearray, form: struct.Struct, blocks: Blocks) -> None:
    words, halves = memoryview(heads).cast("Q"), memoryview(heads).cast("I")
    if form is _OLD:
        blocks.length.extend(halves[1::6])
        blocks.address.extend(words[1::3])
        blocks.kind.extend(halves[4::6])
        blocks.count.extend(halves[5::6])
        largest, most = _MAX_INT, _MAX_INT
    else:
        blocks.kind.extend(halves[1::8])
        blocks.address.extend(words[1::4])
        blocks.length.extend(words[2::4])
        blocks.count.extend(words[3::4])
        largest, most = MASK, MASK >> 1
    if max(blocks.kind, default=0) > largest or max(blocks.count, default=0) > most:
        raise ValueError("a block has a negative number")


def _read_dna(file: IO[bytes], blocks: Blocks) -> None:
    number = blocks.dna_block
    if number < 0 or blocks.length[number] > _MAX_DNA:
        raise ValueError("no DNA of a sensible size")
    file.seek(blocks.at[number] + blocks.head)
    blocks.dna = read_dna(file.read(blocks.length[number]))


def _make_tokens(ahead: _Ahead, blocks: Blocks) -> None:
    """A number for each block that depends on what it is, never on where it lay."""
    seen: dict[bytes, int] = {}
    token, kinds = blocks.token, blocks.kind
    for (first, end), code in zip(sections(blocks), blocks.codes, strict=True):
        key = code + _id_name(ahead, blocks, first)
        again = seen[key] = seen.get(key, -1) + 1
        digest = hashlib.blake2b(key + struct.pack("<Q", again), digest_size=8).digest()
        base = int.from_bytes(digest, "little")
        following: dict[int, int] = {}
        for kind in kinds[first:end]:
            value = following.get(kind)
            if value is None:
                value = (base ^ (kind + 1) * _GOLDEN) * _GOLDEN & MASK
            token.append(value)
            following[kind] = (value + 1) & MASK


def sections(blocks: Blocks) -> Iterator[tuple[int, int]]:
    """(first block, block after the last) of each data block with what belongs to it."""
    if blocks.starts and blocks.starts[0] != 0:
        raise ValueError("the file begins in the middle of a data block")
    yield from zip(blocks.starts, [*blocks.starts[1:], len(blocks.at)], strict=True)


def _id_name(ahead: _Ahead, blocks: Blocks, number: int) -> bytes:
    dna = blocks.dna
    if dna is None or blocks.kind[number] not in dna.ids or dna.name_at < 0:
        return b""
    room = min(blocks.length[number] - dna.name_at, 258)  # 66 until 4.x, 258 after
    if room <= 0:
        return b""
    data, offset = ahead.around(blocks.at[number] + blocks.head + dna.name_at, room)
    return data[offset : offset + room].split(b"\0", 1)[0]
