"""Digests of a file's bytes: the partial one that finds moved files, and the full one."""

from __future__ import annotations

import hashlib
import os
import time
from typing import IO

from attrs import frozen

from audobon.errors import Conflict

__all__ = ["FULL_BELOW", "Fingerprint", "content_digest", "fingerprint", "full_digest"]

_SAMPLE = 4 << 10
# Three samples see a changed header, a changed middle and an appended tail; a
# page each is what every disk reads at least. They only propose: where full
# digests are known, those decide.
_BLOCK = 1 << 20
_TICK_NS = 20_000_000
# Time stamps advance in ticks of the kernel (10 ms at most). A file written in
# the tick in which it is read could change again without a new stamp.
FULL_BELOW = 8 << 20
"""Files up to this many bytes get their full digest at once: it costs 4 ms of CPU at most."""


@frozen(slots=True)
class Fingerprint:
    """``partial`` is 16 bytes, ``digest`` the sha256 in hex or empty when it was left for later."""

    size: int
    mtime_ns: int
    partial: bytes
    digest: str


def full_digest(stream: IO[bytes]) -> str:
    """The sha256 in hex of everything from the stream's position on."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def content_digest(path: str) -> tuple[str, os.stat_result]:
    """The sha256 in hex of the whole file at ``path``, and its stat before it was read.

    Whoever reads the file once more can tell by the stat whether it is still
    the same. OSError passes through.
    """
    with open(path, "rb", buffering=0) as stream:
        before = _settled(stream)
        return full_digest(stream), before


def fingerprint(path: str, *, full_below: int = FULL_BELOW) -> Fingerprint:
    """Read what identifies the file at ``path``.

    The partial digest is BLAKE2b over the size and three samples (beginning,
    middle, end), over all bytes for files up to 12 KiB. The full digest is
    taken of files up to ``full_below`` bytes, which are read into memory.
    Conflict when the file changes while it is read; OSError passes through.
    """
    with open(path, "rb", buffering=0) as stream:
        before = _settled(stream)
        partial = hashlib.blake2b(before.st_size.to_bytes(8, "little"), digest_size=16)
        digest = ""
        if before.st_size <= full_below:
            data = memoryview(_read(stream, before.st_size + 1))
            digest = hashlib.sha256(data).hexdigest()
            for offset, count in _samples(len(data)):
                partial.update(data[offset : offset + count])
        else:
            for offset, count in _samples(before.st_size):
                stream.seek(offset)
                partial.update(_read(stream, count))
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Conflict(
            f"{path} changes while it is read", subject=path, hint="add it again once it is saved"
        )
    return Fingerprint(after.st_size, after.st_mtime_ns, partial.digest(), digest)


def _samples(size: int) -> tuple[tuple[int, int], ...]:
    if size <= 3 * _SAMPLE:
        return ((0, size),)
    return tuple((offset, _SAMPLE) for offset in (0, (size - _SAMPLE) // 2, size - _SAMPLE))


def _settled(stream: IO[bytes]) -> os.stat_result:
    info = os.fstat(stream.fileno())
    young_ns = time.time_ns() - info.st_mtime_ns
    if 0 <= young_ns < _TICK_NS:
        time.sleep((_TICK_NS - young_ns) / 1e9)
        info = os.fstat(stream.fileno())
    return info


def _read(stream: IO[bytes], count: int) -> bytes:
    blocks = []
    while count > 0 and (block := stream.read(count)):
        blocks.append(block)
        count -= len(block)
    return b"".join(blocks)
