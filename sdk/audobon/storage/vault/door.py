"""The only module that imports ``cryptography``, and only when something is sealed or opened.

Keys come in as :class:`Secret` and are revealed inside the foreign call, so that no traceback
has them in a variable. What does not fit its key is None here; callers say what that means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from audobon.errors import LimitExceeded, Unavailable
from audobon.storage.vault.loading import load as require
from audobon.storage.vault.secret import Secret

if TYPE_CHECKING:
    from audobon.storage.vault.costs import Costs

__all__ = [
    "NONCE",
    "TAG",
    "Frames",
    "argon2id",
    "derive",
    "require",
    "seal",
    "siv_open",
    "siv_seal",
    "unseal",
]

NONCE = 12  # bytes; what GCM takes without hashing it
TAG = 16


class _Gcm(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


def argon2id(passphrase: Secret, salt: bytes, costs: Costs) -> Secret:
    """32 bytes out of a passphrase (RFC 9106). Costs are checked by whoever read them."""
    require()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        made = Argon2id(
            salt=salt,
            length=32,
            iterations=costs.passes,
            lanes=costs.lanes,
            memory_cost=costs.memory_kib,
        )
        return Secret(made.derive(passphrase.reveal()))
    except MemoryError as error:
        raise LimitExceeded(
            f"opening the vault takes {costs.memory_kib >> 10} MiB of memory, which are not there",
            hint="close other programs and try again",
        ) from error
    except UnsupportedAlgorithm as error:
        raise Unavailable(
            "the OpenSSL that cryptography was built with has no Argon2id",
            hint="install cryptography from its own wheels",
        ) from error


def derive(key: Secret, info: bytes, *, salt: bytes = b"", length: int = 32) -> Secret:
    """A key for one purpose out of a key (HKDF with SHA-256, RFC 5869)."""
    require()
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    kdf = HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info)
    return Secret(kdf.derive(key.reveal()))


class Frames:
    """AES-256-GCM under one key (NIST SP 800-38D)."""

    def __init__(self, key: Secret) -> None:
        require()
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._gcm: _Gcm = AESGCM(key.reveal())
        self._bad = InvalidTag

    def seal(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """``data`` encrypted, and its tag, which also covers ``bound``."""
        return nonce + self._gcm.encrypt(nonce, data, bound)

    def unseal(self, sealed: bytes, bound: bytes) -> bytes | None:
        """What :meth:`seal` was given, None where a bit of it, of ``bound`` or the key differs."""
        if len(sealed) < NONCE + TAG:
            return None
        try:
            return self._gcm.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
        except self._bad:
            return None


def seal(key: Secret, nonce: bytes, data: Secret, bound: bytes) -> bytes:
    """A key wrapped by another one."""
    return Frames(key).seal(nonce, data.reveal(), bound)


def unseal(key: Secret, sealed: bytes, bound: bytes) -> Secret | None:
    """The key that :func:`seal` wrapped, None where something does not fit."""
    found = Frames(key).unseal(sealed, bound)
    return None if found is None else Secret(found)


def siv_seal(key: Secret, data: bytes, bound: bytes) -> bytes:
    """The same for the same input, always: AES-256-SIV (RFC 5297); ``key`` has 64 bytes."""
    require()
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(key.reveal()).encrypt(data, [bound])


def siv_open(key: Secret, sealed: bytes, bound: bytes) -> bytes | None:
    """What :func:`siv_seal` was given, None where something does not fit."""
    require()
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    if len(sealed) <= TAG:
        return None
    try:
        return AESSIV(key.reveal()).decrypt(sealed, [bound])
    except InvalidTag:
        return None
