"""Whether an older version is better taken further apart, or left as the next one has it.

A painting whose strokes lie under others has the same picture of the whole in
both versions. Taken apart in one and kept as it is in the other, that picture
would lie in the store twice. So it is left, and looked at again when the next
version is replaced in its turn; a note in the catalog says what waits for
whom. A note that is lost with a catalog costs space and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import NotFound
from audobon.services.stores import Stores

__all__ = ["leave", "mostly_shared", "waiting", "waits_too"]

_KEY = "waits for "
_MOST = 1000  # older ones of one file that wait at once


@frozen
class _Note:
    """``waits`` are older contents, ``size`` what taking the last of them apart would let go of."""

    waits: tuple[str, ...] = ()
    size: int = 0


def waits_too(stores: Stores, digest: str, successor: str) -> bool:
    """Whether ``digest`` can be left without a look at its parts, as those before it were.

    That is so when what ``successor`` has changed is too little to hold the
    part for which they wait.
    """
    size = _noted(stores, digest).size
    if not size:
        return False
    try:
        whole, shared = stores.chunks.let_go(digest, None, successor)
    except NotFound:
        return False
    return 2 * (whole - shared) < size


def mostly_shared(stores: Stores, digest: str, stream: Path, successor: str) -> int:
    """The bytes that ``stream`` would let go of, if ``successor`` needs most of them as they are.

    0 when it does not.
    """
    try:
        gone, shared = stores.chunks.let_go(digest, stream, successor)
    except NotFound:
        return 0
    return gone if 2 * shared > gone else 0


def leave(stores: Stores, digest: str, successor: str, size: int = 0) -> None:
    """Note that ``digest``, and what waits for it, is to be looked at after ``successor``.

    ``size`` as :func:`mostly_shared` found it, or as it was before.
    """
    ours, theirs = _noted(stores, digest), _noted(stores, successor)
    waits = dict.fromkeys((*theirs.waits, *ours.waits, digest))
    note = _Note(tuple(waits)[-_MOST:], size or ours.size)
    stores.catalog.set_meta(_KEY + successor, json.dumps(to_plain(note)))
    stores.catalog.drop_meta(_KEY + digest)


def waiting(stores: Stores, digest: str) -> tuple[str, ...]:
    """What was left because of ``digest``; the note is taken away."""
    found = _noted(stores, digest)
    if found.waits:
        stores.catalog.drop_meta(_KEY + digest)
    return found.waits


def _noted(stores: Stores, digest: str) -> _Note:
    found = stores.catalog.meta(_KEY + digest)
    return _Note() if found is None else from_plain(json.loads(found), _Note)
