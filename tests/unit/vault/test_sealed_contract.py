"""A sealed place keeps every promise of the one beneath."""

from __future__ import annotations

import os

import pytest

from audobon.storage.objects import MemoryStore, ObjectStore
from audobon.storage.vault import Keys, SealedStore, Secret
from audobon.testing.objects_contract import ObjectStoreContract


class TestSealed(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        key = os.urandom(16)
        masters = {key: Secret(os.urandom(32))}
        keys = Keys(os.urandom(16), Secret(os.urandom(64)), masters, key)
        return SealedStore(MemoryStore("sealed"), keys)
