"""The compressors of other programs, to make again exactly what they made.

Which bytes a compressor makes depends on its library and version. Each is
tried when a file is taken apart, and the name of the one that gave the same
bytes is written down with the file.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import zstandard

__all__ = ["ZLIB", "Zstd", "deflate_settings", "zstd_encoders"]

ZLIB = f"zlib {zlib.ZLIB_RUNTIME_VERSION}"

Zstd = Callable[[bytes, int], bytes]
"""Compresses bytes at a level into one frame that tells its content size."""


def _by_zstandard(data: bytes, level: int) -> bytes:
    return zstandard.ZstdCompressor(level=level).compress(data)


def zstd_encoders() -> dict[str, Zstd]:
    """The libraries that are here, by name and version, the likeliest first.

    Blender 5.2 brings libzstd 1.5.7, which zstandard 0.25 has; 3.4 to 5.1
    brought 1.5.6 and older, which pyzstd 0.16.2 has; there is none for Python 3.14.
    """
    version = ".".join(map(str, zstandard.ZSTD_VERSION))
    found: dict[str, Zstd] = {f"zstd {version}": _by_zstandard}
    try:
        pyzstd: Any = importlib.import_module("pyzstd")
        name = f"zstd {pyzstd.zstd_version}"
        compress: Zstd = pyzstd.compress
    except (ImportError, AttributeError):
        return found
    found.setdefault(name, compress)
    return found


def deflate_settings(window: int, hint: int | None) -> Iterator[tuple[int, int, int, int]]:
    """(level, window, memory level, strategy) of zlib, the likeliest first.

    ``window`` is as zlib counts it, negative without a header. ``hint`` is
    the level's class from a zlib header, 0 to 3, None when there is none.
    """
    classes = ((1,), (3, 5, 2, 4), (6,), (9, 8, 7))
    order = (6, 9, 1, 5, 8, 7, 3, 2, 4) if hint is None else classes[hint]
    for memory in (8, 9):
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED):
            for level in order:
                yield level, window, memory, strategy
    for strategy in (zlib.Z_RLE, zlib.Z_HUFFMAN_ONLY):
        yield order[0], window, 8, strategy
