"""The remotes of a library, and what was last seen at each: ``remotes.json`` of its state.

What was seen is what tells a remote that goes back from one that goes on, so it is no cache:
where it is lost, everything is seen for the first time again. Never a secret in it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from audobon.codec.plain import from_plain
from audobon.errors import Conflict, Invalid, NotFound
from audobon.services.core.booknote import read_note, write_note
from audobon.services.core.place import Place
from audobon.system.locks import FileLock

if TYPE_CHECKING:
    from audobon.model.remote import Remote

__all__ = [
    "Book",
    "Entry",
    "Seen",
    "add_remote",
    "change_entry",
    "check_entry",
    "check_limit",
    "get_remote",
    "limit_at",
    "list_remotes",
    "need_entry",
    "read_book",
    "remove_remote",
    "write_book",
]

FORMAT = 1
LEAST = 1024
"""Bytes a second: below, one pack of 32 MB takes more than a night."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_USER = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^/]*@")


@frozen(slots=True)
class Seen:
    """Where a ref of a remote stood."""

    id: str
    serial: int


@frozen(slots=True)
class Entry:
    """A remote. ``seen`` by full ref; ``git`` are the packs that are taken in or were sent."""

    name: str
    url: str
    added: datetime
    mark: Mapping[str, Any] | None = None
    """What is known of its vault, None where it lies in clear."""
    seen: Mapping[str, Seen] = field(factory=dict)
    git: tuple[str, ...] = ()
    impersonate_service_account: str = ""
    """The service account that a bucket is used as; empty for whoever is signed in."""
    limit: int | None = None
    """Bytes a second at most, each way."""

    @property
    def public(self) -> Remote:
        from audobon.model.remote import Remote

        return Remote(
            *(self.name, self.url, self.added, self.mark is not None),
            impersonate_service_account=self.impersonate_service_account,
            limit=self.limit,
        )


@frozen(slots=True)
class Book:
    """All remotes. ``writer`` names this copy of the library among those that push.

    ``lazy`` says that files stay where they are until somebody asks for them.
    """

    writer: str
    lazy: bool = False
    remotes: tuple[Entry, ...] = ()


def read_book(place: Place) -> Book:
    """The remotes as they are noted; none where nothing is. Corrupt, NewerFormat."""
    hint = "move it away, and add the remotes again"
    found = read_note(place, _path(place), FORMAT, lambda value: from_plain(value, Book), hint=hint)
    return found or Book("")


def write_book(place: Place, book: Book) -> None:
    """Durable on return."""
    write_note(place, _path(place), FORMAT, book)


def list_remotes(place: Place) -> tuple[Remote, ...]:
    """See ``Library.remotes``."""
    return tuple(entry.public for entry in read_book(place).remotes)


def get_remote(place: Place, name: str) -> Remote:
    """See ``Library.remotes``."""
    return need_entry(place, name).public


def need_entry(place: Place, name: str) -> Entry:
    """The remote of a name. NotFound, with those that there are."""
    known = read_book(place).remotes
    for entry in known:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in known)
    raise NotFound(
        f"there is no remote {name!r}",
        subject=name,
        hint=f"there is {names}" if names else "'audobon remote --add NAME URL' makes one",
    )


def limit_at(place: Place, url: str) -> int | None:
    """The cap of the remotes at an address, the lowest; None where none has one."""
    caps = [one.limit for one in read_book(place).remotes if one.url == url and one.limit]
    return min(caps, default=None)


def check_limit(bytes_per_s: int | None, subject: str) -> None:
    """Invalid for a cap under which nothing would ever arrive."""
    if bytes_per_s is not None and bytes_per_s < LEAST:
        raise Invalid(
            f"a cap of {bytes_per_s} bytes a second would never send anything",
            subject=subject,
            hint=f"{LEAST} bytes a second is the least; None is no cap",
        )


def add_remote(place: Place, entry: Entry, *, lazy: bool | None = None) -> Remote:
    """Note a remote. Conflict where the name is taken, Invalid for what can be none."""
    check_entry(place, entry)

    def add(book: Book) -> Book:
        if any(known.name == entry.name for known in book.remotes):
            raise _taken(entry.name)
        kept = book.lazy if lazy is None else lazy
        return evolve(book, lazy=kept, remotes=(*book.remotes, entry))

    _change(place, add)
    return entry.public


def check_entry(place: Place, entry: Entry) -> None:
    """Raise what :func:`add_remote` would, before anything is asked of the place."""
    if not _NAME.fullmatch(entry.name):
        raise Invalid(
            f"{entry.name!r} is no name of a remote; letters, digits, '-', '_' and '.' are allowed",
            subject=entry.name,
        )
    if _USER.match(entry.url):
        raise Invalid(
            "the address of a remote holds no user and no password",
            subject=entry.url.rpartition("@")[2],
            hint="leave them out; credentials come from where the system keeps them",
        )
    if any(known.name == entry.name for known in read_book(place).remotes):
        raise _taken(entry.name)


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a remote {name!r} already", subject=name)


def remove_remote(place: Place, name: str) -> Remote:
    """Forget a remote; what lies there stays."""
    found = need_entry(place, name)
    _change(
        place,
        lambda book: evolve(
            book, remotes=tuple(entry for entry in book.remotes if entry.name != name)
        ),
    )
    return found.public


def change_entry(place: Place, name: str, change: Callable[[Entry], Entry]) -> Entry:
    """Note something of a remote; NotFound where it was removed meanwhile."""
    need_entry(place, name)
    _change(
        place,
        lambda book: evolve(
            book,
            remotes=tuple(change(entry) if entry.name == name else entry for entry in book.remotes),
        ),
    )
    return need_entry(place, name)


def _change(place: Place, change: Callable[[Book], Book]) -> None:
    with FileLock(place.locks / "remotes.lock", timeout_s=30.0):
        book = read_book(place)
        write_book(place, change(book if book.writer else evolve(book, writer=uuid.uuid4().hex)))


def _path(place: Place) -> Path:
    return place.state / "remotes.json"
