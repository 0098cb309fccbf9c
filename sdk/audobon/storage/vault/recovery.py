"""The recovery key: what opens a vault when no passphrase is remembered.

160 random bits, so it needs no Argon2id, and 40 bits that tell a misread letter from a wrong key,
as eight groups of five letters and digits to print or write down.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re

from audobon.errors import Invalid
from audobon.storage.vault.secret import Secret, secret_of

__all__ = ["new_recovery", "read_recovery", "write_recovery"]

_SECRET, _CHECK, _GROUP = 20, 5, 5
# RFC 4648's letters have no 0, 1 or 8, so what looks like them is meant.
_MISREAD = str.maketrans("018", "OIB")


def new_recovery() -> Secret:
    """A fresh key."""
    return Secret(os.urandom(_SECRET))


def _check(key: Secret) -> bytes:
    return hashlib.sha256(b"audobon recovery key 1" + key.reveal()).digest()[:_CHECK]


def write_recovery(key: Secret) -> Secret:
    """The key for paper: ``ABCDE-FGHIJ-...``, 47 characters."""
    text = Secret(base64.b32encode(key.reveal() + _check(key)))
    groups = range(0, len(text.reveal()), _GROUP)
    return Secret(b"-".join(text.reveal()[at : at + _GROUP] for at in groups))


def read_recovery(text: str | Secret) -> Secret:
    """The key as somebody typed it: small letters, blanks and dashes anywhere are fine.

    Raises Invalid, without repeating what was typed.
    """
    text = secret_of(text)
    key = _decoded(text)
    if key is None:
        raise Invalid(
            "this is no recovery key: one has 40 letters and digits, and a letter seems misread",
            hint="compare it group by group with what was printed",
        )
    return key


def _decoded(text: Secret) -> Secret | None:
    try:
        whole = Secret(
            base64.b32decode(
                re.sub(r"[\s-]", "", text.reveal().decode("ascii")).upper().translate(_MISREAD)
            )
        )
    except ValueError:
        return None
    if len(whole.reveal()) != _SECRET + _CHECK:
        return None
    key = Secret(whole.reveal()[:_SECRET])
    return key if hmac.compare_digest(_check(key), whole.reveal()[_SECRET:]) else None
