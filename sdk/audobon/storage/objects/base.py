"""What every place of objects promises, and what it may be asked.

The promises are those that a bucket of Cloud Storage gives and that a folder can be made to
give: an object is there whole or not at all, whoever reads after a ``put`` has returned sees it,
and a ``put`` that expects a generation succeeds for one of several at most (compare-and-swap).
Nothing more is promised: no rename, no append, no order of listing but by key.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable

from attrs import frozen

from audobon.errors import Invalid, Unavailable

__all__ = [
    "ABSENT",
    "ANY",
    "KEY_LIMIT",
    "NAME_LIMIT",
    "Expected",
    "ObjectStat",
    "ObjectStore",
    "Refused",
    "check_foreign",
    "check_key",
    "check_prefix",
]

KEY_LIMIT: Final = 512
"""Bytes of a key in UTF-8, so that it fits on every file system below some folder."""
NAME_LIMIT: Final = 200
"""Bytes of each name in it: file systems take 255, and a folder adds a generation."""

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


class _Known(enum.Enum):
    ANY = "any"
    ABSENT = "absent"


ANY: Final = _Known.ANY
"""Whatever is there is replaced."""
ABSENT: Final = _Known.ABSENT
"""There must be no such object yet."""

Expected: TypeAlias = str | Literal[_Known.ANY, _Known.ABSENT]
"""What has to be there for a change to happen: a generation, :data:`ABSENT` or :data:`ANY`."""


@frozen
class ObjectStat:
    """An object without its bytes.

    ``generation`` is opaque, changes whenever the bytes are written, and never comes back.
    ``size`` is in bytes.
    """

    key: str
    size: int
    generation: str


class Refused(Unavailable):
    """It answered, and will answer the same again: nobody is signed in, or has no right to it."""


@runtime_checkable
class ObjectStore(Protocol):
    """Bytes by key.

    A key is one or more names with ``/`` between them, of lower-case letters, digits, ``-``,
    ``_`` and ``.``, no name starting with a dot, at most 200 bytes a name and 512 in all: the same
    on file systems that fold case and in buckets. ``a`` and ``a/b`` may both be keys. Invalid
    otherwise, from every call.

    May be used from several threads at once. Errors: NotFound, Conflict (something else is there
    than was expected), ReadOnly, DiskFull, Unavailable (it cannot be reached now; trying again
    may help), Corrupt (the place itself found the bytes damaged). Never an error of the library
    or the operating system beneath.
    """

    @property
    def url(self) -> str:
        """Where it is, for people and messages: without any secret."""
        ...

    def stat(self, key: str) -> ObjectStat | None:
        """What is known of an object, None where there is none."""
        ...

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from ``start`` to ``end`` (exclusive; None is the end of the object).

        A range that reaches beyond the end is cut there. Raises NotFound.
        """
        ...

    def fetch(self, key: str, to: Path) -> ObjectStat:
        """Write an object into a file beside which nothing half is left; replaces the file.

        What an interrupted call has fetched may be used by the next. Raises NotFound.
        """
        ...

    def put(self, key: str, data: bytes | Path, expected: Expected = ANY) -> ObjectStat:
        """Write an object whole, durably; from memory or from a file.

        Raises Conflict where something else is there than ``expected``. A call that is tried
        again after its reply was lost does not take its own first write for somebody else's.
        """
        ...

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """The objects whose keys start with ``prefix``, by key.

        Objects that come or go meanwhile may be told or not. ``prefix`` may end anywhere.
        """
        ...

    def delete(self, key: str, expected: Expected = ANY) -> bool:
        """Remove an object; whether there was one. Raises Conflict as :meth:`put` does."""
        ...

    def close(self) -> None:
        """Let go of connections and threads; the objects stay. May be called twice."""
        ...


def check_key(key: str) -> str:
    """The key itself. Raises Invalid where it is none."""
    names = key.split("/")
    if not key or len(key) > KEY_LIMIT or not all(_is_name(name) for name in names):
        raise Invalid(
            f"{key[:80]!r} is no key of an object: names of a-z, 0-9, '-', '_' and '.', "
            "with '/' between them",
            subject=key,
        )
    return key


def check_foreign(key: str) -> str:
    """The key itself, of an object that others have named: of any characters that a file below
    a folder may be called by. Raises Invalid."""
    names = key.split("/")
    if len(key.encode()) > 2 * KEY_LIMIT or any(
        name in ("", ".", "..") or not name.isprintable() or set(name) & set('\\:*?"<>|')
        for name in names
    ):
        raise Invalid(f"{key[:80]!r} is no name that a file can have here", subject=key)
    return key


def check_prefix(prefix: str) -> str:
    """The prefix itself. Raises Invalid where no key can start so."""
    if prefix:
        # What is cut off in the middle of a name is completed to a key, so that both are one rule.
        check_key(prefix + "x" if prefix.endswith("/") else prefix.rstrip(".") or "x")
    return prefix


def _is_name(name: str) -> bool:
    return 0 < len(name) <= NAME_LIMIT and name[0] != "." and _ALLOWED.issuperset(name)
