"""Something that nobody may see: a passphrase, a key."""

from __future__ import annotations

import hmac
import unicodedata
from typing import NoReturn

from audobon.errors import Invalid

__all__ = ["Secret", "passphrase_of", "secret_of"]


class Secret:
    """Bytes that no text shows: no repr, format, log or traceback with its variables.

    It cannot be pickled, so it never lands in a job's row. Where it is used it is revealed inside
    the call, never in a variable. Python cannot wipe memory: see ``docs/encryption.md``.
    """

    __slots__ = ("_bytes",)

    def __init__(self, value: bytes) -> None:
        self._bytes = bytes(value)

    def reveal(self) -> bytes:
        """The bytes themselves. Use them at once and keep them in no variable."""
        return self._bytes

    def text(self) -> str:
        """The same as text, for a secret that is shown to its owner once."""
        return self._bytes.decode("utf-8")

    def __repr__(self) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment] # a hash tells something of what was hashed

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")


def secret_of(value: str | Secret) -> Secret:
    """A text that was given as a secret; the same whichever keyboard composed its letters."""
    if isinstance(value, Secret):
        return value
    return Secret(unicodedata.normalize("NFC", value).encode("utf-8", "surrogatepass"))


def passphrase_of(value: str | Secret) -> Secret:
    """A passphrase as it is used. Raises Invalid for an empty one."""
    value = secret_of(value)
    if not value.reveal().strip():
        raise Invalid("an empty passphrase protects nothing", hint="give one of several words")
    return value
