"""What every part of the facade stands on."""

from __future__ import annotations

import os

from audobon.model.asset import Asset
from audobon.model.stopping import never
from audobon.services.core import lookup
from audobon.services.core.stores import Stores

__all__ = ["Base", "Ref", "never"]

Ref = str | os.PathLike[str] | Asset
"""What names an asset: the asset, its id, a path (absolute or in a root), an entity reference."""


class Base:
    """The stores of an open library, and its assets by any name they have."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def get(self, ref: Ref) -> Asset:
        """The asset that ``ref`` names, as it is now.

        NotFound when there is none, Conflict when a relative path fits in
        several roots. Removed assets are found by their id only.
        """
        return lookup.find(self._stores, ref)
