"""Bytes in, content-defined chunks and the sha256 of the whole out.

FastCDC 2020 (Xia et al., "The Design of Fast Content-Defined Chunking for
Data Deduplication Based Storage Systems", IEEE TPDS 31, 2020) as pyfastcdc
implements it. Where the cuts fall decides only how much is shared between
versions, never whether a file comes back right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, cast

from pyfastcdc import FastCDC

__all__ = ["AVERAGE", "LARGEST", "SMALLEST", "WINDOW", "Chunker"]

# 64 KiB measured best between the size of an increment (smaller is better)
# and the cost of each chunk in index and time; a quarter and four times that
# are the bounds that the paper recommends.
AVERAGE = 64 << 10
SMALLEST = AVERAGE // 4
LARGEST = AVERAGE * 4

# Large enough that one lookup serves some 60 chunks and calls cost nothing,
# small enough to stay in the second-level cache's neighbourhood.
WINDOW = 4 << 20


class _Piece(Protocol):
    length: int
    data: memoryview


class Chunker:
    """Cuts streams. Holds one window of memory and one thread; not for two threads at once.

    ``close`` ends the thread.
    """

    def __init__(self) -> None:
        self._buffer = bytearray(LARGEST + WINDOW)
        self._view = memoryview(self._buffer)
        self._fastcdc = FastCDC(AVERAGE, min_size=SMALLEST, max_size=LARGEST)
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def cut(
        self,
        read_into: Callable[[memoryview], int],
        sha256: hashlib._Hash | None,
        *,
        each: int = 0,
    ) -> Iterator[list[memoryview]]:
        """The chunks of the stream, some at a time, while ``sha256`` takes in its bytes.

        ``read_into`` fills a buffer and returns how many bytes it put there,
        0 at the end. The views are valid until the next batch is asked for.
        ``sha256`` is complete when the iterator is exhausted; None where nobody asks for it.
        Chunks have ``each`` bytes, up to LARGEST, or are cut where the content says so.
        """
        kept, ended = 0, False
        while not ended:
            filled = self._fill(read_into, kept)
            ended = filled < len(self._buffer)
            hashed = self._hash(sha256, self._view[kept:filled])
            try:
                batch, used = self._cut_window(filled, each, final=ended)
                if batch:
                    yield batch
            finally:
                if hashed is not None:
                    hashed.result()
            kept = filled - used
            self._view[:kept] = bytes(self._view[used:filled])

    def _fill(self, read_into: Callable[[memoryview], int], filled: int) -> int:
        while filled < len(self._buffer):
            count = read_into(self._view[filled:])
            if not count:
                break
            filled += count
        return filled

    def _hash(self, sha256: hashlib._Hash | None, part: memoryview) -> Future[None] | None:
        if sha256 is None:
            return None
        # sha256 is half of all the work and lets go of the interpreter lock,
        # so it runs beside the chunking. A small file is not worth the hop.
        if len(part) <= LARGEST:
            sha256.update(part)
            return None
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="audobon-sha256")
        return self._pool.submit(sha256.update, part)

    def _cut_window(self, filled: int, each: int, *, final: bool) -> tuple[list[memoryview], int]:
        """The chunks that are certain, and how many bytes they take.

        A cut depends on at most LARGEST bytes after the one before it, so it
        is certain once so many lie in the window.
        """
        if each:
            used = filled if final else filled // each * each
            return [self._view[at : min(at + each, used)] for at in range(0, used, each)], used
        batch: list[memoryview] = []
        used = 0
        pieces = cast("Iterator[_Piece]", self._fastcdc.cut_buf(self._view[:filled]))
        while used < filled and (final or filled - used >= LARGEST):
            piece = next(pieces)
            batch.append(piece.data)
            used += piece.length
        return batch, used
