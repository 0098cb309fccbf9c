"""Where a vault's header lies: twice, in clear, in the place that it is about.

The first is moved by compare-and-swap and is the truth; the second follows it, and is what is left
when the first is lost or damaged. Neither is ever replaced by an older one by itself.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from audobon.errors import AudobonError, Conflict, Corrupt, NotFound, ReadOnly, Unavailable
from audobon.storage.objects.base import ABSENT, Expected, ObjectStore
from audobon.storage.objects.marks import VAULT, VAULT_COPY, is_sealed
from audobon.storage.vault.header import LIMIT, Header, read_header, write_header

__all__ = [
    "COPY",
    "MAIN",
    "Found",
    "is_sealed",
    "look",
    "mend",
    "read_both",
    "write_copy",
    "write_main",
]

MAIN: Final = VAULT
COPY: Final = VAULT_COPY
_AGAIN = 10


@frozen
class Found:
    """One of the two: what it says, or why it says nothing; and what a write may replace."""

    key: str
    header: Header | None
    error: AudobonError | None
    expected: Expected


def look(store: ObjectStore, key: str) -> Found:
    """One of the two headers, whatever its state; only that the store is there is asked for."""
    stat = store.stat(key)
    if stat is None:
        return Found(key, None, None, ABSENT)
    where = f"{key} in {store.url}"
    try:
        # Asked for before the bytes: a write in between makes the next compare-and-swap fail.
        data = store.get(key, 0, LIMIT + 1)
        return Found(key, read_header(data, where), None, stat.generation)
    except NotFound:
        return Found(key, None, None, ABSENT)
    except Corrupt as error:
        return Found(key, None, error, stat.generation)


def read_both(store: ObjectStore) -> tuple[Found, Found]:
    """The two headers, the newer one first, and the first of two that are equally new.

    Raises NotFound where no vault is, Corrupt where neither can be read.
    """
    main, copy = look(store, MAIN), look(store, COPY)
    if main.header is None and copy.header is None:
        error = main.error or copy.error
        if error is None:
            raise NotFound(f"there is no vault in {store.url}", subject=store.url)
        error.hint = "put vault.json back from a backup of this place"
        raise error
    serials = [each.header.serial if each.header else -1 for each in (main, copy)]
    return (main, copy) if serials[0] >= serials[1] else (copy, main)


def write_main(store: ObjectStore, header: Header, expected: Expected) -> Expected:
    """Move the header on, and then the copy. Raises Conflict where somebody else was first."""
    stat = store.put(MAIN, write_header(header), expected)
    write_copy(store, header)
    return stat.generation


def write_copy(store: ObjectStore, header: Header, *, force: bool = False) -> None:
    """Have the copy say what ``header`` says, unless it is newer; ``force`` replaces that too."""
    for _ in range(_AGAIN):
        found = look(store, COPY)
        there = found.header
        # One that is as new stays, and so does another vault's: only who opened it may say more.
        if there is not None and not force and not _older(there, header):
            return
        if there == header:
            return
        try:
            store.put(COPY, write_header(header), found.expected)
        except Conflict:
            continue
        return
    raise Conflict(f"{COPY} in {store.url} is written again and again by others", subject=COPY)


def _older(one: Header, other: Header) -> bool:
    return one.vault == other.vault and one.serial < other.serial


def mend(store: ObjectStore, header: Header, *, force: bool = False) -> None:
    """Put back whichever of the two is lost, damaged or older; a place that is read-only stays."""
    try:
        main = look(store, MAIN)
        older = main.header is None or _older(main.header, header)
        if older or (force and main.header != header):
            store.put(MAIN, write_header(header), main.expected)
        write_copy(store, header, force=force)
    except (Conflict, ReadOnly, Unavailable):
        return  # somebody else writes it, or nobody may: what was opened stays open
