"""Small real files for the tests of previews."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813
from PIL import Image

from audobon.formats.render import Rendered, render


def opened(rendered: Rendered) -> Image.Image:
    """The preview decoded again, and what it says of itself checked."""
    image = Image.open(io.BytesIO(rendered.data))
    image.load()
    assert image.get_format_mimetype() == rendered.media_type
    assert image.size == (rendered.width, rendered.height)
    return image


def drawn(path: Path, size: int = 256) -> Image.Image:
    return opened(render(str(path), size=size))


def close(seen: Any, expected: tuple[int, ...], within: int = 3) -> bool:
    return all(abs(int(a) - b) <= within for a, b in zip(seen, expected, strict=True))


def write_exr(path: Path, pixels: Any, names: tuple[str, ...] = (), **fields: Any) -> Path:
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], "float")
    if names:
        spec.channelnames = names
    for key, value in fields.items():
        if hasattr(spec, key):
            setattr(spec, key, value)
        else:
            spec.attribute(key, *value)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels, np.float32))
    out.close()
    return path


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims a size and whose pixels are a few zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = png_chunk(b"IHDR", header), png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + png_chunk(b"IEND", b"")


def sphere(steps: int = 48) -> Any:
    """Triangles (n, 3, 3) of a sphere of radius 1."""
    around = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    down = np.linspace(0, np.pi, steps // 2 + 1)

    def at(i: Any, j: Any) -> Any:
        u, v = around[i % steps], down[j]
        return np.stack([np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v)], axis=-1)

    i, j = (each.ravel() for each in np.meshgrid(np.arange(steps), np.arange(steps // 2)))
    first = np.stack([at(i, j), at(i, j + 1), at(i + 1, j + 1)], axis=1)
    second = np.stack([at(i, j), at(i + 1, j + 1), at(i + 1, j)], axis=1)
    return np.concatenate([first, second]).astype(np.float32)


def stl(triangles: Any) -> bytes:
    records = np.zeros(len(triangles), [("n", "<f4", 3), ("c", "<f4", (3, 3)), ("m", "<u2")])
    records["c"] = triangles
    return bytes(80) + struct.pack("<I", len(triangles)) + records.tobytes()
