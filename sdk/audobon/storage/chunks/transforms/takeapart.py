"""The transform ``unpack``: containers without their compression.

What is inside compressed data does not look the same after a small change,
so nothing of it can be shared between versions. Here zstd and gzip .blend
files, zip members, the pixels of PNGs and the arrays of FBX files are
decompressed, and the tiles of Krita's layers put in the order of their
places; a table says how to put it all together again. Each piece is made again
and compared before it is kept; one that comes out differently is left as it
is, alone.
"""

from __future__ import annotations

import functools
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import zstandard

from audobon.storage.chunks.transforms import records
from audobon.storage.chunks.transforms.anew import make_anew, other_deflate
from audobon.storage.chunks.transforms.emit import (
    COPY,
    MAX_FRAME,
    ZSTD,
    Deflate,
    Emitter,
    exact_deflate,
)
from audobon.storage.chunks.transforms.encoders import ZLIB, zstd_encoders
from audobon.storage.chunks.transforms.numbers import Numbers, put_number
from audobon.storage.chunks.transforms.proof import said
from audobon.storage.chunks.transforms.spools import spool
from audobon.storage.chunks.transforms.taker import (
    BROKEN,
    MAX_LITERALS,
    PNG,
    SMALL,
    Parts,
    Taker,
    read_spans,
)

__all__ = [
    "BROKEN",
    "NAME",
    "missing",
    "put_together",
    "replaceable",
    "substitute",
    "take_apart",
    "used",
]

NAME = "unpack"

_MAX_MEMBERS = 65_535
_MAGIC = 32  # longer than any of them

# The containers


def _frames(taker: Taker, parts: Parts, file: IO[bytes], size: int) -> None:
    """zstd frames, as Blender writes them since 3.0; a seek table may follow."""
    if taker.portable:
        raise ValueError("only the zstd that made these frames could make them again")
    at = 0
    choice: tuple[str, int] | None = None
    while at < size:
        file.seek(at)
        head = file.read(32)
        if head[:4] != b"\x28\xb5\x2f\xfd":
            break
        end = _frame_end(file, at, head)
        if end - at > MAX_FRAME:
            raise ValueError("a frame is too large")
        file.seek(at)
        frame = file.read(end - at)
        raw_size = zstandard.get_frame_parameters(frame).content_size
        if raw_size > MAX_FRAME or end > size:
            raise ValueError("a frame is too large")
        taker.grow(raw_size)
        raw = zstandard.ZstdDecompressor().decompress(frame, max_output_size=raw_size)
        if at == 0 and raw[:7] != b"BLENDER":
            raise ValueError("not a .blend file")
        choice = _find_zstd(taker, raw, frame, choice)
        taker.found = True
        taker.out.write(raw)
        taker.payload += len(raw)
        inner = Parts()
        inner.add(COPY, len(raw))
        parts.add(ZSTD, taker.use(choice[0]), choice[1], extra=inner.close())
        at = end
    taker.literal(parts, file, at, size - at)


def _find_zstd(
    taker: Taker, raw: bytes, frame: bytes, known: tuple[str, int] | None
) -> tuple[str, int]:
    # Level 3 is Blender's; a file of another level is not worth the search.
    tries = [known] if known else []
    tries += [(name, 3) for name in taker.encoders if (name, 3) != known]
    for name, level in tries:
        if taker.encoders[name](raw, level) == frame:
            return name, level
    raise ValueError("no encoder that is here gives this frame")


def _frame_end(file: IO[bytes], at: int, head: bytes) -> int:
    has_checksum = zstandard.get_frame_parameters(head).has_checksum
    at += zstandard.frame_header_size(head)
    while True:
        file.seek(at)
        head = file.read(3)
        if len(head) != 3:
            raise ValueError("the file ends too early")
        block = int.from_bytes(head, "little")
        kind, length = block >> 1 & 3, block >> 3
        if kind == 3:
            raise ValueError("a block of an unknown kind")
        at += 3 + (1 if kind == 1 else length)
        if block & 1:
            return at + (4 if has_checksum else 0)


def _gzip(taker: Taker, parts: Parts, file: IO[bytes], size: int) -> None:
    """One gzip member, as Blender wrote them until 2.93."""
    file.seek(0)
    head = file.read(10)
    if head[3] or size < 18:  # a name or a comment: nothing that Blender writes
        raise ValueError("a gzip file of an unknown layout")
    taker.literal(parts, file, 0, 10)
    taker.deflated(parts, file, [(10, size - 18)], raw=True)
    taker.literal(parts, file, size - 8, 8)


def _zip(taker: Taker, parts: Parts, file: IO[bytes], size: int) -> None:
    """The members of a zip where they lie; whatever is between them stays as it is."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    if len(members) > _MAX_MEMBERS:
        raise ValueError("more members than a zip of that kind has")
    done = 0
    for member in members:
        file.seek(member.header_offset)
        head = file.read(30)
        if head[:4] != b"PK\x03\x04":
            raise ValueError("a member does not begin as a member does")
        start = member.header_offset + 30 + sum(struct.unpack_from("<HH", head, 26))
        length = member.compress_size
        if start < done or start + length > size:
            raise ValueError("two members share their bytes")
        if length < SMALL or member.flag_bits & 1:  # small, or encrypted
            continue
        taker.literal(parts, file, done, start - done)
        done = start + length
        deflated = member.compress_type == zipfile.ZIP_DEFLATED
        if member.compress_type == zipfile.ZIP_STORED:
            taker.content(parts, file, start, length)
        elif not deflated or not taker.attempt(
            parts,
            functools.partial(taker.deflated, file=file, spans=[(start, length)], raw=True),
        ):
            taker.copy(parts, file, start, length)
    taker.literal(parts, file, done, size - done)


def _fbx(taker: Taker, parts: Parts, file: IO[bytes], size: int) -> None:
    """The arrays of a binary FBX that are compressed: vertices, normals, curves."""

    def read(at: int, length: int) -> bytes:
        file.seek(at)
        data = file.read(length)
        if len(data) != length:
            raise ValueError("the file ends too early")
        return data

    parts_of_it = records.walk(read, size)
    arrays = [one for one in parts_of_it if isinstance(one, records.Array) and one.length >= SMALL]
    done = 0
    for found in arrays:
        taker.literal(parts, file, done, found.at - done)
        done = found.at + found.length
        spans = [(found.at, found.length)]
        if not taker.attempt(parts, functools.partial(taker.deflated, file=file, spans=spans)):
            taker.copy(parts, file, found.at, found.length)
    taker.literal(parts, file, done, size - done)


def _png(taker: Taker, parts: Parts, file: IO[bytes], size: int) -> None:
    taker.png(parts, file, 0, size)


_CONTAINERS: tuple[tuple[bytes, Callable[[Taker, Parts, IO[bytes], int], None]], ...] = (
    (b"\x28\xb5\x2f\xfd", _frames),
    (b"\x1f\x8b\x08", _gzip),
    (b"PK\x03\x04", _zip),
    (PNG, _png),
    (records.MAGIC, _fbx),
)


def take_apart(
    file: IO[bytes], size: int, out: IO[bytes], *, folder: Path | None, portable: bool = False
) -> bytes | None:
    """Write payload, literals and table to ``out``; the parameters, None when nothing was found.

    ``out`` is empty. ``folder`` is where temporary files may lie. ``portable``
    is as for ``fold``. May raise what BROKEN lists, for a file that is damaged
    or unknown.
    """
    file.seek(0)
    magic = file.read(_MAGIC)
    take = next((step for start, step in _CONTAINERS if magic.startswith(start)), None)
    if take is None:
        return None
    taker, parts = Taker(size, out, folder), Parts()
    taker.portable = portable
    take(taker, parts, file, size)
    if not taker.found:
        return None
    table = parts.close()
    out.write(taker.literals)
    out.write(table)
    params = bytearray()
    for value in (taker.payload, len(taker.literals), len(table), len(taker.used)):
        put_number(params, value)
    for name in taker.used:
        put_number(params, len(name))
        params += name.encode()
    return bytes(params)


def _read_params(params: bytes) -> tuple[int, int, int, list[str]]:
    numbers = Numbers(params)
    payload, literals, table, count = (numbers.take() for _ in range(4))
    if literals > MAX_LITERALS or table > MAX_LITERALS:
        raise ValueError("the table is too long")
    return payload, literals, table, [numbers.bytes(numbers.take()).decode() for _ in range(count)]


def used(params: bytes) -> tuple[str, ...]:
    """The compressors that made these bytes."""
    return tuple(_read_params(params)[3])


def missing(params: bytes) -> tuple[str, ...]:
    """The compressors that made these bytes and are not here, as ``zstd 1.5.6``."""
    here = {ZLIB, *zstd_encoders()}
    return tuple(name for name in used(params) if name not in here)


def substitute(
    file: IO[bytes], params: bytes, out: IO[bytes], *, deflate: Deflate = exact_deflate
) -> None:
    """Write a file that opens the same to ``out``: a .blend without its compression, else anew.

    ``out`` can be read. ``deflate`` stands for the zlib at hand. What BROKEN
    lists when nothing can stand in for the compressor that made the file.
    """
    payload, literal_size, table_size, _ = _read_params(params)
    out.seek(0)
    out.truncate()
    file.seek(0)
    if file.read(7) == b"BLENDER":
        for data in read_spans(file, [(0, payload)]):
            out.write(data)
        return
    file.seek(payload)
    literals, table = file.read(literal_size), file.read(table_size)
    make_anew(file, literals, table, out, deflate=deflate)


def replaceable(file: IO[bytes], stream: IO[bytes], params: bytes, *, folder: Path | None) -> bool:
    """Whether what ``stream`` and ``params`` hold of ``file`` comes back whatever zlib is there.

    Proved with a zlib that compresses otherwise: what is made then says the
    same as ``file``.
    """
    if ZLIB not in used(params):
        return True
    stream.seek(0)
    if stream.read(7) == b"BLENDER":
        return True
    try:
        with spool(folder) as other:
            substitute(stream, params, other, deflate=other_deflate)
            return said(other, folder=folder) == said(file, folder=folder)
    except BROKEN:
        return False


def put_together(file: IO[bytes], params: bytes, out: IO[bytes]) -> None:
    """Inverse of :func:`take_apart`.

    Where a compressor of another version is all there is, it is used in its
    place: the bytes are then others, which the caller sees by their digest.
    """
    payload, literal_size, table_size, names = _read_params(params)
    file.seek(payload)
    literals, table = file.read(literal_size), file.read(table_size)
    here = zstd_encoders()
    substitute = next(iter(here.values()))
    encoders = [here.get(name, substitute) for name in names]
    Emitter(file, literals, encoders).run(Numbers(table), out.write)
