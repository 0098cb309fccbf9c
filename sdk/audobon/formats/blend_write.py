"""Write a .blend file compressed as another one is: plain, gzip, or zstd as Blender does it.

Blender's zstd files are frames of about a megabyte with a table of them at the
end (the seekable format of zstd's ``contrib``), so that a linked object can be
read without the rest.
"""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from audobon.errors import MissingExtra

__all__ = ["compressed_writer"]

_FRAME = 1 << 20  # as Blender has it
_LEVEL = 3  # likewise
_TABLE = 0x184D2A5E
_FOOTER = 0x8F92EAB1


@contextmanager
def compressed_writer(path: str, compression: str) -> Iterator[IO[bytes]]:
    """A file to write to; ``compression`` is none, gzip or zstd."""
    with open(path, "wb") as file:
        if compression == "gzip":
            with gzip.GzipFile(fileobj=file, mode="wb") as packed:
                yield cast("IO[bytes]", packed)
        elif compression == "zstd":
            frames = _Frames(file)
            with io.BufferedWriter(frames, _FRAME) as buffered:
                yield buffered
        else:
            yield file


class _Frames(io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        try:
            import zstandard
        except ImportError as exc:
            raise MissingExtra(
                "a zstd-compressed .blend file cannot be written without zstandard",
                hint="pip install zstandard",
            ) from exc
        self._file = file
        self._encoder = zstandard.ZstdCompressor(level=_LEVEL)
        self._table = bytearray()
        self._count = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        given = memoryview(data).cast("B")  # type: ignore[arg-type]
        for start in range(0, len(given), _FRAME):
            part = given[start : start + _FRAME]
            frame = self._encoder.compress(part)
            self._file.write(frame)
            self._table += struct.pack("<II", len(frame), len(part))
            self._count += 1
        return len(given)

    def close(self) -> None:
        if not self.closed:
            footer = struct.pack("<IBI", self._count, 0, _FOOTER)
            size = len(self._table) + len(footer)
            self._file.write(struct.pack("<II", _TABLE, size) + self._table + footer)
        super().close()
