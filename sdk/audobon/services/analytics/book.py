"""``analytics.json`` of a library's state: the key of pseudonyms, and what was sent where.

It never leaves this machine: without the key nobody, whoever made the rows included, can tell
which file a pseudonym stands for. Where it is lost there are other pseudonyms from then on.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from audobon.codec.plain import from_plain
from audobon.model.analytics import Target
from audobon.services.core.booknote import read_note, write_note
from audobon.services.core.place import Place
from audobon.system.locks import FileLock

__all__ = ["Book", "Plan", "Sending", "book_lock", "pseudonym", "read_book", "write_book"]

_FORMAT = 1
_KEY_BYTES = 32


@frozen(slots=True)
class Plan:
    """A batch that is being sent: what it is ``of``, and where its table stands afterwards."""

    name: str
    of: Mapping[str, Any]
    mark: Mapping[str, Any]
    exported: str
    tried: bool = False


@frozen(slots=True)
class Sending:
    """What is known of one place. ``stream`` names the rows there among those of all libraries."""

    stream: str
    include: tuple[str, ...] = ()
    marks: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    plans: Mapping[str, Plan] = field(factory=dict)
    last: datetime | None = None
    problem: str = ""


@frozen(slots=True)
class Book:
    """All of it. ``target`` is None where nothing may leave this machine."""

    key: str = ""
    target: Target | None = None
    include: tuple[str, ...] = ()
    places: Mapping[str, Sending] = field(factory=dict)

    def at(self, place: str) -> Sending:
        """What is known of a place; one that was never sent to has a new stream."""
        return self.places.get(place) or Sending(secrets.token_hex(6))

    def noting(self, place: str, sending: Sending) -> Book:
        return evolve(self, places={**self.places, place: sending})

    def keyed(self) -> Book:
        """With a key, drawn where there was none."""
        return self if self.key else evolve(self, key=secrets.token_hex(_KEY_BYTES))


def pseudonym(key: str, *values: object) -> str:
    """32 hex digits that stand for these values under the key, and tell nothing without it."""
    text = "\0".join(map(str, values)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=bytes.fromhex(key), digest_size=16).hexdigest()


def book_lock(place: Place) -> FileLock:
    """Held by whoever changes the book, and all through an export."""
    return FileLock(place.locks / "analytics.lock", timeout_s=30.0)


def read_book(place: Place) -> Book:
    """What is noted; nothing where there is no file. Corrupt, NewerFormat."""

    def made(value: Mapping[str, Any]) -> Book:
        book = from_plain(value, Book)
        bytes.fromhex(book.key)
        return book

    hint = "move it away; the next export begins anew, under other pseudonyms"
    return read_note(place, _path(place), _FORMAT, made, hint=hint) or Book()


def write_book(place: Place, book: Book) -> None:
    """Durable on return."""
    write_note(place, _path(place), _FORMAT, book)


def _path(place: Place) -> Path:
    return place.state / "analytics.json"
