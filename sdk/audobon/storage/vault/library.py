"""The keys of an encrypted library, as whatever opens one of its files is given them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from audobon.storage.vault.door import derive
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.packfiles import SealedPackFiles
from audobon.storage.vault.secret import Secret
from audobon.storage.vault.smallfiles import SealedSmallFiles

__all__ = ["LibraryKeys"]


class LibraryKeys:
    """Everything that a library's files lie under, out of the open keys of one vault.

    Held in memory only. Another process gets them as :meth:`handed` through a pipe that nobody
    else reads: never in an argument, the environment, a file, a job or a log.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @cached_property
    def database(self) -> Secret:
        """What every database is encrypted under. It follows from the key of names, which is
        never replaced: new master keys need no database to be written again."""
        return derive(self._keys.names, b"audobon databases 1")

    @cached_property
    def packs(self) -> SealedPackFiles:
        """How packs lie on the disk."""
        return SealedPackFiles(self._keys)

    def files(self, base: Path) -> SealedSmallFiles:
        """The small files below a library's state."""
        return SealedSmallFiles(self._keys, base)

    def handed(self) -> dict[str, Any]:
        """The keys themselves as JSON data, for the pipe to a process that is to have them."""
        keys = self._keys
        return {
            "vault": keys.vault.hex(),
            "names": keys.names.reveal().hex(),
            "masters": {ident.hex(): key.reveal().hex() for ident, key in keys.masters.items()},
            "current": keys.current.hex(),
        }

    @classmethod
    def taken(cls, handed: Mapping[str, Any]) -> LibraryKeys:
        """Inverse of :meth:`handed`."""
        return cls(
            Keys(
                bytes.fromhex(handed["vault"]),
                Secret(bytes.fromhex(handed["names"])),
                {
                    bytes.fromhex(ident): Secret(bytes.fromhex(key))
                    for ident, key in handed["masters"].items()
                },
                bytes.fromhex(handed["current"]),
            )
        )

    def __repr__(self) -> str:
        return "<keys of a library>"
