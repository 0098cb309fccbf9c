"""What a file says, however its parts are compressed: to prove that another file says the same.

Reads like the programs that the file is for, with the standard library's
readers, and knows nothing of how the other file was made.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from audobon.storage.chunks.transforms import records
from audobon.storage.chunks.transforms.emit import ALIGN
from audobon.storage.chunks.transforms.spools import spool
from audobon.storage.chunks.transforms.taker import BROKEN, PNG

__all__ = ["said"]

_STEP = 1 << 18
_HEAD = 32


def said(file: IO[bytes], *, folder: Path | None) -> bytes:
    """A sha256 of all that ``file`` (PNG, zip or FBX) holds. What BROKEN lists when it is damaged.

    Equal for two files when what programs read from them is.
    """
    file.seek(0)
    head = file.read(_HEAD)
    sha256 = hashlib.sha256()
    if head.startswith(PNG):
        parts = _picture(file)
    elif head.startswith(b"PK"):
        parts = _archive(file, folder)
    elif head.startswith(records.MAGIC):
        parts = _scene(file)
    else:
        raise ValueError("a container of an unknown kind")
    for part in parts:
        sha256.update(part)
    return sha256.digest()


def _read(file: IO[bytes], count: int) -> Iterator[bytes]:
    while count:
        data = file.read(min(_STEP, count))
        if not data:
            raise ValueError("the file ends too early")
        count -= len(data)
        yield data


def _inflated(parts: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zlib.decompressobj()
    for data in parts:
        while data:
            yield decoder.decompress(data, _STEP)
            data = decoder.unconsumed_tail
    yield decoder.flush()
    if not decoder.eof or decoder.unused_data:
        raise ValueError("a stream does not end where it should")


def _picture(file: IO[bytes]) -> Iterator[bytes]:
    """Every chunk with its checksum proved; the pixels inflated."""
    file.seek(len(PNG))
    others = hashlib.sha256()

    def pixels() -> Iterator[bytes]:
        kind = last = b""
        while kind != b"IEND":
            length, kind = struct.unpack(">I4s", file.read(8))
            check = zlib.crc32(kind)
            own = hashlib.sha256(kind)
            for data in _read(file, length):
                check = zlib.crc32(data, check)
                own.update(data)
                if kind == b"IDAT":
                    yield data
            if struct.unpack(">I", file.read(4)) != (check,):
                raise ValueError("a checksum of the PNG is wrong")
            # Where the pixels come among the others counts, in how many chunks does not.
            if kind not in (last, b"auPd"):
                others.update(kind if kind == b"IDAT" else own.digest())
            last = b"IDAT" if kind in (b"IDAT", b"auPd") else b""

    yield from _inflated(pixels())
    while data := file.read(_STEP):
        others.update(data)
    yield others.digest()


def _archive(file: IO[bytes], folder: Path | None) -> Iterator[bytes]:
    """Every entry of the directory, and what its member holds, with its checksum proved."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        # As in .usdz, whose programs map members into memory.
        mapped = all(member.compress_type == zipfile.ZIP_STORED for member in members)
        for member in members:
            about = (
                *(member.orig_filename, member.date_time, member.compress_type, member.flag_bits),
                *(member.create_system, member.create_version, member.extract_version),
                *(member.external_attr, member.internal_attr, member.comment),
            )
            yield repr(about).encode()
            if member.flag_bits & 1:
                raise ValueError("an encrypted member cannot be looked into")
            if mapped:
                yield bytes([_start(file, member) % ALIGN])
            yield _member(archive, member, folder)
        yield archive.comment


def _start(file: IO[bytes], member: zipfile.ZipInfo) -> int:
    file.seek(member.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    return int(member.header_offset + 30 + name + extra)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path | None) -> bytes:
    sha256 = hashlib.sha256()
    with archive.open(member) as content, spool(folder) as picture:
        head = content.read(len(PNG))
        sha256.update(head)
        picture.write(head)
        while data := content.read(_STEP):
            sha256.update(data)
            if head == PNG:
                picture.write(data)
        if head == PNG:
            try:
                return hashlib.sha256(b"".join(_hashed(_picture(picture)))).digest()
            except BROKEN:  # no picture that programs can read: then its bytes are what counts
                pass
    return sha256.digest()


def _hashed(parts: Iterator[bytes]) -> Iterator[bytes]:
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(part)
    yield sha256.digest()


def _scene(file: IO[bytes]) -> Iterator[bytes]:
    """Every record by its name, and every property; arrays inflated."""
    size = file.seek(0, 2)

    def read(at: int, length: int) -> bytes:
        file.seek(at)
        data = file.read(length)
        if len(data) != length:
            raise ValueError("the file ends too early")
        return data

    for part in records.walk(read, size):
        if isinstance(part, records.Record):
            yield struct.pack("<QB", part.count, len(part.name)) + part.name
            continue
        file.seek(part.at)
        data = _read(file, part.length)
        if isinstance(part, records.Array):
            yield part.kind
            data = _inflated(data)
        yield from data
