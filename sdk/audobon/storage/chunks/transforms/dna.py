"""Which words of a .blend struct are addresses, and which values live for one session only.

Read from the DNA1 block, whose layout follows Blender's
``source/blender/makesdna/intern/dna_genfile.cc``: ``SDNA``, then ``NAME`` (the
names of fields, with ``*`` and array sizes), ``TYPE`` (the names of types),
``TLEN`` (their sizes) and ``STRC`` (for each struct its type and its fields),
each aligned to four bytes. Only for files with pointers of 8 bytes and the
lowest byte first, which is all that Blender has written since 2.8.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from attrs import frozen

__all__ = ["Dna", "Fields", "read_dna"]

_ARRAY = re.compile(rb"\[(\d+)\]")

# Blender 5 has some 6,000 names and 1,000 structs.
_MAX_ITEMS = 100_000
# Structs inside structs; Blender's go down about five.
_MAX_DEPTH = 12
# Addresses and values in one struct. The largest real one has some hundreds
# (Scene); what has more is left as it is.
_MAX_FIELDS = 4096

# Numbers that Blender counts anew in each session; they change without an edit.
_OF_ID = {b"session_uuid", b"session_uid", b"recalc", b"tag"}
_OF_ID |= {b"recalc_up_to_undo_push", b"recalc_after_undo_push"}
_ANYWHERE = {b"changed_timestamp"}


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


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def tag(self, wanted: bytes) -> None:
        self._at = (self._at + 3) & ~3
        if self._data[self._at : self._at + 4] != wanted:
            raise ValueError(f"no {wanted!r} in the DNA")
        self._at += 4

    def count(self) -> int:
        (value,) = struct.unpack_from("<I", self._data, self._at)
        self._at += 4
        if value > _MAX_ITEMS:
            raise ValueError("an impossible count in the DNA")
        return int(value)

    def words(self) -> list[bytes]:
        total = self.count()
        found = self._data[self._at :].split(b"\0", total)
        if len(found) <= total:
            raise ValueError("a list in the DNA is cut short")
        self._at += sum(map(len, found[:total])) + total
        return found[:total]

    def shorts(self, total: int) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{total}H", self._data, self._at)
        self._at += 2 * total
        return values


class _Structs:
    """The structs as they are written down, flattened on demand."""

    def __init__(self, data: bytes) -> None:
        cursor = _Cursor(data)
        cursor.tag(b"SDNA")
        cursor.tag(b"NAME")
        self.names = cursor.words()
        cursor.tag(b"TYPE")
        self.types = cursor.words()
        cursor.tag(b"TLEN")
        self.sizes = cursor.shorts(len(self.types))
        cursor.tag(b"STRC")
        self.order: list[int] = []
        self.members: dict[int, tuple[tuple[int, int], ...]] = {}
        for _ in range(cursor.count()):
            kind, total = cursor.shorts(2)
            pairs = cursor.shorts(2 * total)
            self.order.append(kind)
            self.members[kind] = tuple(zip(pairs[::2], pairs[1::2], strict=True))
        if max(self.order, default=0) >= len(self.types):
            raise ValueError("a struct of the DNA has no type")
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
            count = _count(name)
            if name.startswith((b"*", b"(")):
                one, inner = 8, Fields(8, pointers=(0,))
            elif member in self.members:
                one, inner = self.sizes[member], self.flat(member, depth + 1)
            else:
                one = self.sizes[member]
                fleeting = _is_fleeting(owner, self.types[member], name.split(b"[", 1)[0])
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


def _count(name: bytes) -> int:
    count = 1
    for part in _ARRAY.findall(name):
        count *= min(int(part), _MAX_ITEMS)
    return count


def _is_fleeting(owner: bytes, kind: bytes, name: bytes) -> bool:
    if kind in (b"int", b"uint32_t", b"uint"):
        return name in _ANYWHERE or (owner == b"ID" and name in _OF_ID)
    return owner == b"SessionUUID" and kind == b"uint64_t"


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
        at += _count(name) * (8 if name.startswith((b"*", b"(")) else structs.sizes[member])
    return -1
