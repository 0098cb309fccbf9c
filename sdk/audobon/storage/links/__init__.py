"""Which files name which others, as they write it. Derived: read from the files again if lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.links.store import LinkStore, Named

__all__ = ["LinkStore", "Named"]

_HOMES = {
    "store": "LinkStore Named",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
