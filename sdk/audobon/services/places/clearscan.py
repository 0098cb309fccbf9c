"""What of an encrypted library lies in clear on the disk: looked for, not believed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from audobon.services.core.place import Place
from audobon.services.core.stores import Stores
from audobon.services.places.homevault import FOLDER
from audobon.system.smallfiles import LINES, OBJECT

__all__ = ["lying_in_clear", "scan"]

_ASSETS = 10
_SHORTEST = 6
"""Letters of a name that is looked for: shorter ones stand somewhere by chance."""
_BLOCK = 4 << 20
_MOST = 64 << 20
"""Bytes of a file that are looked through; how it begins tells of larger ones what they are."""
_SEALED = (OBJECT, LINES, b"ADBNPACK\x02")
_CLEAR = (b"SQLite format 3\0", b"ADBNPACK\x01", b"PACK\0\0\0", b"\x89PNG", b"RIFF")
_MEANT = ("library.toml", f"{FOLDER}/", "history.git/sealed.json", "derived/CACHEDIR.TAG")
"""What has to be readable before there is a key, and says nothing of what is in the library."""


def lying_in_clear(stores: Stores) -> tuple[str, ...]:
    """Files of the state that are not sealed, or in which names of some assets stand."""
    words = set[str]()
    for asset in stores.catalog.iterate(0, limit=_ASSETS):
        name = asset.path.rpartition("/")[2]
        words |= {word for word in (name, name.rpartition(".")[0]) if len(word) >= _SHORTEST}
    return tuple(scan(stores.place, words))


def scan(place: Place, words: Iterable[str]) -> Iterator[str]:
    """The same for given words. A file that goes meanwhile is none, one that cannot be read is."""
    needles = [word.encode("utf-8", "surrogatepass") for word in words]
    for path in sorted(place.state.rglob("*")):
        where = path.relative_to(place.state).as_posix()
        if where.startswith(_MEANT) or not path.is_file():
            continue
        names = where.encode("utf-8", "surrogatepass")
        try:
            if any(needle in names for needle in needles) or _is_clear(path, needles):
                yield where
        except FileNotFoundError:
            continue
        except OSError:
            yield where


def _is_clear(path: Path, needles: list[bytes]) -> bool:
    with path.open("rb") as stream:
        head = stream.read(16)
        if head.startswith(_CLEAR):
            return True
        if not head or head.startswith(_SEALED):
            return False  # sealed by frames: nothing in it can be looked for
        if _is_json(head):
            return True
        keep = max(map(len, needles), default=1) - 1
        tail, left = head, min(_MOST, os.fstat(stream.fileno()).st_size)
        while left > 0 and (block := stream.read(_BLOCK)):
            piece = tail + block
            if any(needle in piece for needle in needles):
                return True
            tail, left = piece[-keep:] if keep else b"", left - len(block)
        return any(needle in tail for needle in needles)


def _is_json(head: bytes) -> bool:
    """Whether this begins as a note in clear does. An encrypted database begins with any bytes."""
    written = all(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return written and head.isascii() and head.lstrip().startswith((b"{", b"["))
