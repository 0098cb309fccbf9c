"""What was purged, as keyed hashes: enough to know an asset again, and nothing to learn of it.

``purged.json`` of the library's state, and an object of the same name at each remote.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from attrs import evolve, field, frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Conflict, Corrupt, NewerFormat
from audobon.services.place import Place
from audobon.system.files import write_atomic

__all__ = [
    "NAME",
    "PurgeBook",
    "dump_book",
    "joined",
    "load_book",
    "need_unpurged",
    "read_book",
    "write_book",
]

NAME = "purged.json"
FORMAT = 1


@frozen(slots=True)
class PurgeBook:
    """``ids`` are hashes of assets' ids under ``key``; ``commits`` what versions became."""

    key: str
    ids: tuple[str, ...] = ()
    commits: Mapping[str, str] = field(factory=dict)

    def mark(self, ident: str) -> str:
        """What stands for an asset."""
        return hmac.new(bytes.fromhex(self.key), ident.encode(), hashlib.sha256).hexdigest()

    def known(self, ids: Iterable[str]) -> list[str]:
        """Those of some assets that were purged."""
        if not self.ids:
            return []
        purged = set(self.ids)
        return [ident for ident in ids if self.mark(ident) in purged]

    def adding(self, ids: Iterable[str]) -> PurgeBook:
        """With these as well."""
        return evolve(self, ids=tuple(sorted({*self.ids, *map(self.mark, ids)})))

    def moved(self, commits: Mapping[str, str]) -> PurgeBook:
        """With versions that were written anew; those of earlier purges lead on to these."""
        before = {old: commits.get(new, new) for old, new in self.commits.items()}
        return evolve(self, commits={**before, **commits})


def _path(place: Place) -> Path:
    return place.state / NAME


def read_book(place: Place) -> PurgeBook:
    """The list of this library, a new and empty one where nothing was purged. Corrupt."""
    try:
        data = _path(place).read_bytes()
    except FileNotFoundError:
        return PurgeBook(os.urandom(32).hex())
    return load_book(data, str(_path(place)))


def write_book(place: Place, book: PurgeBook) -> None:
    """Durable on return."""
    write_atomic(_path(place), dump_book(book))


def dump_book(book: PurgeBook) -> bytes:
    data = {**to_plain(book), "format": FORMAT}
    return (json.dumps(data, indent=0, sort_keys=True) + "\n").encode()


def load_book(data: bytes, where: str) -> PurgeBook:
    """Inverse of :func:`dump_book`. Corrupt, NewerFormat."""
    try:
        value = json.loads(data)
        newer = int(value["format"]) > FORMAT
        book = from_plain(value, PurgeBook)
        bytes.fromhex(book.key)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Corrupt(
            f"{where} is not readable: {error}",
            subject=where,
            hint="take it from another clone; without it what was purged could come back",
        ) from error
    if newer:
        raise NewerFormat(f"{where} has a newer format", subject=where, hint="update Audobon")
    return book


def joined(mine: PurgeBook, ids: Collection[str], commits: Mapping[str, str]) -> PurgeBook:
    """This library's list with assets and versions of another place's."""
    return mine.adding(ids).moved(commits)


def need_unpurged(book: PurgeBook, ids: Iterable[str], where: str, hint: str) -> None:
    """Conflict where one of some assets was purged."""
    found = book.known(ids)
    if found:
        count = f"{len(found)} assets that were" if len(found) > 1 else "an asset that was"
        raise Conflict(f"{where} still has {count} purged", subject=where, hint=hint)
