"""Where the fields of a .blend file's structs lie, by the DNA1 block of the file itself."""

from __future__ import annotations

from attrs import field, frozen

from audobon.codec.sdna import count_of, is_pointer, read_structs

__all__ = ["Dna", "parse_dna"]

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
        one = self.pointer if is_pointer(name) else self.sizes.get(kind, 0)
        return one * count_of(name)


def parse_dna(data: bytes, *, order: str, pointer: int) -> Dna:
    """Read the body of a DNA1 block. ValueError, LookupError or struct.error when it is broken."""
    found = read_structs(data, order)
    types, names = found.types, found.names
    structs = {
        types[kind]: tuple((types[a], names[b]) for a, b in found.members[kind])
        for kind in found.order
    }
    return Dna(pointer, dict(zip(types, found.sizes, strict=True)), structs)
