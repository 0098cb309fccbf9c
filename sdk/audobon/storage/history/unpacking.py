"""Git packs of strangers: every object taken out of one and named by its own bytes.

libgit2's own indexer is not reached from Python, and trusting an index that
came along would be trusting whoever wrote it. Nothing is believed that a pack
says of itself but sizes, and these only as limits. Source: ``gitformat-pack``.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator

from audobon.errors import Corrupt, Invalid

__all__ = ["unpack"]

_NAMES = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_OFS_DELTA, _REF_DELTA = 6, 7
_LARGEST = 512 << 20
# Manifests and pointers have a few kilobytes; what plain git put into the history before it was
# the library's may be a file as large as people commit to git.
_DEEPEST = 4096  # git makes chains of 50, libgit2 the same

Rows = dict[bytes, tuple[int, int]]
"""Id to (crc32, offset) in the pack, as its index has them."""


def unpack(data: bytes) -> tuple[Rows, dict[bytes, tuple[int, bytes]]]:
    """(rows for an index, id to type and bytes) of a whole pack. Corrupt for any other bytes.

    Deltas must have their base in the same pack.
    """
    if len(data) < 32 or data[:8] != b"PACK\0\0\0\x02":
        raise Corrupt("it is no git pack of version 2")
    if hashlib.sha1(data[:-20], usedforsecurity=False).digest() != data[-20:]:
        raise Corrupt("the git pack is cut off or changed")
    (count,) = struct.unpack_from(">I", data, 8)
    entries = list(_entries(data, count))
    made = _resolved(entries)
    rows: Rows = {}
    objects: dict[bytes, tuple[int, bytes]] = {}
    for entry in entries:
        oid, kind, body = made[entry[0]]
        if oid in rows:
            raise Corrupt(f"the git pack has the object {oid.hex()} twice")
        rows[oid] = (entry[4], entry[0])
        objects[oid] = (kind, body)
    return rows, objects


_Entry = tuple[int, int, int | bytes | None, bytes, int]
"""Offset, type, base (an offset or an id), bytes, crc32 of what stands in the pack."""


def _entries(data: bytes, count: int) -> Iterator[_Entry]:
    at, end = 12, len(data) - 20
    for _ in range(count):
        start = at
        if at >= end:
            raise Corrupt("the git pack ends too early")
        try:
            at, kind, size = _head(data, at)
            at, base = _base(data, at, kind, start)
        except (IndexError, Invalid) as exc:
            raise Corrupt(f"an object of the git pack does not fit: {exc}") from exc
        if size > _LARGEST:
            raise Corrupt(f"the git pack has an object of {size} bytes; {_LARGEST} are allowed")
        body, left = _inflated(memoryview(data)[at:end], size)
        at = end - left
        yield start, kind, base, body, zlib.crc32(memoryview(data)[start:at])
    if at != end:
        raise Corrupt("the git pack holds more than it tells")


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """(where what follows begins, type, size)."""
    byte = data[at]
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 0x80:
        at += 1
        byte = data[at]
        size |= (byte & 0x7F) << shift
        shift += 7
        if shift > 63:
            raise Invalid("a size that is too large")
    return at + 1, kind, size


def _base(data: bytes, at: int, kind: int, start: int) -> tuple[int, int | bytes | None]:
    if kind == _REF_DELTA:
        return at + 20, data[at : at + 20]
    if kind != _OFS_DELTA:
        if kind not in _NAMES:
            raise Invalid("a kind that does not exist")
        return at, None
    byte = data[at]
    back = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        back = (back + 1) << 7 | byte & 0x7F
    return at + 1, start - back


def _inflated(data: memoryview, size: int) -> tuple[bytes, int]:
    """(the ``size`` bytes that ``data`` begins with, how many bytes are left behind)."""
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(data, size + 1)
    except zlib.error as exc:
        raise Corrupt(f"the git pack cannot be decompressed: {exc}") from exc
    if len(body) != size or not inflater.eof:
        raise Corrupt("an object of the git pack has another size")
    return body, len(inflater.unused_data)


def _resolved(entries: list[_Entry]) -> dict[int, tuple[bytes, int, bytes]]:
    """Offset to (id, type, bytes) of every entry, deltas applied."""
    made: dict[int, tuple[bytes, int, bytes]] = {}
    known: dict[bytes, int] = {}
    waiting = entries
    for _ in range(_DEEPEST):
        left: list[_Entry] = []
        for entry in waiting:
            offset, kind, base, body, _crc = entry
            if base is not None:
                where = known.get(base) if isinstance(base, bytes) else base
                if where is None or where not in made:
                    left.append(entry)
                    continue
                _, kind, whole = made[where]
                body = _apply(whole, body)
            head = b"%b %d\0" % (_NAMES[kind], len(body))
            oid = hashlib.sha1(head + body, usedforsecurity=False).digest()
            made[offset] = (oid, kind, body)
            known[oid] = offset
        if not left:
            return made
        if len(left) == len(waiting):
            break
        waiting = left
    raise Corrupt("the git pack has changes of objects that are not in it")


def _apply(base: bytes, delta: bytes) -> bytes:
    try:
        at, size = _varint(delta, 0)
        at, target = _varint(delta, at)
        if size != len(base) or target > _LARGEST:
            raise Invalid("sizes")
        out = bytearray()
        while at < len(delta):
            code = delta[at]
            at += 1
            if code & 0x80:
                at, start, length = _copied(delta, at, code)
                if start + length > len(base):
                    raise Invalid("beyond the base")
                out += base[start : start + length]
            elif code and at + code <= len(delta):
                out += delta[at : at + code]
                at += code
            else:
                raise Invalid("an operation that does not exist")
            if len(out) > target:
                raise Invalid("longer than it tells")
        if len(out) != target:
            raise Invalid("shorter than it tells")
    except (IndexError, Invalid) as exc:
        raise Corrupt(f"a change in the git pack does not fit: {exc}") from exc
    return bytes(out)


def _copied(delta: bytes, at: int, code: int) -> tuple[int, int, int]:
    """(where the next operation stands, start in the base, length)."""
    start = length = 0
    for bit in range(4):
        if code & 1 << bit:
            start |= delta[at] << 8 * bit
            at += 1
    for bit in range(3):
        if code & 0x10 << bit:
            length |= delta[at] << 8 * bit
            at += 1
    return at, start, length or 0x10000


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return at, value
        if shift > 63:
            raise Invalid("a size that is too large")
