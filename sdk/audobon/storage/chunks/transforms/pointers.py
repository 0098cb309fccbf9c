"""The transform ``pointers``: a .blend file without the addresses of the session that wrote it.

Blender writes the address that each block had in memory, and pointers to
them. Before 5.0 all of them change with every session; from 5.0 they are
numbered by first use, so one inserted pointer renumbers the rest. Here each
block's address becomes 1, and a pointer becomes a token made from what it
points to: the kind and name of the data block, the struct, and the how
manyth of its kind it is there. What was replaced goes into a side stream, from
which the inverse puts every bit back; it works the tokens out again from the
normalised bytes alone. ``docs/format/transforms.md`` gives the bytes.

Works through the file block by block in plain Python: a core without numpy
can read what it wrote. Addresses and tokens of all blocks are in memory, some
300 bytes a block.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Callable, Iterator
from typing import IO

from attrs import define, field

from audobon.storage.chunks.transforms.dna import Dna, Fields, read_dna
from audobon.storage.chunks.transforms.numbers import Numbers, planes, put_number, unplanes

__all__ = ["NAME", "normalise", "restore"]

NAME = "pointers"

# Elements of a block are worked on in runs of this many bytes (at least one
# element); part of the format, because it gives the order of the literals.
_RUN = 1 << 20
_COPY = 1 << 20
# 300 bytes each: what a worker may use. The largest production scenes have
# some hundred thousand.
_MAX_BLOCKS = 1_000_000
_MAX_DNA = 8 << 20  # Blender 5.0: 0.15 MB
# Side values in memory, 8 bytes each: 32 MB.
_MAX_SIDE = 4 << 20
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: spreads small numbers
_LITERAL = 1

_OLD = struct.Struct("<4siQii")  # code, length, address, struct, count
_NEW = struct.Struct("<4sIQqq")  # code, struct, address, length, count
_NEW_HEADER = b"BLENDER17-01v"
_OLD_ADDRESS = 8  # where in a block head the address stands; the same in both


@define
class _Blocks:
    """All blocks of a file, in order, as columns."""

    head: int
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


def _walk(file: IO[bytes], size: int) -> _Blocks:
    """Find every block up to ENDB. ValueError for whatever is not such a file."""
    file.seek(0)
    start = file.read(17)
    if start[:13] == _NEW_HEADER and start[13:17].isdigit():
        form, at = _NEW, 17
    elif start[:9] == b"BLENDER-v" and start[9:12].isdigit():
        form, at = _OLD, 12
    else:
        raise ValueError("not a .blend file of 64 bits")
    blocks = _Blocks(form.size)
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
        if number >= _MAX_BLOCKS:
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


def _read_dna(file: IO[bytes], blocks: _Blocks) -> None:
    number = blocks.dna_block
    if number < 0 or blocks.length[number] > _MAX_DNA:
        raise ValueError("no DNA of a sensible size")
    file.seek(blocks.at[number] + blocks.head)
    blocks.dna = read_dna(file.read(blocks.length[number]))


def _make_tokens(file: IO[bytes], blocks: _Blocks) -> None:
    """A number for each block that depends on what it is, never on where it lay."""
    seen: dict[bytes, int] = {}
    token = blocks.token
    for (first, end), code in zip(_sections(blocks), blocks.codes, strict=True):
        key = code + _id_name(file, blocks, first)
        again = seen[key] = seen.get(key, -1) + 1
        digest = hashlib.blake2b(key + struct.pack("<Q", again), digest_size=8).digest()
        base = int.from_bytes(digest, "little")
        following: dict[int, int] = {}
        for number in range(first, end):
            kind = blocks.kind[number]
            value = following.get(kind)
            if value is None:
                value = (base ^ (kind + 1) * _GOLDEN) * _GOLDEN & _MASK
            token.append(value)
            following[kind] = (value + 1) & _MASK


def _sections(blocks: _Blocks) -> Iterator[tuple[int, int]]:
    """(first block, block after the last) of each data block with what belongs to it."""
    if blocks.starts and blocks.starts[0] != 0:
        raise ValueError("the file begins in the middle of a data block")
    yield from zip(blocks.starts, [*blocks.starts[1:], len(blocks.at)], strict=True)


def _id_name(file: IO[bytes], blocks: _Blocks, number: int) -> bytes:
    dna = blocks.dna
    if dna is None or blocks.kind[number] not in dna.ids or dna.name_at < 0:
        return b""
    room = min(blocks.length[number] - dna.name_at, 258)  # 66 until 4.x, 258 after
    if room <= 0:
        return b""
    file.seek(blocks.at[number] + blocks.head + dna.name_at)
    return file.read(room).split(b"\0", 1)[0]


class _ToTokens(dict[int, int]):
    """Address to token; an address that no block has goes to the literals."""

    def __init__(self) -> None:
        super().__init__({0: 0})
        self.literals: array[int] = array("Q")

    def __missing__(self, address: int) -> int:
        if len(self.literals) >= _MAX_SIDE:
            raise ValueError("more unknown addresses than are worth the memory")
        self.literals.append(address)
        return _LITERAL


class _ToAddresses(dict[int, int]):
    """Token to address; 1 takes the next literal. ValueError for any other number."""

    def __init__(self, literals: array[int]) -> None:
        super().__init__({0: 0})
        self._literals = iter(literals)

    def __missing__(self, token: int) -> int:
        if token != _LITERAL:
            raise ValueError("a pointer leads to no block")
        try:
            return next(self._literals)
        except StopIteration:
            raise ValueError("the literals end too early") from None


def normalise(file: IO[bytes], size: int, out: IO[bytes]) -> bytes:
    """Write the normalised file and its side stream to ``out``; returns the parameters.

    ``file`` is an uncompressed .blend in its first ``size`` bytes. ValueError,
    LookupError or struct.error when it is not one that can be treated.
    """
    blocks = _walk(file, size)
    table = _ToTokens()
    shared = _shared(blocks)
    for number, address in enumerate(blocks.address):
        if address:
            table.setdefault(address, blocks.token[number])
    if len({*blocks.token, 0, _LITERAL}) != len(blocks.token) + 2:
        raise ValueError("two blocks have the same token")
    values: array[int] = array("I")

    def keep(view: memoryview) -> None:
        if len(values) + len(view) > _MAX_SIDE:
            raise ValueError("more session values than are worth the memory")
        values.extend(view)
        view[:] = array("I", bytes(4 * len(view)))

    flags = bytearray()
    last = 0

    def is_array(number: int) -> bool:
        nonlocal last
        if not _is_pointer_array(file, blocks, number, table):
            return False
        put_number(flags, number - last)
        last = number
        return True

    _rewrite(
        *(file, size, out, blocks, table),
        is_array=is_array,
        values=keep,
        new_address=lambda _: 1,
        local=lambda first, end: _local_tokens(blocks, shared, first, end),
    )
    side = (
        planes(_deltas(blocks.address), 8),
        planes(table.literals, 8),
        planes(values, 4),
        bytes(flags),
    )
    for part in side:
        out.write(part)
    params = bytearray()
    for value in (size, *map(len, side)):
        put_number(params, value)
    return bytes(params)


def restore(file: IO[bytes], params: bytes, out: IO[bytes]) -> None:
    """Inverse of :func:`normalise`; ValueError, LookupError or struct.error when it cannot be."""
    numbers = Numbers(params)
    size, *lengths = (numbers.take() for _ in range(5))
    file.seek(size)
    if max(lengths) > 8 * max(_MAX_SIDE, _MAX_BLOCKS):
        raise ValueError("the side stream is too long")
    parts = [file.read(length) for length in lengths]
    blocks = _walk(file, size)
    addresses = _sums(unplanes(parts[0], "Q"))
    if len(addresses) != len(blocks.at):
        raise ValueError("the side stream belongs to another file")
    table = _ToAddresses(unplanes(parts[1], "Q"))
    table.update(zip(blocks.token, addresses, strict=True))
    values = unplanes(parts[2], "I")
    flags = Numbers(parts[3])
    arrays: set[int] = set()
    last = 0
    while flags.left:
        last += flags.take()
        arrays.add(last)
    used = 0

    def put_back(view: memoryview) -> None:
        nonlocal used
        view[:] = values[used : used + len(view)]
        used += len(view)

    _rewrite(
        *(file, size, out, blocks, table),
        is_array=arrays.__contains__,
        values=put_back,
        new_address=addresses.__getitem__,
        local=None,
    )


def _shared(blocks: _Blocks) -> frozenset[int]:
    """Addresses that several blocks had, one after the other."""
    seen: set[int] = set()
    again: set[int] = set()
    for address in blocks.address:
        (again if address in seen else seen).add(address)
    again.discard(0)
    return frozenset(again)


def _local_tokens(
    blocks: _Blocks, shared: frozenset[int], first: int, end: int
) -> dict[int, int] | None:
    """Tokens that hold within one section: an address used twice means the nearer block."""
    if not shared:
        return None
    found: dict[int, int] = {}
    for number in range(first, end):
        if blocks.address[number] in shared:
            found.setdefault(blocks.address[number], blocks.token[number])
    return found


def _is_pointer_array(file: IO[bytes], blocks: _Blocks, number: int, table: dict[int, int]) -> bool:
    left = blocks.length[number]
    file.seek(blocks.at[number] + blocks.head)
    step, any_set = 512, False  # most give themselves away in the first words
    while left:
        data = memoryview(file.read(min(step, left))).cast("Q")
        words = set(data.tolist())
        if not words <= table.keys():
            return False
        any_set = any_set or words != {0}
        left -= data.nbytes
        step = _RUN
    return any_set


def _rewrite(
    file: IO[bytes],
    size: int,
    out: IO[bytes],
    blocks: _Blocks,
    table: dict[int, int],
    *,
    is_array: Callable[[int], bool],
    values: Callable[[memoryview], None],
    new_address: Callable[[int], int],
    local: Callable[[int, int], dict[int, int] | None] | None,
) -> None:
    """Copy the file, with every address, pointer and session value replaced."""
    file.seek(0)
    out.write(file.read(blocks.at[0] if blocks.at else 0))
    for first, end in _sections(blocks):
        nearer = local(first, end) if local is not None else None
        farther = {address: table[address] for address in nearer} if nearer else {}
        table.update(nearer or {})
        for number in range(first, end):
            array_of_pointers = blocks.may_hold_pointers(number) and is_array(number)
            file.seek(blocks.at[number])
            head = bytearray(file.read(blocks.head))
            struct.pack_into("<Q", head, _OLD_ADDRESS, new_address(number))
            out.write(head)
            if array_of_pointers:
                fields: Fields | None = Fields(8, pointers=(0,))
                total = blocks.length[number] // 8
            else:
                fields = blocks.fields(number)
                total = blocks.count[number]
            _rewrite_block(file, out, blocks.length[number], fields, total, table, values)
        table.update(farther)
    _copy(file, out, size - file.tell() if blocks.at else size)


def _rewrite_block(
    file: IO[bytes],
    out: IO[bytes],
    length: int,
    fields: Fields | None,
    total: int,
    table: dict[int, int],
    values: Callable[[memoryview], None],
) -> None:
    if fields is not None:
        elements = min(total, length // fields.size)
        run = max(1, _RUN // fields.size)
        while elements > 0:
            data = bytearray(file.read(fields.size * min(run, elements)))
            _replace(data, fields, table, values)
            out.write(data)
            length -= len(data)
            elements -= run
    _copy(file, out, length)


def _replace(
    data: bytearray, fields: Fields, table: dict[int, int], values: Callable[[memoryview], None]
) -> None:
    if fields.pointers:
        words = memoryview(data).cast("Q")
        step = fields.size // 8
        if len(words) == step:  # by far the most: one element
            for at in fields.pointers:
                words[at // 8] = table[words[at // 8]]
        else:
            for at in fields.pointers:
                column = words[at // 8 :: step]
                column[:] = array("Q", [table[word] for word in column.tolist()])
    if fields.values:
        halves = memoryview(data).cast("I")
        for at in fields.values:
            values(halves[at // 4 :: fields.size // 4])


def _copy(file: IO[bytes], out: IO[bytes], length: int) -> None:
    while length > 0:
        data = file.read(min(length, _COPY))
        if not data:
            raise ValueError("the file ends too early")
        out.write(data)
        length -= len(data)


def _deltas(values: array[int]) -> array[int]:
    """Each value less the one before it: neighbours in the heap lie at regular distances."""
    last = 0
    out: array[int] = array("Q")
    for value in values:
        out.append((value - last) & _MASK)
        last = value
    return out


def _sums(deltas: array[int]) -> array[int]:
    total = 0
    out: array[int] = array("Q")
    for delta in deltas:
        total = (total + delta) & _MASK
        out.append(total)
    return out
