"""Which words of a .blend struct are addresses, and which values live for one session only.

Read from the DNA1 block (``codec.sdna``). Only for files with pointers of 8
bytes and the lowest byte first, which is all that Blender has written since 2.8.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from audobon.codec.sdna import count_of, is_fleeting, is_pointer, read_structs

__all__ = ["Dna", "Fields", "read_dna"]

# Structs inside structs; Blender's go down about five.
_MAX_DEPTH = 12
# Addresses and values in one struct. The largest real one has some hundreds
# (Scene); what has more is left as it is.
_MAX_FIELDS = 4096


@frozen(slots=True)
class Fields:
    """One struct: its size, the offsets of its addresses and of its session values, in bytes.

    Addresses have 8 bytes and lie at multiples of 8, values have 4 and lie at
    multiples of 4; the size is a multiple of 8 when there are addresses.
    """

    size: int = 0
    pointers: tuple[int, ...] = ()
    values: tuple[int, ...] = ()


@frozen(slots=True)
class Dna:
    """All structs by their number, and which of them begin with an ID."""

    fields: Sequence[Fields]
    ids: frozenset[int]
    name_at: int
    """Where in an ID its name begins."""


class _Structs:
    """The structs as they are written down, flattened on demand."""

    def __init__(self, data: bytes) -> None:
        found = read_structs(data)
        self.names, self.types, self.sizes = found.names, found.types, found.sizes
        self.order, self.members = found.order, found.members
        self._done: dict[int, Fields] = {}

    def flat(self, kind: int, depth: int = 0) -> Fields:
        if kind not in self._done:
            if depth > _MAX_DEPTH:
                raise ValueError("structs of the DNA hold each other without end")
            self._done[kind] = self._flat(kind, depth)
        return self._done[kind]

    def _flat(self, kind: int, depth: int) -> Fields:
        owner, size = self.types[kind], self.sizes[kind]
        pointers: list[int] = []
        values: list[int] = []
        at = 0
        for member, number in self.members[kind]:
            name = self.names[number]
            count = count_of(name)
            if is_pointer(name):
                one, inner = 8, Fields(8, pointers=(0,))
            elif member in self.members:
                one, inner = self.sizes[member], self.flat(member, depth + 1)
            else:
                one = self.sizes[member]
                fleeting = is_fleeting(owner, self.types[member], name.split(b"[", 1)[0])
                inner = Fields(one, values=tuple(range(0, one, 4)) if fleeting else ())
            if count * (len(inner.pointers) + len(inner.values)) > _MAX_FIELDS:
                return Fields(size)
            if inner.pointers or inner.values:
                for start in range(at, at + count * one, one):
                    pointers += [start + offset for offset in inner.pointers]
                    values += [start + offset for offset in inner.values]
            at += count * one
        if len(pointers) + len(values) > _MAX_FIELDS or at > size:
            return Fields(size)
        return Fields(
            size,
            tuple(p for p in pointers if not p % 8) if not size % 8 else (),
            tuple(v for v in values if not v % 4) if not size % 4 else (),
        )


def read_dna(data: bytes) -> Dna:
    """From the body of a DNA1 block. ValueError, LookupError or struct.error when it is broken."""
    structs = _Structs(data)
    fields = tuple(structs.flat(kind) for kind in structs.order)
    ids, name_at = set(), -1
    for number, kind in enumerate(structs.order):
        members = structs.members[kind]
        first = members[0] if members else (0, 0)
        if structs.types[first[0]] == b"ID" and structs.names[first[1]] == b"id":
            ids.add(number)
        if structs.types[kind] == b"ID":
            name_at = _offset(structs, kind, b"name")
    return Dna(fields, frozenset(ids) if name_at >= 0 else frozenset(), name_at)


def _offset(structs: _Structs, kind: int, wanted: bytes) -> int:
    at = 0
    for member, number in structs.members[kind]:
        name = structs.names[number]
        if name.split(b"[", 1)[0] == wanted:
            return at
        at += count_of(name) * (8 if is_pointer(name) else structs.sizes[member])
    return -1
