"""A place of objects as whoever moves much through it uses it: patient, and no faster than told."""

from __future__ import annotations

from audobon.storage.objects.base import ObjectStore
from audobon.storage.objects.retried import RetryStore
from audobon.storage.objects.throttled import Bandwidth, ThrottleStore

__all__ = ["around"]

PATIENCE_S = 90.0
"""How long one call is asked again. A bucket's client asks as long by itself before it says so."""
DISK_ATTEMPTS = 4
"""Of a folder: a share that stumbles is back in a second or two, a disk that was pulled is not."""


def around(store: ObjectStore, *, limit: int | None = None) -> ObjectStore:
    """``store`` asked again after what passes by itself, and at most ``limit`` bytes a second.

    The cap is one for each direction, whatever number of threads moves bytes; what is sent
    again counts as well.
    """
    if limit is not None:
        store = ThrottleStore(store, up=Bandwidth(limit), down=Bandwidth(limit))
    if store.url.startswith("gs:"):
        return RetryStore(store, patience_s=PATIENCE_S)
    return RetryStore(store, attempts=DISK_ATTEMPTS, first_s=0.2)
