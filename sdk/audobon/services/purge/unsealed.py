"""What the files of an encrypted library say to whoever has its keys: more than their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audobon.services.core.place import Place
from audobon.storage.sqlite import pages_of, texts_of
from audobon.system.smallfiles import LINES, OBJECT

__all__ = ["is_database", "unsealed"]

_SQLITE = b"SQLite format 3\0"
_PACK = b"ADBNPACK\x02"
_BLOCK = 8 << 20


def is_database(place: Place, path: Path) -> bool:
    """Whether rows can be asked for. An encrypted one is known by its name alone."""
    if place.key is not None:
        return path.suffix == ".db"
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def unsealed(place: Place, path: Path) -> Iterator[bytes]:
    """What is in a file, opened: rows of a database, and under keys its pages, and what is sealed.

    Nothing for what lies in clear. A database is held in memory, a large note too. OSError,
    AudobonError for what cannot be opened: it may hold anything.
    """
    if is_database(place, path):
        yield from texts_of(path, key=place.key)
        if place.key is not None:
            yield pages_of(path, place.key)
    elif place.files.sealed:
        yield from _opened(place, path)


def _opened(place: Place, path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        head = stream.read(len(_PACK))
    if head.startswith(OBJECT):
        yield place.files.read(path)
    elif head.startswith(LINES):
        for line in place.files.lines(path):
            yield b"" if line is None else line.encode("utf-8", "surrogatepass")
    elif head.startswith(_PACK):
        yield from _pack(place, path)


def _pack(place: Place, path: Path) -> Iterator[bytes]:
    """A pack that lies outside of the store, as it would lie in clear, and what is packed in it."""
    from audobon.storage.chunks.erasing import PackView

    with place.packs.open(path) as file:
        while block := file.read(_BLOCK):
            yield block
    for item, data, _ in PackView(path, place.packs).items():
        yield item
        yield data
