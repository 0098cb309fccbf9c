"""The DNA1 block of a .blend file: where the fields of its structs lie.

Layout after Blender's ``source/blender/makesdna/intern/dna_genfile.cc``:
``SDNA``, then ``NAME`` (field names with ``*`` and array sizes), ``TYPE``
(type names), ``TLEN`` (their sizes as 16 bit numbers) and ``STRC`` (for each
struct its type and its fields as pairs of type and name), each aligned to four
bytes.
"""

from __future__ import annotations

import re
import struct

from attrs import field, frozen

__all__ = ["Dna", "parse_dna"]

_ARRAY = re.compile(rb"\[(\d+)\]")

_MAX_ITEMS = 100_000
"""Names, types or structs; Blender 5 has about 6,000 names and 1,000 structs."""

_MAX_DEPTH = 8
"""Structs inside structs on the way to a field; the deepest asked for is two."""


@frozen(slots=True)
class Dna:
    """Where fields lie. ``structs`` maps a struct to its ``(type, name)`` pairs in order."""

    pointer: int
    sizes: dict[bytes, int]
    structs: dict[bytes, tuple[tuple[bytes, bytes], ...]]
    _cache: dict[tuple[bytes, bytes], tuple[int, int] | None] = field(factory=dict)

    def find(self, owner: bytes, path: bytes) -> tuple[int, int] | None:
        """``(offset, bytes)`` of a field in ``owner``, None where it does not exist.

        ``path`` goes down into embedded structs with dots: ``r.xsch``. A
        pointer is asked for with its star: ``*packedfile``.
        """
        key = (owner, path)
        if key not in self._cache:
            self._cache[key] = self._find(owner, path.split(b".")[:_MAX_DEPTH])
        return self._cache[key]

    def _find(self, owner: bytes, steps: list[bytes]) -> tuple[int, int] | None:
        offset = 0
        for kind, name in self.structs.get(owner, ()):
            size = self._size(kind, name)
            if name.split(b"[", 1)[0] == steps[0]:
                if len(steps) == 1:
                    return offset, size
                inner = self._find(kind, steps[1:])
                return None if inner is None else (offset + inner[0], inner[1])
            offset += size
        return None

    def _size(self, kind: bytes, name: bytes) -> int:
        one = self.pointer if name.startswith((b"*", b"(")) else self.sizes.get(kind, 0)
        for count in _ARRAY.findall(name):
            one *= min(int(count), 1 << 20)
        return one


class _Cursor:
    def __init__(self, data: bytes, order: str) -> None:
        self.data = data
        self.order = order
        self.at = 0

    def tag(self, wanted: bytes) -> None:
        self.at = (self.at + 3) & ~3
        if self.data[self.at : self.at + 4] != wanted:
            raise ValueError(f"no {wanted!r} in the DNA")
        self.at += 4

    def count(self) -> int:
        (value,) = struct.unpack_from(self.order + "i", self.data, self.at)
        self.at += 4
        if not 0 <= value <= _MAX_ITEMS:
            raise ValueError("an impossible count in the DNA")
        return int(value)

    def words(self) -> list[bytes]:
        total = self.count()
        found = self.data[self.at :].split(b"\0", total)
        if len(found) <= total:
            raise ValueError("a list in the DNA is cut short")
        self.at += sum(map(len, found[:total])) + total
        return found[:total]

    def shorts(self, total: int) -> tuple[int, ...]:
        values = struct.unpack_from(f"{self.order}{total}H", self.data, self.at)
        self.at += 2 * total
        return values


def parse_dna(data: bytes, *, order: str, pointer: int) -> Dna:
    """Read the body of a DNA1 block. ValueError, LookupError or struct.error when it is broken."""
    cursor = _Cursor(data, order)
    cursor.tag(b"SDNA")
    cursor.tag(b"NAME")
    field_names = cursor.words()
    cursor.tag(b"TYPE")
    types = cursor.words()
    cursor.tag(b"TLEN")
    sizes = cursor.shorts(len(types))
    cursor.tag(b"STRC")
    structs: dict[bytes, tuple[tuple[bytes, bytes], ...]] = {}
    for _ in range(cursor.count()):
        kind, total = cursor.shorts(2)
        pairs = cursor.shorts(2 * total)
        structs[types[kind]] = tuple(
            (types[a], field_names[b]) for a, b in zip(pairs[::2], pairs[1::2], strict=True)
        )
    return Dna(pointer, dict(zip(types, sizes, strict=True)), structs)
