"""How the bytes of packs lie on the disk: as they are, or sealed by whoever has the keys.

Whatever a pack says of itself (offsets, sizes, checksums) is about its plain bytes, so nothing
above knows how they lie.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from audobon.errors import Unavailable

__all__ = ["PASSING", "PLAIN", "PackFiles", "Sink", "Source"]

_SEALED = b"ADBNPACK\x02"  # docs/format/packs.md, format 2


class Sink(Protocol):
    """A pack that is being written, from its front to its end."""

    def write(self, data: bytes | bytearray | memoryview, /) -> None:
        """Append all of ``data``. OSError."""

    def finish(self) -> None:
        """Make all of it durable and close the file. OSError."""

    def close(self) -> None:
        """Let go of the file, finished or not; safe to call twice."""


class Source(Protocol):
    """A pack that is read. What was changed or cannot be opened reads as zeros: whoever reads
    proves what was read, as with any damage. OSError."""

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def read(self, size: int = -1, /) -> bytes:
        """All that is asked for, and less at the end only."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> object: ...


class PackFiles(Protocol):
    """Makes and opens pack files."""

    def name(self, digest: bytes) -> str:
        """64 hex digits: what a pack is called whose trailer has this BLAKE3."""

    def create(self, path: Path, *, direct: bool = False) -> Sink:
        """A new file at ``path``. OSError.

        ``direct``: past the page cache where that can be, as nobody reads it soon.
        """

    def open(self, path: Path) -> Source:
        """Its plain bytes. OSError; Unavailable for a pack of the other kind."""


class _PlainSink:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def write(self, data: bytes | bytearray | memoryview, /) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]

    def finish(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        self._file.close()


class _DirectSink:
    def __init__(self, path: Path) -> None:
        from audobon.system.directio import DirectFile

        self._file = DirectFile(path.open("wb", buffering=0))

    def write(self, data: bytes | bytearray | memoryview, /) -> None:
        self._file.write(data)

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        self._file.close()


class _PlainFiles:
    def name(self, digest: bytes) -> str:
        return digest.hex()

    def create(self, path: Path, *, direct: bool = False) -> Sink:
        return _DirectSink(path) if direct else _PlainSink(path)

    def open(self, path: Path) -> Source:
        file = path.open("rb", buffering=0)
        try:
            if file.read(len(_SEALED)) == _SEALED:
                # Never Corrupt: nobody may set a sound pack aside for want of its key.
                raise Unavailable(
                    f"pack {path.stem} is encrypted, and the chunk store was opened without a key",
                    subject=path.stem,
                )
        except BaseException:
            file.close()
            raise
        return file


class _PassingSink(_PlainSink):
    def finish(self) -> None:
        self._file.close()


class _PassingFiles(_PlainFiles):
    def create(self, path: Path, *, direct: bool = False) -> Sink:
        del direct
        return _PassingSink(path)


PLAIN: Final[PackFiles] = _PlainFiles()
"""Packs as they are: format 1."""
PASSING: Final[PackFiles] = _PassingFiles()
"""The same for packs that are read at once and thrown away: nobody waits for the disk."""
