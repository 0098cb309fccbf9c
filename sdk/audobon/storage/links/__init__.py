"""Which files name which others, as they write it. Derived: read from the files again if lost."""

from __future__ import annotations

from audobon.storage.links.store import LinkStore, Named

__all__ = ["LinkStore", "Named"]
