"""Keys, and places of objects that only they open. ``docs/encryption.md`` says against whom.

Nothing foreign is loaded with it: ``cryptography`` is when something is sealed or opened.
"""

from audobon.storage.vault.copies import is_sealed
from audobon.storage.vault.costs import CEILING, DEFAULT, FLOOR, Costs
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.rotate import Rotated, count_old, rotate
from audobon.storage.vault.sealed import SealedStore
from audobon.storage.vault.secret import Secret
from audobon.storage.vault.vault import FIRST, Mark, Vault

__all__ = ["CEILING", "DEFAULT", "FIRST", "FLOOR", "Costs", "Keys", "Mark", "Rotated"]
__all__ += ["SealedStore", "Secret", "Vault", "count_old", "is_sealed", "rotate"]
