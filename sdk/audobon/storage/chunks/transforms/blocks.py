"""The blocks of an uncompressed .blend file, and a number for each that no session changes."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Iterator
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

_OLD = struct.Struct("<4siQii")  # code, length, address, struct, count
_NEW = struct.Struct("<4sIQqq")  # code, struct, address, length, count
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
    while True:
        file.seek(at)
        head = file.read(form.size)
        if head[:4] == b"ENDB":
            break
        if form is _NEW:
            code, kind, address, length, count = form.unpack(head)
        else:
            code, length, address, kind, count = form.unpack(head)
        if length < 0 or count < 0 or kind < 0 or at + form.size + length > size:
            raise ValueError("a block is longer than the file")
        number = len(blocks.at)
        if number >= MAX_BLOCKS:
            raise ValueError("more blocks than are worth the memory")
        if code != b"DATA":
            blocks.starts.append(number)
            blocks.codes.append(code)
        if code == b"DNA1":
            blocks.dna_block = number
        blocks.at.append(at)
        blocks.length.append(length)
        blocks.address.append(address)
        blocks.kind.append(kind)
        blocks.count.append(count)
        at += form.size + length
    _read_dna(file, blocks)
    _make_tokens(file, blocks)
    return blocks


def _read_dna(file: IO[bytes], blocks: Blocks) -> None:
    number = blocks.dna_block
    if number < 0 or blocks.length[number] > _MAX_DNA:
        raise ValueError("no DNA of a sensible size")
    file.seek(blocks.at[number] + blocks.head)
    blocks.dna = read_dna(file.read(blocks.length[number]))


def _make_tokens(file: IO[bytes], blocks: Blocks) -> None:
    """A number for each block that depends on what it is, never on where it lay."""
    seen: dict[bytes, int] = {}
    token = blocks.token
    for (first, end), code in zip(sections(blocks), blocks.codes, strict=True):
        key = code + _id_name(file, blocks, first)
        again = seen[key] = seen.get(key, -1) + 1
        digest = hashlib.blake2b(key + struct.pack("<Q", again), digest_size=8).digest()
        base = int.from_bytes(digest, "little")
        following: dict[int, int] = {}
        for number in range(first, end):
            kind = blocks.kind[number]
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


def _id_name(file: IO[bytes], blocks: Blocks, number: int) -> bytes:
    dna = blocks.dna
    if dna is None or blocks.kind[number] not in dna.ids or dna.name_at < 0:
        return b""
    room = min(blocks.length[number] - dna.name_at, 258)  # 66 until 4.x, 258 after
    if room <= 0:
        return b""
    file.seek(blocks.at[number] + blocks.head + dna.name_at)
    return file.read(room).split(b"\0", 1)[0]
