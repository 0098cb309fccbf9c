"""What was purged, as keyed hashes: enough to know an asset again, and nothing to learn of it.

``purged.json`` of the library's state, and an object of the same name at each remote.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Conflict, Corrupt, Invalid, NewerFormat
from audobon.services.core.place import Place

__all__ = [
    "NAME",
    "PurgeBook",
    "dump_book",
    "load_book",
    "need_purged",
    "need_unpurged",
    "read_book",
    "write_book",
]

NAME = "purged.json"
FORMAT = 1


@frozen(slots=True)
class Marks:
    """Hashes of assets' ids under a key: the list of another library."""

    key: str
    ids: tuple[str, ...]

    def known(self, ids: Iterable[str]) -> list[str]:
        """Those of some assets that are on it."""
        key, purged = bytes.fromhex(self.key), set(self.ids)
        return [ident for ident in ids if _mark(key, ident) in purged]


def _mark(key: bytes, ident: str) -> str:
    return hmac.new(key, ident.encode(), hashlib.sha256).hexdigest()


@frozen(slots=True)
class PurgeBook:
    """``ids`` are hashes of assets' ids under ``key``; ``commits`` what versions became.

    ``others`` are the lists of other clones, each under its own key.
    """

    key: str
    ids: tuple[str, ...] = ()
    commits: Mapping[str, str] = field(factory=dict)
    others: tuple[Marks, ...] = ()

    def mark(self, ident: str) -> str:
        """What stands for an asset."""
        return _mark(bytes.fromhex(self.key), ident)

    def known(self, ids: Iterable[str]) -> list[str]:
        """Those of some assets that were purged."""
        lists = [one for one in self.lists() if one.ids]
        if not lists:
            return []
        looked = list(ids)
        found = {ident for one in lists for ident in one.known(looked)}
        return [ident for ident in looked if ident in found]

    def lists(self) -> tuple[Marks, ...]:
        """All lists that are known here."""
        return (Marks(self.key, self.ids), *self.others)

    def joined(self, other: PurgeBook) -> PurgeBook:
        """With what another place has on its lists, and what versions became there."""
        lists = {one.key: set(one.ids) for one in self.lists()}
        for one in other.lists():
            lists.setdefault(one.key, set()).update(one.ids)
        mine = tuple(sorted(lists.pop(self.key)))
        others = tuple(Marks(key, tuple(sorted(ids))) for key, ids in sorted(lists.items()) if ids)
        return evolve(self.moved(other.commits), ids=mine, others=others)

    def adding(self, ids: Iterable[str]) -> PurgeBook:
        """With these as well."""
        return evolve(self, ids=tuple(sorted({*self.ids, *map(self.mark, ids)})))

    def moved(self, commits: Mapping[str, str]) -> PurgeBook:
        """With versions that were written anew; those of earlier purges lead on to these."""
        found = {**self.commits, **commits}
        for old in list(found):
            new, met = found[old], {old}
            while new in found and new not in met:
                met.add(new)
                new = found[new]
            found[old] = new
        return evolve(self, commits={old: new for old, new in found.items() if old != new})


def _path(place: Place) -> Path:
    return place.state / NAME


def read_book(place: Place) -> PurgeBook:
    """The list of this library, a new and empty one where nothing was purged. Corrupt."""
    try:
        data = place.files.read(_path(place))
    except FileNotFoundError:
        return PurgeBook(os.urandom(32).hex())
    return load_book(data, str(_path(place)))


def write_book(place: Place, book: PurgeBook) -> None:
    """Durable on return."""
    place.files.write(_path(place), dump_book(book))


def dump_book(book: PurgeBook) -> bytes:
    """The bytes of a list; equal lists give equal bytes."""
    data = {**to_plain(book), "format": FORMAT}
    return (json.dumps(data, indent=0, sort_keys=True) + "\n").encode()


def load_book(data: bytes, where: str) -> PurgeBook:
    """Inverse of :func:`dump_book`. Corrupt, NewerFormat."""
    try:
        value = json.loads(data)
        newer = int(value["format"]) > FORMAT
        book = from_plain(value, PurgeBook)
        for one in book.lists():
            bytes.fromhex(one.key)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Corrupt(
            f"{where} is not readable: {error}",
            subject=where,
            hint="take it from another clone; without it what was purged could come back",
        ) from error
    if newer:
        raise NewerFormat(f"{where} has a newer format", subject=where, hint="update Audobon")
    return book


def need_purged(book: PurgeBook, remotes: Sequence[str]) -> None:
    """Invalid where nothing was ever purged here that these remotes could be rid of."""
    if not (book.commits or any(one.ids for one in book.lists())):
        named = " ".join(f"--remote {name}" for name in remotes)
        raise Invalid(
            "no asset is given, and nothing was purged here that a remote could still have",
            hint=f"name the assets: 'audobon purge ASSET {named}' tells what would go",
        )


def need_unpurged(book: PurgeBook, ids: Iterable[str], where: str, hint: str) -> None:
    """Conflict where one of some assets was purged."""
    found = book.known(ids)
    if found:
        count = f"{len(found)} assets that were" if len(found) > 1 else "an asset that was"
        raise Conflict(f"{where} still has {count} purged", subject=where, hint=hint)
