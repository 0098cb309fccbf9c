"""Writes small .blend files of every generation, for tests that have no Blender.

The files have the layout of real ones (header, block heads, DNA1, ENDB) and
only the fields that are asked for, so they are for readers of the layout and
not for Blender itself.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence

from attrs import frozen

__all__ = ["BlendId", "blend_bytes"]

_TYPES: dict[str, int] = {"char": 1, "short": 2, "int": 4, "float": 4, "void": 0}

_CODES = {
    "OB": "Object",
    "ME": "Mesh",
    "MA": "Material",
    "IM": "Image",
    "LI": "Library",
    "GR": "Collection",
    "NT": "bNodeTree",
    "AC": "bAction",
    "CA": "Camera",
    "LA": "Lamp",
    "SO": "bSound",
}


@frozen(slots=True)
class BlendId:
    """One data block: its two-letter code, name, whether it is a marked asset, a file it names."""

    code: str
    name: str
    asset: bool = False
    path: str = ""
    packed: bool = False


def _structs(name_size: int) -> dict[str, list[tuple[str, str]]]:
    head = [("void", "*next"), ("void", "*prev"), ("ID", "*newid"), ("Library", "*lib")]
    named = [("void", "*asset_data"), ("char", f"name[{name_size}]"), ("short", "flag")]
    structs: dict[str, list[tuple[str, str]]] = {"ID": [*head, *named, ("int", "us")]}
    render = [("int", "sfra"), ("int", "efra"), ("short", "size"), ("char", "_pad[2]")]
    render += [("int", "xsch"), ("int", "ysch"), ("short", "frs_sec"), ("char", "_pad1[2]")]
    structs["RenderData"] = [*render, ("float", "frs_sec_base")]
    structs["Scene"] = [("ID", "id"), ("void", "*camera"), ("RenderData", "r")]
    for kind in _CODES.values():
        structs[kind] = [("ID", "id"), ("char", "name[1024]"), ("void", "*packedfile")]
    return structs


def _sizes(structs: dict[str, list[tuple[str, str]]], pointer: int) -> dict[str, int]:
    sizes = dict(_TYPES)
    for kind, fields in structs.items():
        total = 0
        for inner, name in fields:
            count = int(name[name.index("[") + 1 : -1]) if "[" in name else 1
            total += (pointer if name.startswith("*") else sizes[inner]) * count
        sizes[kind] = total
    return sizes


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _dna(structs: dict[str, list[tuple[str, str]]], sizes: dict[str, int], order: str) -> bytes:
    types = list(sizes)
    names = list(dict.fromkeys(name for fields in structs.values() for _, name in fields))

    def words(found: Sequence[str]) -> bytes:
        joined = b"".join(word.encode() + b"\0" for word in found)
        return _padded(struct.pack(order + "i", len(found)) + joined)

    data = b"SDNA" + _padded(b"NAME" + words(names)) + b"TYPE" + words(types)
    data += b"TLEN" + _padded(struct.pack(f"{order}{len(types)}H", *sizes.values()))
    data += b"STRC" + struct.pack(order + "i", len(structs))
    for kind, fields in structs.items():
        data += struct.pack(order + "HH", types.index(kind), len(fields))
        for inner, name in fields:
            data += struct.pack(order + "HH", types.index(inner), names.index(name))
    return data


class _Writer:
    def __init__(self, version: int, order: str, pointer: int) -> None:
        self.order, self.pointer, self.new = order, pointer, version >= 500
        letter = "v" if order == "<" else "V"
        if self.new:
            head = f"BLENDER17-01{letter}{version:04d}"
        else:
            size = "-" if pointer == 8 else "_"
            head = f"BLENDER{size}{letter}{version:03d}"
        self.data = bytearray(head.encode())  # it grows with each block
        self.borders = [len(self.data)]
        self.structs = _structs(258 if self.new else 66)
        self.sizes = _sizes(self.structs, pointer)

    def block(self, code: str, body: bytes, index: int = 0) -> None:
        raw, address = code.encode().ljust(4, b"\0"), 0x1000 + len(self.data)
        if self.new:
            head = struct.pack(self.order + "4sIQqq", raw, index, address, len(body), 1)
        else:
            wide = "Q" if self.pointer == 8 else "I"
            head = struct.pack(f"{self.order}4si{wide}ii", raw, len(body), address, index, 1)
        self.data += head + body
        self.borders.append(len(self.data))

    def _pointer(self, *, there: bool) -> bytes:
        wide = "Q" if self.pointer == 8 else "I"
        return struct.pack(self.order + wide, 0xABC0 if there else 0)

    def head(self, entry: BlendId) -> bytes:
        space = 258 if self.new else 66
        data = self._pointer(there=False) * 4 + self._pointer(there=entry.asset)
        data += (entry.code + entry.name).encode().ljust(space, b"\0")[:space]
        return data + struct.pack(self.order + "hi", 0, 1)

    def entry(self, entry: BlendId) -> None:
        body = self.head(entry) + entry.path.encode().ljust(1024, b"\0")
        self.block(entry.code, body + self._pointer(there=entry.packed))

    def scene(self, width: int, height: int) -> None:
        render = struct.pack(self.order + "iih2xiih2xf", 1, 250, 100, width, height, 24, 1.0)
        body = self.head(BlendId("SC", "Scene")) + self._pointer(there=False)
        self.block("SC", body + render)


def blend_bytes(
    ids: Sequence[BlendId] = (),
    *,
    version: int = 405,
    order: str = "<",
    pointer: int = 8,
    compression: str = "none",
    thumbnail: tuple[int, int, bytes] | None = None,
    render_size: tuple[int, int] = (1920, 1080),
    borders: list[int] | None = None,
) -> bytes:
    """The bytes of a .blend file with these data blocks and one scene.

    ``version`` 500 and above has the header of 17 bytes. ``order`` is ``<`` or
    ``>``, ``pointer`` 4 or 8 bytes. ``thumbnail`` is width, height and RGBA
    rows from the bottom up. ``compression`` is none, gzip or zstd. ``borders``
    receives the offset behind the header and behind each block.
    """
    writer = _Writer(version, order, pointer)
    writer.block("REND", struct.pack(order + "ii", 1, 250) + b"Scene".ljust(64, b"\0"))
    if thumbnail is not None:
        width, height, pixels = thumbnail
        writer.block("TEST", struct.pack(order + "ii", width, height) + pixels)
    writer.block("GLOB", b"\0" * 64)
    writer.scene(*render_size)
    for entry in ids:
        writer.entry(entry)
        writer.block("DATA", b"\x11" * 40)
    writer.block("DNA1", _dna(writer.structs, writer.sizes, order))
    writer.block("ENDB", b"")
    if borders is not None:
        borders[:] = writer.borders
    data = bytes(writer.data)
    if compression == "gzip":
        return gzip.compress(data, mtime=0)
    if compression == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(level=3).compress(data)
    return data
