"""A file under examination: bounded reads on one descriptor, and its errors.

Every parser gets a :class:`Source` and nothing else. It never asks for more
bytes than it names, never believes a length that it did not compare with the
file's size, and says what is wrong through :meth:`Source.bad`.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

from audobon.errors import BadFile

__all__ = ["HEAD", "Source", "extension", "open_source", "shown"]

T = TypeVar("T")

HEAD = 4096
"""Bytes read at once on opening: a disk page, and the whole header of most PNG and JPEG files."""

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    # A FIFO without a writer would block the open itself otherwise.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)

_HAS_PREAD = hasattr(os, "pread")  # not on Windows


class Source:
    """One open regular file.

    ``head`` holds its first bytes (at most :data:`HEAD`), ``size`` its length
    when it was opened, ``ext`` its extension in lower case without the dot,
    ``format`` the name of the format that it is being read as (for messages).
    """

    __slots__ = ("_known", "ext", "fd", "format", "head", "path", "size")

    def __init__(self, path: str, fd: int, size: int, head: bytes) -> None:
        self.path = path
        self.fd = fd
        self.size = size
        self.head = head
        self.ext = extension(path)
        self.format = ""
        self._known: dict[Callable[[Source], Any], Any] = {}

    def close(self) -> None:
        os.close(self.fd)

    def once(self, read: Callable[[Source], T]) -> T:
        """What ``read`` makes of this file, made once: facts and references take one look."""
        if read not in self._known:
            self._known[read] = read(self)
        found: T = self._known[read]
        return found

    def upto(self, offset: int, count: int) -> bytes:
        """Between 0 and ``count`` bytes from ``offset``; fewer only at the end of the file."""
        end = offset + count
        if end <= len(self.head):
            return self.head[offset:end]
        if offset >= self.size or count <= 0 or offset < 0:
            return b""
        if _HAS_PREAD:
            return os.pread(self.fd, count, offset)
        os.lseek(self.fd, offset, os.SEEK_SET)
        return os.read(self.fd, count)

    def at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``; BadFile when the file ends before."""
        data = self.upto(offset, count)
        if len(data) != count:
            raise self.bad("it ends too early")
        return data

    def chunks(self, *, start: int = 0, limit: int, step: int = 1 << 18) -> Iterator[bytes]:
        """The bytes from ``start`` in pieces of ``step``, at most ``limit`` of them."""
        offset = start
        end = min(self.size, start + limit)
        while offset < end:
            piece = self.upto(offset, min(step, end - offset))
            if not piece:
                return
            offset += len(piece)
            yield piece

    def stream(self) -> IO[bytes]:
        """A buffered file object over the same descriptor, positioned at its start.

        It does not own the descriptor. ``upto`` and ``at`` may move its
        position on Windows, so do not mix them with it.
        """
        os.lseek(self.fd, 0, os.SEEK_SET)
        return io.BufferedReader(io.FileIO(self.fd, "rb", closefd=False), 1 << 16)

    def bad(self, why: str) -> BadFile:
        """The error that this file is damaged; ``why`` completes the sentence after a colon."""
        name = shown(self.path)
        what = f"a sound {self.format} file" if self.format else "a sound file"
        return BadFile(f"{name} is not {what}: {why}", subject=self.path)


def shown(path: str) -> str:
    """The file's name for a message: always valid Unicode."""
    return os.path.basename(path).encode("utf-8", "replace").decode("utf-8")


def extension(path: str) -> str:
    """The extension in lower case without the dot; empty for none and for dot files."""
    base = os.path.basename(path)
    head, dot, tail = base.rpartition(".")
    return tail.lower() if dot and head else ""


def _not_regular(path: str) -> BadFile:
    return BadFile(
        f"{shown(path)} is not a regular file; only regular files can be examined", subject=path
    )


def open_source(path: str) -> Source:
    """Open ``path`` and read its head; the caller closes it.

    Follows symbolic links. Raises OSError as the system does, and BadFile for
    folders, pipes, sockets and devices, without waiting for them.
    """
    try:
        fd = os.open(path, _FLAGS)
    except OSError:
        # Windows refuses to open a folder, POSIX to open a socket: what is there, but
        # is no file, is the same error everywhere.
        if os.path.exists(path) and not os.path.isfile(path):
            raise _not_regular(path) from None
        raise
    try:
        state = os.fstat(fd)
        if not stat.S_ISREG(state.st_mode):
            raise _not_regular(path)
        return Source(path, fd, state.st_size, os.read(fd, HEAD))
    except BaseException:
        os.close(fd)
        raise
