"""The place of objects in memory keeps every promise."""

from __future__ import annotations

import pytest

from audobon.storage.objects import MemoryStore, ObjectStore
from audobon.testing.objects_contract import ObjectStoreContract


class TestMemory(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return MemoryStore("test")
