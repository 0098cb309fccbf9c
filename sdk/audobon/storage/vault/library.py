"""The keys of an encrypted library, as whatever opens one of its files is given them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon.storage.vault.door import derive
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.packfiles import SealedPackFiles
from audobon.storage.vault.secret import Secret
from audobon.storage.vault.smallfiles import SealedSmallFiles

__all__ = ["DatabaseKey", "LibraryKeys"]


class DatabaseKey:
    """The key of databases: it follows from the newest master key.

    ``older`` are those that one may lie under still. The last of them follows from the key of
    names: databases lay under it before keys could be renewed.
    """

    def __init__(self, keys: Keys) -> None:
        def made(master: Secret) -> Secret:
            return derive(master, b"audobon databases 2\0" + keys.vault)

        before = [key for ident, key in keys.masters.items() if ident != keys.current]
        first = derive(keys.names, b"audobon databases 1")
        self._newest = made(keys.master(keys.current))
        self.older = (*map(made, reversed(before)), first)

    def reveal(self) -> bytes:
        """The newest of them."""
        return self._newest.reveal()

    def __repr__(self) -> str:
        return "<keys of databases>"


class LibraryKeys:
    """Everything that a library's files lie under, out of the open keys of one vault.

    Held in memory only. Another process gets them as :meth:`handed` through a pipe that nobody
    else reads: never in an argument, the environment, a file, a job or a log.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.database = DatabaseKey(keys)
        """What databases are encrypted under."""
        self.packs = SealedPackFiles(keys)
        """How packs lie on the disk."""
        self._files: list[SealedSmallFiles] = []

    def files(self, base: Path) -> SealedSmallFiles:
        """The small files below a library's state."""
        self._files.append(SealedSmallFiles(self._keys, base))
        return self._files[-1]

    @property
    def renewed(self) -> bool:
        """Whether something may lie under older keys still."""
        return len(self._keys.masters) > 1

    @property
    def current(self) -> str:
        """The id of the key that is written with."""
        return self._keys.current.hex()

    def renew(self, keys: Keys) -> None:
        """From now on write with other keys of the same vault: everything that was had from here
        does, but databases. Those lie under one key for all who have them open; whoever opens
        the library alone writes them again."""
        self._keys = keys
        self.packs.renew(keys)
        for each in self._files:
            each.renew(keys)

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
