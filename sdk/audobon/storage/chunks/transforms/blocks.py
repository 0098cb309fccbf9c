"""The blocks of an uncompressed .blend file, and a number for each that no session changes."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice, repeat
from typing import IO

from attrs import define, field

from audobon.storage.chunks.transforms.dna import Dna, Fields, read_dna

__all__ = [
    "ADDRESS_AT",
    "FEWEST",
    "MASK",
    "MAX_BLOCKS",
    "Blocks",
    "alike",
    "same_sections",
    "sections",
    "walk",
]

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
_OLD_ROW, _NEW_ROW = struct.Struct("<4sI16x"), struct.Struct("<4s12xQ8x")
_MAX_INT = (1 << 31) - 1
_NEW_HEADER = b"BLENDER17-01v"
FEWEST = 8
"""Fewer groups of blocks that are alike are treated block by block."""
_MOST_ALIKE, _READ_ALIKE = 64, 1 << 18  # blocks of a section; bytes read at once
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
            if done := _find_alike(ahead, at, size, form, blocks, heads):
                at, number, data = at + done, len(heads) // width, b""
                offset = 0
                continue
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


def _find_alike(
    ahead: _Ahead, at: int, size: int, form: struct.Struct, blocks: Blocks, heads: bytearray
) -> int:
    """Take in the sections from ``at`` on that repeat the last two; how many bytes they have.

    Only their addresses may differ: then a section's heads come out of the file in one call.
    """
    width, number = form.size, len(heads) // form.size
    wide = number - blocks.starts[-1] if blocks.starts else 0
    if not 0 < wide <= _MOST_ALIKE or blocks.starts[-2:-1] != [number - 2 * wide]:
        return 0
    if blocks.codes[-1] == b"DNA1":  # of several the last counts
        return 0
    words = width // 8
    last = heads[-wide * width :]
    (before, shape) = (
        (row[::words], row[2::words], row[words - 1 :: words])
        for row in struct.iter_unpack("8s" * words * wide, heads[-2 * wide * width :])
    )
    length: list[int] = [
        got[1] for got in (_OLD_ROW if form is _OLD else _NEW_ROW).iter_unpack(last)
    ]
    stride = sum(length) + wide * width
    count = min(_READ_ALIKE // stride, (size - at) // stride, (MAX_BLOCKS - number) // wide)
    if count < FEWEST or before != shape:
        return 0
    one = struct.Struct("<" + "".join("8s" * words + f"{more}x" for more in length))
    data, offset = ahead.around(at, count * stride)
    done = 0
    for row in one.iter_unpack(memoryview(data)[offset : offset + count * stride]):
        if (row[::words], row[2::words], row[words - 1 :: words]) != shape:
            break
        heads += b"".join(row)
        done += 1
    blocks.starts.extend(range(number, number + done * wide, wide))
    blocks.codes.extend([blocks.codes[-1]] * done)
    return done * stride


def alike(blocks: Blocks, first: int, width: int, most: int) -> int:
    """How often the ``width`` blocks from ``first`` on come one after the other, but for addresses.

    Looks at ``most`` repetitions at most.
    """
    most = min(most, (len(blocks.at) - first) // width)
    if most < FEWEST:
        return 1
    count = step = 1
    while step:
        step = min(step, most - count)
        if step and _goes_on(blocks, first + count * width, width, step * width):
            count, step = count + step, 2 * step
        else:
            step //= 2
    return count


def _goes_on(blocks: Blocks, first: int, width: int, count: int) -> bool:
    """Whether each of ``count`` blocks from ``first`` on is like the one ``width`` before it."""
    end = first + count
    return all(
        column[first:end] == column[first - width : end - width]
        for column in (blocks.kind, blocks.length, blocks.count)
    )


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
    known, blake2b = seen.get, hashlib.blake2b
    token, kinds = blocks.token, blocks.kind
    token.frombytes(bytes(8 * len(kinds)))
    codes = iter(blocks.codes)
    for count, first, end in _runs(blocks):
        digests = bytearray()
        for name in _id_names(ahead, blocks, first, end, count):
            key = next(codes) + name
            again = seen[key] = known(key, -1) + 1
            digests += blake2b(key + again.to_bytes(8, "little"), digest_size=8).digest()
        base = memoryview(digests).cast("Q").tolist()
        following: dict[int, int] = {}
        if count == 1:
            token[first:end] = array("Q", _tokens(base[0], kinds[first:end]))
            continue
        for at, kind in enumerate(kinds[first:end], first):
            more = following[kind] = following.get(kind, -1) + 1
            salt = (kind + 1) * _GOLDEN
            column = [((one ^ salt) * _GOLDEN + more) & MASK for one in base]
            token[at : first + count * (end - first) : end - first] = array("Q", column)


def _tokens(base: int, kinds: Iterable[int]) -> Iterator[int]:
    following: dict[int, int] = {}
    for kind in kinds:
        value = following.get(kind)
        if value is None:
            value = (base ^ (kind + 1) * _GOLDEN) * _GOLDEN & MASK
        yield value
        following[kind] = (value + 1) & MASK


def _runs(blocks: Blocks) -> Iterator[tuple[int, int, int]]:
    """(how many sections are alike, first block of the first, block after its last)."""
    found = list(sections(blocks))
    number = 0
    while number < len(found):
        first, end = found[number]
        count = same_sections(blocks, number, len(found))
        yield count, first, end
        number += count


def same_sections(blocks: Blocks, section: int, most: int) -> int:
    """How many sections from ``section`` on have the same blocks; ``most`` are looked at."""
    starts = blocks.starts
    most = min(most, len(starts) - section)
    if most < FEWEST:
        return 1
    first = starts[section]
    width = starts[section + 1] - first
    count = min(alike(blocks, first, width, most), most)
    if count < FEWEST:
        return 1
    ends = [*starts[section + 1 : section + count + 1], len(blocks.at)]
    wanted = range(first + width, first + width * count + 1, width)
    for number, (end, should) in enumerate(zip(ends, wanted, strict=False)):
        if end != should:
            return max(number, 1)
    return count


def sections(blocks: Blocks) -> Iterator[tuple[int, int]]:
    """(first block, block after the last) of each data block with what belongs to it."""
    if blocks.starts and blocks.starts[0] != 0:
        raise ValueError("the file begins in the middle of a data block")
    yield from zip(blocks.starts, [*blocks.starts[1:], len(blocks.at)], strict=True)


def _id_names(ahead: _Ahead, blocks: Blocks, first: int, end: int, count: int) -> Iterator[bytes]:
    """The names that ``count`` sections, all like that of these blocks, begin with."""
    dna = blocks.dna
    room = 0
    if dna is not None and blocks.kind[first] in dna.ids and dna.name_at >= 0:
        room = min(blocks.length[first] - dna.name_at, 258)  # 66 until 4.x, 258 after
    if dna is None or room <= 0:
        yield from repeat(b"", count)
        return
    at = blocks.at[first] + blocks.head + dna.name_at
    stride = blocks.at[end] - blocks.at[first] if count > 1 else room
    step = max(1, _READ_ALIKE // stride) if count > 1 else 1
    for done in range(0, count, step):
        some = min(step, count - done)
        data, offset = ahead.around(at + done * stride, (some - 1) * stride + room)
        for start in range(offset, offset + some * stride, stride):
            yield data[start : start + room].split(b"\0", 1)[0]
