"""A file made again without the zlib that compressed its parts: the same content in other bytes.

The parts are compressed by the zlib at hand, and what the container says of
them (lengths, checksums, offsets) is corrected, so that every program reads
the same from it. ``proof`` shows it before a file is stored in a way that
may need this.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import IO

from audobon.storage.chunks.transforms import records, zips
from audobon.storage.chunks.transforms.emit import Deflate, Emitter, exact_deflate
from audobon.storage.chunks.transforms.moved import Piece
from audobon.storage.chunks.transforms.numbers import Numbers

__all__ = ["make_anew", "other_deflate"]

_HEAD = 32


def _nothing(file: IO[bytes], pieces: Sequence[Piece]) -> None:
    """PNGs: each chunk says its own length, and nothing says where it is."""


_REPAIRS: tuple[tuple[bytes, Callable[[IO[bytes], Sequence[Piece]], None]], ...] = (
    (b"PK\x03\x04", zips.repair),
    (b"\x89PNG\r\n\x1a\n", _nothing),
    (records.MAGIC, records.repair),
)


def other_deflate(level: int, window: int, memory: int, strategy: int) -> zlib._Compress:
    """What never compresses as asked for: for a proof that whatever comes is put right."""
    del memory, strategy
    return exact_deflate(1 if level > 1 else 2, window, 9, 0)  # the fastest ones


def make_anew(
    payload: IO[bytes],
    literals: bytes,
    table: bytes,
    out: IO[bytes],
    *,
    deflate: Deflate = exact_deflate,
) -> None:
    """Write the file to ``out``, which is empty and can be read.

    What BROKEN lists when the container is none that can be corrected.
    """
    emitter = Emitter(payload, literals, (), deflate=deflate)
    numbers = Numbers(table)
    pieces = []
    for _ in range(numbers.take()):
        before = out.tell()
        was = emitter.piece(numbers, out.write)
        pieces.append(Piece(was, out.tell() - before))
    out.seek(0)
    head = out.read(_HEAD)
    repair = next((repair for magic, repair in _REPAIRS if head.startswith(magic)), None)
    if repair is None:
        raise ValueError("a container that needs the compressor that made it")
    repair(out, pieces)
