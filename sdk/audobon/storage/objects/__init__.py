"""Bytes by key, wherever they lie: in memory, in a folder or on a NAS, in a bucket."""

from audobon.storage.objects.base import ABSENT, ANY, Expected, ObjectStat, ObjectStore
from audobon.storage.objects.memory import MemoryStore

__all__ = ["ABSENT", "ANY", "Expected", "MemoryStore", "ObjectStat", "ObjectStore"]
