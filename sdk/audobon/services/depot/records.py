"""The small JSON objects of a depot: sorted keys, so that equal records are equal bytes."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, TypeVar

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt, NewerFormat

__all__ = ["FORMAT", "Header", "RefRecord", "dump", "load", "load_as"]

FORMAT = 1
"""Version of everything in a depot but packs, which have their own; a reader refuses a higher."""

_T = TypeVar("_T")
_VERSION = re.compile(r"[0-9a-f]{40}")


@frozen(slots=True)
class Header:
    """What a depot is: of which library, and the branch that a clone begins with.

    ``root`` is the name of the root that is the library's own folder.
    """

    library: str
    name: str
    head: str
    root: str
    created: datetime


@frozen(slots=True)
class RefRecord:
    """Where a branch or tag stands.

    ``serial`` grows by one with each move, so that going back is seen. ``ends``
    are versions whose parents were pruned before they were sent.
    """

    ref: str
    id: str
    serial: int
    author: str
    time: datetime
    ends: tuple[str, ...] = ()

    def check(self, ref: str, where: str) -> RefRecord:
        """Itself. Corrupt when it is not what stands under the key of ``ref``."""
        ids = (self.id, *self.ends)
        if self.ref != ref or self.serial < 1 or not all(map(_VERSION.fullmatch, ids)):
            raise Corrupt(f"the ref {ref} in {where} makes no sense", subject=where)
        return self


def dump(value: object) -> bytes:
    """The bytes of a record."""
    data = {**to_plain(value), "format": FORMAT} if not isinstance(value, dict) else value
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def load(data: bytes, where: str) -> dict[str, Any]:
    """A JSON object with a format that this version reads. Corrupt, NewerFormat, with the place."""
    try:
        value = json.loads(data)
        form = int(value["format"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Corrupt(f"{where} is not readable: {error}", subject=where) from error
    if form > FORMAT:
        raise NewerFormat(
            f"{where} has format {form}; this version reads up to {FORMAT}",
            subject=where,
            hint="update Audobon",
        )
    return dict(value)


def load_as(data: bytes, form: type[_T], where: str) -> _T:
    """The record of a JSON object; what it has beside is ignored."""
    value = load(data, where)
    try:
        return from_plain(value, form)
    except ValueError as error:
        raise Corrupt(f"{where} is not readable: {error}", subject=where) from error
