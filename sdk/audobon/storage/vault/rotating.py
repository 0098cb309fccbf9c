"""Writing again, under the newest key, what lies under older ones."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from audobon.errors import AudobonError, Conflict, Corrupt, NotFound
from audobon.storage.objects.base import ObjectStat
from audobon.storage.vault.sealed import SealedStore

__all__ = ["Rotated", "count_old", "rotate"]

_AGAIN = 5


@frozen
class Rotated:
    """``rewritten`` objects, and those that stay as they are, each with its reason.

    ``later`` files of a library itself follow when it is opened by nobody else.
    """

    rewritten: int
    size: int
    failed: tuple[tuple[str, AudobonError], ...]
    later: int = 0


def count_old(store: SealedStore, progress: Callable[[int, int], None] | None = None) -> int:
    """How many objects still lie under an older key; 100 bytes of each are read.

    ``progress`` gets the objects looked at and their number, and may raise to stop.
    """
    found = [(stat, key) for stat, key in store.sealed() if key is not None]
    count = 0
    for done, (stat, key) in enumerate(found):
        if progress is not None:
            progress(done, len(found))
        try:
            count += store.is_old(key, stat)
        except NotFound:  # somebody has removed it meanwhile
            continue
    return count


def rotate(store: SealedStore, progress: Callable[[int, int], None] | None = None) -> Rotated:
    """Write every object again that lies under an older key; goes on where it was stopped.

    Each is replaced whole by compare-and-swap on the generation that was read, so that a process
    that dies has replaced it or not, and what somebody else writes meanwhile is never overwritten.
    ``progress`` gets the objects looked at and their number, and may raise to stop. A damaged
    object stays as it is and is told.
    """
    found = [(stat, key) for stat, key in store.sealed() if key is not None]
    rewritten, size, failed = 0, 0, []
    for done, (stat, key) in enumerate(found):
        if progress is not None:
            progress(done, len(found))
        try:
            moved = _one(store, stat, key)
        except (Conflict, Corrupt) as error:
            failed.append((key, error))
            continue
        if moved:
            rewritten, size = rewritten + 1, size + stat.size
    if progress is not None:
        progress(len(found), len(found))
    return Rotated(rewritten, size, tuple(failed))


def _one(store: SealedStore, stat: ObjectStat | None, key: str) -> bool:
    for _ in range(_AGAIN):
        if stat is None:
            return False
        try:
            if not store.is_old(key, stat):
                return False
            store.reseal(key, stat.generation)
        except NotFound:
            return False
        except Conflict:
            # Somebody wrote it meanwhile: under the new key, or as a process that is behind.
            stat = store.sealed_stat(key)
            continue
        return True
    raise Conflict(f"{key} in {store.url} is written again and again by others", subject=key)
