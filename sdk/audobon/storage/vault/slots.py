"""The vault's key under a passphrase, under the recovery key, and the master keys under it."""

from __future__ import annotations

import hmac
import os

from attrs import evolve

from audobon.errors import Corrupt, LimitExceeded
from audobon.storage.vault import door
from audobon.storage.vault.costs import Costs, check_costs
from audobon.storage.vault.header import (
    CHECK,
    ID,
    KEYS,
    SALT,
    SLOTS,
    Header,
    Slot,
    Wrapped,
    signed_part,
)
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.secret import Secret

__all__ = ["RECOVERY", "fresh_header", "open_keys", "open_slot", "passphrase_slot"]
__all__ += ["recovery_slot", "renewed", "sign", "with_slot"]

RECOVERY = "recovery"
"""The name of the recovery key's slot."""


def _two(secret: Secret, vault: bytes) -> tuple[Secret, Secret]:
    """What wraps, and what commits to it."""
    both = door.derive(secret, b"audobon vault slot 1\0" + vault, length=32 + CHECK)
    return Secret(both.reveal()[:32]), Secret(both.reveal()[32:])


_Of = tuple[bytes, Secret]


def _slot(name: str, secret: Secret, salt: bytes, costs: Costs | None, of: _Of) -> Slot:
    vault, key = of
    wrap, check = _two(secret, vault)
    wrapped = door.seal(wrap, os.urandom(door.NONCE), key, b"audobon vault slot 1\0" + vault)
    return Slot(name, costs, salt, check.reveal(), wrapped)


def passphrase_slot(name: str, passphrase: Secret, costs: Costs, vault: bytes, key: Secret) -> Slot:
    """``key`` wrapped by a passphrase."""
    salt = os.urandom(SALT)
    return _slot(name, door.argon2id(passphrase, salt, costs), salt, costs, (vault, key))


def recovery_slot(recovery: Secret, vault: bytes, key: Secret) -> Slot:
    """``key`` wrapped by the recovery key, which is long enough to need no Argon2id."""
    salt = os.urandom(SALT)
    return _slot(
        RECOVERY, door.derive(recovery, b"audobon recovery 1", salt=salt), salt, None, (vault, key)
    )


def open_slot(
    header: Header, where: str, floor: Costs, *, passphrase: Secret | None, recovery: Secret | None
) -> Secret | None:
    """The vault's key, None where neither opens any slot.

    Raises Invalid or LimitExceeded for costs that no vault of ours has, before they are spent,
    and Corrupt where a slot fits and its content does not.
    """
    for slot in header.slots:
        if slot.costs is not None and passphrase is not None:
            check_costs(slot.costs, floor, read=True)
            secret = door.argon2id(passphrase, slot.salt, slot.costs)
        elif slot.costs is None and recovery is not None:
            secret = door.derive(recovery, b"audobon recovery 1", salt=slot.salt)
        else:
            continue
        wrap, check = _two(secret, header.vault)
        if not hmac.compare_digest(check.reveal(), slot.check):
            continue
        key = door.unseal(wrap, slot.wrapped, b"audobon vault slot 1\0" + header.vault)
        if key is None or not hmac.compare_digest(_mac(key, header), header.mac):
            raise Corrupt(f"the vault's header in {where} was changed", subject=where)
        return key
    return None


def _mac(key: Secret, header: Header) -> bytes:
    told = door.derive(key, b"audobon vault header 1")
    return hmac.digest(told.reveal(), signed_part(header), "sha256")


def sign(header: Header, key: Secret) -> Header:
    """The header with the proof that whoever wrote it had the vault open."""
    return evolve(header, mac=_mac(key, header))


def is_signed(header: Header, key: Secret) -> bool:
    """Whether it was written by somebody who had this key."""
    return hmac.compare_digest(_mac(key, header), header.mac)


def _wrapping(key: Secret) -> Secret:
    return door.derive(key, b"audobon vault keys 1")


def _wrap(key: Secret, vault: bytes, what: bytes, secret: Secret) -> bytes:
    bound = b"audobon vault key 1\0" + vault + what
    return door.seal(_wrapping(key), os.urandom(door.NONCE), secret, bound)


def _unwrap(key: Secret, vault: bytes, what: bytes, wrapped: bytes, where: str) -> Secret:
    found = door.unseal(_wrapping(key), wrapped, b"audobon vault key 1\0" + vault + what)
    if found is None:
        raise Corrupt(f"a key in the vault's header in {where} is damaged", subject=where)
    return found


def fresh_header(vault: bytes, key: Secret) -> Header:
    """A header without a slot: with its first master key, and the key of names."""
    names = _wrap(key, vault, b"names", Secret(os.urandom(64)))
    return Header(vault, 1, (), names, (_fresh(key, vault),))


def _fresh(key: Secret, vault: bytes) -> Wrapped:
    key_id = os.urandom(ID)
    return Wrapped(key_id, _wrap(key, vault, key_id, Secret(os.urandom(32))))


def open_keys(header: Header, key: Secret, where: str) -> Keys:
    """Everything that the vault's key opens. Raises Corrupt."""
    masters = {
        each.id: _unwrap(key, header.vault, each.id, each.wrapped, where) for each in header.keys
    }
    names = _unwrap(key, header.vault, b"names", header.names, where)
    return Keys(header.vault, names, masters, header.keys[-1].id)


def renewed(header: Header, key: Secret, fresh: Secret, where: str) -> Header:
    """The header under another vault's key, with a master key more and without any slot.

    Raises LimitExceeded where it would have more keys than a header is read with.
    """
    if len(header.keys) >= KEYS:
        raise LimitExceeded(
            f"the keys of the vault in {where} were renewed {KEYS - 1} times, and cannot be again",
            subject=where,
            hint="make another encrypted place and push there",
        )
    keys = open_keys(header, key, where)
    kept = tuple(Wrapped(i, _wrap(fresh, header.vault, i, one)) for i, one in keys.masters.items())
    names = _wrap(fresh, header.vault, b"names", keys.names)
    return evolve(header, slots=(), names=names, keys=(*kept, _fresh(fresh, header.vault)))


def with_slot(header: Header, slot: Slot) -> Header:
    """The header with one slot more, or another one of that name.

    Raises LimitExceeded where it would have more slots than a header is read with.
    """
    others = tuple(each for each in header.slots if each.name != slot.name)
    if len(others) >= SLOTS:
        raise LimitExceeded(
            f"there are {SLOTS - 1} passphrases, and a vault has no room for more",
            subject=slot.name,
            hint="remove one, or change one, first",
        )
    return evolve(header, slots=(*others, slot))
