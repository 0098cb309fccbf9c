"""The small files of an encrypted library: sealed objects, and a log of sealed lines.

``docs/format/sealed.md`` has both. A file is bound to its place below the library's state, so none
can be given for another one.
"""

from __future__ import annotations

import hmac
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from audobon.errors import Corrupt, Unavailable
from audobon.storage.vault.door import derive
from audobon.storage.vault.frames import (
    HEAD,
    Opened,
    Pieces,
    open_head,
    opened_pieces,
    seal_object,
)
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.lines import Heads, append, begin, last_line, lines_of
from audobon.system.files import atomic_writer
from audobon.system.scratch import private_folder
from audobon.system.smallfiles import LINES, OBJECT

__all__ = ["SealedSmallFiles"]

_KEY = slice(16, 32)  # where the id of the key stands in either head
_NAMED = "library/"  # no object of a place of objects is called so by whom it is sealed


class SealedSmallFiles:
    """``SmallFiles`` of a place, under the keys of a vault; all of them lie below ``base``.

    Who holds the files sees how many there are, their names, rough sizes and times. ``read`` and
    ``lines`` raise Conflict for what is under a key that came after these.
    """

    sealed = True

    def __init__(self, keys: Keys, base: Path) -> None:
        self._keys, self._base = keys, base
        self._heads = Heads(keys)
        self._names = derive(keys.names, b"audobon file names 1")

    def renew(self, keys: Keys) -> None:
        """From now on write with other keys of the same vault; a log that was begun goes on."""
        self._keys = keys
        self._heads.renew(keys)

    def is_old(self, path: Path) -> bool:
        """Whether a file, or what a log begins with, is sealed with an older key. OSError."""
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        sealed = len(head) >= _KEY.stop and head.startswith((OBJECT, LINES))
        return sealed and head[_KEY] != self._keys.current

    def reseal(self, path: Path) -> int:
        """Write a file or a log again under the newest key; its bytes. Nobody else writes it.

        How long it was not used is told as before. OSError; Corrupt where not all of it is what
        was written: it stays as it is.
        """
        found = path.stat()
        with path.open("rb") as stream:
            is_log = stream.read(len(LINES)) == LINES
        if is_log:
            lines = [*self.lines(path)]
            if None in lines:
                raise Corrupt(f"a line of {path.name} is not what was written", subject=str(path))
            self.write_lines(path, (line for line in lines if line is not None))
        else:
            with self._opened(path) as (opened, pieces), atomic_writer(path) as target:
                read = Pieces(pieces).read
                for piece in seal_object(self._keys, opened.name, opened.size, read):
                    target.write(piece)
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
        return found.st_size

    def name(self, digest: str) -> str:
        return hmac.digest(self._names.reveal(), digest.encode(), "sha256").hex()

    def read(self, path: Path) -> bytes:
        with self._opened(path) as (_, pieces):
            return b"".join(pieces)

    def size(self, path: Path) -> int:
        with self._opened(path) as (opened, _):
            return opened.size

    def write(self, path: Path, data: bytes, *, durable: bool = True) -> None:
        self._seal(path, len(data), io.BytesIO(data).read, durable=durable)

    @contextmanager
    def workplace(self, folder: Path) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self.working(), prefix="audobon-made-") as work:
            yield Path(work)
            for made in sorted(Path(work).iterdir()):
                with made.open("rb") as stream:
                    size = os.fstat(stream.fileno()).st_size
                    self._seal(folder / made.name, size, stream.read, durable=False)

    def working(self, size: int = 0) -> Path:
        return private_folder(size)

    @contextmanager
    def as_file(self, path: Path) -> Iterator[Path]:
        room = self.working(os.path.getsize(path))
        with tempfile.TemporaryDirectory(dir=room, prefix="audobon-open-") as work:
            target = Path(work, path.name)
            with self._opened(path) as (_, pieces), target.open("xb") as stream:
                for piece in pieces:
                    stream.write(piece)
            yield target

    def lines(self, path: Path) -> Iterator[str | None]:
        with path.open("rb") as stream:
            log = self._heads.open(stream, self._name(path))
            if log is not None:
                yield from (line for line, _ in lines_of(stream, log))

    def extend(self, path: Path, more: Callable[[str], Iterable[str]]) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(fd, "r+b") as stream:
            log = self._heads.open(stream, self._name(path))
            last, end = ("", 0) if log is None else last_line(stream, log)
            if last is None:
                raise Corrupt(f"the last line of {path.name} is not what was written")
            added = more(last)
            stream.truncate(end)
            stream.seek(end)
            if log is None:
                log = begin(stream, self._heads, self._name(path))
            append(stream, log, added)

    def write_lines(self, path: Path, lines: Iterable[str]) -> None:
        with atomic_writer(path) as stream:
            append(stream, begin(stream, self._heads, self._name(path)), lines)

    def _seal(self, path: Path, size: int, read: Callable[[int], bytes], *, durable: bool) -> None:
        with atomic_writer(path, durable=durable) as stream:
            for piece in seal_object(self._keys, self._name(path), size, read):
                stream.write(piece)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[tuple[Opened, Iterator[bytes]]]:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            if head.startswith((b"{", b"[")):
                raise Unavailable(
                    f"{path.name} lies in clear in an encrypted library", subject=str(path)
                )
            try:
                size = os.fstat(stream.fileno()).st_size
                opened = open_head(self._keys, self._name(path), head, size)
                yield opened, opened_pieces(opened, stream)
            except Corrupt as error:
                raise Corrupt(
                    f"{path.name} is not what was written: {error.message}", subject=str(path)
                ) from error

    def _name(self, path: Path) -> str:
        return _NAMED + path.relative_to(self._base).as_posix()
