"""A sealed place keeps every promise of the one beneath."""

from __future__ import annotations

from pathlib import Path

import pytest
from vault_support import some_keys

from audobon.storage.objects import FolderStore, MemoryStore, ObjectStore
from audobon.storage.vault import SealedStore
from audobon.testing.objects_contract import ObjectStoreContract


class TestSealedFolder(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return SealedStore(FolderStore(tmp_path / "place", create=True), some_keys())


class TestSealed(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return SealedStore(MemoryStore("sealed"), some_keys())
