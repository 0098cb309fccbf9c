"""Bytes by key, wherever they lie: in memory, in a folder or on a NAS, in a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.storage.objects.around import around
from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.objects.base import ABSENT, ANY, Expected, ObjectStat, ObjectStore
    from audobon.storage.objects.cached import CacheStore
    from audobon.storage.objects.counted import CountStore
    from audobon.storage.objects.estimating import Estimate, Work, estimate, load_prices, together
    from audobon.storage.objects.folder import FolderStore
    from audobon.storage.objects.memory import MemoryStore
    from audobon.storage.objects.opening import open_store
    from audobon.storage.objects.retried import RetryStore
    from audobon.storage.objects.throttled import Bandwidth, ThrottleStore
    from audobon.storage.objects.transfers import Get, Moved, Put, fetch_all, put_all

__all__ = [
    "ABSENT",
    "ANY",
    "Bandwidth",
    "CacheStore",
    "CountStore",
    "Estimate",
    "Expected",
    "FolderStore",
    "Get",
    "MemoryStore",
    "Moved",
    "ObjectStat",
    "ObjectStore",
    "Put",
    "RetryStore",
    "ThrottleStore",
    "Work",
    "around",
    "estimate",
    "fetch_all",
    "load_prices",
    "open_store",
    "put_all",
    "together",
]

_HOMES = {
    "base": "ABSENT ANY Expected ObjectStat ObjectStore",
    "cached": "CacheStore",
    "counted": "CountStore",
    "estimating": "Estimate Work estimate load_prices together",
    "folder": "FolderStore",
    "memory": "MemoryStore",
    "opening": "open_store",
    "retried": "RetryStore",
    "throttled": "Bandwidth ThrottleStore",
    "transfers": "Get Moved Put fetch_all put_all",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
