"""What tests of the vault share: cheap passphrases, keys, and a look through a whole store."""

from __future__ import annotations

import os

from audobon.storage.objects import MemoryStore, ObjectStore
from audobon.storage.vault import Costs, Keys, SealedStore, Secret, Vault

CHEAP = Costs(memory_kib=8, passes=1, lanes=1)
"""What Argon2id takes at least; only where a floor says so."""

PASSPHRASE = "correct horse battery staple"


def some_keys() -> Keys:
    key = os.urandom(16)
    return Keys(os.urandom(16), Secret(os.urandom(64)), {key: Secret(os.urandom(32))}, key)


def sealed_pair() -> tuple[MemoryStore, SealedStore]:
    inner = MemoryStore("inner")
    return inner, SealedStore(inner, some_keys())


def cheap_vault(store: ObjectStore, passphrase: str = PASSPHRASE) -> tuple[Vault, str]:
    vault, recovery = Vault.create(store, passphrase, costs=CHEAP, floor=CHEAP)
    return vault, recovery.text()


def all_bytes(store: ObjectStore) -> dict[str, bytes]:
    return {each.key: store.get(each.key) for each in store.list()}
