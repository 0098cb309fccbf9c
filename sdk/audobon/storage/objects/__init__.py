"""Bytes by key, wherever they lie: in memory, in a folder or on a NAS, in a bucket."""

from audobon.storage.objects.base import ABSENT, ANY, Expected, ObjectStat, ObjectStore
from audobon.storage.objects.folder import FolderStore
from audobon.storage.objects.memory import MemoryStore
from audobon.storage.objects.opening import open_store

__all__ = [
    "ABSENT",
    "ANY",
    "Expected",
    "FolderStore",
    "MemoryStore",
    "ObjectStat",
    "ObjectStore",
    "open_store",
]
