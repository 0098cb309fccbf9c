"""Names of objects as the store sees them: the same for the same name, and telling nothing else.

Each name between two slashes is encrypted on its own (AES-256-SIV) and bound to the names before
it, so that a folder's objects can still be listed, and equal names in two folders look different.
"""

from __future__ import annotations

import base64
import functools
from typing import Final

from audobon.errors import Invalid
from audobon.storage.objects.base import KEY_LIMIT
from audobon.storage.vault import door
from audobon.storage.vault.secret import Secret

__all__ = ["NAME_LIMIT", "Names"]

NAME_LIMIT: Final = 95
"""Characters of one name: sealed it has 180, with one more it would have 205; places take 200."""
_STEP = 16  # names are filled up to a multiple of it, so that their lengths tell little
_FOLDERS = 4096  # sealed folders that are remembered; a folder of packs is asked for 256 times


class Names:
    """Seals and opens names under one key of 64 bytes."""

    def __init__(self, key: Secret) -> None:
        self._key = key
        self._folder = functools.lru_cache(_FOLDERS)(self._sealed)

    def seal(self, key: str) -> str:
        """The sealed key. Raises Invalid for one that gets too long."""
        folder, _, _ = key.rpartition("/")
        sealed = self._sealed(key) if not folder else f"{self._folder(folder)}/{self._one(key)}"
        if len(sealed) > KEY_LIMIT or any(len(name) > NAME_LIMIT for name in key.split("/")):
            raise Invalid(
                f"{key[:80]!r} is too long for an encrypted place: names of up to {NAME_LIMIT} "
                f"characters, and {KEY_LIMIT} in all once they are sealed ({len(sealed)} here)",
                subject=key,
            )
        return sealed

    def seal_folder(self, folder: str) -> str:
        """The sealed form of the names before the last slash of a prefix, empty for none."""
        return self._folder(folder) if folder else ""

    def open(self, sealed: str) -> str | None:
        """The key, None where it is not one of ours."""
        before = ""
        for name in sealed.split("/"):
            found = self._opened(name, before)
            if found is None:
                return None
            before = f"{before}/{found}" if before else found
        return before

    def _sealed(self, key: str) -> str:
        parts = key.split("/")
        return "/".join(self._one("/".join(parts[: end + 1])) for end in range(len(parts)))

    def _one(self, key: str) -> str:
        """The last name of a key, sealed."""
        before, _, name = key.rpartition("/")
        plain = name.encode("ascii") + b"\x80"
        plain += bytes(-len(plain) % _STEP)
        sealed = door.siv_seal(self._key, plain, _bound(before))
        return base64.b32encode(sealed).decode("ascii").rstrip("=").lower()

    def _opened(self, name: str, before: str) -> str | None:
        try:
            sealed = base64.b32decode(name.upper() + "=" * (-len(name) % 8))
        except ValueError:
            return None
        plain = door.siv_open(self._key, sealed, _bound(before))
        if plain is None:
            return None
        found, mark, _ = plain.rpartition(b"\x80")
        return found.decode("ascii") if mark and self._is(name, found, before) else None

    def _is(self, name: str, found: bytes, before: str) -> bool:
        """Whether it is written in the one way: base32 has bits at its end that mean nothing."""
        text = found.decode("ascii", "replace")
        return self._one(f"{before}/{text}" if before else text) == name


def _bound(before: str) -> bytes:
    return b"audobon name 1\0" + before.encode("ascii")
