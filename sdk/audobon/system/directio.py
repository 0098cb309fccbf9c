"""Large files that are waited for until they are on the disk, written past the page cache.

Whoever fills that cache and then waits until the disk has it pays for both, and pushes out what
others were reading. Linux can do without (``O_DIRECT``); elsewhere, and on file systems that
cannot, the same calls write as into any file.
"""

from __future__ import annotations

import contextlib
import errno
import io
import mmap
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from audobon.system.files import Told, appearing

__all__ = ["DirectFile", "direct_writer"]

_BLOCK = 4 << 20
"""Bytes that are written at once: with 1 MB a disk took a quarter longer, with 32 MB as long."""


class DirectFile:
    """What is written to ``file``, which is empty, from its front to its end; it owns ``file``.

    The operating system has all bytes after :meth:`flush`, and the disk after an ``fsync`` of
    :meth:`fileno` beyond that, as with any file. What stands at the end and fills no block goes
    through the cache, and so does all of a small file.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._held = 0
        self._direct = _ask(file.fileno())
        self._block = _memory() if self._direct else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Append all of ``data``. OSError."""
        rest = memoryview(data)
        size = len(rest)
        while rest and self._direct and self._block is not None:
            count = min(len(rest), _BLOCK - self._held)
            self._block[self._held : self._held + count] = rest[:count]
            self._held += count
            rest = rest[count:]
            if self._held == _BLOCK:
                self._out(self._block)
        self._put(rest)
        return size

    def flush(self) -> None:
        """Hand on what is held. What is written after that goes through the cache. OSError."""
        self._cached()
        if self._block is not None:
            self._out(self._block)

    def close(self) -> None:
        """Let go of the file; what was not flushed is lost. Safe to call twice."""
        self._held = 0
        if self._block is not None:
            self._block.close()
            self._block = None
        self._file.close()

    def _out(self, block: mmap.mmap) -> None:
        with memoryview(block) as whole, whole[: self._held] as part:
            self._put(part)
        self._held = 0

    def _put(self, data: memoryview) -> None:
        at = 0
        while at < len(data):
            try:
                at += self._file.write(data[at:]) or 0
            except OSError as error:
                # Sectors larger than pages, a write cut short on a disk that is nearly full, or a
                # file system that says only now that it cannot.
                if not self._direct or error.errno != errno.EINVAL:
                    raise
                self._cached()

    def _cached(self) -> None:
        if self._direct:
            self._direct = False
            _ask(self._file.fileno(), direct=False)


@contextlib.contextmanager
def direct_writer(path: Path, *, mode: int, told: Told | None = None) -> Iterator[DirectFile]:
    """A durable file that appears at ``path`` complete when the block ends, or not at all.

    ``told`` is given what its stat is just before.
    """
    with (
        appearing(path, durable=True, mode=mode, told=told) as fd,
        DirectFile(io.FileIO(fd, "wb")) as file,
    ):
        yield file
        file.flush()
        os.fsync(file.fileno())


if sys.platform == "linux":
    import fcntl

    def _memory() -> mmap.mmap:
        """Such writes need memory that begins at a page; what is private costs the least."""
        return mmap.mmap(-1, _BLOCK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

    def _ask(fd: int, *, direct: bool = True) -> bool:
        """Whether an open file goes past the cache from now on."""
        with contextlib.suppress(OSError):
            flags = fcntl.fcntl(fd, fcntl.F_GETFL)
            flags = flags | os.O_DIRECT if direct else flags & ~os.O_DIRECT
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
            return direct
        return False

else:

    def _memory() -> mmap.mmap:
        return mmap.mmap(-1, _BLOCK)

    def _ask(fd: int, *, direct: bool = True) -> bool:
        """Never here."""
        del fd, direct
        return False
