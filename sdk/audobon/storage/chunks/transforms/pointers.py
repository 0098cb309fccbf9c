"""The transform ``pointers``: a .blend file without the addresses of the session that wrote it.

Blender writes the address that each block had in memory, and pointers to
them. Before 5.0 all of them change with every session; from 5.0 they are
numbered by first use, so one inserted pointer renumbers the rest. Here each
block's address becomes 1, and a pointer becomes a token made from what it
points to: the kind and name of the data block, the struct, and the how
manyth of its kind it is there. What was replaced goes into a side stream, from
which the inverse puts every bit back; it works the tokens out again from the
normalised bytes alone. ``docs/format/transforms.md`` gives the bytes.

Works through the file in plain Python (``rewrite``), block by block or, where many are
alike, column by column (``runs``): a core without numpy can read what it wrote. Addresses
and tokens of all blocks are in memory, some 300 bytes a block.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import IO

from audobon.storage.chunks.transforms.blocks import (
    MASK,
    MAX_BLOCKS,
    Blocks,
    walk,
)
from audobon.storage.chunks.transforms.numbers import Numbers, planes, put_number, unplanes
from audobon.storage.chunks.transforms.rewrite import RUN, rewrite

__all__ = ["NAME", "normalise", "restore"]

NAME = "pointers"

# Side values in memory, 8 bytes each: 32 MB.
_MAX_SIDE = 4 << 20
_LITERAL = 1


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
    blocks = walk(file, size)
    table = _ToTokens()
    shared = _shared(blocks)
    for number, address in enumerate(blocks.address):
        if address:
            table.setdefault(address, blocks.token[number])
    if len({*blocks.token, 0, _LITERAL}) != len(blocks.token) + 2:
        raise ValueError("two blocks have the same token")
    values: array[int] = array("I")

    def keep(found: Sequence[int]) -> Sequence[int]:
        if len(values) + len(found) > _MAX_SIDE:
            raise ValueError("more session values than are worth the memory")
        values.extend(found)
        return bytes(len(found))

    flags = bytearray()
    last = 0

    def is_array(number: int, content: memoryview | None) -> bool:
        nonlocal last
        if not _is_pointer_array(file, blocks, number, content, table):
            return False
        put_number(flags, number - last)
        last = number
        return True

    rewrite(
        *(file, size, out, blocks, table),
        is_array=is_array,
        values=keep,
        addresses=array("Q", [1]) * len(blocks.at),
        local=lambda first, end: _local_tokens(blocks, shared, first, end),
    )
    side = (
        _pack(blocks, _deltas(blocks.address, blocks.kind)),
        _pack(blocks, _deltas(table.literals, bytes(len(table.literals)))),
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
    if max(lengths) > 8 * max(_MAX_SIDE, MAX_BLOCKS):
        raise ValueError("the side stream is too long")
    parts = [file.read(length) for length in lengths]
    blocks = walk(file, size)
    addresses = _sums(_unpack(blocks, parts[0]), blocks.kind)
    deltas = _unpack(blocks, parts[1])
    table = _ToAddresses(_sums(deltas, bytes(len(deltas))))
    table.update(zip(blocks.token, addresses, strict=True))
    values = unplanes(parts[2], "I")
    flags = Numbers(parts[3])
    arrays: set[int] = set()
    last = 0
    while flags.left:
        last += flags.take()
        arrays.add(last)
    used = 0

    def put_back(found: Sequence[int]) -> Sequence[int]:
        nonlocal used
        used += len(found)
        return values[used - len(found) : used]

    rewrite(
        *(file, size, out, blocks, table),
        is_array=lambda number, _: number in arrays,
        values=put_back,
        addresses=addresses,
        local=None,
    )


def _shared(blocks: Blocks) -> frozenset[int]:
    """Addresses that several blocks had, one after the other."""
    seen: set[int] = set()
    again: set[int] = set()
    for address in blocks.address:
        (again if address in seen else seen).add(address)
    again.discard(0)
    return frozenset(again)


def _local_tokens(
    blocks: Blocks, shared: frozenset[int], first: int, end: int
) -> dict[int, int] | None:
    """Tokens that hold within one section: an address used twice means the nearer block."""
    if not shared:
        return None
    found: dict[int, int] = {}
    for number in range(first, end):
        if blocks.address[number] in shared:
            found.setdefault(blocks.address[number], blocks.token[number])
    return found


def _is_pointer_array(
    file: IO[bytes],
    blocks: Blocks,
    number: int,
    content: memoryview | None,
    table: dict[int, int],
) -> bool:
    """``content`` is the block's, None for one that is larger than a run."""
    left = blocks.length[number]
    file.seek(blocks.at[number] + blocks.head)
    step, any_set, at = 512, False, 0  # most give themselves away in the first words
    while left:
        part = min(step, left)
        data = memoryview(file.read(part)) if content is None else content[at : at + part]
        words = set(data.cast("Q").tolist())
        if not words <= table.keys():
            return False
        any_set = any_set or words != {0}
        left -= data.nbytes
        at += data.nbytes
        step = RUN
    return any_set


def _pack(blocks: Blocks, deltas: array[int]) -> bytes:
    """Real addresses compress best in planes; they are all new in each session anyway.

    Blender 5.0 counts them up from a hash of the name instead. Most stay from
    version to version, so they are kept together, where chunks can be shared.
    """
    return deltas.tobytes() if blocks.counted else planes(deltas, 8)


def _unpack(blocks: Blocks, data: bytes) -> array[int]:
    if not blocks.counted:
        return unplanes(data, "Q")
    deltas: array[int] = array("Q")
    deltas.frombytes(data)  # ValueError when its length does not fit
    return deltas


def _deltas(values: Sequence[int], kinds: Sequence[int]) -> array[int]:
    """Each value less the one before it of its kind: equal structs lie at regular distances."""
    last: dict[int, int] = {}
    out: array[int] = array("Q")
    before = 0
    for value, kind in zip(values, kinds, strict=True):
        out.append((value - last.get(kind, before)) & MASK)
        last[kind] = before = value
    return out


def _sums(deltas: Sequence[int], kinds: Sequence[int]) -> array[int]:
    last: dict[int, int] = {}
    known = last.get
    out: list[int] = []
    append = out.append
    before = 0
    for delta, kind in zip(deltas, kinds, strict=True):
        last[kind] = before = (known(kind, before) + delta) & MASK
        append(before)
    return array("Q", out)
