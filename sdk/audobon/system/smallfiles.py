"""The small files of a library: as they are, or sealed by whoever has the keys.

Notes that are replaced as a whole, and a log of lines that only grows. Whoever reads and writes
them knows no key: a place has a :class:`SmallFiles`, and this is how all of them go through it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Final, Protocol

from audobon.errors import Unavailable
from audobon.system.files import atomic_writer, write_atomic
from audobon.system.folders import work_folder

__all__ = ["LINES", "OBJECT", "PLAIN", "SmallFiles"]

OBJECT: Final = b"ADBNSEAL"
"""What a sealed file begins with (docs/format/sealed.md)."""
LINES: Final = b"ADBNLINE"
"""The same for a sealed log."""

_MAGICS: Final = (OBJECT.decode(), LINES.decode())
_TAIL = 1 << 16


class SmallFiles(Protocol):
    """Reads and writes small files, all of which lie below one folder.

    A file of the other kind (in clear where all are sealed, sealed where no key was given) is
    Unavailable, never Corrupt: nobody may take a sound file for damaged for want of its key.
    """

    @property
    def sealed(self) -> bool:
        """Whether only these, in this process, can read them: workers that decode have no keys."""

    def name(self, digest: str) -> str:
        """64 hex digits that a file is called by for a digest of what it follows from.

        Where all is sealed they do not tell the digest.
        """

    def read(self, path: Path) -> bytes:
        """All of a file. OSError; Corrupt where it is not what was written."""

    def size(self, path: Path) -> int:
        """How many bytes :meth:`read` would give. OSError, Corrupt."""

    def write(self, path: Path, data: bytes, *, durable: bool = True) -> None:
        """Replace a file: readers see the old bytes or the new, never a mixture. OSError."""

    def workplace(self, folder: Path) -> AbstractContextManager[Path]:
        """A folder in which somebody else writes files that are to lie in ``folder``.

        They do when the block ends without an error: at once, or from one that is gone then.
        OSError.
        """

    def working(self, size: int = 0) -> Path:
        """The folder for temporary folders, ``size`` bytes of them if that is known; it exists.

        Nobody else reads there. Where all is sealed it lies in memory, as far as that can be.
        OSError.
        """

    def as_file(self, path: Path) -> AbstractContextManager[Path]:
        """A path of the same name at which the bytes of a file lie in clear, for the block.

        OSError, Corrupt.
        """

    def lines(self, path: Path) -> Iterator[str | None]:
        """The whole lines of a log, the oldest first, without what a kill has left of one.

        None stands for one that is not what was written. OSError.
        """

    def extend(self, path: Path, more: Callable[[str], Iterable[str]]) -> None:
        """Put the lines that ``more`` gives for the last one ("" where there is none) behind it.

        Durable on return. What a writer that was killed has left of a line goes. One writer at a
        time, for which the caller sees. OSError; Corrupt where the last line is not what was
        written, and what ``more`` raises for it: nothing is changed then.
        """

    def write_lines(self, path: Path, lines: Iterable[str]) -> None:
        """Replace a log. OSError."""


class _PlainFiles:
    sealed = False

    def name(self, digest: str) -> str:
        return digest

    def size(self, path: Path) -> int:
        return os.path.getsize(path)

    def workplace(self, folder: Path) -> AbstractContextManager[Path]:
        return nullcontext(folder)

    def working(self, size: int = 0) -> Path:
        del size  # where there is one place only, there is nothing to choose
        return work_folder()

    def as_file(self, path: Path) -> AbstractContextManager[Path]:
        return nullcontext(path)

    def read(self, path: Path) -> bytes:
        data = path.read_bytes()
        if data.startswith((OBJECT, LINES)):
            raise _sealed(path)
        return data

    def write(self, path: Path, data: bytes, *, durable: bool = True) -> None:
        write_atomic(path, data, durable=durable)

    def lines(self, path: Path) -> Iterator[str | None]:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
            for line in stream:
                if line.startswith(_MAGICS):
                    raise _sealed(path)
                if not line.endswith("\n"):
                    return
                yield line[:-1]

    def extend(self, path: Path, more: Callable[[str], Iterable[str]]) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(fd, "r+b") as stream:
            if stream.read(len(LINES)) in (OBJECT, LINES):
                raise _sealed(path)
            last, end = _last_line(stream)
            added = more(last)
            stream.truncate(end)
            stream.seek(end)
            for line in added:
                stream.write(f"{line}\n".encode())
            stream.flush()
            os.fsync(stream.fileno())

    def write_lines(self, path: Path, lines: Iterable[str]) -> None:
        with atomic_writer(path) as stream:
            for line in lines:
                stream.write(f"{line}\n".encode())


PLAIN: Final[SmallFiles] = _PlainFiles()
"""Files as they are."""


def _sealed(path: Path) -> Unavailable:
    return Unavailable(
        f"{path.name} is encrypted, and the library was opened without a key", subject=str(path)
    )


def _last_line(stream: IO[bytes]) -> tuple[str, int]:
    """The last whole line and where it ends."""
    tail, begin = b"", stream.seek(0, os.SEEK_END)
    while begin:
        step = min(begin, _TAIL)
        begin -= step
        stream.seek(begin)
        tail = stream.read(step) + tail
        end = tail.rfind(b"\n")
        start = tail.rfind(b"\n", 0, end) if end > 0 else -1
        if end >= 0 and (start >= 0 or not begin):
            return tail[start + 1 : end].decode("utf-8", "replace"), begin + end + 1
    return "", 0
