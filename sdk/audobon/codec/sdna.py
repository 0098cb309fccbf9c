"""The DNA1 block of a .blend file, as it is written down: its structs and their members.

Layout after Blender's ``source/blender/makesdna/intern/dna_genfile.cc``:
``SDNA``, then ``NAME`` (names of members with ``*`` and array sizes), ``TYPE``
(names of types), ``TLEN`` (their sizes as 16 bit numbers) and ``STRC`` (for
each struct its type and its members as pairs of type and name), each aligned
to four bytes. Both who reads such files and who stores them start from here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from attrs import frozen

__all__ = ["MAX_ITEMS", "Structs", "count_of", "is_fleeting", "is_pointer", "read_structs"]

_ARRAY = re.compile(rb"\[(\d+)\]")

MAX_ITEMS = 100_000
"""Names, types or structs; Blender 5 has about 6,000 names and 1,000 structs."""

# Numbers that Blender counts anew in each session; they change without an edit.
_OF_ID = {b"session_uuid", b"session_uid", b"recalc", b"tag"}
_OF_ID |= {b"recalc_up_to_undo_push", b"recalc_after_undo_push"}
_ANYWHERE = {b"changed_timestamp"}


@frozen(slots=True)
class Structs:
    """All structs by number: ``order`` gives the type of each, ``members`` the pairs by type."""

    names: Sequence[bytes]
    types: Sequence[bytes]
    sizes: Sequence[int]
    order: Sequence[int]
    members: dict[int, tuple[tuple[int, int], ...]]


class _Cursor:
    def __init__(self, data: bytes, order: str) -> None:
        self._data = data
        self._order = order
        self._at = 0

    def tag(self, wanted: bytes) -> None:
        self._at = (self._at + 3) & ~3
        if self._data[self._at : self._at + 4] != wanted:
            raise ValueError(f"no {wanted!r} in the DNA")
        self._at += 4

    def count(self) -> int:
        (value,) = struct.unpack_from(self._order + "I", self._data, self._at)
        self._at += 4
        if value > MAX_ITEMS:
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
        values = struct.unpack_from(f"{self._order}{total}H", self._data, self._at)
        self._at += 2 * total
        return values


def read_structs(data: bytes, order: str = "<") -> Structs:
    """From the body of a DNA1 block; ``order`` is struct's ``<`` or ``>``.

    ValueError, LookupError or struct.error when it is broken.
    """
    cursor = _Cursor(data, order)
    cursor.tag(b"SDNA")
    cursor.tag(b"NAME")
    names = cursor.words()
    cursor.tag(b"TYPE")
    types = cursor.words()
    cursor.tag(b"TLEN")
    sizes = cursor.shorts(len(types))
    cursor.tag(b"STRC")
    kinds: list[int] = []
    members: dict[int, tuple[tuple[int, int], ...]] = {}
    for _ in range(cursor.count()):
        kind, total = cursor.shorts(2)
        pairs = cursor.shorts(2 * total)
        kinds.append(kind)
        members[kind] = tuple(zip(pairs[::2], pairs[1::2], strict=True))
    if max(kinds, default=0) >= len(types):
        raise ValueError("a struct of the DNA has no type")
    return Structs(names, types, sizes, kinds, members)


def count_of(name: bytes) -> int:
    """How many values a member holds: the product of what stands in its brackets."""
    count = 1
    for part in _ARRAY.findall(name):
        count *= min(int(part), MAX_ITEMS)
    return count


def is_pointer(name: bytes) -> bool:
    """Whether a member of that name is an address, to data or to a function."""
    return name.startswith((b"*", b"("))


def is_fleeting(owner: bytes, kind: bytes, name: bytes) -> bool:
    """Whether a member (without its brackets) is counted anew in each session."""
    if kind in (b"int", b"uint32_t", b"uint"):
        return name in _ANYWHERE or (owner == b"ID" and name in _OF_ID)
    return owner == b"SessionUUID" and kind == b"uint64_t"
