"""Fields of .blend structs, read out of the first bytes of a block with the file's own DNA."""

from __future__ import annotations

import re
import struct

from audobon.formats import facts
from audobon.formats.blend_dna import Dna

__all__ = ["FILE_STRUCTS", "Fields"]

FILE_STRUCTS = {
    b"IM": b"Image",
    b"LI": b"Library",
    b"SO": b"bSound",
    b"VF": b"VFont",
    b"MC": b"MovieClip",
    b"CF": b"CacheFile",
    b"VO": b"Volume",
}
"""Blocks that name a file, with their struct."""

_WITHOUT_FILE = (4, 5)  # IMA_SRC_GENERATED, which keeps the path of before, and IMA_SRC_VIEWER
_TILED = 6  # IMA_SRC_TILED
_FIRST_TILE = re.compile(rb"(?<!\d)1001(?!\d)(?=[^/\\]*$)")


class Fields:
    """Reads fields out of kept blocks with the file's own DNA."""

    def __init__(self, dna: Dna, order: str) -> None:
        self._dna = dna
        self._order = order

    def raw(self, owner: bytes, path: bytes, head: bytes) -> bytes:
        found = self._dna.find(owner, path)
        return b"" if found is None else head[found[0] : found[0] + found[1]]

    def text(self, owner: bytes, path: bytes, head: bytes) -> bytes:
        return self.raw(owner, path, head).split(b"\0", 1)[0]

    def number(self, owner: bytes, path: bytes, head: bytes) -> int:
        raw = self.raw(owner, path, head)
        form = {1: "b", 2: "h", 4: "i", 8: "q"}.get(len(raw))
        return int(struct.unpack(self._order + form, raw)[0]) if form else 0

    def whole(self, raw: bytes) -> int:
        """A pointer as a number."""
        return int.from_bytes(raw, "little" if self._order == "<" else "big")

    def decimal(self, owner: bytes, path: bytes, head: bytes) -> float:
        raw = self.raw(owner, path, head)
        return float(struct.unpack(self._order + "f", raw)[0]) if len(raw) == 4 else 0.0

    def decimals(self, owner: bytes, path: bytes, head: bytes) -> tuple[float, ...]:
        """All numbers of an array of floats; empty where there is no such field."""
        raw = self.raw(owner, path, head)
        return struct.unpack(f"{self._order}{len(raw) // 4}f", raw[: len(raw) // 4 * 4])

    def name(self, head: bytes) -> str:
        """The name of an ID without its two letters of type."""
        return facts.clean(self.text(b"ID", b"name", head)[2:])

    def marked(self, head: bytes) -> bool:
        return any(self.raw(b"ID", b"*asset_data", head))

    def file(self, code: bytes, head: bytes) -> str:
        """The path that a block names, empty where there is none or the data is packed."""
        owner = FILE_STRUCTS[code]
        packed = (b"*packedfile", b"packedfiles")
        if code != b"LI" and any(any(self.raw(owner, path, head)) for path in packed):
            return ""
        # DNA keeps the old name of the field for files of every version.
        path = self.text(owner, b"name", head) or self.text(owner, b"filepath", head)
        if path == b"<builtin>":
            return ""
        source = self.number(owner, b"source", head) if code == b"IM" else 0
        if source in _WITHOUT_FILE:
            return ""
        if source == _TILED and b"<" not in path:  # until 3.0 the first tile stood for all
            path = _FIRST_TILE.sub(b"<UDIM>", path)
        return path.decode("utf-8", "replace")
