"""Whether a place is an encrypted one: asked before anything of encryption is loaded."""

from __future__ import annotations

from typing import Final

from audobon.storage.objects.base import ObjectStore

__all__ = ["VAULT", "VAULT_COPY", "is_sealed"]

VAULT: Final = "vault.json"
VAULT_COPY: Final = "vault-copy.json"


def is_sealed(store: ObjectStore) -> bool:
    """Whether a vault lies there, open or not, whole or damaged."""
    return store.stat(VAULT) is not None or store.stat(VAULT_COPY) is not None
