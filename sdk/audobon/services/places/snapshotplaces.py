"""The small objects that name the snapshots of a place: written last, read first."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import field, frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt, Invalid, NewerFormat, NotFound
from audobon.model.snapshot import Snapshot
from audobon.storage.objects import ABSENT, ObjectStore, around, open_store
from audobon.storage.objects.marks import is_sealed

__all__ = [
    "PREFIX",
    "Listed",
    "Locked",
    "Where",
    "chosen",
    "dumped",
    "key_of",
    "listed",
    "opened",
    "read",
    "write",
]

PREFIX = "snapshots/"
FORMAT = 1
_LIMIT = 64 << 20  # names of a million versions; more is not read into memory
_KEY = re.compile(PREFIX + r"[0-9]{8}t[0-9]{6}z-([0-9a-f]{12})\.json")
_ID = re.compile(r"[0-9a-f]{32}")
_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@frozen
class Locked:
    """A place with the passphrase that it may be encrypted with."""

    where: str | os.PathLike[str] | ObjectStore
    passphrase: str | None = field(default=None, repr=False)
    passphrase_file: Path | None = None


Where = str | os.PathLike[str] | ObjectStore | Locked
"""A folder's path, an address as ``gs://bucket/prefix``, or a place that is open already."""


@frozen(slots=True)
class Listed:
    """The snapshots of a place, newest first, and what is wrong with objects that are none."""

    snapshots: tuple[Snapshot, ...]
    problems: tuple[str, ...] = ()


def _no_limit(url: str) -> None:
    """Nothing is known of the library yet."""


@contextlib.contextmanager
def opened(
    to: Where, *, create: bool = False, limit: Callable[[str], int | None] = _no_limit
) -> Iterator[ObjectStore]:
    """A place for the length of a block; one that was open already stays so.

    One that is opened is asked again after what passes, and moves at most as many bytes a second
    as ``limit`` says of its address.
    An encrypted one is opened with the passphrase that is given, else the one
    that the system's keyring keeps. Unavailable where there is none.
    """
    locked = to if isinstance(to, Locked) else Locked(to)
    where = locked.where
    with contextlib.ExitStack() as stack:
        if isinstance(where, str | os.PathLike):
            url = os.fspath(where)
            place = around(open_store(url, create=create), limit=limit(url))
            stack.callback(place.close)
        else:
            place = where
        if locked.passphrase is None and locked.passphrase_file is None and not is_sealed(place):
            yield place
            return
        from audobon.services.places.sealing import open_place

        yield open_place(place, locked.passphrase, passphrase_file=locked.passphrase_file).store


def key_of(snapshot: Snapshot) -> str:
    """By time, so that the newest one is listed last."""
    return f"{PREFIX}{snapshot.time:%Y%m%dt%H%M%Sz}-{snapshot.id}.json"


def dumped(snapshot: Snapshot) -> bytes:
    """The object that names a snapshot."""
    return json.dumps({"format": FORMAT, **to_plain(snapshot)}, indent=1).encode()


def write(place: ObjectStore, snapshot: Snapshot) -> int:
    """Name a snapshot of which everything else is in the place; the bytes written."""
    data = dumped(snapshot)
    place.put(key_of(snapshot), data, ABSENT)
    return len(data)


def read(place: ObjectStore, key: str) -> Snapshot:
    """One snapshot. Corrupt for an object that is none, NewerFormat, NotFound."""
    try:
        data = json.loads(place.get(key, 0, _LIMIT))
        version = int(data["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt(f"{key} in {place.url} is no snapshot: {error}", subject=key) from error
    if version > FORMAT:
        raise NewerFormat(f"{key} has format {version}, this version reads up to {FORMAT}")
    try:
        snapshot = from_plain(data, Snapshot)
    except ValueError as error:
        raise Corrupt(f"{key} in {place.url} is no snapshot: {error}", subject=key) from error
    named = (snapshot.version, snapshot.whole, snapshot.catalog.digest, snapshot.settings.digest)
    if (
        not all(_HEX.fullmatch(name) for name in (*named, *snapshot.refs.values()))
        or not all(name.startswith("refs/") for name in snapshot.refs)
        or not _ID.fullmatch(snapshot.library)
        or key != key_of(snapshot)
    ):
        raise Corrupt(f"{key} in {place.url} names what cannot be", subject=key)
    return snapshot


def listed(place: ObjectStore, library: str = "") -> Listed:
    """The snapshots of a place, of one library where its id is given."""
    found: list[Snapshot] = []
    problems = []
    for stat in place.list(PREFIX):
        if not _KEY.fullmatch(stat.key):
            continue
        try:
            found.append(read(place, stat.key))
        except NotFound:
            continue  # forgotten since it was listed
        except (Corrupt, NewerFormat) as error:
            problems.append(error.message)
    found.sort(key=lambda one: (one.time, one.id), reverse=True)
    mine = tuple(one for one in found if not library or one.library == library)
    return Listed(mine, tuple(problems))


def newest_first(place: ObjectStore, library: str) -> Iterator[Snapshot]:
    """The snapshots of one library, each read when it is asked for; what cannot be is left out."""
    keys = [stat.key for stat in place.list(PREFIX) if _KEY.fullmatch(stat.key)]
    for key in sorted(keys, reverse=True):
        with contextlib.suppress(NotFound, Corrupt, NewerFormat):
            found = read(place, key)
            if found.library == library:
                yield found


def chosen(place: ObjectStore, ident: str = "", library: str = "") -> Snapshot:
    """The snapshot whose id begins so, the newest one for an empty id.

    NotFound, Invalid where a place has snapshots of several libraries and none is named.
    """
    there = listed(place, library)
    if not there.snapshots and there.problems:
        raise Corrupt(f"no snapshot of {place.url} can be read; {there.problems[0]}")
    found = [one for one in there.snapshots if one.id.startswith(ident)]
    if not found:
        which = f"no snapshot that begins with {ident!r}" if ident else "no snapshot"
        raise NotFound(
            f"{place.url} has {which}",
            subject=ident or place.url,
            hint="'audobon snapshot --list' with the place lists them",
        )
    if not ident and len({one.library for one in found}) > 1:
        raise Invalid(
            f"{place.url} has snapshots of several libraries; say which one",
            subject=place.url,
            hint="name a snapshot by its id",
        )
    if ident and len(found) > 1:
        raise NotFound(
            f"several snapshots of {place.url} begin with {ident!r}",
            subject=ident,
            hint="give more digits",
        )
    return found[0]
