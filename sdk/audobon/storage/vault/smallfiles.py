"""The small files of an encrypted library: sealed objects, and a log of sealed lines.

``docs/format/sealed.md`` has both. A file is bound to its place below the library's state, so none
can be given for another one.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from audobon.errors import Corrupt, Unavailable
from audobon.storage.vault.frames import HEAD, open_head, seal_object
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.lines import Heads, append, begin, last_line, lines_of
from audobon.system.files import atomic_writer

__all__ = ["SealedSmallFiles"]

_NAMED = "library/"  # no object of a place of objects is called so by whom it is sealed


class SealedSmallFiles:
    """``SmallFiles`` of a place, under the keys of a vault; all of them lie below ``base``.

    Who holds the files sees how many there are, their names, rough sizes and times. ``read`` and
    ``lines`` raise Conflict for what is under a key that came after these.
    """

    def __init__(self, keys: Keys, base: Path) -> None:
        self._keys, self._base = keys, base
        self._heads = Heads(keys)

    def read(self, path: Path) -> bytes:
        sealed = path.read_bytes()
        if sealed.startswith((b"{", b"[")):
            raise Unavailable(f"{path.name} lies in clear in an encrypted library")
        try:
            opened = open_head(self._keys, self._name(path), sealed[:HEAD], len(sealed))
            data = b"".join(opened.open_frames(0, sealed[HEAD:]))
        except Corrupt as error:
            raise Corrupt(
                f"{path.name} is not what was written: {error.message}", subject=str(path)
            ) from error
        return data

    def write(self, path: Path, data: bytes, *, durable: bool = True) -> None:
        pieces = seal_object(self._keys, self._name(path), len(data), io.BytesIO(data).read)
        with atomic_writer(path, durable=durable) as stream:
            for piece in pieces:
                stream.write(piece)

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

    def _name(self, path: Path) -> str:
        return _NAMED + path.relative_to(self._base).as_posix()
