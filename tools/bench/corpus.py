"""Files to measure with: scenes, paintings, pictures and folders full of small files.

What is written here is the same for the same seed. Scenes and paintings have
the containers and the habits of the real ones (a new address for every block
in each session, layers as stored deflate blocks, a merged picture that
changes with each stroke), with contents about as compressible. The .blend
files that Blender writes itself come from ``scenes``.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from audobon.testing.blend_file import BlendId, blend_bytes
from bench.names import names

if TYPE_CHECKING:
    import numpy as np

    Generator = np.random.Generator

__all__ = [
    "compress_scene",
    "hero_blend",
    "painting",
    "photographs",
    "pictures",
    "props_blend",
    "text_files",
]

_MESH = 6 << 20  # bytes of one mesh's coordinates: half a million vertices, a dense sculpt
_RECORD = 64  # 8-byte words of one small block with its head, about an Object and its mesh
_TILE = 6000  # bytes of one 64 x 64 RGBA tile after LZF: painted areas reach 1 to 12 KB


def _rng(*seed: int) -> Generator:
    import numpy as np

    return np.random.default_rng(seed)


def _ends(version: int) -> tuple[bytes, bytes]:
    """What comes before and after the data blocks: header and scene, then DNA1 and ENDB."""
    borders: list[int] = []
    ids = [BlendId("OB", "Hero"), BlendId("ME", "Hero"), BlendId("MA", "Skin")]
    data = blend_bytes(ids, version=version, borders=borders)
    return data[: borders[-3]], data[borders[-3] :]


def _block_head(version: int, address: int, size: int) -> bytes:
    if version >= 500:
        return struct.pack("<4sIQqq", b"DATA", 0, address, size, 1)
    return struct.pack("<4siQii", b"DATA", size, address, 0, 1)


def hero_blend(path: Path, *, size: int, seed: int, edit: int = 0, version: int = 304) -> None:
    """One .blend of about ``size`` bytes in a few large meshes.

    ``edit`` counts the sessions since the first: each pushes a fiftieth of one
    mesh about and adds an object in front, and all addresses are new.
    """
    before, after = _ends(version)
    count = max(1, math.ceil(size / _MESH))
    length = size // count // 24 * 24
    with path.open("wb") as out:
        out.write(before)
        for session in range(1, edit + 1):
            data = _rng(seed, 1, session).bytes(1184)
            out.write(_block_head(version, _address(seed, edit, session), len(data)) + data)
        for mesh in range(count):
            data = _mesh(seed, mesh, count, length, edit)
            out.write(_block_head(version, _address(seed, edit, 1000 + mesh), len(data)) + data)
        out.write(after)


def _address(seed: int, edit: int, index: int) -> int:
    return 0x7F00_0000_0000 + int(_rng(seed, 2, edit, index).integers(1 << 32)) * 16


def _mesh(seed: int, mesh: int, count: int, length: int, edit: int) -> bytes:
    """Vertices in rows over a surface, each with a little noise of its own."""
    import numpy as np

    rng = _rng(seed, 3, mesh)
    vertices = length // 12
    at = np.arange(vertices, dtype=np.float32)
    coordinates = np.empty((vertices, 3), np.float32)
    coordinates[:, 0] = at % 700 / 700
    coordinates[:, 1] = at // 700 / 700
    coordinates[:, 2] = np.sin(at / 40) * 0.1 + rng.normal(0, 0.004, vertices)
    for session in range(1, edit + 1):
        if session % count == mesh:
            brush = _rng(seed, 4, session)
            width = max(1, vertices // 50)
            start = int(brush.integers(max(1, vertices - width)))
            coordinates[start : start + width] += brush.normal(0, 0.01, (width, 3))
    return coordinates.tobytes()


def props_blend(path: Path, *, size: int, seed: int, edit: int = 0) -> None:
    """One .blend of about ``size`` bytes in small blocks that point at each other.

    Each ``edit`` is a new session, so all addresses and pointers are others,
    and adds one object in the middle.
    """
    import numpy as np

    before, after = _ends(304)
    count = max(8, size // (_RECORD * 8)) + edit
    body = (_RECORD - 3) * 8
    records = _rng(seed, 5).integers(0, 1 << 20, (count, _RECORD), dtype=np.uint64)
    for session in range(1, edit + 1):
        middle = count // 2
        records[middle + 1 :] = records[middle:-1]
        records[middle, 3:] = _rng(seed, 6, session).integers(0, 1 << 20, _RECORD - 3)
    steps = _rng(seed, 7, edit).integers(33, 80, count).cumsum().astype(np.uint64)
    address = np.uint64(0x7F10_0000_0000) + steps * np.uint64(16)
    records[:, 0] = int.from_bytes(struct.pack("<4si", b"DATA", body), "little")
    records[:, 1] = address
    records[:, 2] = 1 << 32
    for word in range(3, 13):
        records[:, word] = np.roll(address, word * 7)
    path.write_bytes(before + records.tobytes() + after)


def compress_scene(path: Path) -> None:
    """Write a scene anew as zstd frames of 1 MB of level 3, which is Blender's way."""
    import zstandard

    data, encoder = path.read_bytes(), zstandard.ZstdCompressor(level=3)
    parts = (data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20))
    path.write_bytes(b"".join(map(encoder.compress, parts)))


def painting(path: Path, *, size: int, seed: int, edit: int = 0) -> None:
    """One .kra of about ``size`` bytes; each ``edit`` paints over some tiles of one layer."""
    layers = 4
    tiles = max(2, round(size * 0.93 / layers / _TILE))
    side = max(64, math.isqrt(int(size * 0.07)))  # the merged picture is the rest
    with zipfile.ZipFile(path, "w") as archive:

        def put(name: str, data: bytes, level: int | None) -> None:
            entry = zipfile.ZipInfo(name, (2026, 11, 23, 10, edit % 60, 0))
            kind = zipfile.ZIP_STORED if level is None else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, kind, level)

        put("mimetype", b"application/x-krita", None)
        put("maindoc.xml", _maindoc(side, layers), 6)
        for layer in range(layers):
            put(f"bench/layers/layer{layer}", _layer(seed, layer, tiles, edit, layers), 0)
        put("mergedimage.png", _merged(seed, side, edit), 0)


def _maindoc(side: int, layers: int) -> bytes:
    rows = "".join(
        f'<layer name="Layer {n}" filename="layer{n}" nodetype="paintlayer" visible="1"/>'
        for n in range(layers)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><DOC editor="Krita" kritaVersion="5.1.5">'
        f'<IMAGE name="bench" width="{side}" height="{side}" colorspacename="RGBA" x-res="300">'
        f"<layers>{rows}</layers></IMAGE></DOC>"
    ).encode()


def _layer(seed: int, layer: int, tiles: int, edit: int, layers: int) -> bytes:
    head = f"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 4\nDATA {tiles}\n"
    parts = [head.encode()]
    width = max(1, tiles // 33)
    for tile in range(tiles):
        # The newest stroke that crossed this tile made its bytes.
        stroke = max(
            (
                s
                for s in range(1, edit + 1)
                if s % layers == layer and (tile - s * 7) % tiles < width
            ),
            default=0,
        )
        rng = _rng(seed, 8, layer, tile, stroke)
        data = b"\x01" + rng.bytes(int(rng.integers(_TILE // 2, _TILE * 3 // 2)))
        parts.append(f"{tile % 64 * 64},{tile // 64 * 64},LZF,{len(data)}\n".encode() + data)
    return b"".join(parts)


def _merged(seed: int, side: int, edit: int) -> bytes:
    """A PNG of which a band changes with each edit. Noise, as the whole painting would be."""
    pixels = bytearray(_rng(seed, 9).bytes(side * side))
    for session in range(1, edit + 1):
        start = session * 7 % max(1, side - 4) * side
        part = _rng(seed, 10, session).bytes(side * 4)
        pixels[start : start + len(part)] = part[: len(pixels) - start]
    rows = b"".join(b"\0" + pixels[at : at + side] for at in range(0, len(pixels), side))
    return _png(side, side, 0, rows)


def _png(width: int, height: int, color: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows, 3))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def pictures(folder: Path, *, count: int, seed: int, edge: int = 0) -> None:
    """``count`` square PNG files of ``edge`` pixels: crops of shapes, gradients and grain.

    With an ``edge`` of 0 a quarter has 128 pixels (icons), half 256 (thumbnails,
    sprites) and a quarter 512 (small textures).
    """
    import numpy as np
    from PIL import Image

    rng = _rng(seed, 11)
    side = 1536
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    master = np.empty((side, side, 3), np.uint8)
    for channel in range(3):
        waves = np.sin(x / (37 + 11 * channel)) + np.cos(y / (23 + 7 * channel))
        grain = rng.normal(0, 0.015, (side, side))
        master[..., channel] = ((0.5 + 0.2 * waves + grain) * 255).clip(0, 255)
    for number in range(count):
        size = edge or (128, 256, 256, 512)[number % 4]
        left, top = (int(value) for value in rng.integers(0, side - size, 2))
        part = Image.fromarray(np.ascontiguousarray(master[top : top + size, left : left + size]))
        place = folder / f"set_{number // 200:03d}"
        place.mkdir(parents=True, exist_ok=True)
        held = io.BytesIO()
        part.save(held, "PNG", compress_level=4)
        (place / f"sprite_{number:05d}.png").write_bytes(held.getvalue())


_PHOTO_SIZES = ((1280, 960), (1600, 1200))
"""Pixels of photographs in turn: 1.2 and 1.9 million."""


def photographs(folder: Path, *, count: int, seed: int, form: str, edge: int = 0) -> None:
    """``count`` pictures of 1.2 and 1.9 million pixels, or square ones of ``edge``.

    ``form`` is JPEG (quality 90) or PNG. Shapes, gradients and grain, each another crop.
    """
    import numpy as np
    from PIL import Image

    rng = _rng(seed, 12)
    side = 2560
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    master = np.empty((side, side, 3), np.uint8)
    for channel in range(3):
        waves = np.sin(x / (37 + 11 * channel)) + np.cos(y / (23 + 7 * channel))
        grain = rng.normal(0, 0.02, (side, side))
        master[..., channel] = ((0.5 + 0.2 * waves + grain) * 255).clip(0, 255)
    folder.mkdir(parents=True)
    settings = {"quality": 90} if form == "JPEG" else {"compress_level": 4}
    for number in range(count):
        wide, high = (edge, edge) if edge else _PHOTO_SIZES[number % 2]
        left, top = (int(rng.integers(0, side - each)) for each in (wide, high))
        part = np.ascontiguousarray(master[top : top + high, left : left + wide])
        name = f"photo_{number:05d}.{'jpg' if form == 'JPEG' else 'png'}"
        Image.fromarray(part).save(folder / name, form, **settings)


def text_files(folder: Path, *, count: int, seed: int) -> None:
    """``count`` small text files with artists' names, a hundred a folder."""
    for number, path in enumerate(_text_paths(count, seed)):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as stream:
            _write_note(stream, number)


def _text_paths(count: int, seed: int) -> Iterator[str]:
    for number, (place, name) in enumerate(names(count, seed=seed)):
        yield f"{place}/{name.rpartition('.')[0]}_{number % 100:02d}.txt"


def _write_note(stream: IO[bytes], number: int) -> None:
    stream.write(f"note {number}\n".encode() * (1 + number % 3))
