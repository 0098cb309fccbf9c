"""Keys, and places of objects that only they open. ``docs/encryption.md`` says against whom.

Nothing foreign is loaded with it: ``cryptography`` is when something is sealed or opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.vault.copies import is_sealed
    from audobon.storage.vault.costs import CEILING, DEFAULT, FLOOR, Costs
    from audobon.storage.vault.keys import Keys
    from audobon.storage.vault.rotating import Rotated, count_old, rotate
    from audobon.storage.vault.sealed import SealedStore
    from audobon.storage.vault.secret import Secret
    from audobon.storage.vault.vault import FIRST, Mark, Vault

__all__ = ["CEILING", "DEFAULT", "FIRST", "FLOOR", "Costs", "Keys", "Mark", "Rotated"]
__all__ += ["SealedStore", "Secret", "Vault", "count_old", "is_sealed", "rotate"]

_HOMES = {
    "copies": "is_sealed",
    "costs": "CEILING DEFAULT FLOOR Costs",
    "keys": "Keys",
    "rotating": "Rotated count_old rotate",
    "sealed": "SealedStore",
    "secret": "Secret",
    "vault": "FIRST Mark Vault",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
